#include <algorithm>

#include "collector/contract/calendars.h"
#include "collector/contract/reading.h"

namespace xj::collector {
namespace {

using domain::Every;
using domain::WindowDay;

constexpr std::chrono::hours kLongestWindow{24 * 7};
// Windows that follow each other for longer than this are no maintenance any more.
constexpr std::chrono::hours kLongestCover{24 * 14};

// "02:00", not 24:00.
std::optional<std::chrono::minutes> parse_hour(const std::string& text) {
  const auto segment = parse_day_segment(text + "-24:00");
  return segment ? std::optional(segment->from) : std::nullopt;
}

bool fits(const WindowDay& day, Every every) {
  return (day.form == WindowDay::Form::weekday) == (every == Every::week);
}

}  // namespace

void ContractReading::read_window_days(const Value& on, domain::MaintenanceWindow& window) {
  if (!window.every || (*window.every != Every::week && *window.every != Every::month)) {
    if (on.given()) on.problem({"config.contract.window_on", {{"window", window.id}}});
    return;
  }
  on.required().list([&](const Value& v) {
    std::string text;
    if (!v.text(text)) return;
    const auto day = domain::parse_window_day(text);
    if (!day || !fits(*day, *window.every))
      v.wrong(*window.every == Every::week ? "config.contract.accepts.weekday"
                                           : "config.contract.accepts.month_day");
    else if (std::find(window.on.begin(), window.on.end(), *day) != window.on.end())
      v.problem({"config.repeated", {{"name", v.name()}, {"value", text}}});
    else
      window.on.push_back(*day);
  });
  const bool working = std::any_of(window.on.begin(), window.on.end(),
                                   [](const WindowDay& d) { return d.form == WindowDay::Form::working_day; });
  if (working) prove_rest_days(on, window.id, window.calendar);
}

void ContractReading::read_maintenance(const Value& maintenance) {
  maintenance.each([&](const std::string& id, const Value& v) {
    v.map([&](Map& m) {
      domain::MaintenanceWindow window;
      window.id = id;
      window.title.zh = id;
      title(m["title"], window.title);
      window.systems = references(m["systems"], "config.contract.system", system_ids());
      window.hosts = references(m["hosts"], "config.contract.any_host", host_names());
      window.checks = references(m["checks"], "config.contract.any_check", check_names());
      window.calendar = "workday";
      if (const auto calendar = m["calendar"]; calendar.given())
        window.calendar = reference(calendar, "config.contract.calendar", calendar_ids());
      const auto every = m["every"], dates = m["dates"];
      if (Every word{}; every.choice(word, {{"day", Every::day},
                                            {"working_day", Every::working_day},
                                            {"week", Every::week},
                                            {"month", Every::month}}))
        window.every = word;
      if (window.every == Every::working_day) prove_rest_days(every, id, window.calendar);
      if (const auto on = m["on"]; window.every || !every.given()) read_window_days(on, window);
      read_ranges(dates, window.dates);
      if (!every.given() && !dates.given()) m.problem({"config.contract.window_never", {{"window", id}}});
      const auto at = m["at"], length = m["length"];
      bool whole = false;
      if (std::string hour; at.required().text(hour)) {
        if (const auto minutes = parse_hour(hour))
          window.at = *minutes, whole = true;
        else
          at.wrong("config.contract.accepts.hour");
      }
      whole = length.required().duration(window.length, std::chrono::minutes{1}, kLongestWindow) && whole;
      window.refs = refs(m);
      if (whole) prove_window(v, length, window);
      contract_.maintenance.push_back(std::move(window));
    });
  });
}

// Once calendars and term are known.
void ContractReading::prove_window(const Value& value, const Value& length,
                                   const domain::MaintenanceWindow& window) {
  later_.push_back([this, value, length, window] {
    const bool says_when = !window.on.empty() || !window.dates.empty() || window.every == Every::day ||
                           window.every == Every::working_day;
    if (contract_.to <= contract_.from || !says_when) return;  // told already
    if (!domain::ever_begins(window, contract_))
      value.problem({"config.contract.window_never", {{"window", window.id}}});
    else if (domain::covers_longer_than(window, contract_, kLongestCover))
      length.problem({"config.contract.window_ever", {{"window", window.id}}});
  });
}

}  // namespace xj::collector
