#pragma once
// Who is on duty: a roster of shifts with an A and a B person, and the one question asked of it.
#include <cstdint>
#include <string>
#include <vector>

#include "collector/domain/calendar.h"
#include "core/time.h"

namespace xj::domain {

// [from, to): handed over at `to` to whoever begins then.
struct Shift {
  Timestamp from, to;
  std::string a, b;          // ids of persons; b may be empty
  int line = 0;              // in its file
  std::uint32_t change = 0;  // number of the record that put it there; 0: the contract's file
  auto operator<=>(const Shift&) const = default;
};

struct Roster {
  std::string file;           // empty: there is none
  std::vector<Shift> shifts;  // by time, not overlapping
};

// Nothing in a gap and outside of it. Borrowed from the roster.
const Shift* on_duty(const Roster& roster, Timestamp at);
// Shifts that touch [from, to), whole, in order.
std::vector<Shift> shifts_between(const Roster& roster, Timestamp from, Timestamp to);

// `over` in the place of whatever stands in [from, to); shifts that reach across an end of it are cut there.
// Both sorted, without overlaps, `over` inside.
std::vector<Shift> overlaid(const std::vector<Shift>& under, const std::vector<Shift>& over, Timestamp from,
                            Timestamp to);

// What is wrong between shifts: sorted by time they neither overlap nor leave a gap. `line` is that of the
// later one.
struct RosterFault {
  int line = 0;
  bool overlap = false;  // else a gap
  Timestamp from, to;
};
std::vector<RosterFault> roster_faults(const std::vector<Shift>& shifts);  // of shifts sorted by `from`

}  // namespace xj::domain
