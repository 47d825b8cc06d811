#pragma once
// Why a case is as it is, as sentences a manager understands; rendered by the caller in either language.
#include <span>
#include <string>
#include <vector>

#include "collector/domain/case_state.h"
#include "collector/domain/clock.h"
#include "collector/domain/contract.h"

namespace xj::domain {

// "2026-09-30 16:30:00" in the zone.
std::string local_text(Timestamp t, const Zone& zone);

// One event as a line of the case's course.
Message describe(const Event& event, const Contract& contract);
// How a clock came to its due time and status.
std::vector<Message> describe(const ClockView& view, const Contract& contract, Timestamp now);
// The whole: how it opened, its grade, its clocks, who was told, what it waits for.
std::vector<Message> explain(std::span<const Event> events, const Contract& contract, Timestamp now);

}  // namespace xj::domain
