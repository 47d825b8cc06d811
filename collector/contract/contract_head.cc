#include <algorithm>
#include <filesystem>

#include "collector/contract/calendars.h"
#include "collector/contract/reading.h"
#include "collector/contract/roster.h"

namespace xj::collector {

void ContractReading::read_head(const Value& head) {
  head.map([&](Map& m) {
    m["id"].required().id(contract_.id);
    m["title"].required().text(contract_.title);
    m["parties"].required().map([&](Map& parties) {
      for (const auto* role : {"client", "provider", "supervisor"}) {
        const auto name = parties[role];
        if (std::string_view(role) != "supervisor") name.required();
        if (std::string text; name.text(text)) contract_.parties.push_back({role, std::move(text)});
      }
    });
    read_value(m["value"]);
    std::string zone = "Asia/Shanghai";
    const auto written = m["zone"];
    written.text(zone);
    if (auto loaded = load_zone(zone))
      contract_.zone = std::move(*loaded);
    else
      written.wrong("config.contract.accepts.zone");
    read_term(m);
  });
}

void ContractReading::read_term(Map& head) {
  const auto term = head["term"];
  term.required().map([&](Map& m) {
    const auto day = [&](std::string_view key) -> std::optional<domain::Date> {
      std::string text;
      const auto value = m[key];
      if (!value.required().text(text)) return std::nullopt;
      auto date = parse_date(text);
      if (!date) value.wrong("config.contract.accepts.date");
      return date;
    };
    const auto from = day("from"), to = day("to");
    if (!from || !to) return;
    if (*to < *from) {
      m["to"].problem({"config.contract.term_backwards", {}});
      return;
    }
    contract_.from = contract_.zone.to_utc(*from);
    contract_.to = contract_.zone.to_utc(*to + std::chrono::days{1});
    if (options_.holidays == nullptr || (options_.holidays->covers(*from) && options_.holidays->covers(*to)))
      return;
    // Only calendars that know working days lean on the table.
    later_.push_back([this, value = m["to"], to = *to] {
      const auto works = [&](const std::string& id) {
        const auto it = contract_.calendars.find(id);
        return it != contract_.calendars.end() && !it->second.always && !it->second.every_day;
      };
      const bool leans =
          std::any_of(contract_.kinds.begin(), contract_.kinds.end(),
                      [&](const domain::CaseKind& k) {
                        return std::any_of(k.clocks.begin(), k.clocks.end(),
                                           [&](const domain::ClockSpec& c) { return works(c.calendar); });
                      }) ||
          std::any_of(contract_.obligations.begin(), contract_.obligations.end(),
                      [&](const domain::Obligation& o) { return works(o.calendar); });
      const auto& table = *options_.holidays;
      if (!leans) return;
      if (table.working.empty())
        value.warning({"config.contract.no_holidays", {}});
      else
        value.warning({"config.contract.holidays_end",
                       {{"edition", table.edition},
                        {"from", to_text(table.covers_from)},
                        {"to", to_text(table.covers_to)}}});
    });
  });
}

void ContractReading::read_calendars(const Value& calendars) {
  for (const auto& name : builtin_calendar_names())
    contract_.calendars.emplace(name, *builtin_calendar(name));
  calendars.each([&](const std::string& id, const Value& v) { read_calendar(id, v); });
}

void ContractReading::read_calendar(const std::string& id, const Value& value) {
  if (builtin_calendar(id)) {
    value.problem({"config.contract.builtin_calendar", {{"id", id}}});
    return;
  }
  value.map([&](Map& m) {
    domain::WorkCalendar calendar;
    std::string base;
    const auto base_value = m["base"];
    if (base_value.required().text(base)) {
      if (auto builtin = builtin_calendar(base)) {
        calendar = std::move(*builtin);
      } else {
        std::string known;
        for (const auto& name : builtin_calendar_names()) known += (known.empty() ? "" : ", ") + name;
        base_value.problem(
            {"config.choice", {{"name", base_value.name()}, {"value", base}, {"known", known}}});
      }
    }
    calendar.id = id;
    std::vector<domain::DaySegment> hours;
    if (const auto v = m["hours"]; v.given()) {
      if (calendar.always) v.problem({"config.contract.always_has_no_hours", {}});
      v.list([&](const Value& one) {
        std::string text;
        if (!one.text(text)) return;
        const auto segment = parse_day_segment(text);
        if (!segment)
          one.wrong("config.contract.accepts.hours");
        else if (!hours.empty() && segment->from <= hours.back().to)
          one.problem({"config.contract.hours_order", {{"value", text}}});
        else
          hours.push_back(*segment);
      });
      if (!hours.empty()) calendar.segments = std::move(hours);
    }
    // Keys are dates, not ids, so they are read by hand.
    if (const auto v = m["days"]; v.given() && v.node()->kind == config::Node::Kind::map) {
      for (const auto& entry : v.node()->entries) {
        const Value day(context_, &entry.value, v.name() + '.' + entry.key,
                        {context_.file, entry.value.line, entry.value.column});
        const auto date = parse_date(entry.key);
        bool works = false;
        if (!date)
          context_.problems.push_back(
              {{context_.file, entry.line, entry.column},
               {"config.wrong",
                {{"name", v.name()}, {"value", entry.key}, {"accepts", "@config.contract.accepts.date"}}}});
        if (day.choice(works, {{"work", true}, {"rest", false}}) && date) calendar.days.emplace(*date, works);
      }
    } else if (v.given()) {
      v.wrong("config.accepts.map");
    }
    contract_.calendars.emplace(id, std::move(calendar));
  });
}

// Zone and holidays are known only when the head was read.
void ContractReading::finish_calendars() {
  if (options_.holidays != nullptr) contract_.calendar_edition = options_.holidays->edition;
  for (auto& [id, calendar] : contract_.calendars) {
    calendar.zone = contract_.zone;
    if (options_.holidays != nullptr) calendar.holidays = *options_.holidays;
  }
}

void ContractReading::read_people(const Value& people) {
  people.each([&](const std::string& id, const Value& v) {
    v.map([&](Map& m) {
      domain::Person person;
      person.id = id;
      m["name"].required().text(person.name);
      m["phone"].text(person.phone);
      if (const auto mail = m["mail"]; mail.text(person.mail)) {
        const auto at = person.mail.find('@');
        if (at == std::string::npos || at == 0 || at + 1 == person.mail.size() ||
            person.mail.find_first_of(" \t<>,;\r\n") != std::string::npos)
          mail.wrong("config.accepts.mail");
      }
      if (const auto user = m["os_user"]; user.text(person.os_user))
        for (const auto& [other, before] : contract_.people)
          if (before.os_user == person.os_user)
            user.problem({"config.contract.os_user_taken", {{"value", person.os_user}, {"person", other}}});
      contract_.people.emplace(id, std::move(person));
    });
  });
}

void ContractReading::read_roles(const Value& roles) {
  roles.each([&](const std::string& id, const Value& v) {
    v.map([&](Map& m) {
      domain::Role role;
      role.id = id;
      role.title.zh = id;
      title(m["title"], role.title);
      const auto people = m["people"];
      role.people = references(people.required(), "config.contract.person", [this] {
        std::vector<std::string> out;
        for (const auto& [person, unused] : contract_.people) out.push_back(person);
        return out;
      });
      if (people.given() && role.people.empty())
        people.problem({"config.contract.role_empty", {{"role", id}}});
      std::string roster;
      if (const auto file = m["roster"]; file.text(roster))
        later_.push_back([this, file, roster, id] {
          auto& named = contract_.roles.at(id);
          read_roster_file(file, roster, named);
        });
      refs(m);
      contract_.roles.emplace(id, std::move(role));
    });
  });
}

// Beside the contract's own file. A contract that is read from what state.db kept has none: who is on duty
// is no matter of a revision.
void ContractReading::read_roster_file(const Value& value, const std::string& name, domain::Role& role) {
  if (!options_.rosters) return;
  const auto path = std::filesystem::path(name).is_absolute()
                        ? name
                        : (std::filesystem::path(value.place().file).parent_path() / name).string();
  Problems found;
  role.roster = load_roster(path, contract_.zone, role.people, found);
  context_.problems.insert(context_.problems.end(), found.begin(), found.end());
}

}  // namespace xj::collector
