#include "collector/domain/case_state.h"

#include <algorithm>
#include <array>

#include "collector/domain/telling.h"
#include "core/fault.h"

namespace xj::domain {
namespace {

constexpr std::array<std::string_view, kStatuses> kStatus{"none",      "open",   "acknowledged", "watching",
                                                          "recovered", "closed", "false_alarm",  "closing",
                                                          "verified",  "merged"};

Rejection no(std::string id, Message::Args args = {}) { return {{std::move(id), std::move(args)}}; }

std::string status_id(Status s) { return "@domain.status." + std::string(to_text(s)); }

std::string name_of(const ItemRef& item) {
  std::string out = item.check.empty() ? item.host : item.check + '@' + item.host;
  return item.item.empty() ? out : out + ' ' + item.item;
}

// What holds for almost every kind, then each kind's own conditions.
class Gate {
 public:
  explicit Gate(const CaseState& s) : s_(s) {}
  using R = std::optional<Rejection>;

  R operator()(const Detected&) const {
    return s_.status == Status::none ? R{} : no("domain.refuse.exists", {{"number", s_.number}});
  }
  R operator()(const Joined& p) const {
    if (auto r = handling()) return r;
    const auto* known = s_.problem(p.item);
    return known == nullptr || known->cleared ? R{} : no("domain.refuse.joined", {{"item", name_of(p.item)}});
  }
  R operator()(const ProblemChanged& p) const {
    if (auto r = living()) return r;
    return standing(p.item);
  }
  R operator()(const ProblemCleared& p) const {
    if (auto r = living()) return r;
    return standing(p.item);
  }
  R operator()(const Graded& p) const {
    if (auto r = living()) return r;
    if (p.to.empty()) return no("domain.refuse.grade_empty");
    if (p.from != s_.grade) return no("domain.refuse.grade_moved", {{"grade", s_.grade}});
    const bool same = p.to == s_.grade;
    if (p.how == GradeHow::confirmed ? !same : same)
      return no("domain.refuse.grade_same", {{"grade", s_.grade}});
    return {};
  }
  R operator()(const Registered&) const { return once(EventKind::registered, "domain.refuse.registered"); }
  R operator()(const Acknowledged&) const {
    return once(EventKind::acknowledged, "domain.refuse.acknowledged");
  }
  R operator()(const Reported&) const { return living(); }
  R operator()(const Arrived&) const { return once(EventKind::arrived, "domain.refuse.arrived"); }
  R operator()(const Noted&) const { return existing(); }
  R operator()(const Recovered& p) const {
    if (auto r = handling()) return r;
    // A recovery in spite of standing problems is a person's word, so it needs one.
    const auto left = s_.standing_problems();
    return left == 0 || !p.text.empty() ? R{}
                                        : no("domain.refuse.standing", {{"count", std::to_string(left)}});
  }
  R operator()(const Reopened& p) const {
    if (s_.status != Status::watching && !resting()) return wrong_status();
    return p.run == s_.run + 1 ? R{} : no("domain.refuse.run", {{"run", std::to_string(s_.run + 1)}});
  }
  R operator()(const WatchEnded&) const { return s_.status == Status::watching ? R{} : wrong_status(); }
  R operator()(const Closed&) const {
    if (s_.status == Status::watching) return no("domain.refuse.watching");
    return resting() ? R{} : wrong_status();
  }
  R operator()(const FalseAlarm&) const { return living(); }
  R operator()(const ClockWarning& p) const { return clock(p.clock, p.run); }
  R operator()(const ClockBreached& p) const { return clock(p.clock, p.run); }
  R operator()(const Paused&) const {
    if (auto r = handling()) return r;
    return s_.paused() ? no("domain.refuse.paused", {{"reason", s_.pauses.back().reason}}) : R{};
  }
  R operator()(const Resumed&) const {
    if (auto r = handling()) return r;
    return s_.paused() ? R{} : no("domain.refuse.not_paused");
  }
  R operator()(const Amended& p) const {
    if (auto r = existing()) return r;
    if (p.n == 0 || p.n > s_.last_n) return no("domain.refuse.no_event", {{"n", std::to_string(p.n)}});
    if (p.field != "at") return no("domain.refuse.field", {{"field", p.field}});
    const auto to = parse_iso(p.new_value);
    if (!to) return no("domain.refuse.time", {{"value", p.new_value}});
    return p.why.empty() ? no("domain.refuse.why") : R{};
  }
  R operator()(const Rebound& p) const { return moved(p.from, p.to, s_.revision); }
  R operator()(const CalendarChanged& p) const { return moved(p.from, p.to, s_.calendar); }
  R operator()(const ProblemUnwatched& p) const { return watched(p.item, true); }
  R operator()(const ProblemWatched& p) const { return watched(p.item, false); }
  R operator()(const Opened& p) const {
    if (s_.status != Status::none) return no("domain.refuse.exists", {{"number", s_.number}});
    return p.text.empty() ? no("domain.refuse.text") : R{};
  }
  R operator()(const CloseRequested&) const {
    if (s_.status == Status::watching) return no("domain.refuse.watching");
    return s_.status == Status::recovered ? R{} : wrong_status();
  }
  R operator()(const Verified&) const { return s_.status == Status::closing ? R{} : wrong_status(); }
  R operator()(const CloseRejected& p) const {
    if (s_.status != Status::closing && s_.status != Status::verified) return wrong_status();
    return p.text.empty() ? no("domain.refuse.text") : R{};
  }
  R operator()(const EscalationDrafted& p) const {
    if (auto r = living()) return r;
    if (p.run != s_.run) return no("domain.refuse.run", {{"run", std::to_string(s_.run)}});
    const auto* known = s_.escalation(p.step);
    return known == nullptr || !known->waits()
               ? R{}
               : no("domain.refuse.drafted", {{"step", std::to_string(p.step)}});
  }
  R operator()(const EscalationApproved& p) const { return decided(p.step, p.text); }
  R operator()(const EscalationRejected& p) const { return decided(p.step, p.text); }
  R operator()(const DependentHeld& p) const {
    if (auto r = living()) return r;
    return s_.dependent(p.item) == nullptr ? R{} : no("domain.refuse.held", {{"item", name_of(p.item)}});
  }
  R operator()(const DependentFreed& p) const {
    if (auto r = living()) return r;
    return s_.dependent(p.item) != nullptr ? R{} : no("domain.refuse.not_held", {{"item", name_of(p.item)}});
  }
  R operator()(const CauseFound& p) const {
    if (auto r = living()) return r;
    return p.number != s_.number && !s_.found_cause(p.item, p.number)
               ? R{}
               : no("domain.refuse.cause_known", {{"item", name_of(p.item)}, {"number", p.number}});
  }
  // After the end too: the contract may want its end told.
  R operator()(const Told& p) const {
    if (auto r = existing()) return r;
    return p.turn >= 1 && !p.to.empty() ? R{} : no("domain.refuse.tell_to", {{"to", ""}, {"known", "-"}});
  }
  // After the end too: a notice is signed once the case is closed.
  R operator()(const SignedOff& p) const {
    if (auto r = existing()) return r;
    if (s_.status == Status::false_alarm || s_.status == Status::merged) return wrong_status();
    const auto* known = s_.signature(p.role);
    return known == nullptr
               ? R{}
               : no("domain.refuse.signed", {{"who", std::string(person_of(s_.marks[known->n - 1].actor))}});
  }
  R operator()(const Merged& p) const {
    if (auto r = living()) return r;
    return p.into != s_.number ? R{} : no("domain.refuse.merge_self");
  }
  R operator()(const Absorbed&) const { return handling(); }
  R operator()(const SplitOff&) const {
    return s_.status == Status::none ? R{} : no("domain.refuse.exists", {{"number", s_.number}});
  }
  R operator()(const ProblemMoved& p) const {
    if (auto r = living()) return r;
    return standing(p.item);
  }
  R operator()(const ConditionConfirmed& p) const {
    if (auto r = living()) return r;
    for (const auto& c : s_.confirmations)
      if (c.condition == p.condition && c.run == s_.run)
        return no("domain.refuse.confirmed", {{"who", std::string(person_of(s_.marks[c.n - 1].actor))}});
    return {};
  }

 private:
  R wrong_status() const {
    if (s_.status == Status::none) return no("domain.refuse.no_case");
    return no("domain.refuse.status", {{"number", s_.number}, {"status", status_id(s_.status)}});
  }
  R existing() const { return s_.status == Status::none ? wrong_status() : R{}; }
  R living() const { return s_.status == Status::none || is_over(s_.status) ? wrong_status() : R{}; }
  // Recovered, its watch period over, and not at its end.
  bool resting() const {
    return s_.status == Status::recovered || s_.status == Status::closing || s_.status == Status::verified;
  }
  R handling() const { return is_handling(s_.status) ? R{} : wrong_status(); }
  R standing(const ItemRef& item) const {
    const auto* known = s_.problem(item);
    return known != nullptr && !known->cleared ? R{}
                                               : no("domain.refuse.no_problem", {{"item", name_of(item)}});
  }
  R watched(const ItemRef& item, bool so_far) const {
    if (auto r = living()) return r;
    if (auto r = standing(item)) return r;
    return s_.problem(item)->unwatched != so_far ? R{}
                                                 : no("domain.refuse.watched", {{"item", name_of(item)}});
  }
  R once(EventKind kind, const char* id) const {
    if (auto r = living()) return r;
    const auto n = s_.first(kind, s_.run);
    if (n == 0) return {};
    return no(id, {{"number", s_.number}, {"who", std::string(person_of(s_.marks[n - 1].actor))}});
  }
  R decided(int step, const std::string& text) const {
    if (auto r = living()) return r;
    const auto* known = s_.escalation(step);
    if (step < 1 || known == nullptr || !known->waits())
      return no("domain.refuse.no_draft", {{"step", std::to_string(step)}});
    return text.empty() ? no("domain.refuse.text") : R{};
  }
  // Of what is to be told after the end too: the end itself may make it owed.
  R clock(std::string_view name, int run) const {
    if (auto r = is_tell_clock(name) ? existing() : living()) return r;
    return run >= 1 && run <= s_.run ? R{} : no("domain.refuse.run", {{"run", std::to_string(s_.run)}});
  }
  R moved(const std::string& from, const std::string& to, const std::string& now) const {
    if (auto r = living()) return r;
    return from == now && to != now ? R{} : no("domain.refuse.same_revision");
  }
  const CaseState& s_;
};

class Applier {
 public:
  Applier(CaseState& s, const Event& e) : s_(s), e_(e) {}

  void operator()(const Detected& p) {
    begin(p.case_kind, p.item.system);
    join(p.item, p.state, p.message, p.evidence);
  }
  void operator()(const Joined& p) { join(p.item, p.state, p.message, p.evidence); }
  void operator()(const ProblemChanged& p) {
    if (auto* known = find(p.item)) {
      known->state = p.to, known->last_n = e_.n;
      known->message = p.message, known->evidence = p.evidence;
      known->unwatched = false;  // who says so sees it
    }
  }
  void operator()(const ProblemCleared& p) {
    if (auto* known = find(p.item)) known->cleared = true, known->unwatched = false, known->last_n = e_.n;
  }
  void operator()(const Graded& p) {
    s_.grade = p.to;
    s_.grades.push_back({e_.n, s_.run, p.to, p.how});
  }
  void operator()(const Registered&) {}
  void operator()(const Acknowledged&) {
    if (s_.status == Status::open) s_.status = Status::acknowledged;
  }
  void operator()(const Reported&) {}
  void operator()(const Arrived&) {}
  void operator()(const Noted& p) { s_.marks.back().about = p.about; }
  void operator()(const Recovered& p) {
    end_pause();
    s_.status = p.watch > Duration{0} ? Status::watching : Status::recovered;
  }
  void operator()(const Reopened& p) { s_.run = p.run, s_.status = Status::open; }
  void operator()(const WatchEnded&) { s_.status = Status::recovered; }
  void operator()(const Closed&) { s_.status = Status::closed; }
  void operator()(const FalseAlarm&) { end_pause(), s_.status = Status::false_alarm; }
  void operator()(const ClockWarning& p) { s_.said.push_back({p.clock, p.run, false, p.instant}); }
  void operator()(const ClockBreached& p) { s_.said.push_back({p.clock, p.run, true, p.due}); }
  void operator()(const Paused& p) { s_.pauses.push_back({p.reason, s_.run, e_.n, 0}); }
  void operator()(const Resumed&) { end_pause(); }
  void operator()(const Amended& p) {
    auto& mark = s_.marks[p.n - 1];
    mark.at = *parse_iso(p.new_value), mark.amended = true;
  }
  void operator()(const Rebound& p) { s_.revision = p.to; }
  void operator()(const CalendarChanged& p) { s_.calendar = p.to; }
  void operator()(const ProblemUnwatched& p) { watch(p.item, false); }
  void operator()(const ProblemWatched& p) { watch(p.item, true); }
  void operator()(const Opened& p) {
    begin(p.case_kind, p.system);
    s_.text = p.text;
  }
  void operator()(const EscalationDrafted& p) {
    s_.escalations.push_back({p.step, s_.run, e_.n, 0, false, p.to, p.approve});
  }
  void operator()(const EscalationApproved& p) { decide(p.step, true); }
  void operator()(const EscalationRejected& p) { decide(p.step, false); }
  void operator()(const DependentHeld& p) { s_.dependents.push_back({p.item, p.cause, p.state, e_.n, 0}); }
  void operator()(const DependentFreed& p) {
    for (auto& d : s_.dependents)
      if (d.item == p.item && d.freed_n == 0) d.freed_n = e_.n;
  }
  void operator()(const CauseFound& p) { s_.causes.push_back({p.item, p.number, s_.run}); }
  void operator()(const Told& p) { s_.told.push_back({p.rule, s_.run, p.turn, p.to, p.how, e_.n}); }
  void operator()(const SignedOff& p) { s_.signatures.push_back({p.role, s_.run, e_.n}); }
  void operator()(const Merged& p) {
    end_pause();
    s_.status = Status::merged, s_.into = p.into;
    for (auto& problem : s_.problems)
      if (!problem.cleared) leave(problem, p.into);
  }
  void operator()(const Absorbed&) {}
  void operator()(const SplitOff& p) {
    begin(p.case_kind, p.system);
    s_.from = p.from;
  }
  void operator()(const ProblemMoved& p) {
    if (auto* known = find(p.item)) leave(*known, p.to);
  }
  void operator()(const CloseRequested&) { s_.status = Status::closing; }
  void operator()(const Verified&) { s_.status = Status::verified; }
  void operator()(const CloseRejected&) { s_.status = Status::recovered; }
  void operator()(const ConditionConfirmed& p) { s_.confirmations.push_back({p.condition, s_.run, e_.n}); }

 private:
  void begin(const std::string& case_kind, const std::string& system) {
    s_.contract = e_.contract, s_.number = e_.number, s_.case_kind = case_kind, s_.system = system;
    s_.revision = e_.revision, s_.calendar = e_.calendar;
    s_.run = 1, s_.status = Status::open;
  }
  CaseProblem* find(const ItemRef& item) {
    for (auto& p : s_.problems)
      if (p.item == item) return &p;
    return nullptr;
  }
  void decide(int step, bool approved) {
    for (auto it = s_.escalations.rbegin(); it != s_.escalations.rend(); ++it)
      if (it->run == s_.run && it->step == step) {
        it->decided_n = e_.n, it->approved = approved;
        return;
      }
  }
  void leave(CaseProblem& problem, const std::string& to) {
    problem.cleared = true, problem.unwatched = false, problem.moved_to = to, problem.last_n = e_.n;
  }
  void watch(const ItemRef& item, bool watched) {
    if (auto* known = find(item)) known->unwatched = !watched, known->last_n = e_.n;
  }
  void join(const ItemRef& item, State state, const Message& message, const Evidence& evidence) {
    if (auto* known = find(item))
      *known = {item, state, false, {}, false, known->joined_n, e_.n, e_.n, message, evidence};
    else
      s_.problems.push_back({item, state, false, {}, false, e_.n, e_.n, e_.n, message, evidence});
  }
  void end_pause() {
    if (s_.paused()) s_.pauses.back().to_n = e_.n;
  }
  CaseState& s_;
  const Event& e_;
};

}  // namespace

std::string_view to_text(Status status) { return kStatus[static_cast<std::size_t>(status)]; }
bool is_over(Status status) {
  return status == Status::closed || status == Status::false_alarm || status == Status::merged;
}
bool is_handling(Status status) { return status == Status::open || status == Status::acknowledged; }

const CaseProblem* CaseState::problem(const ItemRef& item) const {
  for (const auto& p : problems)
    if (p.item == item) return &p;
  return nullptr;
}

const Dependent* CaseState::dependent(const ItemRef& item) const {
  for (const auto& d : dependents)
    if (d.item == item && d.freed_n == 0) return &d;
  return nullptr;
}

bool CaseState::found_cause(const ItemRef& item, std::string_view in) const {
  return std::any_of(causes.begin(), causes.end(), [&](const FoundCause& cause) {
    return cause.run == run && cause.item == item && cause.number == in;
  });
}

const Escalation* CaseState::escalation(int step) const {
  for (auto it = escalations.rbegin(); it != escalations.rend(); ++it)
    if (it->run == run && (it->step == step || (step == 0 && it->waits()))) return &*it;
  return nullptr;
}

const SignatureGiven* CaseState::signature(std::string_view role) const {
  for (const auto& given : signatures)
    if (given.run == run && given.role == role) return &given;
  return nullptr;
}

std::size_t CaseState::standing_problems() const {
  return static_cast<std::size_t>(
      std::count_if(problems.begin(), problems.end(), [](const CaseProblem& p) { return !p.cleared; }));
}

std::uint32_t CaseState::first(EventKind kind, int in_run) const {
  std::uint32_t best = 0;
  for (std::uint32_t n = 1; n <= marks.size(); ++n) {
    const auto& m = marks[n - 1];
    if (m.kind == kind && m.run == in_run && (best == 0 || m.at < marks[best - 1].at)) best = n;
  }
  return best;
}

std::uint32_t CaseState::last(EventKind kind, int in_run) const {
  for (auto n = static_cast<std::uint32_t>(marks.size()); n > 0; --n)
    if (marks[n - 1].kind == kind && marks[n - 1].run == in_run) return n;
  return 0;
}

std::uint32_t CaseState::first_note(std::string_view about, int in_run) const {
  std::uint32_t best = 0;
  for (std::uint32_t n = 1; n <= marks.size(); ++n) {
    const auto& m = marks[n - 1];
    if (m.kind == EventKind::noted && m.about == about && m.run == in_run &&
        (best == 0 || m.at < marks[best - 1].at))
      best = n;
  }
  return best;
}

std::uint32_t CaseState::start_of(int in_run) const {
  if (in_run == 1) return marks.empty() ? 0 : 1;
  return first(EventKind::reopened, in_run);
}

std::string CaseState::grade_in(int in_run, std::uint32_t before_n) const {
  std::string out;
  for (const auto& step : grades) {
    if (step.run > in_run) break;
    // A grade given before is the best known for an event that came before any grade of the case.
    if (before_n != 0 && step.n > before_n && !out.empty()) break;
    out = step.grade;
  }
  return out;
}

std::string CaseState::acknowledged_by() const {
  const auto n = first(EventKind::acknowledged, run);
  return n == 0 ? std::string{} : std::string(person_of(marks[n - 1].actor));
}

std::optional<Rejection> refuse(const CaseState& state, const Payload& payload) {
  return std::visit(Gate(state), payload);
}

void apply(CaseState& state, const Event& event) {
  const auto where = event.contract + '/' + event.number + " event " + std::to_string(event.n);
  if (event.n != state.last_n + 1)
    throw Fault(where + ": expected event " + std::to_string(state.last_n + 1),
                "the case's events are not complete");
  if (state.status != Status::none && (event.contract != state.contract || event.number != state.number))
    throw Fault(where + ": belongs to another case than " + state.contract + '/' + state.number);
  if (begins(event.kind()) != (state.status == Status::none))
    throw Fault(where + ": a case begins with `detected`, `opened` or `split_off` and has only one of them",
                "the case's events are not complete");
  if (const auto* a = std::get_if<Amended>(&event.payload))
    if (a->n == 0 || a->n > state.last_n || a->field != "at" || !parse_iso(a->new_value))
      throw Fault(where + ": amends what is not there", "the event was not written by this program");
  state.last_n = event.n;
  // The mark belongs to the run the event is in: a reopening begins its own.
  const int run = begins(event.kind()) ? 1 : state.run + (event.kind() == EventKind::reopened ? 1 : 0);
  state.marks.push_back({event.kind(), run, event.at, event.known, event.actor, false, {}});
  std::visit(Applier(state, event), event.payload);
}

CaseState fold(std::span<const Event> events) {
  CaseState state;
  for (const auto& e : events) apply(state, e);
  return state;
}

}  // namespace xj::domain
