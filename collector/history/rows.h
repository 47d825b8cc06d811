#pragma once
// What a query needs of a series: when, which state, and one metric. Values, no files.
#include <cstdint>
#include <vector>

#include "core/result.h"

namespace xj::collector {

// By slot; rows of one slot in the order they came.
struct Rows {
  std::vector<std::int64_t> slots;  // ms
  std::vector<State> states;
  std::vector<double> values;  // not a number where the metric was not there; as many as slots
  bool empty() const { return slots.empty(); }
  void clear() { slots.clear(), states.clear(), values.clear(); }
};

}  // namespace xj::collector
