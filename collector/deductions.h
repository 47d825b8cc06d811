#pragma once
// What a contract's deductions come to, read from the cases and records in state.db; on the engine's thread.
#include <variant>
#include <vector>

#include "collector/domain/deduction.h"
#include "collector/pipeline.h"

namespace xj::collector {

// Of every case of the contract and every record, also of kinds that no deduction names now: they may be
// bound to a revision in which one did. Reads and folds each case that is not settled (settled_costs.h).
domain::Costs costs_of(Pipeline& pipeline, const domain::ContractPtr& contract, Timestamp from, Timestamp to,
                       Timestamp now);
// Of all time: what happened before or behind the term by mistake is shown, never lost.
domain::Costs costs_of(Pipeline& pipeline, const domain::ContractPtr& contract, Timestamp now);

std::vector<domain::MoneyRecord> money_records(Pipeline& pipeline, std::string_view contract);
// Kept with the next number, or why not.
std::variant<domain::MoneyRecord, domain::Rejection> record_money(Pipeline& pipeline,
                                                                  const domain::ContractPtr& contract,
                                                                  domain::MoneyRecord draft, Timestamp now);

}  // namespace xj::collector
