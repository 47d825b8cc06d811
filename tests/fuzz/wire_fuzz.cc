// Every reader of the wire on any bytes: no crash, and what it takes reads back the same after writing.
#include <cstdint>
#include <cstdlib>

#include "core/wire.h"
#include "core/wire_plain.h"

namespace {

using namespace xj;

// Texts that were not valid UTF-8 cannot come in, so writing changes nothing.
template <typename T, typename Decode>
void round_trip(const T& value, Decode decode) {
  const auto again = decode(wire::encode(value));
  if (!std::holds_alternative<T>(again) || !(std::get<T>(again) == value)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 5) {
    case 0: {
      const auto read = wire::decode_by_grammar(text);
      if (const auto plain = wire::read_plain(text)) {
        const auto* decoded = std::get_if<wire::DecodedBatch>(&read);
        if (decoded == nullptr || !decoded->refused.empty() ||
            wire::encode(decoded->batch) != wire::encode(*plain))
          std::abort();
      }
      if (const auto* decoded = std::get_if<wire::DecodedBatch>(&read)) {
        const auto again = wire::decode_batch(wire::encode(decoded->batch));
        if (!std::holds_alternative<wire::DecodedBatch>(again)) std::abort();
        const auto& second = std::get<wire::DecodedBatch>(again);
        if (!second.refused.empty() || !(second.batch == decoded->batch)) std::abort();
      }
      break;
    }
    case 1: {
      const auto read = wire::decode_result(text);
      if (const auto* result = std::get_if<Result>(&read)) {
        round_trip(*result, wire::decode_result);
        Result fitted = *result;
        if (wire::fit(fitted) || !(fitted == *result)) std::abort();  // what is taken fits already
      }
      break;
    }
    case 2: {
      const auto read = wire::decode_answer(text);
      if (const auto* answer = std::get_if<wire::Answer>(&read)) round_trip(*answer, wire::decode_answer);
      break;
    }
    case 3: {
      const auto read = wire::decode_assignment(text);
      if (const auto* assignment = std::get_if<wire::Assignment>(&read))
        round_trip(*assignment, wire::decode_assignment);
      break;
    }
    default: {
      constexpr std::size_t kLimit = 1u << 20;
      const auto plain = wire::inflate(text, kLimit);
      if (const auto* bytes = std::get_if<std::string>(&plain); bytes != nullptr && bytes->size() > kLimit)
        std::abort();
      const auto back = wire::inflate(wire::deflate(text));
      if (!std::holds_alternative<std::string>(back) || std::get<std::string>(back) != text) std::abort();
    }
  }
  return 0;
}
