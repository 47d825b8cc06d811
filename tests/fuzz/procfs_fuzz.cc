// Every parser of /proc text on any bytes: numbers or "no", never more.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "checks/cpu.h"
#include "checks/diskio.h"
#include "checks/load.h"
#include "checks/memory.h"
#include "checks/mounts.h"
#include "checks/network.h"
#include "checks/process.h"
#include "checks/tcp.h"
#include "checks/uptime.h"
#include "core/glob.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xj::checks;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static std::vector<DiskLine> disks;
  static std::vector<NetLine> nets;
  static std::string line;
  parse_cpu_stat(text);
  parse_loadavg(text);
  count_cpu_list(text);
  parse_meminfo(text);
  parse_swap_traffic(text);
  parse_uptime(text);
  parse_diskstats(text, disks);
  parse_net_dev(text, nets);
  parse_process_stat(text);
  command_line(text, 100, line);
  program_name(text);
  decode_escapes(text);
  select_mounts(parse_mountinfo(text), {});
  const auto half = size / 2;
  xj::glob_match(text.substr(0, half), text.substr(half));
  return 0;
}
