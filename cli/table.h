#pragma once
// Tables for people: columns by the width of Chinese characters, fitted to the terminal, coloured only where
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

// What a column does when the terminal is too narrow for all of them.
enum class Fit {
  keep,  // never: numbers, ids, times, states
  drop,  // left out, the rightmost of these first: what other columns or `show` say too
  fold,  // titles: goes on in the next line too, when nothing else is left to do
  wrap,  // sentences: goes on in the next line, whole
};
struct Column {
  std::string title;
  Fit fit = Fit::keep;
  bool right = false;  // figures
  bool named = false;  // below its row it stands behind its title: it would not tell what it is
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<Cell> row);  // missing cells are empty
  void section(std::string text);   // a line of its own above the rows that follow
  bool empty() const { return rows_.empty(); }
  // A heading line and the rows, no spaces at the ends. With a width no line is wider, as far as the columns
  // to keep allow: columns are dropped while those that wrap have no room to be read in; when they still have
  // none, each begins an indented line below its row; a column nobody filled is not shown. Width 0: a line a
  // row, everything in it.
  std::string text(int width, bool colours) const;
  // Titles of the columns that have something and have no room in that.
  std::vector<std::string> left_out(int width) const;

 private:
  struct Row {
    std::vector<Cell> cells;  // of a section: one
    bool section = false;
  };
  struct Layout;
  Layout layout(int width) const;
  bool is_filled(std::size_t column) const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

}  // namespace xj::cli
