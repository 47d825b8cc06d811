// Bytes to an event of a sheet and back: what is read must be written so that it reads the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "collector/domain/sheet.h"
#include "core/fault.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xj::domain;
  const auto decoded = decode_sheet_event({reinterpret_cast<const char*>(data), size});
  const auto* event = std::get_if<SheetEvent>(&decoded);
  if (event == nullptr) return 0;
  const auto again = decode_sheet_event(encode(*event));
  const auto* same = std::get_if<SheetEvent>(&again);
  if (same == nullptr || !(*same == *event)) std::abort();
  try {
    (void)fold(std::span(event, 1));
  } catch (const xj::Fault&) {  // it follows from nothing
  }
  return 0;
}
