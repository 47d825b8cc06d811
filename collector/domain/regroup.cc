// Two cases become one, one becomes two. No deadline moves by it, and no problem is lost or doubled.
#include <algorithm>
#include <iterator>

#include "collector/domain/draft.h"
#include "collector/domain/explain.h"
#include "collector/domain/incident.h"

namespace xj::domain {
namespace {

constexpr Duration kAhead{60'000};  // as for any act
constexpr const char* kMachine = "system:incident";

Rejection no(std::string id, Message::Args args = {}) { return {{std::move(id), std::move(args)}}; }

std::string status_id(Status s) { return "@domain.status." + std::string(to_text(s)); }

// 0 is the most severe.
std::size_t rank(const CaseKind& kind, std::string_view grade) {
  for (std::size_t i = 0; i < kind.grades.size(); ++i)
    if (kind.grades[i].id == grade) return i;
  return kind.grades.size();
}

// When it was done: not ahead of now, not before what it concerns began.
std::variant<Timestamp, Rejection> when(const Act& what, const Contract& contract, Timestamp earliest,
                                        Timestamp now) {
  if (!what.at) return now;
  if (*what.at > now + kAhead)
    return no("domain.refuse.future", {{"at", local_text(*what.at, contract.zone)}});
  const auto at = *what.at < earliest && earliest < *what.at + what.within ? earliest : *what.at;
  if (at < earliest)
    return no("domain.refuse.before_start",
              {{"at", local_text(at, contract.zone)}, {"start", local_text(earliest, contract.zone)}});
  return std::min(at, now);
}

std::vector<Event> both(std::vector<Event> first, std::vector<Event> second) {
  first.insert(first.end(), std::make_move_iterator(second.begin()), std::make_move_iterator(second.end()));
  return first;
}

Outcome merge(const CaseBook& book, const CaseState& s, const Contract& c, const Act& what, Timestamp now) {
  auto number = what.into;
  if (number.starts_with(c.id + '/')) number.erase(0, c.id.size() + 1);
  if (auto refused = refuse(s, Merged{number, what.text})) return *refused;
  if (what.text.empty()) return no("domain.refuse.text");
  const auto* target = book.find({c.id, number});
  if (target == nullptr)
    return no(book.knows({c.id, number}) ? "domain.refuse.into_over" : "domain.refuse.into_none",
              {{"number", number}});
  const auto& into = target->state;
  if (into.case_kind != s.case_kind) return no("domain.refuse.merge_kind", {{"number", number}});
  if (!is_handling(into.status))
    return no("domain.refuse.into_status", {{"number", number}, {"status", status_id(into.status)}});
  const auto begun = s.at(s.start_of(s.run)), target_begun = into.at(into.start_of(into.run));
  if (target_begun > begun)
    return no("domain.refuse.merge_later", {{"number", s.number},
                                            {"into", number},
                                            {"begun", local_text(begun, c.zone)},
                                            {"later", local_text(target_begun, c.zone)}});
  const auto at = when(what, c, begun, now);
  if (const auto* refused = std::get_if<Rejection>(&at)) return *refused;
  const auto then = std::get<Timestamp>(at);
  const auto person = actor_person(what.person);

  Draft ends(s, c, now);
  ends.add(Merged{number, what.text}, then, person, what.via);
  Draft goes_on(into, *target->contract, now);
  goes_on.add(Absorbed{s.number, what.text}, then, person, what.via);
  for (const auto& problem : s.problems) {
    const auto* known = goes_on.state().problem(problem.item);
    if (problem.cleared || (known != nullptr && !known->cleared)) continue;
    goes_on.add(Joined{problem.item, problem.state, problem.message, problem.evidence}, then, kMachine,
                what.via, {"domain.why.absorbed", {{"number", s.number}}});
  }
  if (auto proposal = regrade(goes_on.state(), goes_on.contract(), now))
    goes_on.grade(std::move(*proposal), then, what.via);
  if (const auto* kind = goes_on.contract().kind(into.case_kind);
      kind != nullptr && rank(*kind, s.grade) < rank(*kind, goes_on.state().grade))
    goes_on.grade({s.grade, {"domain.why.merged_grade", {{"number", s.number}}}}, then, what.via);
  return both(ends.take(), goes_on.take());
}

// "CHECK", "CHECK@HOST", "CHECK@HOST:ITEM", "@HOST".
bool fits(const ItemRef& item, std::string_view word) {
  const auto at = word.find('@');
  const auto check = word.substr(0, at);
  if (!check.empty() && check != item.check) return false;
  if (at == std::string_view::npos) return true;
  const auto rest = word.substr(at + 1);
  const auto colon = rest.find(':');
  return rest.substr(0, colon) == item.host &&
         (colon == std::string_view::npos || rest.substr(colon + 1) == item.item);
}

// Not of a rule that repeats: its turns are counted anew.
std::optional<Payload> told_before(const CaseState& s, const Contract& contract, const Mark& mark) {
  const auto* kind = contract.kind(s.case_kind);
  for (const auto& told : s.told) {
    if (&s.marks[told.n - 1] != &mark || kind == nullptr) continue;
    for (const auto& rule : kind->tell)
      if (rule.id == told.rule && !rule.repeat) return Told{told.rule, 1, told.to, told.how, {}, {}, {}};
  }
  return std::nullopt;
}

// What was done for the old case counts in the new one, from its beginning on.
void carry(Draft& draft, const CaseState& s, Timestamp begun, const std::string& via) {
  for (const auto& mark : s.marks) {
    if (mark.run != s.run) continue;
    std::optional<Payload> done;
    // Hands on it and feet on site are there for whatever joins later; what was said or written before was
    // about something else.
    if (mark.kind == EventKind::acknowledged) done = Acknowledged{};
    if (mark.kind == EventKind::arrived) done = Arrived{};
    if (mark.kind == EventKind::registered && mark.at >= begun) done = Registered{};
    if (mark.kind == EventKind::reported && mark.at >= begun) done = Reported{};
    if (mark.kind == EventKind::told && mark.at >= begun) done = told_before(s, draft.contract(), mark);
    if (done)
      draft.add(std::move(*done), std::max(mark.at, begun), mark.actor, via,
                {"domain.why.carried", {{"number", s.number}}});
  }
}

Outcome split(const CaseBook& book, const CaseState& s, const ContractPtr& contract, const Act& what,
              Timestamp now) {
  const auto& c = *contract;
  const auto* kind = c.kind(s.case_kind);
  if (!is_handling(s.status))
    return no("domain.refuse.status", {{"number", s.number}, {"status", status_id(s.status)}});
  if (what.text.empty()) return no("domain.refuse.text");
  if (what.items.empty()) return no("domain.refuse.split_none");
  std::vector<const CaseProblem*> leave;
  for (const auto& word : what.items) {
    bool any = false;
    for (const auto& problem : s.problems) {
      if (problem.cleared || !fits(problem.item, word)) continue;
      any = true;
      if (std::find(leave.begin(), leave.end(), &problem) == leave.end()) leave.push_back(&problem);
    }
    if (!any) return no("domain.refuse.no_problem", {{"item", word}});
  }
  // A case that a person opened may go on without a problem.
  if (leave.size() == s.standing_problems() && s.text.empty()) return no("domain.refuse.split_all");

  const auto run_start = s.at(s.start_of(s.run));
  const auto stood_since = [&](const CaseProblem& p) { return std::max(s.at(p.stands_n), run_start); };
  auto begun = stood_since(*leave.front()), last = begun;
  for (const auto* p : leave)
    begun = std::min(begun, stood_since(*p)), last = std::max(last, stood_since(*p));
  const auto at = when(what, c, last, now);
  if (const auto* refused = std::get_if<Rejection>(&at)) return *refused;
  const auto person = actor_person(what.person);

  const auto number = book.free_number(c, *kind, now);
  Draft stays(s, c, now);
  for (const auto* p : leave)
    stays.add(ProblemMoved{p->item, number, what.text}, std::get<Timestamp>(at), person, what.via);
  Draft leaves(number, c, now);
  leaves.add(SplitOff{s.case_kind, leave.front()->item.system, s.number, what.text}, begun, person, what.via);
  for (const auto* p : leave)
    leaves.add(Joined{p->item, p->state, p->message, p->evidence}, stood_since(*p), kMachine, what.via,
               {"domain.why.split", {{"number", s.number}}});
  if (auto proposal = regrade(leaves.state(), c, now)) leaves.grade(std::move(*proposal), begun, what.via);
  carry(leaves, s, begun, what.via);
  return both(stays.take(), leaves.take());
}

}  // namespace

Outcome act(const CaseBook& book, const CaseState& state, const ContractPtr& contract, const Act& what,
            Timestamp now) {
  if (what.verb != Verb::merge && what.verb != Verb::split) return act(state, *contract, what, now);
  if (state.status == Status::none || contract->kind(state.case_kind) == nullptr)
    return no("domain.refuse.no_case");
  if (!contract->people.contains(what.person))
    return no("domain.refuse.person", {{"person", what.person}, {"contract", contract->id}});
  return what.verb == Verb::merge ? merge(book, state, *contract, what, now)
                                  : split(book, state, contract, what, now);
}

}  // namespace xj::domain
