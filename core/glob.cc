#include "core/glob.h"

namespace xj {
namespace {

// Length of the UTF-8 character at the start, 1 for anything malformed.
std::size_t character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t n = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  return n <= text.size() ? n : 1;
}

// A set at the start of `pattern` against one byte. Sets its length, 0 when there is no closing bracket.
bool in_set(std::string_view pattern, char c, std::size_t& length) {
  std::size_t i = 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool found = false;
  for (bool first = true; i < pattern.size() && (first || pattern[i] != ']'); first = false) {
    if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
      found = found || (pattern[i] <= c && c <= pattern[i + 2]);
      i += 3;
    } else {
      found = found || pattern[i] == c;
      ++i;
    }
  }
  length = i < pattern.size() ? i + 1 : 0;
  return found != negated;
}

}  // namespace

bool glob_match(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0;
  std::size_t star = std::string_view::npos, star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
      continue;
    }
    std::size_t p_step = 1, t_step = 1;
    bool same = false;
    if (p < pattern.size()) {
      if (pattern[p] == '?') {
        same = true;
        t_step = character(text.substr(t));
      } else if (pattern[p] == '[') {
        same = in_set(pattern.substr(p), text[t], p_step);
        if (p_step == 0) same = text[t] == '[', p_step = 1;  // not a set: itself
      } else {
        same = pattern[p] == text[t];
      }
    }
    if (same) {
      p += p_step;
      t += t_step;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool has_open_set(std::string_view pattern) {
  for (std::size_t at = 0; at < pattern.size();) {
    std::size_t length = 1;
    if (pattern[at] == '[') in_set(pattern.substr(at), '\0', length);
    if (length == 0) return true;
    at += length;
  }
  return false;
}

bool any_glob_matches(const std::vector<std::string>& patterns, std::string_view text) {
  for (const auto& pattern : patterns)
    if (glob_match(pattern, text)) return true;
  return false;
}

}  // namespace xj
