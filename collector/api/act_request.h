#pragma once
// What a person asks of a case, as JSON: the body of POST …/events, and an act of a simulated scenario.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "collector/domain/duty_record.h"
#include "collector/domain/incident.h"
#include "core/json.h"

namespace xj::collector {

// All that such an object may hold; "as" is read by the caller, who knows who is asking.
std::span<const std::string_view> act_members();

struct BadAct {
  std::string code;  // of the API's answer
  Message what;
};
// Without `person` and `via`. Times without an offset are the contract's wall clock: "2026-09-30 16:30",
// "16:30" today. What the case and the contract say to it is domain::act's.
std::variant<domain::Act, BadAct> read_act(const Json& json, const domain::Contract& contract, Timestamp now);

// The same of a case that a person opens: the body of POST /api/v1/cases/{contract}.
std::span<const std::string_view> opening_members();
std::variant<domain::Opening, BadAct> read_opening(const Json& json, const domain::Contract& contract,
                                                   Timestamp now);

// What is put on record about an obligation: the body of POST /api/v1/obligations/{contract}/records. Without
// `actor` and `via`; what the contract and the records before say to it is domain::accept's.
std::span<const std::string_view> record_members();
std::variant<domain::DutyRecord, BadAct> read_record(const Json& json, const domain::Contract& contract,
                                                     Timestamp now);

// A time as a person says it, as above.
std::optional<Timestamp> read_time(const std::string& text, const domain::Zone& zone, Timestamp now);

}  // namespace xj::collector
