#pragma once
// What is put on record about a deduction, as JSON: the body of POST /api/v1/deductions/{contract}/records,
// and a step of a simulated scenario.
#include <span>
#include <string_view>
#include <variant>

#include "collector/api/act_request.h"
#include "collector/domain/deduction_record.h"

namespace xj::collector {

// All that such an object may hold; "as" is read by the caller, who knows who is asking.
std::span<const std::string_view> money_members();
// Without `actor` and `via`. Times without an offset are the contract's wall clock; a day alone is its end,
// or now. What the contract, its cases and the records before say to it is domain::accept's.
std::variant<domain::MoneyRecord, BadAct> read_money_record(const Json& json,
                                                            const domain::Contract& contract, Timestamp now);

}  // namespace xj::collector
