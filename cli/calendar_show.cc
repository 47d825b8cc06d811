// `xunjian calendar show`: months as a wall calendar has them, with what is off and what is worked instead.
#include <algorithm>
#include <cstdlib>

#include "cli/calendars.h"
#include "core/width.h"

namespace xj::cli {
namespace {

using domain::Date;
using std::chrono::days;

constexpr int kCell = 7;  // columns of the terminal a day takes; seven of them are 49

struct Month {
  std::chrono::year_month ym;
  Date first() const { return Date{ym / 1}; }
  Date last() const { return Date{ym / std::chrono::last}; }
};

enum class Mark : std::uint8_t { plain, off, worked };

// What is other than the plain week says.
Mark mark_of(const domain::WorkCalendar& calendar, Date day) {
  if (calendar.always) return Mark::plain;
  const auto own = calendar.days.find(day);
  if (own == calendar.days.end() && calendar.every_day) return Mark::plain;
  if (own == calendar.days.end() &&
      !(calendar.holidays.covers(day) && calendar.holidays.working.contains(day)))
    return Mark::plain;
  return calendar.works_on(day) ? Mark::worked : Mark::off;
}
bool worked(const domain::WorkCalendar& calendar, Date day) {
  return calendar.always || calendar.works_on(day);
}
bool known(const domain::WorkCalendar& calendar, Date day) {
  return calendar.always || calendar.every_day || calendar.holidays.covers(day);
}
std::string name_of(const domain::WorkCalendar& calendar, Date day) {
  if (calendar.days.contains(day)) return {};
  const auto it = calendar.holidays.names.find(day);
  return it == calendar.holidays.names.end() ? std::string{} : it->second;
}

std::string padded(const std::string& text, int width) {
  return std::string(static_cast<std::size_t>(std::max(0, width - display_width(text))), ' ') + text;
}

std::string hours_of(const domain::WorkCalendar& calendar) {
  if (calendar.always) return "00:00-24:00";
  std::string out;
  for (const auto& s : calendar.segments) {
    char text[32];
    const auto used =
        std::snprintf(text, sizeof text, "%02d:%02d-%02d:%02d", static_cast<int>(s.from.count() / 60),
                      static_cast<int>(s.from.count() % 60), static_cast<int>(s.to.count() / 60),
                      static_cast<int>(s.to.count() % 60));
    out += (out.empty() ? "" : " ") + std::string(text, static_cast<std::size_t>(used));
  }
  return out;
}

void print_month(const Context& c, const domain::WorkCalendar& calendar, const Month& month) {
  int count = 0;
  for (auto d = month.first(); d <= month.last(); d += days{1}) count += worked(calendar, d) ? 1 : 0;
  const auto number = std::to_string(static_cast<unsigned>(month.ym.month()));
  c.out << '\n'
        << coloured(c.say({"calendar.month",
                           {{"year", std::to_string(static_cast<int>(month.ym.year()))},
                            {"month", (number.size() < 2 ? "0" : "") + number},
                            {"count", std::to_string(count)}}}),
                    Colour::strong, c.colours)
        << '\n';
  std::string heads;
  for (const auto* id : {"calendar.mon", "calendar.tue", "calendar.wed", "calendar.thu", "calendar.fri",
                         "calendar.sat", "calendar.sun"})
    heads += padded(c.t(id), 4) + "   ";
  heads.erase(heads.find_last_not_of(' ') + 1);
  c.out << heads << '\n';
  auto d = month.first() - (std::chrono::weekday{month.first()} - std::chrono::Monday);
  while (d <= month.last()) {
    std::string line;
    for (int i = 0; i < 7; ++i, d += days{1}) {
      if (d < month.first() || d > month.last()) {
        line += std::string(kCell, ' ');
        continue;
      }
      const auto mark = mark_of(calendar, d);
      const auto day = padded(std::to_string(static_cast<unsigned>(std::chrono::year_month_day{d}.day())), 4);
      std::string sign = !known(calendar, d)    ? std::string("?")
                         : mark == Mark::off    ? c.t("calendar.mark.off")
                         : mark == Mark::worked ? c.t("calendar.mark.worked")
                                                : std::string{};
      const auto colour = mark == Mark::off      ? Colour::good
                          : mark == Mark::worked ? Colour::notice
                          : worked(calendar, d)  ? Colour::none
                                                 : Colour::faint;
      const auto left = std::string(static_cast<std::size_t>(kCell - 4 - display_width(sign)), ' ');
      line += coloured(day + sign, colour, c.colours) + left;
    }
    while (line.ends_with(' ')) line.pop_back();
    c.out << line << '\n';
  }
  for (auto from = month.first(); from <= month.last();) {
    const auto mark = mark_of(calendar, from);
    auto to = from;
    while (to < month.last() && mark_of(calendar, to + days{1}) == mark &&
           name_of(calendar, to + days{1}) == name_of(calendar, from))
      to += days{1};
    if (mark != Mark::plain) {
      auto when = collector::to_text(from).substr(5);
      if (to > from) when += " – " + collector::to_text(to).substr(5);
      if (const auto name = name_of(calendar, from); !name.empty()) when += ' ' + name;
      c.out << "  " << c.say({mark == Mark::off ? "calendar.is_off" : "calendar.is_worked", {{"when", when}}})
            << '\n';
    }
    from = to + days{1};
  }
}

int number(std::string_view text, int least, int most) {
  if (text.empty() || text.size() > 4) return -1;
  int value = 0;
  for (const char ch : text) {
    if (ch < '0' || ch > '9') return -1;
    value = value * 10 + ch - '0';
  }
  return value >= least && value <= most ? value : -1;
}

std::vector<Month> months_of(const Context& c, const Arguments& a, const domain::Zone& zone) {
  const auto bad = [](const std::string& option, const std::string& value, const char* example) {
    return CommandFailed({"calendar.bad_month", {{"option", option}, {"value", value}, {"example", example}}},
                         {}, kUsage);
  };
  std::vector<Month> out;
  if (a.has("--year") && a.has("--month")) throw CommandFailed({"calendar.year_or_month", {}}, {}, kUsage);
  if (a.has("--year")) {
    const auto given = a.get("--year");
    const int year = given.size() == 4 ? number(given, 1970, 2199) : -1;
    if (year < 0) throw bad("--year", given, "2026");
    for (unsigned m = 1; m <= 12; ++m) out.push_back({std::chrono::year{year} / std::chrono::month{m}});
    return out;
  }
  if (a.has("--month")) {
    const auto given = a.get("--month");
    const auto date = collector::parse_date(given + "-01");
    if (!date) throw bad("--month", given, "2026-10");
    const std::chrono::year_month_day ymd{*date};
    return {{ymd.year() / ymd.month()}};
  }
  const std::chrono::year_month_day today{std::chrono::floor<days>(zone.to_local(c.clock.now()))};
  return {{today.year() / today.month()}};
}

}  // namespace

int run_calendar_show(Context& c, const Arguments& a) {
  const auto holidays = find_holidays(c, a);
  const auto calendar = find_calendar(c, a, holidays, "5x8");
  const auto months = months_of(c, a, calendar.zone);
  const auto& table = calendar.holidays;
  Json json;
  Message warning;
  if (!known(calendar, months.front().first()) || !known(calendar, months.back().last()))
    warning = {"calendar.leaves_cover",
               {{"edition", table.edition},
                {"from", collector::to_text(table.covers_from)},
                {"to", collector::to_text(table.covers_to)}}};
  if (c.json) {
    json.set("calendar", calendar.id).set("zone", calendar.zone.name).set("hours", hours_of(calendar));
    json.set("edition", table.edition).set("file", holidays.file.empty() ? Json() : Json(holidays.file));
    json.set("covers", Json(Json::Object{{"from", Json(collector::to_text(table.covers_from))},
                                         {"to", Json(collector::to_text(table.covers_to))}}));
    Json list{Json::Array{}};
    for (const auto& month : months)
      for (auto d = month.first(); d <= month.last(); d += days{1}) {
        Json one;
        one.set("date", collector::to_text(d)).set("working", worked(calendar, d));
        if (mark_of(calendar, d) != Mark::plain) one.set("moved", true);
        if (const auto name = name_of(calendar, d); !name.empty()) one.set("name", name);
        if (!known(calendar, d)) one.set("known", false);
        list.push(std::move(one));
      }
    json.set("days", std::move(list));
  } else {
    c.out << c.say({"calendar.heading",
                    {{"calendar", calendar.id}, {"hours", hours_of(calendar)}, {"zone", calendar.zone.name}}})
          << '\n'
          << c.say({"calendar.data",
                    {{"edition", table.edition},
                     {"from", collector::to_text(table.covers_from)},
                     {"to", collector::to_text(table.covers_to)},
                     {"file", holidays.file.empty() ? "@calendar.built_in" : holidays.file}}})
          << '\n';
    for (const auto& month : months) print_month(c, calendar, month);
    c.out << '\n' << c.t("calendar.legend") << '\n';
  }
  warn(c, {warning}, json);
  if (c.json) c.print(json);
  return kOk;
}

}  // namespace xj::cli
