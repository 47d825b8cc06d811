#pragma once
#include <optional>
#include <string_view>

namespace xj::checks {

// Seconds since boot from /proc/uptime.
std::optional<double> parse_uptime(std::string_view text);

}  // namespace xj::checks
