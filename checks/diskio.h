#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace xj::checks {

struct DiskCounters {
  std::uint64_t reads = 0, read_sectors = 0, read_ms = 0;
  std::uint64_t writes = 0, written_sectors = 0, write_ms = 0;
  std::uint64_t in_flight = 0, busy_ms = 0, weighted_ms = 0;
};
struct DiskLine {
  std::string_view name;  // into the text
  DiskCounters counters;
};
// Lines that are none are passed over. At most kMaxDevices.
inline constexpr std::size_t kMaxDevices = 4096;
void parse_diskstats(std::string_view text, std::vector<DiskLine>& into);

struct DiskRates {
  double reads = 0, writes = 0, read_bytes = 0, written_bytes = 0;  // a second
  double util = 0;      // percent of the time with something in flight
  double await_ms = 0;  // mean time of a finished request
  double queue = 0;     // mean requests in flight
};
DiskRates disk_rates(const DiskCounters& before, const DiskCounters& now, double seconds);

}  // namespace xj::checks
