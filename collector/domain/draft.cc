#include "collector/domain/draft.h"

#include <algorithm>

#include "collector/domain/clock.h"
#include "core/fault.h"

namespace xj::domain {

Duration watch_of(const Contract& contract, std::string_view case_kind, std::string_view grade) {
  const CaseKind* kind = contract.kind(case_kind);
  if (kind == nullptr) return Duration{0};
  const auto it = kind->watch.find(std::string(grade));
  return it == kind->watch.end() ? Duration{0} : it->second;
}

EscalationDrafted draft_step(const CaseState& state, const Contract& contract, int step, Timestamp now) {
  const auto& spec = contract.kind(state.case_kind)->escalation.at(static_cast<std::size_t>(step - 1));
  EscalationDrafted out{step, spec.clock, state.run, {}, state.grade, spec.to, spec.approve, {}};
  for (const auto& view : clocks(state, contract, now))
    if (view.name == spec.clock && view.run == state.run && view.due) out.due = to_iso(*view.due);
  return out;
}

Draft::Draft(CaseState state, const Contract& contract, Timestamp now)
    : state_(std::move(state)), number_(state_.number), contract_(contract), now_(now) {}

Draft::Draft(std::string number, const Contract& contract, Timestamp now)
    : number_(std::move(number)), contract_(contract), now_(now) {}

void Draft::add(Payload payload, Timestamp at, std::string actor, std::string via, Message reason) {
  if (const auto refused = refuse(state_, payload))
    throw Fault("case " + number_ + ": " + std::string(to_text(kind_of(payload))) +
                " decided but refused: " + render(refused->why, Lang::en));
  Event e;
  e.contract = contract_.id, e.number = number_, e.n = state_.last_n + 1;
  e.at = std::min(at, now_), e.known = now_;
  e.actor = std::move(actor), e.via = std::move(via), e.reason = std::move(reason);
  const bool fresh = state_.status == Status::none;
  e.revision = fresh ? contract_.revision : state_.revision;
  e.calendar = fresh ? contract_.calendar_edition : state_.calendar;
  e.payload = std::move(payload);
  apply(state_, e);
  // The event that moves a case is already bound to where it moves it.
  e.revision = state_.revision, e.calendar = state_.calendar;
  events_.push_back(std::move(e));
}

void Draft::grade(GradeProposal proposal, Timestamp at, std::string via) {
  add(Graded{state_.grade, std::move(proposal.grade), GradeHow::machine, {}}, at, "system:grading",
      std::move(via), std::move(proposal.reason));
}

}  // namespace xj::domain
