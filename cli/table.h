#pragma once
// Tables for people: columns by the width of Chinese characters, cut to the terminal, coloured only where
// asked.
#include <string>
#include <string_view>
#include <vector>

namespace xj::cli {

enum class Colour { none, good, notice, bad, odd, faint, strong };
// With the escape codes around it when `on`.
std::string coloured(std::string_view text, Colour colour, bool on);

struct Cell {
  std::string text;
  Colour colour = Colour::none;
  Cell(std::string t, Colour c = Colour::none) : text(std::move(t)), colour(c) {}
  Cell(const char* t) : text(t) {}
};
struct Column {
  std::string title;
  bool right = false;   // figures
  bool shrink = false;  // gives way first when the terminal is narrow
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<Cell> row);  // missing cells are empty
  bool empty() const { return rows_.empty(); }
  // A heading line and one line a row, no line wider than `width` as far as the narrowest columns allow, no
  // spaces at the ends.
  std::string text(int width, bool colours) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace xj::cli
