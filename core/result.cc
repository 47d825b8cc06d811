#include "core/result.h"

#include <array>

namespace xj {
namespace {
constexpr std::array<std::string_view, 4> kStates{"ok", "warning", "critical", "unknown"};
constexpr std::array<int, 4> kRank{0, 1, 3, 2};
}  // namespace

std::string_view to_text(State state) { return kStates[static_cast<std::size_t>(state)]; }

std::optional<State> parse_state(std::string_view text) {
  for (std::size_t i = 0; i < kStates.size(); ++i)
    if (kStates[i] == text) return static_cast<State>(i);
  return std::nullopt;
}

State worse(State a, State b) {
  return kRank[static_cast<std::size_t>(a)] >= kRank[static_cast<std::size_t>(b)] ? a : b;
}

double as_double(const Number& n) {
  return std::visit([](auto v) { return static_cast<double>(v); }, n);
}

}  // namespace xj
