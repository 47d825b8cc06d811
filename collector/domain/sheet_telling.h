#pragma once
// Whom a sheet waits for, and telling them. Pure.
#include <string>
#include <string_view>
#include <vector>

#include "collector/domain/routing.h"
#include "collector/domain/sheet.h"

namespace xj::domain {

// The word by which a contract's routes know of it, beside the kinds of events.
inline constexpr std::string_view kSheetWaits = "sheet_waits";

// One thing that somebody is to do with a sheet.
struct SheetWait {
  std::string step;                 // "submit", "review", "sign"
  std::string part;                 // of a signature: as in SheetPart
  std::string role;                 // id in the contract
  std::vector<std::string> people;  // the one that the sheet names, else who is on duty, else all of the role
  bool operator==(const SheetWait&) const = default;
};
// Of a draft its inspector; then the reviewer, where the round names one; then everybody who has not signed.
// Nothing once it is signed. By no more than `base.inspector`, `base.recorder`, the status, who submitted and
// who signed.
std::vector<SheetWait> waits_for(const SheetBase& base, const SheetState& state, const RoundSpec& round,
                                 const Contract& contract, Timestamp now);

// After a step that hands the sheet on, submitted, reviewed or returned: those it waits for now, and the
// roles of the routes that name kSheetWaits, over the channels of these. Nothing after any other event.
std::vector<Notification> tell_waiting(const SheetEvent& event, const SheetBase& base,
                                       const SheetState& after, const RoundSpec& round,
                                       const Contract& contract, Timestamp now);

}  // namespace xj::domain
