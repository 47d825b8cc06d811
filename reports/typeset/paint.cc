#include "reports/typeset/paint.h"

#include <librsvg/rsvg.h>
#include <pango/pangocairo.h>

#include <algorithm>

namespace xj::reports {
namespace {

void set(cairo_t* cairo, const Color& color) { cairo_set_source_rgb(cairo, color.r, color.g, color.b); }

void fill(cairo_t* cairo, const Style& style, double x, double y, double width, double height) {
  if (!style.background || width <= 0 || height <= 0) return;
  set(cairo, *style.background);
  cairo_rectangle(cairo, x, y, width, height);
  cairo_fill(cairo);
}

void stroke(cairo_t* cairo, const Border& border) {
  set(cairo, border.color);
  cairo_set_line_width(cairo, border.width);
  const double dash = border.width * 3;
  cairo_set_dash(cairo, &dash, border.dashed ? 1 : 0, 0);
  // Square ends close the corners.
  cairo_set_line_cap(cairo, border.dashed ? CAIRO_LINE_CAP_BUTT : CAIRO_LINE_CAP_SQUARE);
  cairo_stroke(cairo);
}

// The edges of a block: centred in the space the border takes.
void outline(cairo_t* cairo, const Box& box, double x, double y) {
  const auto& b = box.style->border;
  const auto line = [&](Side side, double x1, double y1, double x2, double y2) {
    if (b[side].width <= 0) return;
    cairo_move_to(cairo, x1, y1);
    cairo_line_to(cairo, x2, y2);
    stroke(cairo, b[side]);
  };
  const double top = y + b[kTop].width / 2, bottom = y + box.height - b[kBottom].width / 2;
  const double left = x + b[kLeft].width / 2, right = x + box.width - b[kRight].width / 2;
  if (!box.open_top) line(kTop, left, top, right, top);
  if (!box.open_bottom) line(kBottom, left, bottom, right, bottom);
  line(kLeft, left, top, left, bottom);
  line(kRight, right, top, right, bottom);
}

void paint_paragraph(cairo_t* cairo, const Box& box, double x, double y) {
  const auto& paragraph = *box.paragraph;
  set(cairo, box.style->color);
  for (auto i = box.first_line; i < box.last_line; ++i) {
    const auto& line = paragraph.lines[i];
    const double down = static_cast<double>(i - box.first_line) * paragraph.line_height + paragraph.baseline;
    cairo_move_to(cairo, x + line.x, y + down);
    pango_cairo_show_layout_line(cairo, line.line);
  }
}

void paint_image(cairo_t* cairo, const Box& box, double x, double y) {
  const RsvgRectangle view{x, y, box.width, box.height};
  // A drawing that fails half way leaves what it drew; the template was proven to be readable.
  GError* error = nullptr;
  cairo_save(cairo);
  if (!rsvg_handle_render_document(box.image.get(), cairo, &view, &error)) g_clear_error(&error);
  cairo_restore(cairo);
}

void paint_table(cairo_t* cairo, const Table& table, double x, double y) {
  const auto area = [&](std::size_t row, const Cell& cell) {
    const auto& last = table.rows[row + cell.rows - 1];
    const double top = table.rows[row].y;
    const double left = table.edges[cell.column];
    return std::array{left, top, table.edges[cell.column + cell.columns] - left, last.y + last.height - top};
  };
  for (std::size_t row = 0; row < table.rows.size(); ++row)
    for (const auto& cell : table.rows[row].cells) {
      const auto [left, top, width, height] = area(row, cell);
      if (const auto* style = table.rows[row].style; style != nullptr && !cell.content.style->background)
        fill(cairo, *style, x + left, y + top, width, height);
      fill(cairo, *cell.content.style, x + left, y + top, width, height);
    }
  const auto edges = grid_edges(table);
  for (std::size_t i = 0; i < edges.size(); ++i) {
    const auto& e = edges[i];
    cairo_move_to(cairo, x + e.x1, y + e.y1);
    cairo_line_to(cairo, x + e.x2, y + e.y2);
    if (i + 1 == edges.size() || !(edges[i + 1].border == e.border)) stroke(cairo, e.border);
  }
  for (std::size_t row = 0; row < table.rows.size(); ++row)
    for (const auto& cell : table.rows[row].cells) {
      const auto [left, top, width, height] = area(row, cell);
      const double spare =
          std::max(0.0, height - cell.inset[kTop] - cell.inset[kBottom] - cell.content.height);
      double down = top + cell.inset[kTop];
      if (!cell.cut) switch (cell.content.style->vertical) {
          case VerticalAlign::top: break;
          case VerticalAlign::middle: down += spare / 2; break;
          case VerticalAlign::bottom: down += spare; break;
        }
      for (const auto& child : cell.content.children)
        paint(cairo, child, x + left + cell.inset[kLeft] + child.x, y + down + child.y);
    }
}

// Joins neighbours on one line as they come.
class Joiner {
 public:
  explicit Joiner(std::vector<Edge>& edges) : edges_(edges) {}
  void add(const Edge& edge) {
    if (edge.border.width <= 0) return;
    if (!edges_.empty() && edges_.size() > start_) {
      auto& last = edges_.back();
      if (last.border == edge.border && last.x2 == edge.x1 && last.y2 == edge.y1) {
        last.x2 = edge.x2;
        last.y2 = edge.y2;
        return;
      }
    }
    edges_.push_back(edge);
  }
  void next_line() { start_ = edges_.size(); }

 private:
  std::vector<Edge>& edges_;
  std::size_t start_ = 0;
};

const Border& wider(const Border& a, const Border& b) { return b.width > a.width ? b : a; }

}  // namespace

std::vector<Edge> grid_edges(const Table& table) {
  std::vector<Edge> out;
  const auto columns = table.edges.size() - 1, rows = table.rows.size();
  std::vector<const Cell*> owner(rows * columns, nullptr);
  for (std::size_t row = 0; row < rows; ++row)
    for (const auto& cell : table.rows[row].cells)
      for (auto r = row; r < std::min(rows, row + cell.rows); ++r)
        for (auto c = cell.column; c < std::min(columns, cell.column + cell.columns); ++c)
          owner[r * columns + c] = &cell;
  static const Border none;
  const auto side = [&](const Cell* cell, Side which) -> const Border& {
    return cell == nullptr ? none : cell->content.style->border[which];
  };
  Joiner joiner(out);
  for (std::size_t r = 0; r <= rows; ++r) {
    joiner.next_line();
    const double y = r < rows   ? table.rows[r].y
                     : rows > 0 ? table.rows[rows - 1].y + table.rows[rows - 1].height
                                : 0;
    for (std::size_t c = 0; c < columns; ++c) {
      const auto above = r > 0 ? owner[(r - 1) * columns + c] : nullptr;
      const auto below = r < rows ? owner[r * columns + c] : nullptr;
      if (above == below) continue;
      joiner.add({table.edges[c], y, table.edges[c + 1], y, wider(side(above, kBottom), side(below, kTop))});
    }
  }
  for (std::size_t c = 0; c <= columns; ++c) {
    joiner.next_line();
    for (std::size_t r = 0; r < rows; ++r) {
      const auto left = c > 0 ? owner[r * columns + c - 1] : nullptr;
      const auto right = c < columns ? owner[r * columns + c] : nullptr;
      if (left == right) continue;
      const double y = table.rows[r].y;
      joiner.add({table.edges[c], y, table.edges[c], y + table.rows[r].height,
                  wider(side(left, kRight), side(right, kLeft))});
    }
  }
  return out;
}

void paint(cairo_t* cairo, const Box& box, double x, double y) {
  switch (box.kind) {
    case Box::Kind::paragraph: return paint_paragraph(cairo, box, x, y);
    case Box::Kind::image: return paint_image(cairo, box, x, y);
    case Box::Kind::table: return paint_table(cairo, *box.table, x, y);
    case Box::Kind::block: break;
  }
  fill(cairo, *box.style, x, y, box.width, box.height);
  outline(cairo, box, x, y);
  for (const auto& child : box.children) paint(cairo, child, x + child.x, y + child.y);
}

}  // namespace xj::reports
