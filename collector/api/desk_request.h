#pragma once
// What a person asks of a sheet or of who is on duty, as JSON: the bodies of the API, and steps of a
// simulated scenario.
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "collector/api/act_request.h"
#include "collector/domain/duty_record.h"
#include "collector/domain/sheet.h"

namespace xj::collector {

// All that such an object may hold; "as" is read by the caller, who knows who is asking.
std::span<const std::string_view> sheet_members();
// Without `person` and `via`. What the sheet and its round say to it is domain::accept's.
std::variant<domain::SheetAct, BadAct> read_sheet_act(const Json& json, const domain::Contract& contract,
                                                      Timestamp now);

std::span<const std::string_view> duty_members();
// The same of a role's roster: one shift, or all of them. Without `actor` and `via`.
std::variant<domain::DutyRecord, BadAct> read_duty_change(const Json& json, const std::string& role,
                                                          const domain::Contract& contract, Timestamp now);

}  // namespace xj::collector
