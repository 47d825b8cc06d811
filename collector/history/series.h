#pragma once
// What history holds of one (agent, check, item): values, no files.
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/text.h"
#include "core/time.h"

namespace xj::collector {

struct SeriesId {
  std::string agent;
  std::string check;
  std::string item;  // empty: the result itself
  auto operator<=>(const SeriesId&) const = default;
};

// One slot of a series. A check that ran twice for one slot has two samples, in the order they came.
struct Sample {
  Timestamp slot;
  State state = State::ok;
  Message msg;
  std::vector<Metric> metrics;  // in the order of the series' columns
  bool operator==(const Sample&) const = default;
};

}  // namespace xj::collector
