#pragma once
// What the collector decided and wrote into an event, decided again: the proof that nothing was taken from
// elsewhere than the events before it and the revision the case was bound to.
#include <string>
#include <vector>

#include "collector/domain/case_state.h"
#include "collector/domain/contract.h"

namespace xj::domain {

struct Redecided {
  std::string field;  // of the payload
  std::string kept, again;
};

// Due times and watch periods: clock_warning, clock_breached, recovered, watch_ended, escalation_drafted.
bool is_decided(const Event& event);
// The fields that come out otherwise. `before` is the case without the event; `contract` the revision it was
// bound to, with the calendar edition it was bound to.
std::vector<Redecided> recheck(const CaseState& before, const Contract& contract, const Event& event);

}  // namespace xj::domain
