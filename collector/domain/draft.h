#pragma once
// Builds the events of one decision: each is numbered, bound and applied to a copy of the case, so that the
// next is decided on what the one before made of it.
#include <string>
#include <utility>
#include <vector>

#include "collector/domain/case_state.h"
#include "collector/domain/contract.h"
#include "collector/domain/grading.h"

namespace xj::domain {

// The watch period of a grade, zero when it has none.
Duration watch_of(const Contract& contract, std::string_view case_kind, std::string_view grade);

// A step of the kind's escalation as it stands now; the step is one of the contract's.
EscalationDrafted draft_step(const CaseState& state, const Contract& contract, int step, Timestamp now);

class Draft {
 public:
  // Borrows the contract; copies the state.
  Draft(CaseState state, const Contract& contract, Timestamp now);
  // A case that does not exist yet.
  Draft(std::string number, const Contract& contract, Timestamp now);

  const CaseState& state() const { return state_; }
  const Contract& contract() const { return contract_; }

  // Throws Fault when refuse() refuses: the caller decided wrongly.
  void add(Payload payload, Timestamp at, std::string actor, std::string via, Message reason = {});
  void grade(GradeProposal proposal, Timestamp at, std::string via);
  std::vector<Event> take() { return std::move(events_); }

 private:
  CaseState state_;
  std::string number_;
  const Contract& contract_;
  Timestamp now_;
  std::vector<Event> events_;
};

}  // namespace xj::domain
