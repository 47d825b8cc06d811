#include "core/text.h"

namespace xj::texts {

std::span<const TextEntry> domain_texts();
std::span<const TextEntry> domain_texts() {
  static constexpr std::span<const TextEntry> none{};
  return none;
}

}  // namespace xj::texts
