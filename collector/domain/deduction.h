#pragma once
// What a contract's deductions come to: an estimate, reckoned from the events of cases and what people put on
// record. Pure; nothing of it is stored.
//
// Money is whole cents. A share is taken once per line, of base × share × count with 128 bits between, and
// rounded half up to the cent; then the cap is applied. Where the contract leaves the base open the line says
// so and has no amount.
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collector/domain/case_state.h"
#include "collector/domain/clock.h"
#include "collector/domain/contract.h"
#include "collector/domain/deduction_record.h"

namespace xj::domain {

// Something that a deduction is about: a breach in a case, or a person's record.
struct Occasion {
  ContractPtr contract;   // the revision it is judged by
  std::string deduction;  // id in its deductions
  std::string number;     // of the case; of a record the one it names, or empty
  int run = 0;            // of the case; 0: none
  std::uint32_t record = 0;
  std::string system, price, clock, grade;
  Timestamp at;                         // the breach, or when a person says it happened: decides the period
  std::optional<Timestamp> since, due;  // of a case: begin of what lasted, and by when it was to end
  std::optional<Timestamp> until;       // absent: it goes on
  std::string ended_by;                 // event at `until`, where it is not the one that the clock waited for
  Duration length{0};                   // of the outage or delay, pauses taken out
  Duration paused{0};
  bool outage = false;  // `length` is one; else a delay
  bool running = false;
  int days = 0;   // of delay
  int count = 1;  // times or items, of a record
  std::optional<std::int64_t> sum_cents;
  std::vector<std::uint32_t> events;  // of the case, behind it, ascending
  Message void_why;                   // it does not count at all: a false alarm, a merged case
  std::uint32_t judged = 0;           // record by which a person says that it has the effect asked for
  std::uint32_t waived = 0;           // record that waives it
  bool operator==(const Occasion&) const = default;
};

enum class CostState : std::uint8_t {
  counted,      // with its amount
  base_open,    // it counts, and the amount cannot be said
  free,         // one of the first, which cost nothing
  to_judge,     // a person has to say whether it had the effect that the contract asks for
  outside,      // shorter or longer than what the deduction is for
  waived,       // by a record
  not_counting  // a false alarm, or a case that goes on in another one
};
std::string_view to_text(CostState state);

struct CostLine {
  Occasion what;
  Title title;
  std::string party;  // who pays
  Per per = Per::time;
  Amount rate;
  CostState state = CostState::counted;
  int nth = 0;          // which of its kind in the term, the last one of this line; 0: none
  int units = 0;        // times, days or items that cost
  std::string base;     // as the contract says it
  std::string base_of;  // the price it is, when it is one; else empty
  std::optional<std::int64_t> base_cents;
  std::optional<std::int64_t> cents;  // absent but where counted or free
  std::int64_t capped_cents = 0;      // taken off by the cap
  bool losses = false;                // and all losses
  bool ends = false;                  // the other side may end the contract
  std::vector<std::string> also;      // other deductions that count for the same breach
  std::vector<Message> why;           // the reckoning in sentences
};
struct CostTotal {
  std::string party;
  std::int64_t cents = 0;
  int counted = 0, open = 0, to_judge = 0;
};
struct Costs {
  std::vector<CostLine> lines;    // by time, then as in the contract
  std::vector<CostTotal> totals;  // of each party that has a line, provider first
};

// Breaches in one case. `contract` is the revision it is bound to.
//
//  A deduction with `clock` follows from each run in which that clock is breached under one of its grades;
//  one with a kind alone from each run. An outage is what lies between the clock's start and its stop where
//  it stops at `recovered`, any other length the delay behind the due time, which ends with what makes
//  the clock needless, too; pauses for a reason that the
//  clock lists are taken out. `over` and `up_to` decide to the millisecond. Days of delay are dates in the
//  contract's zone behind the date it was due; a midnight belongs to the day that ends with it.
//  The run in which a case turned out a false alarm or was merged does not count.
std::vector<Occasion> occasions(const CaseState& state, std::span<const Event> events,
                                const ContractPtr& contract, Timestamp now);
// Those of records; the record of a breach that the machine saw is found by reckon().
using RevisionReader = std::function<ContractPtr(const std::string& revision)>;
std::vector<Occasion> occasions(std::span<const MoneyRecord> records, const RevisionReader& contract,
                                Timestamp now);

// Lines whose time lies in [from, to). What came before it counts all the same for `from_count`, `cap` and
// `ends_after_count` within its term, that of the revision it is judged by. Every occasion given is of one
// contract.
Costs reckon(std::vector<Occasion> all, std::span<const MoneyRecord> records, Timestamp from, Timestamp to);

// base × ppm / 1,000,000 × units, half up; saturates at the largest sum.
std::int64_t share_of(std::int64_t base_cents, std::int64_t ppm, int units);
// Dates behind that of `due`, as above; 0 when it is not later.
int days_late(const Zone& zone, Timestamp due, Timestamp end);
// "5,000" or "7,290.75", in yuan; "3%".
std::string yuan_text(std::int64_t cents);
std::string share_text(std::int64_t ppm);

}  // namespace xj::domain
