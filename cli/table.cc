#include "cli/table.h"

#include <algorithm>

#include "core/width.h"

namespace xj::cli {
namespace {

constexpr int kGap = 2;
constexpr int kNarrowest = 8;  // a column that folds
constexpr int kReadable = 24;  // a column that wraps
constexpr int kIndent = 4;     // of lines below their row

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

struct Table::Layout {
  std::vector<int> widths;  // -1: not in the row
  std::vector<bool> below;  // on lines of its own
};

void Table::add(std::vector<Cell> row) {
  row.resize(columns_.size(), Cell(""));
  for (auto& cell : row) cell.text = printable(cell.text);
  rows_.push_back({std::move(row), false});
}

void Table::section(std::string text) { rows_.push_back({{Cell(printable(text), Colour::strong)}, true}); }

Table::Layout Table::layout(int width) const {
  Layout out;
  const auto count = columns_.size();
  out.below.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    int wide = display_width(columns_[i].title);
    for (const auto& row : rows_)
      if (!row.section) wide = std::max(wide, display_width(row.cells[i].text));
    out.widths.push_back(wide);
  }
  if (width <= 0) return out;
  auto& widths = out.widths;
  for (std::size_t i = 0; i < count; ++i)
    if (!rows_.empty() && !is_filled(i)) widths[i] = -1;
  const auto total = [&] {
    int sum = -kGap;
    for (const int w : widths)
      if (w >= 0) sum += w + kGap;
    return sum;
  };
  // The widest of a kind gives way, a column of the terminal at a time.
  const auto narrow = [&](Fit fit, int least) {
    while (total() > width) {
      int* widest = nullptr;
      for (std::size_t i = 0; i < count; ++i)
        if (columns_[i].fit == fit && widths[i] > least && (widest == nullptr || widths[i] > *widest))
          widest = &widths[i];
      if (widest == nullptr) return;
      --*widest;
    }
  };
  const auto natural = widths;
  // Room by leaving columns out, the rightmost first; true when the rest fits.
  const auto fits = [&](bool wrapping) {
    for (auto left_out = count + 1; left_out-- > 0;) {
      if (left_out < count && columns_[left_out].fit != Fit::drop) continue;
      for (std::size_t i = 0; i < count; ++i) {
        const bool dropped = i >= left_out && columns_[i].fit == Fit::drop;
        widths[i] = dropped || (!wrapping && columns_[i].fit == Fit::wrap) ? -1 : natural[i];
      }
      narrow(Fit::wrap, kReadable);
      if (total() <= width) return true;
    }
    return false;
  };
  if (fits(true)) return out;
  for (std::size_t i = 0; i < count; ++i) out.below[i] = columns_[i].fit == Fit::wrap;
  if (!fits(false)) narrow(Fit::fold, kNarrowest);
  return out;
}

bool Table::is_filled(std::size_t column) const {
  return std::any_of(rows_.begin(), rows_.end(),
                     [column](const Row& row) { return !row.section && !row.cells[column].text.empty(); });
}

std::vector<std::string> Table::left_out(int width) const {
  const auto plan = layout(width);
  std::vector<std::string> titles;
  for (std::size_t i = 0; i < columns_.size(); ++i)
    if (plan.widths[i] < 0 && !plan.below[i] && is_filled(i)) titles.push_back(columns_[i].title);
  return titles;
}

std::string Table::text(int width, bool colours) const {
  const auto plan = layout(width);
  const auto& widths = plan.widths;
  std::string out;
  const auto line = [&](const auto& cell_at) {
    std::string text, gap;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (widths[i] < 0) continue;
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
  for (const auto& row : rows_) {
    if (row.section) {
      out += coloured(row.cells[0].text, row.cells[0].colour, colours) + '\n';
      continue;
    }
    std::vector<std::vector<std::string>> parts;  // of each column, one a line
    std::size_t lines = 1;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      parts.push_back((columns_[i].fit == Fit::wrap || columns_[i].fit == Fit::fold) && widths[i] >= 0
                          ? wrapped(row.cells[i].text, widths[i])
                          : std::vector<std::string>{row.cells[i].text});
      if (widths[i] >= 0) lines = std::max(lines, parts[i].size());
    }
    for (std::size_t n = 0; n < lines; ++n)
      line([&](std::size_t i) {
        return n < parts[i].size() ? Cell(parts[i][n], row.cells[i].colour) : Cell("");
      });
    for (std::size_t i = 0; i < columns_.size(); ++i)
      if (plan.below[i] && !row.cells[i].text.empty())
        for (const auto& part : wrapped(
                 (columns_[i].named ? columns_[i].title + "  " : "") + row.cells[i].text, width - kIndent))
          out += std::string(kIndent, ' ') + coloured(part, row.cells[i].colour, colours) + '\n';
  }
  return out;
}

}  // namespace xj::cli
