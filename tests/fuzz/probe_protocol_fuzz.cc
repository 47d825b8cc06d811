// Both directions of the workers' protocol on any bytes; what was understood must go there and back.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "checks/probe_protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xj::checks;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  if (const auto request = decode_request(line); std::holds_alternative<ProbeRequest>(request)) {
    const auto once = encode(std::get<ProbeRequest>(request));
    const auto again = decode_request(once);
    if (!std::holds_alternative<ProbeRequest>(again) || encode(std::get<ProbeRequest>(again)) != once)
      std::abort();
  }
  if (const auto answer = decode_answer(line); std::holds_alternative<ProbeAnswer>(answer)) {
    const auto once = encode(std::get<ProbeAnswer>(answer));
    if (once.size() > kMaxProbeLine) return 0;
    const auto again = decode_answer(once);
    if (!std::holds_alternative<ProbeAnswer>(again) || encode(std::get<ProbeAnswer>(again)) != once)
      std::abort();
  }
  return 0;
}
