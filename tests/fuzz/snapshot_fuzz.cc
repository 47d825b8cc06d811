// A snapshot of any bytes is a snapshot or a fault. The checksum is put right first, or nothing behind it
// would be met.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "collector/memory.h"
#include "core/bytes.h"
#include "core/io/record_log.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xj;
  using namespace xj::collector;
  const std::string body(reinterpret_cast<const char*>(data), size);
  std::string bytes = "XJSNAP01";
  put_fixed(bytes, io::crc32c(body));
  bytes += body;
  try {
    const auto memory = decode_snapshot(bytes);
    const auto again = decode_snapshot(encode_snapshot(memory));
    if (again.position != memory.position || !(again.accepted == memory.accepted) ||
        again.agents.size() != memory.agents.size())
      std::abort();
  } catch (const Fault&) {
  }
  try {
    (void)decode_snapshot(body);
  } catch (const Fault&) {
  }
  return 0;
}
