#pragma once
// The facts of the papers of a case, from nothing but its events and the contract it is bound to: forms
// "closing-notice" and "escalation-approval" (docs/documents.md). What no event says is left out, and prints
// as room to write in. Pure.
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

}  // namespace xj::collector
