#pragma once
// Results of one agent that say the same again and again, counted instead of sent one by one. There is no
// such thing on the wire: only who plays agents inside the program (collector/simulate) makes one.
#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace xj::collector {

inline constexpr std::uint64_t kMaxCounted = 1u << 20;  // results of one run

// The first of them, and the others each `step` behind the one before, their numbers without a gap.
struct CountedRun {
  Result first;
  Duration step{0};
  std::uint64_t count = 1;
  Timestamp slot(std::uint64_t i) const { return first.slot + static_cast<std::int64_t>(i) * step; }
  Timestamp last() const { return slot(count - 1); }
};

// Each result came at its slot, the clock of the agent being the collector's.
struct CountedStretch {
  std::string agent, epoch, config;
  Timestamp first, last;         // contacts, those without a result among them
  Duration apart{0};             // the longest time from one contact to the next
  std::uint64_t contacts = 0;    // how many
  std::vector<CountedRun> runs;  // numbers ascending; those of one check by time
};

}  // namespace xj::collector
