#pragma once
// The http kind as configuration knows it; checks/probe/http.cc does it.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checks/thresholds.h"

namespace xj::checks {

struct HttpLimits {
  explicit HttpLimits(const Params& params);
  Threshold time;  // milliseconds, the whole of it
  Threshold days;  // of the certificate
};

using StatusRanges = std::vector<std::pair<int, int>>;
// "200", "301-308", "2xx"; empty when one is none of these.
std::optional<StatusRanges> parse_status_ranges(const std::vector<std::string>& texts);

}  // namespace xj::checks
