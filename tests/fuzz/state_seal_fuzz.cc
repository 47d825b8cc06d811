// A seal of any bytes is one that is written the same again, or a fault. The checksum is put right first, or
// nothing behind it would be met.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "collector/store/seal.h"
#include "core/bytes.h"
#include "core/io/record_log.h"

namespace {

void one(const std::string& bytes) {
  try {
    if (xj::collector::encode(xj::collector::decode_seal(bytes)) != bytes) std::abort();
  } catch (const xj::Fault&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  one(body);
  std::string bytes = "XJSEAL01";
  xj::put_fixed(bytes, xj::io::crc32c(body));
  one(bytes + body);
  return 0;
}
