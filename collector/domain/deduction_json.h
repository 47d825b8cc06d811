#pragma once
// Deductions as the API, `xunjian deduction --json` and the simulator say them. Times in the contract's zone,
// money in cents.
#include "collector/domain/deduction.h"
#include "core/json.h"

namespace xj::domain {

// Without the sentences of `why`: whoever shows them picks how.
Json to_json(const CostLine& line);
Json to_json(const CostTotal& total);
Json to_json(const MoneyRecord& record, const Contract& contract);

}  // namespace xj::domain
