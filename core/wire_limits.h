#pragma once
// What the wire takes, shared by its readers and its writer. Not for other parts: they use core/wire.h.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace xj::wire {

// 1 to max bytes without control characters.
bool printable(std::string_view text, std::size_t max);
// 1 to kMaxMessageId of a-z 0-9 _ .
bool valid_message_id(std::string_view id);

// a-z 0-9 _ . as a table: every metric's name goes through it.
inline constexpr auto kNameChar = [] {
  std::array<bool, 256> t{};
  for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyz0123456789_."))
    t[static_cast<unsigned char>(c)] = true;
  return t;
}();
inline bool all_name_chars(std::string_view text) {
  for (const char c : text)
    if (!kNameChar[static_cast<unsigned char>(c)]) return false;
  return true;
}

// The first name that stands twice, or null.
template <typename T, typename Name>
const std::string* repeated(const std::vector<T>& all, Name name) {
  if (all.size() <= 12) {
    for (std::size_t i = 1; i < all.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (name(all[i]) == name(all[j])) return &name(all[i]);
    return nullptr;
  }
  std::vector<const std::string*> names;
  names.reserve(all.size());
  for (const auto& one : all) names.push_back(&name(one));
  std::sort(names.begin(), names.end(), [](auto* a, auto* b) { return *a < *b; });
  const auto it = std::adjacent_find(names.begin(), names.end(), [](auto* a, auto* b) { return *a == *b; });
  return it == names.end() ? nullptr : *it;
}

}  // namespace xj::wire
