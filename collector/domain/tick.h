#pragma once
// What time alone makes of one case. Idempotent: decided from the fold, so nothing is said twice.
#include <optional>
#include <vector>

#include "collector/domain/case_state.h"
#include "collector/domain/contract.h"

namespace xj::domain {

// clock_warning, clock_breached, watch_ended, graded by a lasting rule; numbered, in order, not yet applied.
// Of a case that is over only what is said of tellings that its end made owed.
std::vector<Event> tick(const CaseState& state, const Contract& contract, Timestamp now);
// The next instant at which tick() has something to say, so that nobody scans. May be early, never late.
std::optional<Timestamp> next_deadline(const CaseState& state, const Contract& contract, Timestamp now);
// When the watch period of a watching case ends.
std::optional<Timestamp> watch_end(const CaseState& state, const Contract& contract);

}  // namespace xj::domain
