#include <algorithm>

#include "reports/typeset/box.h"

namespace xj::reports {

void arrange(Box& box) {
  switch (box.kind) {
    case Box::Kind::paragraph:
      box.height = static_cast<double>(box.last_line - box.first_line) * box.paragraph->line_height;
      return;
    case Box::Kind::table:
      arrange(*box.table);
      box.height = box.table->rows.empty() ? 0 : box.table->rows.back().y + box.table->rows.back().height;
      return;
    case Box::Kind::image: return;
    case Box::Kind::block: break;
  }
  const auto& style = *box.style;
  double y = box.open_top ? 0 : style.padding[kTop] + style.border[kTop].width;
  double below = 0;  // bottom margin of the one before
  bool first = true;
  for (auto& child : box.children) {
    const bool bare = child.kind == Box::Kind::paragraph;  // its block has the margins
    const double above = bare || child.open_top || (first && box.open_top) ? 0 : child.style->margin[kTop];
    y += above >= 0 && below >= 0 ? std::max(above, below) : above + below;
    child.y = y;
    y += child.height;
    below = bare || child.open_bottom ? 0 : child.style->margin[kBottom];
    first = false;
  }
  y += box.open_bottom ? 0 : below + style.padding[kBottom] + style.border[kBottom].width;
  const bool whole = !box.open_top && !box.open_bottom;
  box.height = std::max(y, whole ? style.height.in(0, 0) : 0.0);
}

void arrange(Table& table, std::size_t changed) {
  auto& rows = table.rows;
  changed = std::min(changed, rows.size());
  for (std::size_t r = 0; r < changed; ++r)
    rows[r].height = rows[r].cut || rows[r].style == nullptr ? 0 : rows[r].style->height.in(0, 0);
  // Cells that stand alone first; what merged ones lack then goes to their last row.
  for (const bool merged : {false, true})
    for (std::size_t r = 0; r < changed; ++r)
      for (const auto& cell : rows[r].cells) {
        const auto end = r + cell.rows;
        if ((cell.rows > 1) != merged || end > changed) continue;
        double need = cell.content.height + cell.inset[kTop] + cell.inset[kBottom];
        if (!cell.cut) need = std::max(need, cell.content.style->height.in(0, 0));
        for (auto above = r; above + 1 < end; ++above) need -= rows[above].height;
        rows[end - 1].height = std::max(rows[end - 1].height, need);
      }
  double y = 0;
  for (auto& row : rows) {
    row.y = y;
    y += row.height;
  }
}

}  // namespace xj::reports
