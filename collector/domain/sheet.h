#pragma once
// A sheet of a round after it was made: what persons fill in, and its way to the last signature. The list it
// was made with never changes; a sheet is that list and its events, all else is derived. Pure.
//
//   draft ── submitted ──▶ submitted ── reviewed ──▶ reviewed ── signed … signed ──▶ signed, for good
//     ▲                        │            (only where the round names a reviewer)
//     └──────── returned ──────┴────────────────────────┘   what was signed until then is void
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "collector/domain/contract.h"
#include "collector/domain/events.h"
#include "core/json.h"

namespace xj::domain {

enum class SheetEventKind : std::uint8_t {
  filled,     // `item` was looked at, or remarked on
  submitted,  // it is complete
  returned,   // it is not right: back to its inspector
  reviewed,   // it was found right
  signed_off  // as `part`; with `last` nobody else is to sign
};
std::string_view to_text(SheetEventKind kind);
std::optional<SheetEventKind> parse_sheet_event_kind(std::string_view text);

enum class SheetStatus : std::uint8_t { draft, submitted, reviewed, signed_off };
std::string_view to_text(SheetStatus status);
std::optional<SheetStatus> parse_sheet_status(std::string_view text);

// What a person may find, as a sheet's facts say it.
inline constexpr std::string_view kManualResults[] = {"ok", "fault", "skipped"};
inline constexpr std::string_view kQualities[] = {"good", "acceptable", "poor"};

struct SheetEvent {
  std::string contract, number;
  std::uint32_t n = 0;  // 1, 2, 3 … of the sheet
  SheetEventKind kind = SheetEventKind::filled;
  Timestamp at;           // when it was so
  Timestamp known;        // when the collector learned it
  std::string actor;      // person:<id>
  std::string name;       // of that person, as it is printed
  std::string via;        // socket:<account>
  std::string text;       // remark, analysis, opinion; why it was returned
  std::string why;        // why it was entered later, or for somebody else
  std::int64_t item = 0;  // filled: its number on the sheet
  std::string result;     // filled: one of kManualResults; empty: a remark on what was measured
  std::string part;       // signed: inspector, recorder, or a role
  std::string title;      // signed: of that role, as it is printed; empty for the first two
  std::string quality;    // signed: one of kQualities, or empty
  bool last = false;      // signed: the last that was wanted
  std::string seal;       // submitted, reviewed, signed: SHA-256 of the facts that were frozen with it
  std::string revision;   // of the contract it was decided by
  bool operator==(const SheetEvent&) const = default;
};
// Canonical JSON with a version; what cannot be read is said in English.
std::string encode(const SheetEvent& event);
std::variant<SheetEvent, std::string> decode_sheet_event(std::string_view body);

// What the facts of a sheet say when it is made.
struct SheetItem {
  std::int64_t no = 0;
  std::string id;  // "system/point", "system/check"; not unique: a check has a line for each bad item
  std::string title, target;
  bool manual = false;
};
struct SheetBase {
  std::string contract, number, round;
  Timestamp made;
  Lang lang = Lang::zh;
  std::string revision;             // of the contract
  std::string inspector, recorder;  // names as printed; empty: not said
  std::vector<SheetItem> items;
  const SheetItem* item(std::int64_t no) const;
};
SheetBase read_sheet(const Json& facts);  // what cannot be read is left out

struct SheetState {
  struct Filled {
    std::string result, remark, by;
    Timestamp at;
  };
  struct Step {
    std::string actor, name, text;
    Timestamp at;
  };
  struct Signature {
    std::string part, title, actor, name, text, quality;
    Timestamp at;
  };
  SheetStatus status = SheetStatus::draft;
  std::map<std::int64_t, Filled> filled;  // by the item's number: the last word on each
  std::optional<Step> submitted, reviewed;
  std::optional<Step> returned;  // why it is a draft again; nothing once it is submitted anew
  std::vector<Signature> signatures;
  std::optional<Timestamp> signed_at;
  std::uint32_t last_n = 0;
  Timestamp last_at, last_known;
  const Signature* signature(std::string_view part) const;
};
// Throws Fault when the event does not follow from what was before.
void apply(SheetState& state, const SheetEvent& event);
SheetState fold(std::span<const SheetEvent> events);

// Null when the contract has no such round.
const RoundSpec* round_of(const Contract& contract, std::string_view id);

// Whose hands a sheet goes through, in the words of the contract.
struct SheetPart {
  std::string part;  // "inspector", "recorder", or the role's id
  std::string role;
  bool operator==(const SheetPart&) const = default;
};
std::vector<SheetPart> parts(const RoundSpec& round);

// Manual items without a result, in order.
std::vector<std::int64_t> unfilled(const SheetBase& base, const SheetState& state);
// What is to be done next: "submit", "review", "sign"; empty when it is signed.
std::string_view next_step(const SheetState& state, const RoundSpec& round);
std::vector<std::string> unsigned_parts(const SheetState& state, const RoundSpec& round);

// What a person wants of a sheet.
struct SheetAct {
  SheetEventKind kind = SheetEventKind::filled;
  Timestamp at;
  std::string person, via;  // an id of the contract's
  std::string text, why;
  std::string item;  // its number, or its id where only one line has it
  std::string result, part, quality;
};
// The event as it shall be kept, without its seal; or why not.
std::variant<SheetEvent, Rejection> accept(const SheetAct& act, const SheetBase& base,
                                           const SheetState& state, const RoundSpec& round,
                                           const Contract& contract, Timestamp now);

// In words: what happened.
Message describe(const SheetEvent& event, const SheetBase& base);

}  // namespace xj::domain
