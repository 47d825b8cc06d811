#include "collector/domain/maintenance.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "collector/domain/contract.h"
#include "collector/domain/events.h"

namespace xj::domain {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 7> kWeekdays{"monday", "tuesday",  "wednesday", "thursday",
                                                    "friday", "saturday", "sunday"};

unsigned iso_weekday(Date day) { return std::chrono::weekday{day}.iso_encoding(); }
unsigned day_of_month(Date day) { return static_cast<unsigned>(year_month_day{day}.day()); }
Date first_of_month(Date day) { return day - days{day_of_month(day) - 1}; }
Date last_of_month(Date day) {
  const year_month_day ymd{day};
  return Date{ymd.year() / ymd.month() / std::chrono::last};
}

// "2nd" is 2, "last" -1. Nothing for what does not end as English does.
std::optional<int> ordinal(std::string_view text) {
  if (text == "last") return -1;
  int n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || n < 1 || n > 31) return std::nullopt;
  const auto suffix = text.substr(static_cast<std::size_t>(end - text.data()));
  const bool teen = n >= 11 && n <= 13;
  const auto right = teen ? "th" : n % 10 == 1 ? "st" : n % 10 == 2 ? "nd" : n % 10 == 3 ? "rd" : "th";
  return suffix == right ? std::optional(n) : std::nullopt;
}

unsigned weekday_named(std::string_view name) {
  const auto it = std::find(kWeekdays.begin(), kWeekdays.end(), name);
  return it == kWeekdays.end() ? 0 : static_cast<unsigned>(it - kWeekdays.begin()) + 1;
}

bool is_nth_working_day(const WorkCalendar& calendar, Date day, int nth) {
  if (!is_working_day(calendar, day)) return false;
  const bool from_end = nth < 0;
  const auto bound = from_end ? last_of_month(day) : first_of_month(day);
  int others = 0;  // of the month, beyond this one
  for (auto d = day; d != bound;) {
    d += from_end ? days{1} : days{-1};
    if (is_working_day(calendar, d)) ++others;
  }
  return others + 1 == (from_end ? -nth : nth);
}

bool falls_on(const WindowDay& rule, const WorkCalendar& calendar, Date day) {
  switch (rule.form) {
    case WindowDay::Form::weekday: return iso_weekday(day) == rule.weekday;
    case WindowDay::Form::month_day: return day_of_month(day) == static_cast<unsigned>(rule.nth);
    case WindowDay::Form::nth_weekday:
      if (iso_weekday(day) != rule.weekday) return false;
      if (rule.nth < 0) return day + days{7} > last_of_month(day);
      return (day_of_month(day) - 1) / 7 + 1 == static_cast<unsigned>(rule.nth);
    case WindowDay::Form::working_day: return is_nth_working_day(calendar, day, rule.nth);
    case WindowDay::Form::last_of_month: return day == last_of_month(day);
  }
  return false;
}

Timestamp begin_of(const MaintenanceWindow& window, const Contract& contract, Date day) {
  return contract.zone.to_utc(std::chrono::local_time<Duration>(day) + window.at);
}

// The days on which a window that touches `t` may have begun.
Date first_day(const MaintenanceWindow& window, const Contract& contract, Timestamp t) {
  return floor<days>(contract.zone.to_local(t - window.length)) - days{1};
}

bool contains(const std::vector<std::string>& in, std::string_view what) {
  return std::find(in.begin(), in.end(), what) != in.end();
}

}  // namespace

std::optional<WindowDay> parse_window_day(std::string_view text) {
  using Form = WindowDay::Form;
  if (const auto weekday = weekday_named(text); weekday != 0) return WindowDay{Form::weekday, 0, weekday};
  if (text == "last day") return WindowDay{Form::last_of_month, 0, 0};
  if (int n = 0; !text.empty() && text.size() <= 2) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error == std::errc{} && end == text.data() + text.size() && n >= 1 && n <= 31)
      return WindowDay{Form::month_day, n, 0};
    return std::nullopt;
  }
  const auto space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto nth = ordinal(text.substr(0, space));
  const auto what = text.substr(space + 1);
  if (!nth) return std::nullopt;
  // No month has more working days than 23 and a few that were moved, nor a weekday more than five times.
  if (what == "working day" && *nth <= 27) return WindowDay{Form::working_day, *nth, 0};
  if (const auto weekday = weekday_named(what); weekday != 0 && *nth <= 5)
    return WindowDay{Form::nth_weekday, *nth, weekday};
  return std::nullopt;
}

bool begins_on(const MaintenanceWindow& window, const Contract& contract, Date day) {
  for (const auto& range : window.dates)
    if (range.from <= day && day <= range.to) return true;
  if (!window.every) return false;
  if (window.every == Every::day) return true;
  const auto calendar = contract.calendars.find(window.calendar);
  if (calendar == contract.calendars.end()) return false;
  if (window.every == Every::working_day) return is_working_day(calendar->second, day);
  return std::any_of(window.on.begin(), window.on.end(),
                     [&](const WindowDay& rule) { return falls_on(rule, calendar->second, day); });
}

bool concerns(const MaintenanceWindow& window, const ItemRef& item) {
  if (window.systems.empty() && window.hosts.empty() && window.checks.empty()) return true;
  return contains(window.systems, item.system) || contains(window.hosts, item.host) ||
         (!item.check.empty() && contains(window.checks, item.system + '/' + item.check));
}

std::optional<Maintenance> maintenance_at(const Contract& contract, const ItemRef& item, Timestamp t) {
  std::optional<Maintenance> best;
  for (const auto& window : contract.maintenance) {
    if (!concerns(window, item)) continue;
    const auto last = floor<days>(contract.zone.to_local(t)) + days{1};
    for (auto day = first_day(window, contract, t); day <= last; day += days{1}) {
      if (!begins_on(window, contract, day)) continue;
      const auto from = begin_of(window, contract, day);
      const auto until = from + window.length;
      if (from <= t && t < until && (!best || until > best->until)) best = Maintenance{&window, from, until};
    }
  }
  return best;
}

std::optional<Maintenance> maintenance_ended(const Contract& contract, const ItemRef& item, Timestamp after,
                                             Timestamp now) {
  std::optional<Maintenance> best;
  for (const auto& window : contract.maintenance) {
    if (!concerns(window, item)) continue;
    const auto first = first_day(window, contract, after);
    for (auto day = floor<days>(contract.zone.to_local(now)) + days{1}; day >= first; day -= days{1}) {
      if (!begins_on(window, contract, day)) continue;
      const auto from = begin_of(window, contract, day);
      const auto until = from + window.length;
      if (until <= after) break;  // those before ended sooner
      if (until > now) continue;
      if (!best || until > best->until) best = Maintenance{&window, from, until};
      break;
    }
  }
  return best;
}

std::vector<Maintenance> maintenance_between(const Contract& contract, const ItemRef& item, Timestamp from,
                                             Timestamp to) {
  std::vector<Maintenance> all;
  for (const auto& window : contract.maintenance) {
    if (!concerns(window, item)) continue;
    const auto last = floor<days>(contract.zone.to_local(to)) + days{1};
    for (auto day = first_day(window, contract, from); day <= last; day += days{1}) {
      if (!begins_on(window, contract, day)) continue;
      const auto begin = begin_of(window, contract, day);
      if (begin < to && begin + window.length > from) all.push_back({&window, begin, begin + window.length});
    }
  }
  return all;
}

std::optional<Timestamp> covers_longer_than(const MaintenanceWindow& window, const Contract& contract,
                                            Duration bound) {
  const auto first = floor<days>(contract.zone.to_local(contract.from));
  const auto last = std::min(floor<days>(contract.zone.to_local(contract.to)), first + days{732});
  std::optional<Timestamp> since;
  Timestamp until{};
  for (auto day = first; day <= last; day += days{1}) {
    if (!begins_on(window, contract, day)) continue;
    const auto from = begin_of(window, contract, day);
    if (!since || from > until) since = from;
    until = from + window.length;
    if (until - *since > bound) return since;
  }
  return std::nullopt;
}

bool ever_begins(const MaintenanceWindow& window, const Contract& contract) {
  const auto first = floor<days>(contract.zone.to_local(contract.from));
  const auto last = floor<days>(contract.zone.to_local(contract.to)) - days{1};
  for (const auto& range : window.dates)
    if (range.from <= last && range.to >= first) return true;
  if (!window.every) return false;
  // Two years hold every recurrence there is, but the 29th of February.
  for (auto day = first; day <= std::min(last, first + days{4 * 366}); day += days{1})
    if (begins_on(window, contract, day)) return true;
  return false;
}

}  // namespace xj::domain
