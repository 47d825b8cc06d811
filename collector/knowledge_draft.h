#pragma once
// Entries of the knowledge base as cases are closed: in the transaction of the closing, from the case's
// events.
#include <span>

#include "collector/domain/case_state.h"
#include "collector/domain/contract.h"
#include "collector/domain/knowledge.h"
#include "collector/store/cases.h"
#include "collector/store/knowledge.h"

namespace xj::collector {

// What the events of a case say of it: cause and method from the notes about them, the course from all that
// was done. Its first revision. Pure.
domain::KnowledgeEntry drafted_knowledge(std::span<const domain::Event> events,
                                         const domain::CaseState& state, const domain::Contract& contract,
                                         Timestamp now);

// Where an event from `from_n` on closed the case, and its kind has entries. Inside the
// caller's transaction.
void draft_knowledge(Cases& cases, Knowledge& knowledge, const domain::CaseState& state,
                     const domain::Contract& contract, std::uint32_t from_n, Timestamp now);

}  // namespace xj::collector
