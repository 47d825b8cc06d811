#pragma once
// Words by which texts are found: of Chinese any two characters that stand side by side, of everything else
// whole words of letters and digits.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace xj {

// As texts are compared: small Latin letters, fullwidth forms as ASCII, white space as single spaces.
std::string folded(std::string_view text);

// What a text is indexed by, sorted, each once. Chinese characters in a row give their pairs, and the last of
// them by itself, so that each begins a term. A longer word is cut after kLongestTerm bytes.
inline constexpr std::size_t kLongestTerm = 64;
std::vector<std::string> index_terms(std::string_view text);

// A term that a text must have; with `begins` one that begins so.
struct SearchTerm {
  std::string text;
  bool begins = false;
  bool operator==(const SearchTerm&) const = default;
};
// What stands between spaces in a question. A text that holds it has all of its terms; whether they also
// stand side by side, `folded` (in the folded text) tells.
struct SearchWord {
  std::string folded;
  std::vector<SearchTerm> terms;  // never empty
};
// In the order given; words without a letter, a digit or a Chinese character are left out, and those beyond
// the limit too.
inline constexpr std::size_t kMostSearchWords = 16;
std::vector<SearchWord> search_words(std::string_view question);

}  // namespace xj
