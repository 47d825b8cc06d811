#include "collector/domain/limit.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "core/text.h"

namespace xj::domain {
namespace {

using std::chrono::days;
using std::chrono::minutes;

struct PeriodWords {
  std::string_view en, zh;
};
constexpr std::array<PeriodWords, 4> kPeriods{
    {{"week", "本周"}, {"month", "当月"}, {"quarter", "本季度"}, {"year", "当年"}}};
constexpr int kMostDays = 999;
constexpr int kHorizon = 50 * 366;  // days looked at before there is held to be none

constexpr Timestamp kEndOfTime = std::chrono::sys_days{std::chrono::year{2200} / 1 / 1};

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}
std::optional<int> take_number(std::string_view& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || text.empty() || text.front() == '-' || text.front() == '0') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}
std::optional<minutes> parse_hour(std::string_view text) {
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4))
    return std::nullopt;
  const int h = (text[0] - '0') * 10 + text[1] - '0', m = (text[3] - '0') * 10 + text[4] - '0';
  if (m > 59 || h * 60 + m > 24 * 60) return std::nullopt;
  return minutes{h * 60 + m};
}
// Nothing left, or " 18:00".
bool hour_or_end(std::string_view text, std::optional<minutes>& into) {
  if (text.empty()) return true;
  if (!take(text, " ")) return false;
  into = parse_hour(text);
  return into.has_value();
}

std::string_view ordinal(int n) {
  if (n % 100 >= 11 && n % 100 <= 13) return "th";
  switch (n % 10) {
    case 1: return "st";
    case 2: return "nd";
    case 3: return "rd";
    default: return "th";
  }
}

std::string hour_text(minutes at) {
  char text[16];
  const auto used = std::snprintf(text, sizeof text, "%02d:%02d", static_cast<int>(at.count() / 60),
                                  static_cast<int>(at.count() % 60));
  return std::string(text, static_cast<std::size_t>(used));
}

Timestamp instant(const WorkCalendar& calendar, Date day, const DayRule& rule) {
  const auto end =
      calendar.always || calendar.segments.empty() ? minutes{24 * 60} : calendar.segments.back().to;
  return calendar.zone.to_utc(day + rule.at.value_or(end));
}

std::optional<Date> first_working(const WorkCalendar& calendar, Date from) {
  for (int i = 0; i < kHorizon; ++i, from += days{1})
    if (is_working_day(calendar, from)) return from;
  return std::nullopt;
}

Date first_of(Date day, Period period) {
  const std::chrono::year_month_day ymd{day};
  switch (period) {
    case Period::week: return day - (std::chrono::weekday{day} - std::chrono::Monday);
    case Period::month: return Date{ymd.year() / ymd.month() / 1};
    case Period::quarter: {
      const auto month = (static_cast<unsigned>(ymd.month()) - 1) / 3 * 3 + 1;
      return Date{ymd.year() / std::chrono::month{month} / 1};
    }
    case Period::year: break;
  }
  return Date{ymd.year() / 1 / 1};
}

}  // namespace

std::optional<DayRule> parse_day_rule(std::string_view text) {
  DayRule rule;
  if (text == "same day") return rule;
  if (take(text, "by ")) {
    rule.at = parse_hour(text);
    return rule.at && *rule.at > minutes{0} ? std::optional(rule) : std::nullopt;
  }
  if (take(text, "last working day of the ")) {
    rule.form = DayRule::Form::last_working_day;
    for (std::size_t i = 0; i < kPeriods.size(); ++i)
      if (take(text, kPeriods[i].en)) {
        rule.period = static_cast<Period>(i);
        return hour_or_end(text, rule.at) ? std::optional(rule) : std::nullopt;
      }
    return std::nullopt;
  }
  rule.form = DayRule::Form::working_day;
  if (!take(text, "next working day")) {
    const auto n = take_number(text);
    if (!n || *n > kMostDays) return std::nullopt;
    rule.nth = *n;
    if (take(text, ordinal(*n))) {
      if (!take(text, " working day")) return std::nullopt;
    } else if (take(text, *n == 1 ? " day before" : " days before")) {
      rule.form = DayRule::Form::day;
      rule.nth = -*n;
    } else if (!take(text, *n == 1 ? " working day" : " working days")) {
      return std::nullopt;
    } else if (take(text, " before")) {
      rule.nth = -*n;
    }
  }
  return hour_or_end(text, rule.at) ? std::optional(rule) : std::nullopt;
}

std::optional<Limit> parse_limit(std::string_view text) {
  if (const auto time = parse_duration(text)) return Limit{*time};
  if (const auto rule = parse_day_rule(text); rule && !looks_back(*rule)) return Limit{*rule};
  return std::nullopt;
}

std::string to_text(const DayRule& rule) {
  const auto hour = rule.at ? ' ' + hour_text(*rule.at) : std::string{};
  switch (rule.form) {
    case DayRule::Form::by: return rule.at ? "by" + hour : "same day";
    case DayRule::Form::working_day:
      if (rule.nth < 0)
        return std::to_string(-rule.nth) + (rule.nth == -1 ? " working day before" : " working days before") +
               hour;
      if (rule.nth == 1) return "next working day" + hour;
      return std::to_string(rule.nth) + std::string(ordinal(rule.nth)) + " working day" + hour;
    case DayRule::Form::day:
      return std::to_string(-rule.nth) + (rule.nth == -1 ? " day before" : " days before") + hour;
    case DayRule::Form::last_working_day: break;
  }
  return "last working day of the " + std::string(kPeriods[static_cast<std::size_t>(rule.period)].en) + hour;
}

std::string to_text(const Limit& limit) {
  return limit.rule ? to_text(*limit.rule) : xj::to_text(limit.time);
}

std::string limit_argument(const Limit& limit) {
  if (!limit.rule) return xj::to_text(limit.time);
  const auto& rule = *limit.rule;
  const auto hour = rule.at ? ' ' + hour_text(*rule.at) + " 前" : std::string{};
  std::string zh;
  switch (rule.form) {
    case DayRule::Form::by: zh = rule.at ? hour_text(*rule.at) + " 前" : "当日内"; break;
    case DayRule::Form::working_day:
      zh = (rule.nth < 0    ? "提前 " + std::to_string(-rule.nth) + " 个工作日"
            : rule.nth == 1 ? "下一工作日"
                            : "第 " + std::to_string(rule.nth) + " 个工作日") +
           hour;
      break;
    case DayRule::Form::day: zh = "提前 " + std::to_string(-rule.nth) + " 日" + hour; break;
    case DayRule::Form::last_working_day:
      zh = std::string(kPeriods[static_cast<std::size_t>(rule.period)].zh) + "最后一个工作日" + hour;
      break;
  }
  return bilingual(zh, to_text(rule));
}

bool needs_rest_days(const DayRule& rule) {
  return rule.form != DayRule::Form::by && rule.form != DayRule::Form::day;
}

bool looks_back(const DayRule& rule) {
  return (rule.form == DayRule::Form::working_day || rule.form == DayRule::Form::day) && rule.nth < 0;
}

bool is_working_day(const WorkCalendar& calendar, Date day) {
  return calendar.always || (!calendar.segments.empty() && calendar.works_on(day));
}

std::optional<Date> working_day_after(const WorkCalendar& calendar, Date day, int n) {
  const days step{n < 0 ? -1 : 1};
  int idle = 0;
  for (int left = std::abs(n); left > 0;) {
    day += step;
    if (is_working_day(calendar, day))
      --left, idle = 0;
    else if (++idle > kHorizon)
      return std::nullopt;
  }
  return day;
}

Date next_period(Date day, Period period) {
  const auto first = first_of(day, period);
  switch (period) {
    case Period::week: return first + days{7};
    case Period::month: return first_of(first + days{31}, period);
    case Period::quarter: return first_of(first + days{93}, period);
    case Period::year: break;
  }
  return first_of(first + days{366}, period);
}

std::optional<Date> last_working_day(const WorkCalendar& calendar, Date day, Period period) {
  const auto first = first_of(day, period);
  for (auto d = next_period(day, period); d > first;) {
    d -= days{1};
    if (is_working_day(calendar, d)) return d;
  }
  return std::nullopt;
}

Due due_under(const WorkCalendar& calendar, Timestamp start, const Limit& limit) {
  constexpr Due never{Timestamp::max(), Timestamp::max()};
  if (!limit.rule) {
    const auto at = calendar.add_working(start, limit.time);
    return {at, at};
  }
  if (start >= kEndOfTime) return never;
  const auto& rule = *limit.rule;
  const auto today = std::chrono::floor<days>(calendar.zone.to_local(start));
  switch (rule.form) {
    case DayRule::Form::by:
      // The hour of today may have passed already, or fall into a gap that has.
      for (auto day = first_working(calendar, today); day; day = first_working(calendar, *day + days{1}))
        if (const auto at = instant(calendar, *day, rule); at > start) return {at, at};
      return never;
    case DayRule::Form::working_day:
      if (const auto day = working_day_after(calendar, today, rule.nth)) {
        const auto at = instant(calendar, *day, rule);
        return {at, std::max(at, start)};
      }
      return never;
    case DayRule::Form::day: {
      const auto at = instant(calendar, today + days{rule.nth}, rule);
      return {at, std::max(at, start)};
    }
    case DayRule::Form::last_working_day: break;
  }
  auto period = today;
  for (int i = 0; i < kHorizon / 7; ++i, period = next_period(period, rule.period))
    if (const auto day = last_working_day(calendar, period, rule.period))
      if (const auto at = instant(calendar, *day, rule); at > start)
        // Also the days behind it were looked at, and found to be free.
        return {at, std::max(at, calendar.zone.to_utc(next_period(*day, rule.period)) - Duration{1})};
  return never;
}

}  // namespace xj::domain
