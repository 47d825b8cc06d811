#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace xj::checks {

struct NetCounters {
  std::uint64_t rx_bytes = 0, rx_packets = 0, rx_errors = 0, rx_drops = 0;
  std::uint64_t tx_bytes = 0, tx_packets = 0, tx_errors = 0, tx_drops = 0;
};
struct NetLine {
  std::string_view name;  // into the text
  NetCounters counters;
};
inline constexpr std::size_t kMaxInterfaces = 4096;
// The two heading lines and lines that are none are passed over.
void parse_net_dev(std::string_view text, std::vector<NetLine>& into);

}  // namespace xj::checks
