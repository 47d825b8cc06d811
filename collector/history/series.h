#pragma once
// What history holds of one (agent, check, item): values, no files.
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/sketch.h"
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

// What a query needs of a series: when, which state, and one metric. By slot, rows of one slot in the order
// they came.
struct Rows {
  std::vector<std::int64_t> slots;  // ms
  std::vector<State> states;
  std::vector<double> values;  // not a number where the metric was not there; as many as slots
  bool empty() const { return slots.empty(); }
  void clear() { slots.clear(), states.clear(), values.clear(); }
};

// What the values of a metric came to in an hour: those that are finite, of several results of a slot the
// last.
struct Hour {
  std::int64_t start = 0;  // ms, a whole hour UTC
  std::uint64_t count = 0;
  double sum = 0, least = 0, greatest = 0, last = 0;
  Sketch sketch;  // empty unless it was asked for
};

}  // namespace xj::collector
