#include <algorithm>
#include <array>

#include "collector/contract/reading.h"
#include "collector/domain/events.h"

namespace xj::collector {
namespace {

// In the order of domain::EventKind. Ranks: 0 the beginning, 1 handling, 2 recovery, 3 the end of the watch,
// 4 the end of the case.
constexpr std::array<EventTraits, domain::kEventKinds> kEvents{{
    {"detected", true, false, 0},
    {"joined", false, false, 1},
    {"problem_changed", false, false, 1},
    {"problem_cleared", false, false, 1},
    {"graded", true, true, 1},
    {"registered", true, true, 1},
    {"acknowledged", true, true, 1},
    {"reported", true, true, 1},
    {"arrived", true, true, 1},
    {"noted", false, true, 1},
    {"recovered", true, true, 2},
    {"reopened", true, false, 0},
    {"watch_ended", true, true, 3},
    {"closed", false, true, 4},
    {"false_alarm", false, false, 4},
    {"clock_warning", false, false, 1},
    {"clock_breached", false, false, 1},
    {"paused", false, false, 1},
    {"resumed", false, false, 1},
    {"amended", false, false, 1},
    {"rebound", false, false, 1},
    {"calendar_changed", false, false, 1},
}};

template <typename Wanted>
std::vector<std::string> names_where(Wanted wanted) {
  std::vector<std::string> out;
  for (const auto& event : kEvents)
    if (wanted(event)) out.emplace_back(event.name);
  return out;
}

constexpr std::chrono::hours kYear{24 * 366};

// A day rule says nothing of how much time lies before it.
Duration allowed(const domain::Limit& limit) { return limit.rule ? Duration::max() : limit.time; }

}  // namespace

const EventTraits* event_traits(std::string_view name) {
  const auto it =
      std::find_if(kEvents.begin(), kEvents.end(), [&](const EventTraits& e) { return e.name == name; });
  return it == kEvents.end() ? nullptr : &*it;
}
std::vector<std::string> event_names() {
  return names_where([](const EventTraits&) { return true; });
}
std::vector<std::string> starting_events() {
  return names_where([](const EventTraits& e) { return e.starts; });
}
std::vector<std::string> stopping_events() {
  return names_where([](const EventTraits& e) { return e.stops; });
}

void ContractReading::read_kinds(const Value& kinds) {
  kinds.each([&](const std::string& id, const Value& v) {
    v.map([&](Map& m) {
      domain::CaseKind kind;
      kind.id = id;
      kind.title.zh = id;
      title(m["title"], kind.title);
      const auto opened_by = m["opened_by"];
      opened_by.choice(kind.from_checks, {{"checks", true}, {"people", false}});
      if (const auto* other = contract_.kind_from_checks(); other != nullptr && kind.from_checks)
        opened_by.problem({"config.contract.two_from_checks", {{"kind", id}, {"other", other->id}}});
      number(m["number"].required(), kind.number);
      const auto grades = m["grades"];
      if (grades.required().given() && grades.node()->kind == config::Node::Kind::map &&
          grades.node()->entries.empty())
        grades.problem({"config.contract.no_grades", {{"kind", id}}});
      const auto count = grades.given() ? grades.node()->entries.size() : 0;
      std::size_t index = 0;
      grades.each([&](const std::string& grade, const Value& value) {
        read_grade(grade, value, kind, ++index == count);
      });
      read_limits(m["watch"], kind, kind.watch, kYear);
      m["closing"].list([&](const Value& value) {
        domain::Title condition;
        if (title(value, condition)) kind.closing.push_back(std::move(condition));
      });
      m["clocks"].required().each(
          [&](const std::string& clock, const Value& value) { read_clock(clock, value, kind); });
      kind.refs = refs(m);
      prove_kind(v, kind);
      contract_.kinds.push_back(std::move(kind));
    });
  });
  if (kinds.given() && contract_.kinds.empty()) kinds.problem({"config.contract.no_kinds", {}});
}

void ContractReading::read_grade(const std::string& id, const Value& value, domain::CaseKind& kind,
                                 bool last) {
  value.map([&](Map& m) {
    domain::Grade grade;
    grade.id = id;
    grade.title.zh = id;
    title(m["title"], grade.title);
    m["when"].list([&](const Value& rule) { read_rule(rule, grade, last); });
    grade.refs = refs(m);
    kind.grades.push_back(std::move(grade));
  });
}

void ContractReading::read_rule(const Value& value, domain::Grade& grade, bool last_grade) {
  value.map([&](Map& m) {
    domain::GradeRule rule;
    State state{};
    if (m["state"].choice(
            state, {{"warning", State::warning}, {"unknown", State::unknown}, {"critical", State::critical}}))
      rule.state = state;
    rule.kinds = references(m["kinds"], "config.contract.check_kind", [this] {
      std::vector<std::string> out{"agent"};
      for (const auto& system : contract_.systems)
        for (const auto& check : system.checks) out.push_back(check.kind);
      std::sort(out.begin(), out.end());
      out.erase(std::unique(out.begin(), out.end()), out.end());
      return out;
    });
    rule.tags = references(m["tags"], "config.contract.tag", [this] {
      std::vector<std::string> out;
      for (const auto& system : contract_.systems)
        for (const auto& check : system.checks) out.insert(out.end(), check.tags.begin(), check.tags.end());
      std::sort(out.begin(), out.end());
      out.erase(std::unique(out.begin(), out.end()), out.end());
      return out;
    });
    if (int weight = 0; m["weight"].integer(weight, 1, 100)) rule.weight = weight;
    if (double share = 0; m["hosts_share"].percent(share)) rule.hosts_share = share;
    if (double share = 0; m["points_share"].percent(share)) rule.points_share = share;
    m["lasting"].duration(rule.lasting, Duration{0}, kYear);
    m["text"].text(rule.text);
    const bool empty = !rule.state && rule.kinds.empty() && rule.tags.empty() && !rule.weight &&
                       !rule.hosts_share && !rule.points_share && rule.lasting == Duration{0};
    // Something was written but wrong: that was said already.
    const bool tried = m["state"].given() || m["kinds"].given() || m["tags"].given() || m["weight"].given() ||
                       m["hosts_share"].given() || m["points_share"].given() || m["lasting"].given();
    if (empty && !tried && !last_grade) m.problem({"config.contract.rule_always", {{"grade", grade.id}}});
    grade.when.push_back(std::move(rule));
  });
}

void ContractReading::read_limits(const Value& limit, domain::CaseKind& kind,
                                  std::map<std::string, Duration>& into, Duration max) {
  if (!limit.given()) return;
  if (limit.node()->kind == config::Node::Kind::map) {
    limit.each([&](const std::string& grade, const Value& v) {
      Duration one{0};
      if (kind.grade(grade) == nullptr) {
        std::string known;
        for (const auto& g : kind.grades) known += (known.empty() ? "" : ", ") + g.id;
        v.problem(
            {"config.contract.unknown",
             {{"name", v.name()}, {"value", grade}, {"what", "@config.contract.grade"}, {"known", known}}});
      }
      if (v.duration(one, std::chrono::seconds{1}, max) && kind.grade(grade) != nullptr)
        into.emplace(grade, one);
    });
    return;
  }
  if (Duration all{0}; limit.duration(all, std::chrono::seconds{1}, max))
    for (const auto& grade : kind.grades) into.emplace(grade.id, all);
}

void ContractReading::read_clock_limits(const Value& limit, const domain::CaseKind& kind,
                                        domain::ClockSpec& clock) {
  if (!limit.given()) return;
  const auto one = [](const Value& v) -> std::optional<domain::Limit> {
    std::string text;
    if (!v.text(text)) return std::nullopt;
    auto parsed = domain::parse_limit(text);
    if (!parsed || (!parsed->rule && (parsed->time < std::chrono::seconds{1} || parsed->time > kYear))) {
      v.wrong("config.contract.accepts.limit");
      return std::nullopt;
    }
    return parsed;
  };
  if (limit.node()->kind != config::Node::Kind::map) {
    if (const auto all = one(limit))
      for (const auto& grade : kind.grades) clock.limit.emplace(grade.id, *all);
    return;
  }
  limit.each([&](const std::string& grade, const Value& v) {
    const auto parsed = one(v);
    if (kind.grade(grade) != nullptr) {
      if (parsed) clock.limit.emplace(grade, *parsed);
      return;
    }
    std::string known;
    for (const auto& g : kind.grades) known += (known.empty() ? "" : ", ") + g.id;
    v.problem({"config.contract.unknown",
               {{"name", v.name()}, {"value", grade}, {"what", "@config.contract.grade"}, {"known", known}}});
  });
}

// "2nd working day" says nothing where every day is worked, and a day cannot wait for a pause to end.
void ContractReading::prove_rules(const Value& limit, const Value& pause, const domain::ClockSpec& clock) {
  const auto any = [&](const auto& holds) {
    return std::any_of(clock.limit.begin(), clock.limit.end(),
                       [&](const auto& each) { return each.second.rule && holds(*each.second.rule); });
  };
  if (!clock.pause.empty() && any([](const domain::DayRule&) { return true; }))
    pause.problem({"config.contract.rule_pause", {{"clock", clock.name}}});
  if (!any([](const domain::DayRule& rule) { return domain::needs_rest_days(rule); })) return;
  later_.push_back([this, limit, name = clock.name, calendar = clock.calendar] {
    const auto it = contract_.calendars.find(calendar);
    if (it != contract_.calendars.end() && (it->second.always || it->second.every_day))
      limit.problem({"config.contract.rule_calendar", {{"clock", name}, {"calendar", calendar}}});
  });
}

void ContractReading::read_clock(const std::string& id, const Value& value, domain::CaseKind& kind) {
  value.map([&](Map& m) {
    domain::ClockSpec clock;
    clock.name = id;
    clock.title.zh = id;
    title(m["title"], clock.title);
    const auto limit = m["limit"];
    read_clock_limits(limit.required(), kind, clock);
    clock.calendar = "7x24";
    const auto calendar = m["calendar"];
    if (calendar.given()) clock.calendar = reference(calendar, "config.contract.calendar", calendar_ids());
    clock.start = reference(m["start"].required(), "config.contract.start_event", starting_events);
    const auto stop = m["stop"];
    clock.stop = reference(stop.required(), "config.contract.stop_event", stopping_events);
    const auto* starts = event_traits(clock.start);
    const auto* stops = event_traits(clock.stop);
    if (starts != nullptr && stops != nullptr && starts->starts && stops->stops) {
      if (clock.start == clock.stop || stops->rank < starts->rank)
        stop.problem(
            {"config.contract.never_stops", {{"clock", id}, {"start", clock.start}, {"stop", clock.stop}}});
      else if ((clock.stop == "watch_ended" || clock.start == "watch_ended") && kind.watch.empty())
        stop.problem({"config.contract.no_watch", {{"clock", id}}});
    }
    clock.to = reference(m["to"].required(), "config.contract.role", role_ids());
    const auto pause = m["pause"];
    pause.texts(clock.pause);
    prove_rules(limit, pause, clock);
    m["warn"].list([&](const Value& v) {
      std::string text;
      if (!v.text(text)) return;
      domain::WarnPoint point;
      if (text.ends_with('%')) {
        double percent = 0;
        if (!v.percent(percent)) return;
        if (percent <= 0 || percent >= 100) return v.wrong("config.contract.accepts.warn");
        point.percent = percent;
      } else {
        const auto before = parse_duration(text);
        if (!before || *before == Duration{0}) return v.wrong("config.contract.accepts.warn");
        const auto longest = std::max_element(
            clock.limit.begin(), clock.limit.end(),
            [](const auto& a, const auto& b) { return allowed(a.second) < allowed(b.second); });
        if (longest != clock.limit.end() && *before >= allowed(longest->second))
          return v.problem(
              {"config.contract.warn_too_early",
               {{"name", v.name()}, {"value", text}, {"limit", domain::to_text(longest->second)}}});
        point.before = *before;
      }
      clock.warn.push_back(point);
    });
    clock.at_breach = references(m["at_breach"], "config.contract.role", role_ids());
    clock.refs = refs(m);
    kind.clocks.push_back(std::move(clock));
  });
}

void ContractReading::prove_kind(const Value& value, const domain::CaseKind& kind) {
  for (const auto& grade : kind.grades) {
    const bool timed = std::any_of(kind.clocks.begin(), kind.clocks.end(),
                                   [&](const domain::ClockSpec& c) { return c.limit.contains(grade.id); });
    if (!timed) value.problem({"config.contract.no_clock", {{"kind", kind.id}, {"grade", grade.id}}});
  }
}

void ContractReading::read_routes(const Value& routes) {
  routes.each([&](const std::string& id, const Value& v) {
    v.map([&](Map& m) {
      domain::Route route;
      route.id = id;
      route.on = references(m["on"].required(), "config.contract.event", event_names);
      route.grades = references(m["grades"], "config.contract.grade", [this] {
        std::vector<std::string> out;
        for (const auto& kind : contract_.kinds)
          for (const auto& grade : kind.grades) out.push_back(grade.id);
        return out;
      });
      const auto to = m["to"];
      route.to = references(to.required(), "config.contract.role", role_ids());
      const auto via = m["via"];
      const auto* channels = options_.channels;
      if (channels == nullptr)
        via.required().texts(route.via);
      else
        route.via = references(via.required(), "config.contract.channel", [channels] {
          return std::vector<std::string>(channels->all.begin(), channels->all.end());
        });
      if (via.given() && route.via.empty()) via.problem({"config.contract.route_empty", {{"route", id}}});
      if (to.given() && route.to.empty()) to.problem({"config.contract.route_empty", {{"route", id}}});
      prove_mail(via, route);
      contract_.routes.push_back(std::move(route));
    });
  });
}

// Someone who is to be told by mail and has no address would silently not be told.
void ContractReading::prove_mail(const Value& via, const domain::Route& route) {
  if (options_.channels == nullptr) return;
  const auto& mail = options_.channels->mail;
  if (std::none_of(route.via.begin(), route.via.end(),
                   [&](const std::string& c) { return mail.contains(c); }))
    return;
  later_.push_back([this, via, route] {
    for (const auto& role_id : route.to) {
      const auto role = contract_.roles.find(role_id);
      if (role == contract_.roles.end()) continue;
      for (const auto& person_id : role->second.people) {
        const auto person = contract_.people.find(person_id);
        if (person != contract_.people.end() && person->second.mail.empty())
          via.problem(
              {"config.contract.no_mail", {{"route", route.id}, {"role", role_id}, {"person", person_id}}});
      }
    }
  });
}

}  // namespace xj::collector
