#pragma once
#include <optional>
#include <string_view>

#include "checks/check.h"

namespace xj::checks {

struct LoadAverage {
  double one = 0, five = 0, fifteen = 0;
  std::uint64_t runnable = 0, threads = 0;
};
std::optional<LoadAverage> parse_loadavg(std::string_view text);
// "0-3,5" → 5; 0 when it is no such list.
std::uint64_t count_cpu_list(std::string_view text);

}  // namespace xj::checks
