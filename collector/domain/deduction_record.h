#pragma once
// What people put on record about deductions: what no machine sees (an absence, a leak, lateness, a judgement
// of serious effect), and that one is waived. Append-only; what a contract costs (deduction.h) follows from
// these and the cases, and is never stored.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "collector/domain/contract.h"
#include "collector/domain/events.h"

namespace xj::domain {

enum class MoneyRecordKind : std::uint8_t {
  recorded,  // `about` happened; of a case in which the machine saw it, that it counts as the contract means
             // it
  waived,    // the line of `about` in case `number`, or of record `of`, is not held against anybody
  withdrawn  // record `of` does not hold
};
std::string_view to_text(MoneyRecordKind kind);
std::optional<MoneyRecordKind> parse_money_record_kind(std::string_view text);

// Why one is waived.
enum class WaiverGround : std::uint8_t { client, force_majeure };
std::string_view to_text(WaiverGround ground);

struct MoneyRecord {
  std::string contract;
  std::uint32_t n = 0;  // 1, 2, 3 … in the contract
  MoneyRecordKind kind = MoneyRecordKind::recorded;
  std::string about;                      // id in Contract::deductions
  std::string number;                     // of the case it is about, or empty
  int run = 0;                            // of that case; 0: each, in records from before runs were kept
  std::string system, price;              // what it concerns, ids of the contract, or empty
  int count = 0;                          // so many times or items, or days of lateness; 0: not said
  std::optional<std::int64_t> sum_cents;  // the sum overdue
  Timestamp at;                           // when it happened, or was due
  std::optional<Timestamp> until;         // of what lasts: when it ended; absent, and no count: it goes on
  Timestamp known;                        // when the collector learned it
  std::string actor, via;
  WaiverGround ground = WaiverGround::client;  // of a waiver
  std::string why;
  std::uint32_t of = 0;            // of a waiver or withdrawal: the record it is about
  std::string revision, calendar;  // of the contract in force
  bool operator==(const MoneyRecord&) const = default;
};

// Canonical JSON with a version; what cannot be read is said in English.
std::string encode(const MoneyRecord& record);
std::variant<MoneyRecord, std::string> decode_money_record(std::string_view body);

// Those of a kind that were not withdrawn.
std::vector<const MoneyRecord*> holding(std::span<const MoneyRecord> records, MoneyRecordKind kind);

// Whether a deduction asks how long something lasted: per day, or by `over`, `up_to`, `ends_after`.
bool asks_how_long(const Deduction& deduction);

struct CostLine;
// The record as it shall be kept, or why not. `before` is all of the contract, in order; `lines` what it
// comes to now, over the whole term; `case_run` the present run of the case named, 0 where there is none.
// What names a case is about one run of it: the newest that waits for it, else the newest in which the
// deduction was set off, else the present one.
std::variant<MoneyRecord, Rejection> accept(MoneyRecord draft, const Contract& contract,
                                            std::span<const MoneyRecord> before,
                                            std::span<const CostLine> lines, int case_run, Timestamp now);

}  // namespace xj::domain
