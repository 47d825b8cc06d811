// Bytes to a record of duty and back: what is read must be written so that it reads the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "collector/domain/duty_record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xj::domain;
  const auto decoded = decode_duty_record({reinterpret_cast<const char*>(data), size});
  const auto* record = std::get_if<DutyRecord>(&decoded);
  if (record == nullptr) return 0;
  const auto again = decode_duty_record(encode(*record));
  const auto* same = std::get_if<DutyRecord>(&again);
  if (same == nullptr || !(*same == *record)) std::abort();
  (void)fold(std::span(record, 1));
  return 0;
}
