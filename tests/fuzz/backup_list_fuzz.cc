// The list of a backup from any bytes: a list that is written the same again and names nothing outside its
// folder, or a fault. The checksum is put right first, or nothing behind it would be met.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "collector/safety/backup.h"
#include "core/io/pki.h"

namespace {

void one(const std::string& bytes) {
  using namespace xj;
  try {
    const auto list = collector::decode_backup_list(bytes);
    if (collector::encode(list) != bytes) std::abort();
    for (const auto& file : list.files)
      if (file.name.empty() || file.name[0] == '/' ||
          ("/" + file.name + "/").find("/../") != std::string::npos)
        std::abort();
  } catch (const Fault&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string body(reinterpret_cast<const char*>(data), size);
  one(body);
  if (body.empty()) return 0;
  const auto sum = xj::io::sha256_hex(body);
  body.pop_back();
  one(body + ",\"sha256\":\"" + sum + "\"}\n");
  return 0;
}
