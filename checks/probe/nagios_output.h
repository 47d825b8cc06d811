#pragma once
// What a Nagios plugin prints: text, long text and performance data. Pure and bounded.
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace xj::checks {

struct NagiosOutput {
  std::string text;                    // the first line
  std::vector<std::string> long_text;  // the lines after it
  std::vector<Metric> metrics;         // of every line's performance data
};
inline constexpr std::size_t kMaxPluginLines = 100;
inline constexpr std::size_t kMaxPluginMetrics = 128;

// Performance data: 'label'=value[UOM];warn;crit;min;max, separated by blanks. The unit goes into the
// metric's name and the value into its base: "time=250ms" is time_seconds 0.25, "size=3KB" is size_bytes
// 3072. Units: none, s ms us ns, %, B KB MB GB TB PB (and their KiB forms), c. Anything else is kept in the
// name.
NagiosOutput parse_nagios_output(std::string_view output);

}  // namespace xj::checks
