#pragma once
// Shell-like patterns: * any run of bytes, ? any one character, [a-z] and [!a-z] one of a set.
#include <string>
#include <string_view>
#include <vector>

namespace xj {

// The whole text against the pattern. Linear in the text for each star; never recurses.
bool glob_match(std::string_view pattern, std::string_view text);
// Whether a [ of it is never closed: it then stands for itself.
bool has_open_set(std::string_view pattern);
bool any_glob_matches(const std::vector<std::string>& patterns, std::string_view text);

}  // namespace xj
