// Bytes to an event and back: what is read must be written so that it reads the same, and a fold over it
// either works or throws a Fault.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "collector/domain/case_state.h"
#include "collector/domain/evaluate.h"
#include "collector/domain/events.h"
#include "core/fault.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xj;
  using namespace xj::domain;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto decoded = decode_event(text);
  if (const auto* event = std::get_if<Event>(&decoded)) {
    const auto again = decode_event(encode(*event));
    const auto* same = std::get_if<Event>(&again);
    if (same == nullptr || !(*same == *event)) std::abort();
    CaseState state;
    try {
      apply(state, *event);
      auto next = *event;
      next.n = 2;
      (void)refuse(state, next.payload);
      apply(state, next);
    } catch (const Fault&) {
    }
  }
  if (const auto json = parse_json(text); const auto* value = std::get_if<Json>(&json)) {
    if (const auto memory = item_memory_from(*value)) {
      std::string out;
      append_json(out, *memory);
      if (item_memory_from(std::get<Json>(parse_json(out))) != memory) std::abort();
    }
  }
  return 0;
}
