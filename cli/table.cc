#include "cli/table.h"

#include <algorithm>

#include "cli/width.h"

namespace xj::cli {
namespace {

constexpr int kGap = 2;
constexpr int kNarrowest = 8;

std::string_view code(Colour colour) {
  switch (colour) {
    case Colour::none: return "";
    case Colour::good: return "\033[32m";
    case Colour::notice: return "\033[33m";
    case Colour::bad: return "\033[31m";
    case Colour::odd: return "\033[35m";
    case Colour::faint: return "\033[2m";
    case Colour::strong: return "\033[1m";
  }
  return "";
}

}  // namespace

std::string coloured(std::string_view text, Colour colour, bool on) {
  if (!on || colour == Colour::none || text.empty()) return std::string(text);
  return std::string(code(colour)) + std::string(text) + "\033[0m";
}

void Table::add(std::vector<Cell> row) {
  row.resize(columns_.size(), Cell(""));
  for (auto& cell : row) cell.text = printable(cell.text);
  rows_.push_back(std::move(row));
}

std::string Table::text(int width, bool colours) const {
  std::vector<int> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    int wide = display_width(columns_[i].title);
    for (const auto& row : rows_) wide = std::max(wide, display_width(row[i].text));
    widths.push_back(wide);
  }
  int total = kGap * (static_cast<int>(columns_.size()) - 1);
  for (const int w : widths) total += w;
  // The widest of the columns that may shrink gives way, a column at a time; then of all columns.
  for (const bool any : {false, true})
    while (total > width) {
      int widest = -1;
      for (int i = 0; i < static_cast<int>(widths.size()); ++i) {
        const auto at = static_cast<std::size_t>(i);
        if ((any || columns_[at].shrink) && widths[at] > kNarrowest &&
            (widest < 0 || widths[at] > widths[static_cast<std::size_t>(widest)]))
          widest = i;
      }
      if (widest < 0) break;
      --widths[static_cast<std::size_t>(widest)];
      --total;
    }

  std::string out;
  const auto line = [&](const auto& cell_at) {
    std::string text, gap;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const Cell cell = cell_at(i);
      const auto shown = cut(cell.text, widths[i]);
      const std::string fill(static_cast<std::size_t>(widths[i] - display_width(shown)), ' ');
      if (columns_[i].right) {
        text += gap + fill + coloured(shown, cell.colour, colours);
        gap.clear();
      } else {
        if (!shown.empty()) text += gap + coloured(shown, cell.colour, colours), gap.clear();
        gap += fill;
      }
      gap += std::string(kGap, ' ');
    }
    while (text.ends_with(' ')) text.pop_back();
    out += text + '\n';
  };
  line([&](std::size_t i) { return Cell(columns_[i].title, Colour::strong); });
  for (const auto& row : rows_) line([&](std::size_t i) { return row[i]; });
  return out;
}

}  // namespace xj::cli
