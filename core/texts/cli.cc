#include "core/text.h"

namespace xj::texts {

std::span<const TextEntry> cli_texts();
std::span<const TextEntry> cli_texts() {
  static constexpr std::span<const TextEntry> none{};
  return none;
}

}  // namespace xj::texts
