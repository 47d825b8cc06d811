#pragma once
// What people put on record beside cases: that something owed was done, that something happened which sets an
// obligation off, that a record was wrong, and who is on duty other than a roster's file says. Append-only;
// how an obligation stands (obligation.h) and who is on duty (duty.h) follow from them and are never stored.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "collector/domain/events.h"
#include "collector/domain/obligation.h"

namespace xj::domain {

enum class RecordKind : std::uint8_t {
  done,            // `about` an obligation, of a `period`, with its evidence as `text`
  happened,        // `about` a word of Obligation::after
  withdrawn,       // record `of` does not hold
  duty_set,        // of the role `about`: one shift, in the place of whatever stands there
  roster_imported  // of the role `about`: all of its shifts from the first's beginning to the last's end
};
std::string_view to_text(RecordKind kind);
std::optional<RecordKind> parse_record_kind(std::string_view text);

struct DutyRecord {
  std::string contract;
  std::uint32_t n = 0;  // 1, 2, 3 … in the contract
  RecordKind kind = RecordKind::done;
  std::string about, period;
  Timestamp at;               // when it was so
  Timestamp known;            // when the collector learned it
  std::string actor;          // person:<id>
  std::string via;            // socket:<account>
  std::string text;           // evidence, or words
  std::string why;            // of a withdrawal, and of what is entered later
  std::uint32_t of = 0;       // of a withdrawal
  std::vector<Shift> shifts;  // of the two about duty, by time
  std::string revision;       // of the contract in force
  std::string calendar;       // edition of the holiday data
  bool operator==(const DutyRecord&) const = default;
};

// Canonical JSON with a version; what cannot be read is said in English.
std::string encode(const DutyRecord& record);
std::variant<DutyRecord, std::string> decode_duty_record(std::string_view body);

// The role's roster with what people put on top of it: imports in their order, and above them what was set.
Roster with_changes(Roster roster, std::string_view role, std::span<const DutyRecord> records);

// Those that hold, as obligations are judged by; sheets are added by who knows them.
DutyRecords fold(std::span<const DutyRecord> records);

// The record as it shall be kept, its period filled in where none was given and only one is open at `at`; or
// why not. `before` is all of the contract, in order; n is the next after them.
std::variant<DutyRecord, Rejection> accept(DutyRecord draft, const Contract& contract,
                                           std::span<const DutyRecord> before, Timestamp now);

}  // namespace xj::domain
