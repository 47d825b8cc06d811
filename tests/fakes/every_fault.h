#pragma once
// One fault at every place in turn: the shared driver of all tests that fail the Nth operation.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>

namespace xj::fakes {

// XJ_EVERYTHING=1: nothing is passed over to save time (`./run soak`).
inline bool everything_wanted() {
  static const bool wanted = std::getenv("XJ_EVERYTHING") != nullptr;  // NOLINT(concurrency-mt-unsafe)
  return wanted;
}

// Calls `run` with 1, 2, 3 …: it lets the operation of that number fail, looks that all is as it must be, and
// says whether the fault was met. The first run that no fault meets ends it, and so does a test that failed.
// `next` passes over numbers where a test would take too long. Returns how many faults were met.
inline std::uint64_t every_fault(const std::function<bool(std::uint64_t nth)>& run,
                                 const std::function<std::uint64_t(std::uint64_t)>& next = {}) {
  constexpr std::uint64_t kMost = 100'000;
  std::uint64_t met = 0;
  for (std::uint64_t nth = 1; nth < kMost; nth = next && !everything_wanted() ? next(nth) : nth + 1) {
    const testing::ScopedTrace trace(__FILE__, __LINE__, "fault at operation " + std::to_string(nth));
    if (!run(nth)) return met;
    ++met;
    if (testing::Test::HasFailure()) return met;
  }
  ADD_FAILURE() << "a fault is met in every run: none was untouched";
  return met;
}

}  // namespace xj::fakes
