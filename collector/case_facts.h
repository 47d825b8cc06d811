#pragma once
// The facts of the papers of a case, from nothing but its events and the contract it is bound to
// (docs/documents.md). What no event says is left out, and prints as room to write in. Pure.
#include <cstdint>
#include <span>
#include <string>

#include "collector/domain/case_state.h"
#include "collector/domain/contract.h"
#include "core/json.h"
#include "core/text.h"

namespace xj::collector {

struct CasePaper {
  std::span<const domain::Event> events;  // all of the case, in order
  const domain::CaseState& state;         // the fold of them
  const domain::Contract& contract;       // the revision it is bound to
  std::string number;                     // of the paper
  Timestamp now;
  Lang lang = Lang::zh;
};

Json closing_notice_facts(const CasePaper& paper);
// Of any form that `papers` of a kind may name: what all of them are filled with, and the notes that have a
// place on this one.
Json case_paper_facts(const CasePaper& paper, std::string_view form);
// Form "emergency-plan", of one draft of an escalation.
Json emergency_plan_facts(const CasePaper& paper, std::uint32_t drafted_n);
// Of one draft of an escalation, event `drafted_n`; with its outcome once it is decided.
Json escalation_facts(const CasePaper& paper, std::uint32_t drafted_n);

}  // namespace xj::collector
