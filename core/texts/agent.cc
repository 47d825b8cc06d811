#include "core/text.h"

namespace xj::texts {

std::span<const TextEntry> agent_texts();
std::span<const TextEntry> agent_texts() {
  static constexpr std::span<const TextEntry> none{};
  return none;
}

}  // namespace xj::texts
