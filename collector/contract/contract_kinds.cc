#include <algorithm>
#include <array>

#include "collector/contract/reading.h"
#include "collector/domain/events.h"
#include "collector/domain/key_duty.h"
#include "collector/domain/routing.h"
#include "collector/domain/sheet.h"
#include "collector/domain/sheet_telling.h"

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
    {"problem_unwatched", false, false, 1},
    {"problem_watched", false, false, 1},
    {"opened", false, false, 0},
    {"close_requested", false, false, 3},
    {"verified", false, false, 3},
    {"close_rejected", false, false, 3},
    {"condition_confirmed", false, false, 1},
    {"merged", false, false, 4},
    {"absorbed", false, false, 1},
    {"split_off", false, false, 0},
    {"problem_moved", false, false, 1},
    {"escalation_drafted", false, false, 1},
    {"escalation_approved", false, false, 1},
    {"escalation_rejected", false, false, 1},
    {"dependent_held", false, false, 1},
    {"dependent_freed", false, false, 1},
    {"cause_found", false, false, 1},
    {"told", false, false, 1},
    {"signed_off", false, false, 1},
}};

template <typename Wanted>
std::vector<std::string> names_where(Wanted wanted) {
  std::vector<std::string> out;
  for (const auto& event : kEvents)
    if (wanted(event)) out.emplace_back(event.name);
  return out;
}

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
      read_limits(m["watch"], kind, kind.watch, kLongest);
      read_closing(m["closing"], kind);
      m["clocks"].required().each(
          [&](const std::string& clock, const Value& value) { read_clock(clock, value, kind); });
      read_tell(m["tell"], kind);
      read_escalation(m["escalation"], kind);
      m["signatures"].list([&](const Value& one) {
        one.map([&](Map& sign) {
          domain::Signature signature;
          title(sign["title"].required(), signature.title);
          signature.role = reference(sign["role"].required(), "config.contract.role", role_ids());
          kind.signatures.push_back(std::move(signature));
        });
      });
      read_form(m["notice"], domain::PaperUse::notice, kind.notice);
      read_papers(m["papers"], kind);
      m["knowledge"].map([&](Map& learning) {
        auto& spec = kind.knowledge.emplace();
        spec.approve = reference(learning["approve"], "config.contract.role", role_ids());
        spec.refs = refs(learning);
      });
      kind.refs = refs(m);
      prove_kind(v, kind);
      contract_.kinds.push_back(std::move(kind));
    });
  });
  if (kinds.given() && contract_.kinds.empty()) kinds.problem({"config.contract.no_kinds", {}});
}

// A form that does not exist would be missed on the day it is due.
void ContractReading::read_form(const Value& value, domain::PaperUse use, std::string& into) {
  if (value.text(into) && !options_.kept)
    must_be_known(value, into, "config.contract.form", [use] { return domain::forms_for(use); });
}

void ContractReading::read_papers(const Value& papers, domain::CaseKind& kind) {
  papers.list([&](const Value& v) {
    v.map([&](Map& m) {
      domain::PaperSpec paper;
      const auto form = m["form"];
      read_form(form.required(), domain::PaperUse::paper, paper.form);
      for (const auto& other : kind.papers)
        if (other.form == paper.form) form.problem({"config.contract.paper_twice", {{"form", paper.form}}});
      paper.on = references(m["on"], "config.contract.event", event_names);
      paper.refs = refs(m);
      kind.papers.push_back(std::move(paper));
    });
  });
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
    m["lasting"].duration(rule.lasting, Duration{0}, kLongest);
    rule.during = reference(m["during"], "config.contract.calendar", calendar_ids());
    m["key_period"].flag(rule.key_period);
    m["text"].text(rule.text);
    const bool empty = !rule.state && rule.kinds.empty() && rule.tags.empty() && !rule.weight &&
                       !rule.hosts_share && !rule.points_share && rule.lasting == Duration{0} &&
                       rule.during.empty() && !rule.key_period;
    // Something was written but wrong: that was said already.
    const bool tried = m["state"].given() || m["kinds"].given() || m["tags"].given() || m["weight"].given() ||
                       m["hosts_share"].given() || m["points_share"].given() || m["lasting"].given() ||
                       m["during"].given() || m["key_period"].given();
    if (empty && !tried && !last_grade) m.problem({"config.contract.rule_always", {{"grade", grade.id}}});
    grade.when.push_back(std::move(rule));
  });
}

void ContractReading::prove_kind(const Value& value, const domain::CaseKind& kind) {
  for (const auto& grade : kind.grades) {
    const bool timed = std::any_of(kind.clocks.begin(), kind.clocks.end(),
                                   [&](const domain::ClockSpec& c) { return c.limit.contains(grade.id); });
    if (!timed) value.problem({"config.contract.no_clock", {{"kind", kind.id}, {"grade", grade.id}}});
  }
  for (const auto& condition : kind.closing)
    if (condition.proof == domain::ClosingProof::signed_off && kind.signatures.empty())
      value.problem({"config.contract.no_signatures", {{"kind", kind.id}}});
}

// Those that say by themselves whom they concern.
bool names_its_own(std::string_view word) {
  return word == domain::kObligationDue || word == domain::kObligationMissed || word == domain::kSheetWaits;
}

namespace {

bool is_on(const domain::Route& route, std::string_view word, std::string_view or_word) {
  return std::any_of(route.on.begin(), route.on.end(),
                     [&](const std::string& on) { return on == word || on == or_word; });
}

// By whoever is on duty in it.
bool owes_tasks(const domain::KeyPeriod& period) {
  return !period.tasks.empty() || domain::wants_duty(period);
}

}  // namespace

void ContractReading::read_routes(const Value& routes) {
  routes.each([&](const std::string& id, const Value& v) {
    v.map([&](Map& m) {
      domain::Route route;
      route.id = id;
      route.on = references(m["on"].required(), "config.contract.event", [] {
        auto names = event_names();
        for (const auto word : {domain::kObligationDue, domain::kObligationMissed, domain::kSheetWaits})
          names.emplace_back(word);
        return names;
      });
      route.grades = references(m["grades"], "config.contract.grade", [this] {
        std::vector<std::string> out;
        for (const auto& kind : contract_.kinds)
          for (const auto& grade : kind.grades) out.push_back(grade.id);
        return out;
      });
      const auto to = m["to"];
      // What is owed by calendar tells who owes it, a sheet whom it waits for; it may be left at that.
      const bool owed = !route.on.empty() && std::all_of(route.on.begin(), route.on.end(), names_its_own);
      if (!owed) to.required();
      route.to = references(to, "config.contract.role", role_ids());
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
      if (owed && !to.given()) prove_owed(v, route);
      read_repeat(m["repeat"], route);
      prove_mail(via, route);
      contract_.routes.push_back(std::move(route));
    });
  });
}

// Tasks of a key period, and that its duty is arranged, are owed by the role with a roster. Without one they
// would be told to nobody; a kept revision has no rosters to see.
void ContractReading::prove_owed(const Value& value, const domain::Route& route) {
  if (!options_.rosters || !is_on(route, domain::kObligationDue, domain::kObligationMissed)) return;
  later_.push_back([this, value, id = route.id] {
    const auto& periods = contract_.key_periods;
    if (std::any_of(periods.begin(), periods.end(), owes_tasks) && domain::duty_roles(contract_).empty())
      value.problem({"config.contract.route_empty", {{"route", id}}});
  });
}

// One for all grades, or by grade. The outbox, which must not forget one before the next, keeps rows longer
// than the longest.
void ContractReading::read_repeat(const Value& repeat, domain::Route& route) {
  constexpr auto shortest = std::chrono::minutes{1};
  constexpr auto longest = std::chrono::days{7};
  if (!repeat.given()) return;
  if (repeat.node()->kind == config::Node::Kind::map) {
    repeat.each([&](const std::string& grade, const Value& v) {
      must_be_known(v, grade, "config.contract.grade", [this] {
        std::vector<std::string> out;
        for (const auto& kind : contract_.kinds)
          for (const auto& one : kind.grades) out.push_back(one.id);
        return out;
      });
      if (!route.grades.empty() &&
          std::find(route.grades.begin(), route.grades.end(), grade) == route.grades.end())
        v.problem({"config.contract.repeat_grade", {{"route", route.id}, {"grade", grade}}});
      if (Duration every{0}; v.duration(every, shortest, longest)) route.repeat.emplace(grade, every);
    });
  } else if (Duration every{0}; repeat.duration(every, shortest, longest)) {
    route.repeat.emplace("", every);
  }
  // What comes when somebody is on it already, or is no case, is not said again.
  const bool early = std::any_of(route.on.begin(), route.on.end(), [](const std::string& on) {
    const auto* traits = event_traits(on);
    return traits != nullptr && traits->rank <= 1 && on != "acknowledged";
  });
  if (!route.on.empty() && !early) repeat.problem({"config.contract.repeat_when", {{"route", route.id}}});
}

void ContractReading::read_storm(const Value& storm) {
  storm.map([&](Map& m) {
    auto& brake = contract_.storm;
    m["more_than"].integer(brake.more_than, 0, 10'000);
    m["within"].duration(brake.within, std::chrono::minutes{1}, std::chrono::hours{1});
    m["summary"].duration(brake.summary, std::chrono::seconds{10}, std::chrono::hours{1});
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
    auto roles = route.to;
    const auto add = [&roles](const std::string& role) {
      if (!role.empty() && std::find(roles.begin(), roles.end(), role) == roles.end()) roles.push_back(role);
    };
    if (is_on(route, domain::kObligationDue, domain::kObligationMissed)) {
      for (const auto& o : contract_.obligations) add(o.by);
      const auto on_duty = domain::duty_roles(contract_);
      for (const auto& period : contract_.key_periods) {
        for (const auto& key : period.rounds)
          if (const auto* round = domain::round_of(contract_, key.round)) add(round->inspector);
        if (owes_tasks(period) && !on_duty.empty()) add(on_duty.front());
      }
    }
    if (is_on(route, domain::kSheetWaits, domain::kSheetWaits))
      for (const auto& round : contract_.rounds) {
        add(round.reviewer);
        for (const auto& part : domain::parts(round)) add(part.role);
      }
    for (const auto& role_id : roles) {
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
