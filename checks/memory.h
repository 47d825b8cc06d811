#pragma once
#include <optional>
#include <string_view>

#include "checks/check.h"

namespace xj::checks {

struct MemInfo {  // bytes
  std::uint64_t total = 0, free = 0, available = 0, buffers = 0, cached = 0, reclaimable = 0, shared = 0;
  std::uint64_t dirty = 0, slab = 0, committed = 0, swap_total = 0, swap_free = 0, swap_cached = 0;
};
// Empty when there is no MemTotal. Kernels before 3.14 have no MemAvailable; it is then estimated.
std::optional<MemInfo> parse_meminfo(std::string_view text);

struct SwapTraffic {
  std::uint64_t pages_in = 0, pages_out = 0;
};
std::optional<SwapTraffic> parse_swap_traffic(std::string_view vmstat);

}  // namespace xj::checks
