#pragma once
#include <optional>
#include <string_view>

#include "checks/check.h"
#include "checks/thresholds.h"

namespace xj::checks {

// Clock ticks since boot. Guest time is already inside user and nice.
struct CpuTimes {
  std::uint64_t user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
};
struct CpuStat {
  CpuTimes times;
  std::uint64_t cores = 0;
};
std::optional<CpuStat> parse_cpu_stat(std::string_view proc_stat);

struct CpuUse {
  double used = 0, user = 0, system = 0, iowait = 0, steal = 0;  // percent of all cores together
};
std::optional<CpuUse> cpu_use(const CpuTimes& before, const CpuTimes& now);  // empty when no time has passed

}  // namespace xj::checks
