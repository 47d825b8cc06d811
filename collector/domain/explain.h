#pragma once
// Why a case is as it is, as sentences a manager understands; rendered by the caller in either language.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collector/domain/case_state.h"
#include "collector/domain/clock.h"
#include "collector/domain/contract.h"

namespace xj::domain {

// "2026-09-30 16:30:00" in the zone.
std::string local_text(Timestamp t, const Zone& zone);

// "disk (web1 /data)", as an argument.
std::string item_argument(const ItemRef& item, const Contract& contract);
// Roles or persons by title, joined; as an argument.
std::string roles_argument(const std::vector<std::string>& roles, const Contract& contract);
// A person by name, a machine's part by what it is; as an argument.
std::string actor_argument(std::string_view actor, const Contract& contract);

// One event as a line of the case's course. Grades and clocks are called what the case's kind calls them;
// with no kind given, what the first kind does that has one of that id.
Message describe(const Event& event, const Contract& contract, std::string_view case_kind = {});
// A problem of a case: what is in which state; its own message says more.
Message describe(const CaseProblem& problem, const Contract& contract);
// A title as an argument of a Message: its own language for each reader, else the id.
std::string title_argument(const Title& title, std::string_view id);
// The whole: how it opened, its grade, its clocks, who was told, what it waits for.
std::vector<Message> explain(std::span<const Event> events, const Contract& contract, Timestamp now);

}  // namespace xj::domain
