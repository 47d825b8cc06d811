#pragma once
// Small words shared by the kinds: metrics, rates of counters, names of kernel errors.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "checks/check.h"

namespace xj::checks {

// Three decimals are more than any kernel counter knows, and keep history and wire small.
inline void add(std::vector<Metric>& to, const char* name, double value) {
  to.push_back({name, std::isfinite(value) ? std::round(value * 1000.0) / 1000.0 : 0.0});
}
inline void add(std::vector<Metric>& to, const char* name, std::uint64_t value) {
  constexpr std::uint64_t most = INT64_MAX;
  to.push_back({name, static_cast<std::int64_t>(value < most ? value : most)});
}

// What a counter grew by; a counter that went back was reset, and tells nothing this time.
inline std::uint64_t grown(std::uint64_t before, std::uint64_t now) {
  return now >= before ? now - before : 0;
}

inline std::string errno_text(int error) { return std::strerror(error); }

inline double share(double part, double whole) { return whole > 0 ? 100.0 * part / whole : 0.0; }

inline CheckOutcome unreadable(const std::string& path, int error) {
  return unknown({"checks.unreadable", {{"path", path}, {"error", errno_text(error)}}});
}
inline CheckOutcome not_understood(const std::string& path) {
  return unknown({"checks.not_understood", {{"path", path}}});
}
// Rates need two samples: come again soon, record nothing yet.
inline CheckOutcome first_sample() {
  CheckOutcome outcome;
  outcome.msg = {"checks.first_sample", {}};
  outcome.again = Duration{1000};
  return outcome;
}

}  // namespace xj::checks
