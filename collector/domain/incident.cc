#include "collector/domain/incident.h"

#include <algorithm>
#include <iterator>

#include "collector/domain/draft.h"
#include "collector/domain/explain.h"
#include "collector/domain/tick.h"

namespace xj::domain {
namespace {

// Who saw it: the agent, or the collector where there was nothing to see.
std::string seen_by(const ItemRef& item, const Transition& t) {
  return t.after.silent || item.check.empty() ? "system:evaluate" : "agent:" + item.host;
}

void grade_again(Draft& draft, const Transition& t, const std::string& via, Timestamp now) {
  if (auto proposal = regrade(draft.state(), draft.contract(), now))
    draft.grade(std::move(*proposal), t.at, via);
}

void add_problem(Draft& draft, const ItemRef& item, const Transition& t, const std::string& via) {
  const auto* known = draft.state().problem(item);
  if (known == nullptr || known->cleared)
    draft.add(Joined{item, t.after.state, t.message, t.evidence}, t.at, seen_by(item, t), via, t.reason);
  else
    draft.add(ProblemChanged{item, known->state, t.after.state, t.message, t.evidence}, t.at,
              seen_by(item, t), via, t.reason);
}

std::vector<Event> open_case(const CaseBook& book, const Contract& contract, const ItemRef& item,
                             const Transition& t, const std::string& via, Timestamp now,
                             const CaseKind& kind) {
  Draft draft(book.free_number(contract, kind, now), contract, now);
  draft.add(Detected{kind.id, item, t.after.state, t.message, t.evidence}, t.at, seen_by(item, t), via,
            t.reason);
  grade_again(draft, t, via, now);
  return draft.take();
}

// What it stood in so far lets go of it: a problem stands in one case only.
std::vector<Event> moved(const OpenCase* holder, const ItemRef& item, std::vector<Event> events,
                         const Transition& t, const std::string& via, Timestamp now) {
  if (holder == nullptr || events.empty() || events.front().number == holder->state.number) return events;
  Draft draft(holder->state, *holder->contract, now);
  draft.add(ProblemMoved{item, events.front().number, {}}, t.at, "system:incident", via,
            {"domain.why.moved", {{"number", events.front().number}}});
  auto out = draft.take();
  out.insert(out.end(), std::make_move_iterator(events.begin()), std::make_move_iterator(events.end()));
  return out;
}

Outcome got_bad(const CaseBook& book, const ContractPtr& contract, const ItemRef& item, const Transition& t,
                Timestamp now, const CaseKind& kind) {
  const std::string via = t.after.silent ? "tick" : "ingest";
  const OpenCase* holder = book.of_item(contract->id, item, kind.id);
  const OpenCase* found = book.of_system(contract->id, item.system, kind.id);
  // Where it stands, unless it only rests there and another case is nearer.
  if (holder != nullptr && (found == nullptr || is_handling(holder->state.status) ||
                            (!is_handling(found->state.status) && (holder->state.status == Status::watching ||
                                                                   found->state.status != Status::watching))))
    found = holder;
  const bool news = is_news(t);
  if (found != nullptr) {
    const auto& s = found->state;
    Draft draft(s, *found->contract, now);
    if (is_handling(s.status)) {
      // Said in full what the case knows: it came to the same again while a maintenance window held it back.
      const auto* stood = s.problem(item);
      if (!t.before.problem && stood != nullptr && !stood->cleared && stood->state == t.after.state)
        return std::vector<Event>{};
      add_problem(draft, item, t, via);
      grade_again(draft, t, via, now);
      return moved(holder, item, draft.take(), t, via, now);
    }
    const auto end = watch_end(s, *found->contract);
    if (news && end && t.at <= *end) {
      // What never ended did not come again: it says itself why the case cannot rest.
      const auto* stood = s.problem(item);
      const Message again{"domain.why.reopened", {{"until", local_text(*end, found->contract->zone)}}};
      draft.add(Reopened{s.run + 1, {}}, t.at, "system:incident", via,
                stood != nullptr && !stood->cleared ? t.reason : again);
      add_problem(draft, item, t, via);
      grade_again(draft, t, via, now);
      return moved(holder, item, draft.take(), t, via, now);
    }
    if (!news && found == holder) {
      add_problem(draft, item, t, via);
      return draft.take();
    }
  }
  if (!news) return std::vector<Event>{};
  return moved(holder, item, open_case(book, *contract, item, t, via, now, kind), t, via, now);
}

Outcome got_well(const CaseBook& book, const ContractPtr& contract, const ItemRef& item, const Transition& t,
                 Timestamp now, const CaseKind& kind) {
  const OpenCase* found = book.of_item(contract->id, item, kind.id);
  if (found == nullptr) return std::vector<Event>{};
  Draft draft(found->state, *found->contract, now);
  draft.add(ProblemCleared{item, t.message}, t.at, seen_by(item, t), "ingest", t.reason);
  if (is_handling(draft.state().status) && draft.state().standing_problems() == 0)
    draft.add(Recovered{{}, watch_of(draft.contract(), draft.state().case_kind, draft.state().grade)}, t.at,
              "system:incident", "ingest",
              {"domain.why.recovered", {{"count", std::to_string(draft.state().problems.size())}}});
  return draft.take();
}

bool contains(const std::vector<std::string>& in, const std::string& what) {
  return std::find(in.begin(), in.end(), what) != in.end();
}

// Why nothing looks at it; empty when something does.
Message unwatched_why(const ItemRef& item, const std::string& case_kind, const Contract* in_force,
                      const std::set<std::string>& revoked) {
  if (in_force == nullptr) return {"domain.why.unwatched.contract", {}};
  const CaseKind* kind = in_force->kind_from_checks();
  if (kind == nullptr || kind->id != case_kind) return {"domain.why.unwatched.kind", {{"kind", case_kind}}};
  const System* system = in_force->system(item.system);
  if (system == nullptr) return {"domain.why.unwatched.system", {{"system", item.system}}};
  if (revoked.contains(item.host)) return {"domain.why.unwatched.revoked", {{"host", item.host}}};
  bool host = false, check = false;
  for (const auto& spec : system->checks) {
    const bool there = contains(spec.hosts, item.host);
    host = host || there;
    check = check || (there && spec.id == item.check);
  }
  if (!host) return {"domain.why.unwatched.host", {{"host", item.host}, {"system", item.system}}};
  if (item.check.empty() || check) return {};
  return {"domain.why.unwatched.check", {{"check", item.check}, {"host", item.host}}};
}

}  // namespace

std::vector<Event> review_watch(const CaseState& state, const Contract& bound, const Contract* in_force,
                                const std::set<std::string>& revoked, Timestamp now) {
  if (state.status == Status::none || is_over(state.status) || state.standing_problems() == 0) return {};
  std::optional<Draft> draft;  // most cases need none
  for (const auto& problem : state.problems) {
    if (problem.cleared) continue;
    auto why = unwatched_why(problem.item, state.case_kind, in_force, revoked);
    if (why.empty() != problem.unwatched) continue;
    if (!draft) draft.emplace(state, bound, now);
    if (why.empty())
      draft->add(ProblemWatched{problem.item}, now, "system:contract", "config", {"domain.why.watched", {}});
    else
      draft->add(ProblemUnwatched{problem.item}, now, "system:contract", "config", std::move(why));
  }
  return draft ? draft->take() : std::vector<Event>{};
}

Outcome step(const CaseBook& book, const ContractPtr& contract, const ItemRef& item, const Transition& t,
             Timestamp now) {
  const CaseKind* kind = contract->kind_from_checks();
  if (kind == nullptr) return std::vector<Event>{};
  if (t.after.problem) return got_bad(book, contract, item, t, now, *kind);
  if (t.before.problem) return got_well(book, contract, item, t, now, *kind);
  return std::vector<Event>{};
}

Outcome rebind(const CaseState& state, const Contract& to, std::string_view why, std::string_view actor,
               Timestamp now) {
  if (state.status == Status::none || is_over(state.status) || state.contract != to.id)
    return Rejection{
        {"domain.refuse.status",
         {{"number", state.number}, {"status", "@domain.status." + std::string(to_text(state.status))}}}};
  Draft draft(state, to, now);
  if (state.revision != to.revision)
    draft.add(Rebound{state.revision, to.revision, std::string(why)}, now, std::string(actor), "config");
  if (state.calendar != to.calendar_edition)
    draft.add(CalendarChanged{state.calendar, to.calendar_edition, std::string(why)}, now, std::string(actor),
              "config");
  return draft.take();
}

bool entered_later(const Event& event) {
  return !person_of(event.actor).empty() && event.known - event.at > kEnteredLater;
}

}  // namespace xj::domain
