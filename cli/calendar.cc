// `xunjian calendar due` and `between`: working time forth and back, with what explains it.
#include <algorithm>
#include <map>

#include "cli/calendars.h"
#include "collector/domain/explain.h"
#include "collector/domain/limit.h"

namespace xj::cli {
namespace {

constexpr std::size_t kJsonSegments = 2000;
constexpr std::size_t kShownSegments = 60;
constexpr std::size_t kSpecialDays = 400;

std::string weekday_of(const Context& c, domain::Date day) {
  static constexpr const char* kIds[] = {"calendar.sun", "calendar.mon", "calendar.tue", "calendar.wed",
                                         "calendar.thu", "calendar.fri", "calendar.sat"};
  return c.t(kIds[std::chrono::weekday{day}.c_encoding()]);
}

domain::Date date_of(const domain::Zone& zone, Timestamp t) {
  return std::chrono::floor<std::chrono::days>(zone.to_local(t));
}

// Days in [from, to] on which the calendar leaves the plain week, with why.
struct SpecialDay {
  domain::Date date;
  bool works;
  std::string name;
};
std::vector<SpecialDay> special_days(const domain::WorkCalendar& calendar, Timestamp from, Timestamp to) {
  std::vector<SpecialDay> out;
  if (calendar.always) return out;
  std::map<domain::Date, bool> all;
  if (!calendar.every_day) all = calendar.holidays.working;
  for (const auto& [date, works] : calendar.days) all.insert_or_assign(date, works);
  const auto first = date_of(calendar.zone, from), last = date_of(calendar.zone, to);
  for (auto it = all.lower_bound(first); it != all.end() && it->first <= last && out.size() < kSpecialDays;
       ++it) {
    const auto own = calendar.days.contains(it->first);
    const auto name = calendar.holidays.names.find(it->first);
    out.push_back({it->first, it->second,
                   !own && name != calendar.holidays.names.end() ? name->second : std::string{}});
  }
  return out;
}

void explain(const Context& c, const domain::WorkCalendar& calendar, Timestamp from, Timestamp to,
             Json& json) {
  const auto special = special_days(calendar, from, to);
  const auto segments = segments_of(calendar, from, to, c.json ? kJsonSegments : kShownSegments);
  if (c.json) {
    json.set("segments", segments_json(segments, calendar.zone));
    if (segments.left_out > 0) json.set("segments_left_out", segments.left_out);
    Json days{Json::Array{}};
    for (const auto& day : special) {
      Json one;
      one.set("date", collector::to_text(day.date)).set("working", day.works);
      if (!day.name.empty()) one.set("name", day.name);
      days.push(std::move(one));
    }
    json.set("special_days", std::move(days));
    return;
  }
  Table table({{c.t("calendar.col.day")},
               {c.t("calendar.col.from")},
               {c.t("calendar.col.to")},
               {c.t("calendar.col.time"), Fit::keep, true},
               {c.t("calendar.col.sum"), Fit::keep, true}});
  Duration sum{0};
  for (const auto& s : segments.shown) {
    sum += s.to - s.from;
    table.add({weekday_of(c, date_of(calendar.zone, s.from)), domain::local_text(s.from, calendar.zone),
               domain::local_text(s.to, calendar.zone), hours_text(s.to - s.from), hours_text(sum)});
  }
  if (!table.empty()) c.print(table);
  if (segments.left_out > 0)
    c.out << c.say({"calendar.left_out", {{"count", std::to_string(segments.left_out)}}}) << '\n';
  // Days of one name that follow each other are one line.
  for (std::size_t i = 0; i < special.size();) {
    auto last = i;
    while (last + 1 < special.size() && special[last + 1].works == special[i].works &&
           special[last + 1].name == special[i].name &&
           special[last + 1].date == special[last].date + std::chrono::days{1})
      ++last;
    auto when = collector::to_text(special[i].date);
    if (last > i) when += " – " + collector::to_text(special[last].date);
    if (!special[i].name.empty()) when += ' ' + special[i].name;
    c.out << c.say({special[i].works ? "calendar.is_worked" : "calendar.is_off", {{"when", when}}}) << '\n';
    i = last + 1;
  }
}

}  // namespace

int run_calendar_due(Context& c, const Arguments& a) {
  const auto calendar = find_calendar(c, a, find_holidays(c, a));
  const auto from = time_of("--from", a.get("--from"));
  if (a.has("--add") == a.has("--by")) throw CommandFailed({"calendar.add_or_by", {}}, {}, kUsage);
  domain::Limit limit;
  if (a.has("--add")) {
    const auto amount = parse_duration(a.get("--add"));
    if (!amount) throw CommandFailed({"calendar.bad_amount", {{"value", a.get("--add")}}}, {}, kUsage);
    limit = *amount;
  } else {
    const auto rule = domain::parse_day_rule(a.get("--by"));
    if (!rule) throw CommandFailed({"calendar.bad_rule", {{"value", a.get("--by")}}}, {}, kUsage);
    if (domain::needs_rest_days(*rule) && (calendar.always || calendar.every_day))
      throw CommandFailed({"calendar.no_working_days", {{"calendar", calendar.id}}}, {}, kUsage);
    limit = *rule;
  }
  const auto due = domain::due_under(calendar, from, limit);
  if (due.at == Timestamp::max())
    throw CommandFailed(
        {"calendar.never", {{"calendar", calendar.id}, {"limit", domain::limit_argument(limit)}}});
  Json json;
  json.set("due", iso_in(calendar.zone, due.at));
  if (!c.json) c.out << iso_in(calendar.zone, due.at) << '\n';
  // "3 days before" lies before the start.
  const auto first = std::min(from, due.at);
  if (a.has("--explain")) explain(c, calendar, first, std::max(from, due.at), json);
  warn(c, {cover_warning(calendar, first, due.looked_to)}, json);
  if (c.json) c.print(json);
  return kOk;
}

int run_calendar_between(Context& c, const Arguments& a) {
  const auto calendar = find_calendar(c, a, find_holidays(c, a));
  const auto from = time_of("--from", a.get("--from"));
  const auto to = time_of("--to", a.get("--to"));
  if (to < from)
    throw CommandFailed({"calendar.backwards", {{"from", a.get("--from")}, {"to", a.get("--to")}}}, {},
                        kUsage);
  const auto worked = calendar.working_between(from, to);
  Json json;
  json.set("minutes", minutes_json(worked));
  if (!c.json)
    c.out << c.say({"calendar.minutes",
                    {{"minutes", minutes_json(worked).dump()}, {"time", hours_text(worked)}}})
          << '\n';
  if (a.has("--explain")) explain(c, calendar, from, to, json);
  warn(c, {cover_warning(calendar, from, to)}, json);
  if (c.json) c.print(json);
  return kOk;
}

}  // namespace xj::cli
