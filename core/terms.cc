#include "core/terms.h"

#include <algorithm>
#include <cstdint>

#include "core/json.h"

namespace xj {
namespace {

bool is_chinese(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0x20000 && c <= 0x3FFFF) || c == 0x3005 || c == 0x3007;
}
bool is_space(char32_t c) {
  return c <= 0x20 || c == 0x7F || c == 0x85 || c == 0xA0 || c == 0x3000 || (c >= 0x2000 && c <= 0x200B);
}
// Letters and digits, of any script but Chinese; marks and symbols divide words.
bool is_letter(char32_t c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  if (is_chinese(c) || is_space(c)) return false;
  if (c < 0xC0) return c == 0xAA || c == 0xB5 || c == 0xBA;
  if (c == 0xD7 || c == 0xF7) return false;
  return !(c >= 0x2000 && c <= 0x2BFF) && !(c >= 0x3000 && c <= 0x303F) && !(c >= 0xE000 && c <= 0xF8FF) &&
         !(c >= 0xFE10 && c <= 0xFE6F) && c < 0xFF00;
}

char32_t fold(char32_t c) {
  if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFF01 - 0x21;
  if (c >= 'A' && c <= 'Z') return c + ('a' - 'A');
  return c;
}

void append(std::string& out, char32_t c) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6)), put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12)), put(0x80 | ((c >> 6) & 0x3F)), put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18)), put(0x80 | ((c >> 12) & 0x3F)), put(0x80 | ((c >> 6) & 0x3F)),
        put(0x80 | (c & 0x3F));
  }
}

// Folded, with white space as single spaces and none at the ends.
std::u32string characters(std::string_view text) {
  const auto whole = mend_utf8(text);
  std::u32string out;
  for (std::size_t i = 0; i < whole.size();) {
    const auto lead = static_cast<unsigned char>(whole[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t c = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    for (std::size_t k = 1; k < length; ++k)
      c = (c << 6) | (static_cast<unsigned char>(whole[i + k]) & 0x3FU);
    i += length;
    c = fold(c);
    if (!is_space(c))
      out.push_back(c);
    else if (!out.empty() && out.back() != U' ')
      out.push_back(U' ');
  }
  if (!out.empty() && out.back() == U' ') out.pop_back();
  return out;
}

std::string utf8(std::u32string_view text) {
  std::string out;
  for (const auto c : text) append(out, c);
  return out;
}

std::string term(std::u32string_view word) {
  std::string out;
  for (const auto c : word) {
    std::string one;
    append(one, c);
    if (out.size() + one.size() > kLongestTerm) break;
    out += one;
  }
  return out;
}

// Calls back with each run of Chinese characters and each word, in order.
template <typename Run>
void each_run(std::u32string_view text, Run run) {
  for (std::size_t i = 0; i < text.size();) {
    const bool chinese = is_chinese(text[i]);
    if (!chinese && !is_letter(text[i])) {
      ++i;
      continue;
    }
    auto end = i + 1;
    while (end < text.size() && (chinese ? is_chinese(text[end]) : is_letter(text[end]))) ++end;
    run(text.substr(i, end - i), chinese, end);
    i = end;
  }
}

}  // namespace

std::string folded(std::string_view text) { return utf8(characters(text)); }

std::vector<std::string> index_terms(std::string_view text) {
  std::vector<std::string> out;
  const auto all = characters(text);
  each_run(all, [&](std::u32string_view run, bool chinese, std::size_t) {
    if (!chinese) {
      out.push_back(term(run));
      return;
    }
    for (std::size_t i = 0; i + 1 < run.size(); ++i) out.push_back(utf8(run.substr(i, 2)));
    out.push_back(utf8(run.substr(run.size() - 1)));
  });
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<SearchWord> search_words(std::string_view question) {
  std::vector<SearchWord> out;
  const auto all = characters(question);
  for (std::size_t from = 0; from < all.size() && out.size() < kMostSearchWords;) {
    const auto to = std::min(all.find(U' ', from), all.size());
    const auto word = std::u32string_view(all).substr(from, to - from);
    from = to + 1;
    SearchWord one;
    one.folded = utf8(word);
    each_run(word, [&](std::u32string_view run, bool chinese, std::size_t end) {
      if (!chinese) {
        // The word may go on where the question ends; one that was cut is known by its beginning only.
        const bool whole = end < word.size() && run.size() <= kLongestTerm / 4;
        one.terms.push_back({term(run), !whole});
      } else if (run.size() == 1) {
        one.terms.push_back({utf8(run), true});
      }
      for (std::size_t i = 0; chinese && i + 1 < run.size(); ++i)
        one.terms.push_back({utf8(run.substr(i, 2)), false});
    });
    if (!one.terms.empty()) out.push_back(std::move(one));
  }
  return out;
}

}  // namespace xj
