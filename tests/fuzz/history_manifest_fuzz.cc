// The manifest of a history from any bytes: one that comes back from what would be written for it and names
// nothing outside its folder, or a fault.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "collector/history/manifest.h"
#include "core/fault.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xj;
  using namespace xj::collector;
  try {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    const auto manifest = decode_manifest(bytes);
    for (const auto& file : manifest.files)
      if (file.name.empty() || file.name.find('/') != std::string::npos) std::abort();
    const auto written = encode(manifest);
    if (!is_exact(manifest, written) || encode(decode_manifest(written)) != written) std::abort();
  } catch (const Fault&) {
  }
  return 0;
}
