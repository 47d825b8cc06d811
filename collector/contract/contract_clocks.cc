#include <algorithm>

#include "collector/contract/reading.h"
#include "collector/domain/telling.h"

namespace xj::collector {
namespace {

// A day rule says nothing of how much time lies before it.
Duration allowed(const domain::Limit& limit) { return limit.rule ? Duration::max() : limit.time; }

}  // namespace

bool ContractReading::known_grade(const Value& value, const domain::CaseKind& kind,
                                  const std::string& grade) {
  if (kind.grade(grade) != nullptr) return true;
  std::string known;
  for (const auto& g : kind.grades) known += (known.empty() ? "" : ", ") + g.id;
  value.problem(
      {"config.contract.unknown",
       {{"name", value.name()}, {"value", grade}, {"what", "@config.contract.grade"}, {"known", known}}});
  return false;
}

void ContractReading::read_limits(const Value& limit, domain::CaseKind& kind,
                                  std::map<std::string, Duration>& into, Duration max, Duration min) {
  if (!limit.given()) return;
  if (limit.node()->kind == config::Node::Kind::map) {
    limit.each([&](const std::string& grade, const Value& v) {
      Duration one{0};
      const bool known = known_grade(v, kind, grade);
      if (v.duration(one, min, max) && known) into.emplace(grade, one);
    });
    return;
  }
  if (Duration all{0}; limit.duration(all, min, max))
    for (const auto& grade : kind.grades) into.emplace(grade.id, all);
}

void ContractReading::read_clock_limits(const Value& limit, const domain::CaseKind& kind,
                                        domain::ClockSpec& clock) {
  if (!limit.given()) return;
  const auto one = [](const Value& v) -> std::optional<domain::Limit> {
    std::string text;
    if (!v.text(text)) return std::nullopt;
    auto parsed = domain::parse_limit(text);
    if (!parsed || (!parsed->rule && (parsed->time < std::chrono::seconds{1} || parsed->time > kLongest))) {
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
    if (known_grade(v, kind, grade) && parsed) clock.limit.emplace(grade, *parsed);
  });
}

void ContractReading::prove_rest_days(const Value& value, const std::string& what,
                                      const std::string& calendar) {
  later_.push_back([this, value, what, calendar] {
    const auto it = contract_.calendars.find(calendar);
    if (it != contract_.calendars.end() && (it->second.always || it->second.every_day))
      value.problem({"config.contract.rule_calendar", {{"clock", what}, {"calendar", calendar}}});
  });
}

// A day cannot wait for a pause to end.
void ContractReading::prove_rules(const Value& limit, const Value& pause, const domain::ClockSpec& clock) {
  const auto any = [&](const auto& holds) {
    return std::any_of(clock.limit.begin(), clock.limit.end(),
                       [&](const auto& each) { return each.second.rule && holds(*each.second.rule); });
  };
  if (!clock.pause.empty() && any([](const domain::DayRule&) { return true; }))
    pause.problem({"config.contract.rule_pause", {{"clock", clock.name}}});
  if (any([](const domain::DayRule& rule) { return domain::needs_rest_days(rule); }))
    prove_rest_days(limit, clock.name, clock.calendar);
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
    const auto about = m["about"];
    about.id(clock.about);
    const auto stop = m["stop"];
    clock.stop = reference(stop.required(), "config.contract.stop_event", stopping_events);
    if (about.given() && !clock.stop.empty() && clock.stop != "noted")
      about.problem({"config.contract.about_what", {{"clock", id}, {"stop", clock.stop}}});
    const auto unless = m["unless"];
    clock.unless = reference(unless, "config.contract.stop_event", stopping_events);
    prove_watch(stop, kind, clock);
    const auto* starts = event_traits(clock.start);
    const auto* stops = event_traits(clock.stop);
    if (starts != nullptr && stops != nullptr && starts->starts && stops->stops) {
      // A note about something certain may come at any time, after recovery too.
      const bool anytime = !clock.about.empty() && clock.stop == "noted";
      if (!anytime && (clock.start == clock.stop || stops->rank < starts->rank))
        stop.problem(
            {"config.contract.never_stops", {{"clock", id}, {"start", clock.start}, {"stop", clock.stop}}});
    }
    if (const auto* ends = event_traits(clock.unless);
        ends != nullptr && starts != nullptr &&
        (clock.unless == clock.stop || clock.unless == clock.start || ends->rank < starts->rank))
      unless.problem({"config.contract.unless_when", {{"clock", id}, {"unless", clock.unless}}});
    clock.to = reference(m["to"].required(), "config.contract.role", role_ids());
    const auto pause = m["pause"];
    pause.texts(clock.pause);
    prove_rules(limit, pause, clock);
    m["warn"].list([&](const Value& v) {
      if (const auto point = read_warn(v, clock)) clock.warn.push_back(*point);
    });
    clock.at_breach = references(m["at_breach"], "config.contract.role", role_ids());
    clock.refs = refs(m);
    kind.clocks.push_back(std::move(clock));
  });
}

// A share of the limit such as "50%", or a time before the due time such as "5m".
std::optional<domain::WarnPoint> ContractReading::read_warn(const Value& v, const domain::ClockSpec& clock) {
  std::string text;
  if (!v.text(text)) return std::nullopt;
  domain::WarnPoint point;
  if (text.ends_with('%')) {
    double percent = 0;
    if (!v.percent(percent)) return std::nullopt;
    if (percent <= 0 || percent >= 100) {
      v.wrong("config.contract.accepts.warn");
      return std::nullopt;
    }
    point.percent = percent;
    return point;
  }
  const auto before = parse_duration(text);
  if (!before || *before == Duration{0}) {
    v.wrong("config.contract.accepts.warn");
    return std::nullopt;
  }
  const auto longest =
      std::max_element(clock.limit.begin(), clock.limit.end(),
                       [](const auto& a, const auto& b) { return allowed(a.second) < allowed(b.second); });
  if (longest != clock.limit.end() && *before >= allowed(longest->second)) {
    v.problem({"config.contract.warn_too_early",
               {{"name", v.name()}, {"value", text}, {"limit", domain::to_text(longest->second)}}});
    return std::nullopt;
  }
  point.before = *before;
  return point;
}

// A clock on the watch period must agree with it, and without one it could never stop.
void ContractReading::prove_watch(const Value& stop, const domain::CaseKind& kind,
                                  const domain::ClockSpec& clock) {
  if (clock.stop != "watch_ended" && clock.start != "watch_ended") return;
  for (const auto& grade : kind.grades) {
    const auto limit = clock.limit.find(grade.id);
    if (limit == clock.limit.end()) continue;
    const auto watch = kind.watch.find(grade.id);
    if (watch == kind.watch.end())
      stop.problem({"config.contract.no_watch", {{"clock", clock.name}, {"grade", grade.id}}});
    else if (clock.start == "recovered" && clock.stop == "watch_ended" &&
             !(limit->second == domain::Limit(watch->second)))
      stop.problem({"config.contract.watch_differs",
                    {{"clock", clock.name},
                     {"grade", grade.id},
                     {"limit", domain::to_text(limit->second)},
                     {"watch", xj::to_text(watch->second)}}});
  }
}

std::optional<domain::DayRule> ContractReading::read_due(const Value& value) {
  std::string text;
  if (!value.text(text)) return std::nullopt;
  auto rule = domain::parse_day_rule(text);
  if (!rule) value.wrong("config.contract.accepts.due");
  return rule;
}

void ContractReading::read_closing(const Value& closing, domain::CaseKind& kind) {
  using domain::ClosingProof;
  closing.list([&](const Value& v) {
    domain::ClosingCondition condition;
    // {zh, en} is a title alone; a map with "text" says more.
    if (v.node()->kind != config::Node::Kind::map || v.node()->find("text") == nullptr) {
      if (title(v, condition.text)) kind.closing.push_back(std::move(condition));
      return;
    }
    v.map([&](Map& m) {
      title(m["text"].required(), condition.text);
      const auto proof = m["proof"];
      proof.choice(condition.proof, {{"person", ClosingProof::person},
                                     {"recovered", ClosingProof::recovered},
                                     {"watch_over", ClosingProof::watch_over},
                                     {"approved", ClosingProof::approved},
                                     {"documents", ClosingProof::documents},
                                     {"signed", ClosingProof::signed_off}});
      if (condition.proof == ClosingProof::watch_over && kind.watch.empty())
        proof.problem({"config.contract.closing_watch", {{"kind", kind.id}}});
      condition.role = reference(m["role"], "config.contract.role", role_ids());
      condition.refs = refs(m);
      kind.closing.push_back(std::move(condition));
    });
  });
}

void ContractReading::read_tell(const Value& tell, domain::CaseKind& kind) {
  tell.each([&](const std::string& id, const Value& v) {
    v.map([&](Map& m) {
      domain::TellRule rule;
      rule.id = id;
      rule.what.zh = id;
      title(m["what"], rule.what);
      rule.on = reference(m["on"].required(), "config.contract.event", event_names);
      const auto to = m["to"];
      rule.to = references(to.required(), "config.contract.role", role_ids());
      if (to.given() && rule.to.empty()) to.problem({"config.contract.tell_nobody", {{"tell", id}}});
      rule.how = references(m["how"], "config.contract.how", domain::ways);
      read_limits(m["within"], kind, rule.within, kLongest, Duration{0});
      if (Duration every{0}; m["repeat"].duration(every, std::chrono::minutes{1}, kLongest))
        rule.repeat = every;
      // Recovery ends it, so it must not begin there.
      if (const auto* traits = event_traits(rule.on); traits != nullptr && rule.repeat && traits->rank >= 2)
        m["repeat"].problem({"config.contract.tell_repeat", {{"tell", id}, {"on", rule.on}}});
      prove_tell(v, rule);
      rule.refs = refs(m);
      kind.tell.push_back(std::move(rule));
    });
  });
}

// What nobody could do: a message that no channel carries, a mail to somebody without an address.
void ContractReading::prove_tell(const Value& value, const domain::TellRule& rule) {
  const auto wants = [&](const char* way) {
    return std::find(rule.how.begin(), rule.how.end(), way) != rule.how.end();
  };
  if (options_.channels == nullptr || (!wants("mail") && !wants("push"))) return;
  later_.push_back([this, value, rule, mail = wants("mail"), push = wants("push")] {
    bool mails = false, pushes = false;
    for (const auto& route : contract_.routes)
      for (const auto& channel : route.via)
        (options_.channels->mail.contains(channel) ? mails : pushes) = true;
    if (push && !pushes) value.problem({"config.contract.tell_no_channel", {{"tell", rule.id}}});
    if (!mail || !mails) return;  // a person may write it where the program does not
    for (const auto& to : rule.to) {
      const auto role = contract_.roles.find(to);
      if (role == contract_.roles.end()) continue;
      for (const auto& id : role->second.people)
        if (const auto person = contract_.people.find(id);
            person != contract_.people.end() && person->second.mail.empty())
          value.problem({"config.contract.tell_no_mail", {{"tell", rule.id}, {"role", to}, {"person", id}}});
    }
  });
}

void ContractReading::read_escalation(const Value& escalation, domain::CaseKind& kind) {
  escalation.list([&](const Value& v) {
    v.map([&](Map& m) {
      domain::EscalationStep step;
      std::vector<std::string> grades, clocks;
      for (const auto& grade : kind.grades) grades.push_back(grade.id);
      for (const auto& clock : kind.clocks) clocks.push_back(clock.name);
      step.grades = references(m["grades"], "config.contract.grade", [grades] { return grades; });
      const auto clock = m["clock"];
      step.clock = reference(clock.required(), "config.contract.clock", [clocks] { return clocks; });
      const auto before = m["before"];
      if (const auto* spec = kind.clock(step.clock); spec != nullptr && before.given())
        step.before = read_warn(before, *spec);
      const auto to = m["to"];
      step.to = references(to.required(), "config.contract.role", role_ids());
      if (to.given() && step.to.empty()) to.problem({"config.contract.escalates_to_nobody", {}});
      read_form(m["form"], domain::PaperUse::escalation, step.form);
      step.approve = reference(m["approve"], "config.contract.role", role_ids());
      step.refs = refs(m);
      kind.escalation.push_back(std::move(step));
    });
  });
}

}  // namespace xj::collector
