#include "reports/typeset/layout.h"

#include <librsvg/rsvg.h>

#include <algorithm>
#include <charconv>

#include "core/fault.h"

namespace xj::reports {
namespace {

constexpr std::size_t kMostColumns = 64;
constexpr std::size_t kMostMerged = 1'000;
constexpr int kMostDepth = 48;

std::size_t merged(std::string_view text, std::size_t most) {
  std::size_t value = 1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return std::clamp<std::size_t>(value, 1, most);
}

// White space as CSS has it: runs become one blank, none at the edges of a line that a break makes.
void collapse(std::vector<TextSetter::Run>& runs) {
  bool blank = true;  // the start of the paragraph swallows blanks
  for (auto& run : runs) {
    std::string out;
    for (const char c : run.text) {
      if (c == '\v') {  // a break, from <br/> or a kept line end
        while (!out.empty() && out.back() == ' ') out.pop_back();
        out += "\xE2\x80\xA8";  // U+2028: a new line, the same paragraph
        blank = true;
      } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        if (!blank) out += ' ';
        blank = true;
      } else if (static_cast<unsigned char>(c) >= 0x20) {
        out += c;
        blank = false;
      }
    }
    run.text = std::move(out);
  }
  for (auto it = runs.rbegin(); it != runs.rend(); ++it) {
    while (!it->text.empty() && it->text.back() == ' ') it->text.pop_back();
    if (!it->text.empty()) break;
  }
}

double inner_width(const Style& style, double width) {
  return std::max(1.0, width - style.padding[kLeft] - style.padding[kRight] - style.border[kLeft].width -
                           style.border[kRight].width);
}

// Widths by the columns themselves, else by the first row; what is left over is shared by the others.
void share(std::vector<Length>& wanted, double width, std::vector<double>& edges) {
  double fixed = 0;
  std::size_t open = 0;
  for (const auto& w : wanted) {
    if (w.unit == Length::Unit::automatic) ++open;
    fixed += w.in(width, 0);
  }
  const double rest = open > 0 ? std::max(0.0, width - fixed) / static_cast<double>(open) : 0;
  // Columns that ask for more or, together, for less than there is are scaled.
  const double sum = fixed + rest * static_cast<double>(open);
  const double scale = sum > 0 ? width / sum : 1;
  edges.assign(1, 0);
  for (const auto& w : wanted) edges.push_back(edges.back() + w.in(width, rest) * scale);
}

}  // namespace

void Layout::inline_content(const Node& node, const Style* style, Runs& runs) {
  if (node.kind == Node::Kind::text) {
    std::string text = node.text;
    if (style->keep_newlines) std::replace(text.begin(), text.end(), '\n', '\v');
    runs.push_back({std::move(text), style});
    return;
  }
  if (node.tag == "br") {
    runs.push_back({"\v", style});
    return;
  }
  const auto* own = cascade_.style(style, node);
  if (own->display == Display::none) return;
  const auto counter = node.attribute("data-counter");
  if (counter == "page" || counter == "pages") {
    const auto value = counter == "page" ? counters_.page : counters_.pages;
    runs.push_back({value == 0 ? std::string{} : std::to_string(value), own});
    return;
  }
  for (const auto& child : node.children) inline_content(child, own, runs);
}

void Layout::flush(Runs& runs, const Style* style, double width, Box& into) {
  collapse(runs);
  const bool words = std::any_of(runs.begin(), runs.end(), [](const auto& run) { return !run.text.empty(); });
  if (words) {
    Box box;
    box.kind = Box::Kind::paragraph;
    box.style = cascade_.anonymous(style);
    box.width = width;
    box.paragraph = text_.set(runs, style, width);
    box.last_line = box.paragraph->lines.size();
    arrange(box);
    into.children.push_back(std::move(box));
  }
  runs.clear();
}

Box Layout::image(const Node& node, const Style* style, double width) {
  Box box;
  box.kind = Box::Kind::image;
  box.style = style;
  GError* error = nullptr;
  auto* handle =
      rsvg_handle_new_from_data(reinterpret_cast<const guint8*>(node.text.data()), node.text.size(), &error);
  if (handle == nullptr) {
    const std::string what = error != nullptr ? error->message : "";
    g_clear_error(&error);
    throw Fault("a drawing cannot be read: " + what);
  }
  box.image = std::shared_ptr<RsvgHandle>(handle, [](RsvgHandle* h) { g_object_unref(h); });
  rsvg_handle_set_dpi(handle, 72);
  gdouble w = 0, h = 0;
  gboolean has_box = FALSE;
  RsvgRectangle view{};
  if (!rsvg_handle_get_intrinsic_size_in_pixels(handle, &w, &h) || w <= 0 || h <= 0) {
    rsvg_handle_get_intrinsic_dimensions(handle, nullptr, nullptr, nullptr, nullptr, &has_box, &view);
    w = has_box && view.width > 0 ? view.width : 100;
    h = has_box && view.height > 0 ? view.height : 100;
  }
  const double wanted = std::min(style->width.in(width, w), width);
  box.width = std::max(1.0, wanted);
  box.height = std::min(box.width * h / w, 2'000.0);
  return box;
}

std::vector<Cell> Layout::cells(const Node& node, const Style* style, const std::vector<double>& edges,
                                std::size_t row, std::vector<std::size_t>& occupied) {
  std::vector<Cell> out;
  std::size_t column = 0;
  for (const auto& cell_node : node.children) {
    if (cell_node.tag != "td" && cell_node.tag != "th") continue;
    const auto* own = cascade_.style(style, cell_node);
    if (own->display == Display::none) continue;
    while (column < occupied.size() && occupied[column] > row) ++column;
    if (column >= occupied.size()) break;  // more cells than columns: HTML would add columns, a form must not
    Cell cell;
    cell.column = column;
    cell.columns = std::min(merged(cell_node.attribute("colspan"), kMostColumns), occupied.size() - column);
    cell.rows = merged(cell_node.attribute("rowspan"), kMostMerged);
    for (const auto side : {kTop, kRight, kBottom, kLeft})
      cell.inset[side] = own->padding[side] + own->border[side].width / 2;
    const double width =
        std::max(1.0, edges[column + cell.columns] - edges[column] - cell.inset[kLeft] - cell.inset[kRight]);
    // The cell paints edge and background itself; its content is a bare block of the same style.
    const double around =
        own->padding[kLeft] + own->padding[kRight] + own->border[kLeft].width + own->border[kRight].width;
    cell.content = block(cell_node, own, width + around, counters_);
    cell.content.width = width;
    cell.content.open_top = cell.content.open_bottom = true;
    for (auto& child : cell.content.children) child.x -= own->padding[kLeft] + own->border[kLeft].width;
    arrange(cell.content);
    for (auto c = column; c < column + cell.columns; ++c) occupied[c] = row + cell.rows;
    column += cell.columns;
    out.push_back(std::move(cell));
  }
  return out;
}

void Layout::rows(const Node& parent, const Style* style, Table& table, std::size_t group,
                  std::vector<std::size_t>& occupied, std::vector<Row>& continuations) {
  for (const auto& node : parent.children) {
    if (node.tag != "tr") continue;
    const auto* own = cascade_.style(style, node);
    if (own->display == Display::none) continue;
    Row row;
    row.style = own;
    row.group = group;
    if (node.attribute("data-repeat") == "continued") {
      row.continuation = true;
      std::vector<std::size_t> free(occupied.size(), 0);
      row.cells = cells(node, own, table.edges, 0, free);
      for (auto& cell : row.cells) cell.rows = 1;
      continuations.push_back(std::move(row));
    } else {
      row.cells = cells(node, own, table.edges, table.rows.size(), occupied);
      table.rows.push_back(std::move(row));
    }
  }
}

Box Layout::table(const Node& node, const Style* style, double width) {
  Box box;
  box.kind = Box::Kind::table;
  box.style = style;
  box.width = width;
  box.table = std::make_shared<Table>();
  auto& table = *box.table;

  std::vector<Length> wanted;
  std::size_t columns = 0;
  const auto first_row = [&](const Node& parent, const Style* parent_style, const auto& self) -> bool {
    for (const auto& child : parent.children) {
      if (child.tag == "tr") {
        const auto* row_style = cascade_.style(parent_style, child);
        for (const auto& cell : child.children) {
          const auto count = merged(cell.attribute("colspan"), kMostColumns);
          const auto size = cascade_.style(row_style, cell)->width;
          for (std::size_t i = 0; i < count && columns < kMostColumns; ++i, ++columns) {
            if (wanted.size() > columns) continue;
            wanted.push_back(count == 1 ? size : Length{});
          }
        }
        return true;
      }
      if ((child.tag == "thead" || child.tag == "tbody") &&
          self(child, cascade_.style(parent_style, child), self))
        return true;
    }
    return false;
  };
  for (const auto& child : node.children)
    if (child.tag == "colgroup")
      for (const auto& column : child.children)
        if (column.tag == "col" && wanted.size() < kMostColumns)
          wanted.push_back(cascade_.style(cascade_.style(style, child), column)->width);
  first_row(node, style, first_row);
  if (wanted.empty()) wanted.push_back({});
  share(wanted, width, table.edges);

  std::vector<std::size_t> occupied(wanted.size(), 0);
  auto continuations = std::make_shared<std::vector<Row>>();
  std::size_t group = 0;
  for (const auto& child : node.children)
    if (child.tag == "thead")
      rows(child, cascade_.style(style, child), table, group, occupied, *continuations);
  table.head_rows = table.rows.size();
  // Merged cells end with the head, or with their group.
  std::size_t open = 0;
  const auto close = [&] {
    std::fill(occupied.begin(), occupied.end(), 0);
    for (; open < table.rows.size(); ++open)
      for (auto& cell : table.rows[open].cells) {
        cell.rows = std::min(cell.rows, table.rows.size() - open);
        table.most_rows = std::max(table.most_rows, cell.rows);
      }
  };
  close();
  continuations->clear();
  for (const auto& child : node.children)
    if (child.tag == "tbody") {
      rows(child, cascade_.style(style, child), table, ++group, occupied, *continuations);
      close();
    }
  rows(node, style, table, ++group, occupied, *continuations);
  close();
  table.continuations = std::move(continuations);
  if (table.head_rows == table.rows.size()) table.head_rows = 0;  // a head alone has nothing to stand above
  arrange(box);
  return box;
}

Box Layout::block(const Node& node, const Style* style, double width, const Counters& counters) {
  counters_ = counters;
  if (++depth_ > kMostDepth) throw Fault("the document is nested too deeply");
  Box box;
  box.style = style;
  box.width = width;
  const double inner = inner_width(*style, width);
  const double left = style->padding[kLeft] + style->border[kLeft].width;
  Runs runs;
  const auto place = [&](Box child, double margin) {
    child.x += left + margin;
    box.children.push_back(std::move(child));
  };
  const auto paragraph = [&] {
    const auto before = box.children.size();
    flush(runs, style, inner, box);
    if (box.children.size() > before) box.children.back().x = left;
  };
  for (const auto& child : node.children) {
    const bool element = child.kind == Node::Kind::element;
    if (element && is_running(child) && node.tag == "body") continue;
    if (child.kind == Node::Kind::text || (element && (child.tag == "span" || child.tag == "b" ||
                                                       child.tag == "strong" || child.tag == "br"))) {
      inline_content(child, style, runs);
      continue;
    }
    Node svg;
    if (!element) svg.tag = "svg";
    const auto* own = cascade_.style(style, element ? child : svg);
    if (own->display == Display::none) continue;
    paragraph();
    const double space = std::max(1.0, inner - own->margin[kLeft] - own->margin[kRight]);
    const double wide = std::min(own->width.in(inner, space), space);
    if (!element)
      place(image(child, own, space), own->margin[kLeft]);
    else if (child.tag == "table")
      place(table(child, own, wide), own->margin[kLeft]);
    else
      place(block(child, own, wide, counters), own->margin[kLeft]);
  }
  paragraph();
  arrange(box);
  --depth_;
  return box;
}

}  // namespace xj::reports
