// Bytes to a record of a deduction and back: what is read must be written so that it reads the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "collector/domain/deduction_record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xj::domain;
  const auto decoded = decode_money_record({reinterpret_cast<const char*>(data), size});
  const auto* record = std::get_if<MoneyRecord>(&decoded);
  if (record == nullptr) return 0;
  const auto again = decode_money_record(encode(*record));
  const auto* same = std::get_if<MoneyRecord>(&again);
  if (same == nullptr || !(*same == *record)) std::abort();
  (void)holding(std::span(record, 1), record->kind);
  return 0;
}
