// Whatever parse_json takes, it writes in three ways that read back as the same value.
#include <cstdint>
#include <cstdlib>

#include "core/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string mended;
  xj::append_json_string(mended, text);
  if (!std::holds_alternative<xj::Json>(xj::parse_json(mended))) std::abort();

  const auto read = xj::parse_json(text);
  const auto* json = std::get_if<xj::Json>(&read);
  if (json == nullptr) return 0;
  for (const auto& written : {json->dump(), json->pretty()}) {
    const auto again = xj::parse_json(written);
    if (!std::holds_alternative<xj::Json>(again) || !(std::get<xj::Json>(again) == *json)) std::abort();
  }
  const auto canonical = json->canonical();
  const auto again = xj::parse_json(canonical);
  if (!std::holds_alternative<xj::Json>(again) || std::get<xj::Json>(again).canonical() != canonical)
    std::abort();
  return 0;
}
