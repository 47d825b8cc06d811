#pragma once
// Reading the kernel's text files in place: no allocation, no locale, no exception, whatever the bytes are.
#include <cstdint>
#include <limits>
#include <string_view>

namespace xj::checks {

// Walks one text. Every step stays inside it; a number that is none reads as absent.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : p_(text.data()), end_(text.data() + text.size()) {}

  bool done() const { return p_ == end_; }
  void skip_blanks() {
    while (p_ != end_ && (*p_ == ' ' || *p_ == '\t')) ++p_;
  }
  // The next word on this line, empty at its end.
  std::string_view word() {
    skip_blanks();
    const char* from = p_;
    while (p_ != end_ && *p_ != ' ' && *p_ != '\t' && *p_ != '\n') ++p_;
    return {from, static_cast<std::size_t>(p_ - from)};
  }
  // An unsigned number; false, and nothing consumed but blanks, when there is none. Saturates.
  bool number(std::uint64_t& into) {
    skip_blanks();
    if (p_ == end_ || *p_ < '0' || *p_ > '9') return false;
    std::uint64_t value = 0;
    bool saturated = false;
    for (; p_ != end_ && *p_ >= '0' && *p_ <= '9'; ++p_) {
      const auto digit = static_cast<std::uint64_t>(*p_ - '0');
      if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) saturated = true;
      value = value * 10 + digit;
    }
    into = saturated ? std::numeric_limits<std::uint64_t>::max() : value;
    return true;
  }
  // "12.34" as a double; only what the kernel writes: digits, one point, digits.
  bool decimal(double& into) {
    std::uint64_t whole = 0;
    if (!number(whole)) return false;
    double value = static_cast<double>(whole);
    if (p_ != end_ && *p_ == '.') {
      ++p_;
      double scale = 0.1;
      for (; p_ != end_ && *p_ >= '0' && *p_ <= '9'; ++p_, scale /= 10) value += (*p_ - '0') * scale;
    }
    into = value;
    return true;
  }
  bool accept(char c) {
    if (p_ == end_ || *p_ != c) return false;
    ++p_;
    return true;
  }
  std::string_view rest_of_line() {
    const char* from = p_;
    while (p_ != end_ && *p_ != '\n') ++p_;
    return {from, static_cast<std::size_t>(p_ - from)};
  }
  void next_line() {
    while (p_ != end_ && *p_ != '\n') ++p_;
    if (p_ != end_) ++p_;
  }
  // The line, and on to the next.
  std::string_view line() {
    const auto text = rest_of_line();
    if (p_ != end_) ++p_;
    return text;
  }

 private:
  const char* p_;
  const char* end_;
};

}  // namespace xj::checks
