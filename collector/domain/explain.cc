#include "collector/domain/explain.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "collector/domain/closing.h"
#include "collector/domain/incident.h"
#include "collector/domain/routing.h"
#include "collector/domain/telling.h"
#include "collector/domain/tick.h"

namespace xj::domain {
namespace {

std::string state_argument(State s) { return "@core.state." + std::string(to_text(s)); }

// By the case's kind; where that is not given, by the first that knows the grade or clock.
std::string grade_argument(const Contract& contract, std::string_view case_kind, const std::string& id) {
  for (const auto& kind : contract.kinds)
    if (const auto* grade = kind.grade(id); grade != nullptr && (case_kind.empty() || kind.id == case_kind))
      return title_argument(grade->title, grade->id);
  return id;
}
std::string clock_argument(const Contract& contract, std::string_view case_kind, const std::string& name) {
  if (is_tell_clock(name))
    for (const auto& kind : contract.kinds)
      for (const auto& rule : kind.tell)
        if (tell_clock(rule.id) == name && (case_kind.empty() || kind.id == case_kind))
          return tell_argument(rule.what, rule.id);
  for (const auto& kind : contract.kinds)
    if (const auto* clock = kind.clock(name); clock != nullptr && (case_kind.empty() || kind.id == case_kind))
      return title_argument(clock->title, name);
  return name;
}
std::string to_argument(const Contract& contract, const std::string& to) {
  if (const auto role = contract.roles.find(to); role != contract.roles.end())
    return title_argument(role->second.title, to);
  if (const auto person = contract.people.find(to); person != contract.people.end())
    return person->second.name;
  return to;
}

// A closing condition by the text it is kept under.
std::string condition_argument(const Contract& contract, const std::string& text) {
  for (const auto& kind : contract.kinds)
    for (const auto& condition : kind.closing)
      if (condition.text.zh == text) return title_argument(condition.text, text);
  return text;
}
// A sentence inside another one.
std::string sentence(const Message& message) {
  return bilingual(render(message, Lang::zh), render(message, Lang::en));
}

class Describer {
 public:
  Describer(const Event& e, const Contract& c, std::string_view case_kind) : e_(e), c_(c), kind_(case_kind) {}
  Message operator()(const Detected& p) const {
    return say("detected", {{"item", item_argument(p.item, c_)}, {"state", state_argument(p.state)}});
  }
  Message operator()(const Joined& p) const {
    return say("joined", {{"item", item_argument(p.item, c_)}, {"state", state_argument(p.state)}});
  }
  Message operator()(const ProblemChanged& p) const {
    return say("problem_changed", {{"item", item_argument(p.item, c_)},
                                   {"from", state_argument(p.from)},
                                   {"to", state_argument(p.to)}});
  }
  Message operator()(const ProblemCleared& p) const {
    return say("problem_cleared", {{"item", item_argument(p.item, c_)}});
  }
  Message operator()(const Graded& p) const {
    const auto to = grade_argument(c_, kind_, p.to);
    switch (p.how) {
      case GradeHow::confirmed: return say("grade_confirmed", {{"to", to}, {"text", colon(p.text)}});
      case GradeHow::machine:
      case GradeHow::changed: break;
    }
    if (p.from.empty()) return say("graded_first", {{"to", to}, {"text", colon(p.text)}});
    return say("graded", {{"from", grade_argument(c_, kind_, p.from)}, {"to", to}, {"text", colon(p.text)}});
  }
  Message operator()(const Registered& p) const { return say("registered", {{"text", colon(p.text)}}); }
  Message operator()(const Acknowledged& p) const { return say("acknowledged", {{"text", colon(p.text)}}); }
  Message operator()(const Reported& p) const {
    if (p.to.empty()) return say("reported", {{"text", colon(p.text)}});
    return say("reported_to", {{"to", to_argument(c_, p.to)}, {"text", colon(p.text)}});
  }
  Message operator()(const Arrived& p) const { return say("arrived", {{"text", colon(p.text)}}); }
  Message operator()(const Noted& p) const {
    if (p.about.empty()) return say("noted", {{"text", p.text}});
    return say("noted_about", {{"about", p.about}, {"text", p.text}});
  }
  Message operator()(const Recovered& p) const {
    if (p.watch > Duration{0})
      return say("recovered_watch", {{"watch", to_text(p.watch)}, {"text", colon(p.text)}});
    return say("recovered", {{"text", colon(p.text)}});
  }
  Message operator()(const Reopened& p) const {
    return say("reopened", {{"run", std::to_string(p.run)}, {"text", colon(p.text)}});
  }
  Message operator()(const WatchEnded& p) const { return say("watch_ended", {{"watch", to_text(p.watch)}}); }
  Message operator()(const Closed& p) const { return say("closed", {{"text", colon(p.text)}}); }
  Message operator()(const FalseAlarm& p) const { return say("false_alarm", {{"text", colon(p.text)}}); }
  Message operator()(const ClockWarning& p) const {
    return say("clock_warning", {{"clock", clock_argument(c_, kind_, p.clock)},
                                 {"point", p.point},
                                 {"due", local_text(p.due, c_.zone)}});
  }
  Message operator()(const ClockBreached& p) const {
    return say("clock_breached",
               {{"clock", clock_argument(c_, kind_, p.clock)}, {"due", local_text(p.due, c_.zone)}});
  }
  Message operator()(const Paused& p) const {
    return say("paused", {{"reason", p.reason}, {"text", colon(p.text)}});
  }
  Message operator()(const Resumed& p) const { return say("resumed", {{"text", colon(p.text)}}); }
  Message operator()(const Amended& p) const {
    return say(
        "amended",
        {{"n", std::to_string(p.n)}, {"old", time(p.old_value)}, {"new", time(p.new_value)}, {"why", p.why}});
  }
  Message operator()(const Rebound& p) const {
    return say("rebound", {{"from", shorter(p.from)}, {"to", shorter(p.to)}, {"text", colon(p.why)}});
  }
  Message operator()(const CalendarChanged& p) const {
    return say("calendar_changed", {{"from", p.from}, {"to", p.to}, {"text", colon(p.why)}});
  }
  Message operator()(const ProblemUnwatched& p) const {
    return say("problem_unwatched", {{"item", item_argument(p.item, c_)}});
  }
  Message operator()(const ProblemWatched& p) const {
    return say("problem_watched", {{"item", item_argument(p.item, c_)}});
  }
  Message operator()(const Opened& p) const {
    const auto* system = c_.system(p.system);
    return say("opened", {{"system", system == nullptr ? p.system : title_argument(system->title, p.system)},
                          {"text", p.text}});
  }
  Message operator()(const EscalationDrafted& p) const {
    const Message::Args args{{"step", std::to_string(p.step)},
                             {"to", roles_argument(p.to, c_)},
                             {"approve", to_argument(c_, p.approve)},
                             {"text", colon(p.text)}};
    return say(p.approve.empty() ? "escalated" : "escalation_drafted", args);
  }
  Message operator()(const EscalationApproved& p) const {
    return say("escalation_approved",
               {{"step", std::to_string(p.step)}, {"to", roles_argument(p.to, c_)}, {"text", colon(p.text)}});
  }
  Message operator()(const EscalationRejected& p) const {
    return say("escalation_rejected", {{"step", std::to_string(p.step)}, {"text", colon(p.text)}});
  }
  Message operator()(const DependentHeld& p) const {
    return say("dependent_held", {{"item", item_argument(p.item, c_)},
                                  {"state", state_argument(p.state)},
                                  {"cause", item_argument(p.cause, c_)}});
  }
  Message operator()(const DependentFreed& p) const {
    if (p.to.empty()) return say("dependent_well", {{"item", item_argument(p.item, c_)}});
    return say("dependent_freed", {{"item", item_argument(p.item, c_)}, {"to", p.to}});
  }
  Message operator()(const CauseFound& p) const {
    return say(
        "cause_found",
        {{"item", item_argument(p.item, c_)}, {"cause", item_argument(p.cause, c_)}, {"number", p.number}});
  }
  Message operator()(const Told& p) const {
    std::string what = p.rule;
    for (const auto& kind : c_.kinds)
      for (const auto& rule : kind.tell)
        if (rule.id == p.rule && (kind_.empty() || kind.id == kind_))
          what = title_argument(rule.what, rule.id);
    Message::Args args{{"what", what},
                       {"to", roles_argument(p.to, c_)},
                       {"how", ways_argument(p.how)},
                       {"text", colon(p.text)}};
    if (p.channel.empty()) return say("told", std::move(args));
    args.emplace_back("person", to_argument(c_, p.person));
    args.emplace_back("channel", p.channel);
    return say("told_over", std::move(args));
  }
  Message operator()(const SignedOff& p) const {
    std::string as = roles_argument({p.role}, c_);
    for (const auto& kind : c_.kinds)
      for (const auto& signature : kind.signatures)
        if (signature.role == p.role && (kind_.empty() || kind.id == kind_))
          as = title_argument(signature.title, p.role);
    return say("signed_off", {{"as", as}, {"text", colon(p.text)}});
  }
  Message operator()(const Merged& p) const {
    return say("merged", {{"into", p.into}, {"text", colon(p.text)}});
  }
  Message operator()(const Absorbed& p) const {
    return say("absorbed", {{"from", p.from}, {"text", colon(p.text)}});
  }
  Message operator()(const SplitOff& p) const {
    return say("split_off", {{"from", p.from}, {"text", colon(p.text)}});
  }
  Message operator()(const ProblemMoved& p) const {
    return say("problem_moved", {{"item", item_argument(p.item, c_)}, {"to", p.to}, {"text", colon(p.text)}});
  }
  Message operator()(const CloseRequested& p) const {
    return say("close_requested", {{"text", colon(p.text)}});
  }
  Message operator()(const Verified& p) const { return say("verified", {{"text", colon(p.text)}}); }
  Message operator()(const CloseRejected& p) const {
    return say("close_rejected", {{"text", colon(p.text)}});
  }
  Message operator()(const ConditionConfirmed& p) const {
    return say("condition_confirmed",
               {{"condition", condition_argument(c_, p.condition)}, {"text", colon(p.text)}});
  }

 private:
  Message say(const char* what, Message::Args args) const {
    args.insert(args.begin(), {{"at", local_text(e_.at, c_.zone)}, {"who", actor_argument(e_.actor, c_)}});
    args.emplace_back("late", entered_later(e_) ? "@domain.entered_later" : "");
    return {std::string("domain.did.") + what, std::move(args)};
  }
  static std::string colon(const std::string& text) {
    return text.empty() ? text : bilingual("：" + text, ": " + text);
  }
  static std::string shorter(const std::string& hash) { return hash.substr(0, 12); }
  std::string time(const std::string& iso) const {
    const auto t = parse_iso(iso);
    return t ? local_text(*t, c_.zone) : iso;
  }
  const Event& e_;
  const Contract& c_;
  std::string_view kind_;
};

std::string values_of(const Evidence& evidence) {
  std::string out;
  for (const auto& m : evidence.metrics) {
    out += out.empty() ? "" : ", ";
    std::string number;
    std::visit(
        [&](auto v) {
          if constexpr (std::is_same_v<decltype(v), std::int64_t>)
            append_json_number(number, v);
          else
            append_json_number(number, v);
        },
        m.value);
    out += m.name + '=' + number;
  }
  return out;
}

void add(std::vector<Message>& out, Message m) {
  if (!m.empty()) out.push_back(std::move(m));
}

void explain_problem(std::vector<Message>& out, const Message& seen, const Evidence& evidence,
                     const Message& reason) {
  add(out, seen);
  add(out, reason);
  if (const auto values = values_of(evidence); !values.empty())
    add(out, {"domain.explain.values", {{"values", values}}});
}

void explain_conditions(std::vector<Message>& out, const CaseState& s, const Contract& c, Timestamp now) {
  for (const auto& condition : closing_conditions(s, c, now))
    add(out, {condition.met ? "domain.explain.condition_met" : "domain.explain.condition_open",
              {{"n", std::to_string(condition.index)},
               {"condition", title_argument(condition.text, {})},
               {"why", sentence(condition.why)}}});
}

void explain_waiting(std::vector<Message>& out, const CaseState& s, const Contract& c, Timestamp now) {
  const auto unwatched = std::count_if(s.problems.begin(), s.problems.end(),
                                       [](const CaseProblem& p) { return !p.cleared && p.unwatched; });
  if (unwatched > 0 && is_handling(s.status))
    add(out, {"domain.explain.unwatched", {{"count", std::to_string(unwatched)}}});
  if (const auto* waits = s.escalation(0); waits != nullptr && !is_over(s.status))
    add(out, {"domain.explain.waits_approval",
              {{"step", std::to_string(waits->step)}, {"role", roles_argument({waits->approve}, c)}}});
  switch (s.status) {
    case Status::none: break;
    case Status::open: add(out, {"domain.explain.waits_ack", {}}); break;
    case Status::acknowledged: {
      const auto person = c.people.find(s.acknowledged_by());
      add(out, {"domain.explain.handled",
                {{"who", person == c.people.end() ? s.acknowledged_by() : person->second.name},
                 {"count", std::to_string(s.standing_problems())}}});
      break;
    }
    case Status::watching:
      add(out, {"domain.explain.watched", {{"until", local_text(*watch_end(s, c), c.zone)}}});
      break;
    case Status::recovered:
      explain_conditions(out, s, c, now);
      add(out, {"domain.explain.waits_close", {}});
      break;
    case Status::closing:
      explain_conditions(out, s, c, now);
      add(out, {"domain.explain.waits_verify", {}});
      break;
    case Status::verified: add(out, {"domain.explain.waits_closing", {}}); break;
    case Status::closed: add(out, {"domain.explain.closed", {}}); break;
    case Status::merged: add(out, {"domain.explain.merged", {{"into", s.into}}}); break;
    case Status::false_alarm: add(out, {"domain.explain.false_alarm", {}}); break;
  }
}

}  // namespace

std::string local_text(Timestamp t, const Zone& zone) {
  using namespace std::chrono;
  const auto local = floor<seconds>(zone.to_local(t));
  const auto day = floor<days>(local);
  const year_month_day date{day};
  const hh_mm_ss clock{local - day};
  char text[48];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

std::string title_argument(const Title& title, std::string_view id) {
  const std::string plain(id);
  return bilingual(title.zh.empty() ? plain : title.zh, title.en.empty() ? plain : title.en);
}

std::string roles_argument(const std::vector<std::string>& roles, const Contract& contract) {
  std::string zh, en;
  for (const auto& id : roles) {
    const auto role = contract.roles.find(id);
    const auto title = role == contract.roles.end() ? Title{id, id} : role->second.title;
    zh += (zh.empty() ? "" : "、") + title.in(Lang::zh);
    en += (en.empty() ? "" : ", ") + title.in(Lang::en);
  }
  return bilingual(zh, en);
}

std::string item_argument(const ItemRef& item, const Contract& contract) {
  if (item.check.empty()) return bilingual("主机 " + item.host, "host " + item.host);
  Title title{item.check, item.check};
  if (const auto* system = contract.system(item.system))
    for (const auto& check : system->checks)
      if (check.id == item.check) {
        if (!check.title.zh.empty()) title.zh = check.title.zh;
        if (!check.title.en.empty()) title.en = check.title.en;
      }
  const auto where = item.host + (item.item.empty() ? "" : " " + item.item);
  return bilingual(title.zh + "（" + where + "）", title.en + " (" + where + ")");
}

std::string actor_argument(std::string_view actor, const Contract& contract) {
  if (const auto id = person_of(actor); !id.empty()) {
    const auto person = contract.people.find(std::string(id));
    return person == contract.people.end() || person->second.name.empty() ? std::string(id)
                                                                          : person->second.name;
  }
  constexpr std::string_view agent = "agent:";
  if (actor.starts_with(agent)) return std::string(actor.substr(agent.size()));
  return "@domain.machine";
}

Message describe(const Event& event, const Contract& contract, std::string_view case_kind) {
  return std::visit(Describer(event, contract, case_kind), event.payload);
}

Message describe(const CaseProblem& problem, const Contract& contract) {
  if (!problem.moved_to.empty())
    return {"domain.problem.moved",
            {{"item", item_argument(problem.item, contract)}, {"to", problem.moved_to}}};
  if (problem.cleared) return {"domain.problem.cleared", {{"item", item_argument(problem.item, contract)}}};
  return {problem.unwatched ? "domain.problem.unwatched" : "domain.problem",
          {{"item", item_argument(problem.item, contract)}, {"state", state_argument(problem.state)}}};
}

std::vector<Message> explain(std::span<const Event> events, const Contract& contract, Timestamp now) {
  std::vector<Message> out;
  CaseState s;
  std::set<Hearer> heard;
  for (const auto& e : events) {
    apply(s, e);
    const auto told = route(e, s, contract, e.known);
    const auto end = tell_the_end(e, s, contract, e.known, heard, told);
    for (const auto& n : told) heard.emplace(n.person, n.channel);
    if (e.kind() == EventKind::clock_breached || e.kind() == EventKind::clock_warning)
      continue;  // the clocks say it
    out.push_back(describe(e, contract, s.case_kind));
    if (const auto* d = std::get_if<Detected>(&e.payload))
      explain_problem(out, d->message, d->evidence, e.reason);
    else if (const auto* j = std::get_if<Joined>(&e.payload))
      explain_problem(out, j->message, j->evidence, e.reason);
    else if (const auto* c = std::get_if<ProblemChanged>(&e.payload))
      explain_problem(out, c->message, c->evidence, e.reason);
    else
      add(out, e.reason);
    for (const auto& n : told)
      out.push_back({"domain.explain.told",
                     {{"who", to_argument(contract, n.person)},
                      {"channel", n.channel},
                      {"role", to_argument(contract, n.role)},
                      {"route", n.route}}});
    for (const auto& n : end)
      out.push_back(
          {"domain.explain.told_end", {{"who", to_argument(contract, n.person)}, {"channel", n.channel}}});
  }
  for (auto& view : clocks(s, contract, now))
    for (auto& why : view.why) out.push_back(std::move(why));
  for (auto& view : tellings(s, contract, now))
    for (auto& why : view.why) out.push_back(std::move(why));
  explain_waiting(out, s, contract, now);
  return out;
}

}  // namespace xj::domain
