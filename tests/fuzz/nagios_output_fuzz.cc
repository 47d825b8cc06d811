// A plugin may print anything; what comes out must fit a result.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "checks/probe/nagios_output.h"
#include "core/wire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto out = xj::checks::parse_nagios_output({reinterpret_cast<const char*>(data), size});
  if (out.text.size() > xj::wire::kMaxText || out.metrics.size() > xj::checks::kMaxPluginMetrics)
    std::abort();
  if (out.long_text.size() > xj::checks::kMaxPluginLines) std::abort();
  for (const auto& m : out.metrics) {
    if (m.name.empty() || m.name.size() > 64 || !std::isfinite(xj::as_double(m.value))) std::abort();
    for (const char c : m.name)
      if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.')) std::abort();
  }
  return 0;
}
