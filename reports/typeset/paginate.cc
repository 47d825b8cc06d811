#include <algorithm>

#include "core/fault.h"
#include "reports/typeset/box.h"

namespace xj::reports {
namespace {

constexpr double kSlack = 0.01;      // points lost to rounding
constexpr double kTallRow = 0.4;     // of a page: a lower row goes to the next page whole,
constexpr double kMostBlank = 0.2;   // unless that left more than this share of the page blank
constexpr double kLeastPart = 54;    // points of a row worth leaving behind
constexpr std::size_t kOrphans = 2;  // lines of a paragraph kept together at either side of a cut
constexpr std::size_t kMostPages = 5'000;

bool break_between(const Box& before, const Box& after) {
  return before.style->after == Break::always || after.style->before == Break::always;
}
bool stay_together(const Box& before, const Box& after) {
  return before.style->after == Break::avoid || after.style->before == Break::avoid;
}

// A page break asked for somewhere inside.
bool asks_for_break(const Box& box) {
  if (box.kind != Box::Kind::block) return false;
  for (std::size_t i = 0; i < box.children.size(); ++i) {
    if (i > 0 && break_between(box.children[i - 1], box.children[i])) return true;
    if (asks_for_break(box.children[i])) return true;
  }
  return false;
}
bool fits(const Box& box, double room) { return box.height <= room + kSlack && !asks_for_break(box); }

// An empty copy of the box itself; the contents are dealt out by the caller.
Box shell(const Box& box) {
  Box out;
  out.kind = box.kind;
  out.style = box.style;
  out.x = box.x;
  out.width = box.width;
  out.open_top = box.open_top;
  out.open_bottom = true;
  return out;
}

std::optional<Box> cut_paragraph(Box& box, double room, bool force) {
  const auto lines = box.last_line - box.first_line;
  auto some = static_cast<std::size_t>(std::max(0.0, (room + kSlack) / box.paragraph->line_height));
  const auto least = force ? std::size_t{1} : std::min(kOrphans, lines);
  if (some < least && force) some = 1;
  if (lines >= kOrphans + least && some + kOrphans > lines) some = lines - kOrphans;
  if (some < least || some >= lines) return std::nullopt;
  Box head = box;
  head.last_line = box.first_line = box.first_line + some;
  head.open_bottom = box.open_top = true;
  arrange(head);
  arrange(box);
  return head;
}

// Children [0, count) of the box leave it, with `part` of the next one behind them.
Box take_children(Box& box, std::size_t count, std::optional<Box> part) {
  Box head = shell(box);
  const auto end = box.children.begin() + static_cast<std::ptrdiff_t>(count);
  head.children.assign(std::make_move_iterator(box.children.begin()), std::make_move_iterator(end));
  box.children.erase(box.children.begin(), end);
  if (part) head.children.push_back(std::move(*part));
  box.open_top = true;
  arrange(head);
  arrange(box);
  return head;
}

std::optional<Box> cut_block(Box& box, double room, double page, bool force) {
  auto& children = box.children;
  std::size_t count = 0;
  bool asked = false;
  for (; count < children.size(); ++count) {
    asked = count > 0 && break_between(children[count - 1], children[count]);
    if (asked || !fits(children[count], room - children[count].y)) break;
  }
  if (count == children.size()) {
    // Only the bottom padding is too much: the last child comes along to the next page.
    if (count < 2) return std::nullopt;
    --count;
  }
  if (asked) return take_children(box, count, std::nullopt);

  auto& next = children[count];
  // A child with "avoid" is cut only when no page could hold it.
  const bool whole = next.style->inside == Break::avoid && next.height <= page && !(force && count == 0);
  if (!whole)
    if (auto part = cut(next, room - next.y, page, force && count == 0))
      return take_children(box, count, std::move(part));
  auto good = count;
  while (good > 0 && stay_together(children[good - 1], children[good])) --good;
  if (good > 0) return take_children(box, good, std::nullopt);
  if (!force) return std::nullopt;
  if (count > 0) return take_children(box, count, std::nullopt);
  // Nothing can be done: it stands out over the edge, and the rest follows.
  return children.size() > 1 ? std::optional(take_children(box, 1, std::nullopt)) : std::nullopt;
}

// The first row a cell that reaches `row` can start in.
std::size_t reach(const Table& table, std::size_t row) {
  return row + 1 > table.most_rows ? row + 1 - table.most_rows : 0;
}

bool merged_across(const Table& table, std::size_t row) {
  for (auto r = reach(table, row); r < row; ++r)
    for (const auto& cell : table.rows[r].cells)
      if (r + cell.rows > row) return true;
  return false;
}

bool rows_together(const Table& table, std::size_t row) {
  const auto* before = table.rows[row - 1].style;
  const auto* after = table.rows[row].style;
  return (before != nullptr && before->after == Break::avoid) ||
         (after != nullptr && after->before == Break::avoid);
}

// Puts the row that says whose rest this is behind the head of a table that goes on.
bool open_group(Table& tail) {
  const auto at = tail.head_rows;
  if (!tail.continuations) return false;
  for (const auto& one : *tail.continuations) {
    if (one.group != tail.rows[at].group) continue;
    tail.rows.insert(tail.rows.begin() + static_cast<std::ptrdiff_t>(at), one);
    return true;
  }
  return false;
}

// Cuts a cell that stands on both sides. What is above goes to the answer; false when none of it could.
bool cut_cell(Cell& lower, Cell& upper, double space, double page) {
  lower.cut = true;
  if (fits(lower.content, space)) {
    const bool any = !upper.content.children.empty();
    // What a row is about stands where the row starts; only the title of its side stays in the middle.
    upper.cut = upper.content.style->tag != "th";
    lower.content.children.clear();
    arrange(lower.content);
    return any;
  }
  auto part = cut(lower.content, space, page, true);
  if (part && part->height <= space + kSlack) {
    upper.content = std::move(*part);
    upper.cut = true;
    return true;
  }
  if (part) lower.content = upper.content;
  upper.content.children.clear();
  arrange(upper.content);
  return false;
}

// Deals the rows out: [0, row) leave for the answer, [row, end) stay behind repeated head rows. With `room`
// given, row `row` itself is cut at that height and stands in both; can_cut_row said that some of it stays
// above.
Box cut_table_at(Box& box, std::size_t row, std::optional<double> room, double page) {
  auto& tail = *box.table;
  const auto at = [](std::vector<Row>& rows, std::size_t index) {
    return rows.begin() + static_cast<std::ptrdiff_t>(index);
  };
  const bool inside = room || (row > tail.head_rows && tail.rows[row - 1].group == tail.rows[row].group);
  Table head;
  head.edges = tail.edges;
  head.head_rows = tail.head_rows;
  head.most_rows = tail.most_rows;
  head.continuations = tail.continuations;
  std::vector<Row> again(tail.rows.begin(), at(tail.rows, tail.head_rows));
  const double edge = tail.rows[row].y + room.value_or(0);
  head.rows.assign(std::make_move_iterator(tail.rows.begin()), std::make_move_iterator(at(tail.rows, row)));
  if (room) {
    head.rows.push_back(tail.rows[row]);
    head.rows.back().cut = tail.rows[row].cut = true;
    auto& uppers = head.rows.back().cells;
    for (std::size_t i = 0; i < uppers.size(); ++i) {
      auto& lower = tail.rows[row].cells[i];
      cut_cell(lower, uppers[i], edge - head.rows.back().y - lower.inset[kTop] - lower.inset[kBottom], page);
      uppers[i].rows = 1;
    }
  }
  // Merged cells from further up go on as cells of the first row that stays.
  for (auto r = reach(head, row); r < row; ++r)
    for (auto& upper : head.rows[r].cells) {
      if (r + upper.rows <= row) continue;
      Cell lower = upper;
      lower.rows = r + upper.rows - row;
      cut_cell(lower, upper, edge - head.rows[r].y - lower.inset[kTop] - lower.inset[kBottom], page);
      upper.rows = head.rows.size() - r;
      auto& cells = tail.rows[row].cells;
      cells.insert(
          std::find_if(cells.begin(), cells.end(), [&](const Cell& c) { return c.column > lower.column; }),
          std::move(lower));
    }
  tail.rows.erase(tail.rows.begin(), at(tail.rows, row));
  tail.rows.insert(tail.rows.begin(), std::make_move_iterator(again.begin()),
                   std::make_move_iterator(again.end()));
  if (inside) open_group(tail);

  Box out = shell(box);
  out.table = std::make_shared<Table>(std::move(head));
  arrange(out);
  box.open_top = true;
  // Below the cells that were cut every row is as high as it was.
  arrange(tail, tail.head_rows + tail.most_rows + 2);
  box.height = tail.rows.back().y + tail.rows.back().height;
  return out;
}

// Whether something of the row would stay above the edge.
bool can_cut_row(const Table& table, std::size_t row, double room) {
  for (auto r = reach(table, row); r <= row; ++r)
    for (const auto& cell : table.rows[r].cells) {
      if (r + cell.rows <= row || cell.content.children.empty()) continue;
      const double space =
          table.rows[row].y + room - table.rows[r].y - cell.inset[kTop] - cell.inset[kBottom];
      if (fits(cell.content, space)) return true;
      Box probe = cell.content;
      const auto part = cut(probe, space, room, true);
      if (part && part->height <= space + kSlack) return true;
    }
  return false;
}

std::optional<Box> cut_table(Box& box, double room, double page, bool force) {
  // A copy of the box (a probe, the two sides of a cut cell) still shares the table with its original.
  if (box.table.use_count() > 1) box.table = std::make_shared<Table>(*box.table);
  const auto& table = *box.table;
  // A cut right behind a continuation would make the same pages for ever.
  const auto has_continuation =
      table.head_rows < table.rows.size() && table.rows[table.head_rows].continuation;
  const auto first = table.head_rows + (has_continuation ? 1 : 0);
  auto row = first;
  while (row < table.rows.size() && table.rows[row].y + table.rows[row].height <= room + kSlack) ++row;
  if (row >= table.rows.size()) return std::nullopt;

  const double left = room - table.rows[row].y;
  const auto& whole = table.rows[row];
  // Enough of it goes over to the next page to be worth a look.
  const double part = std::min(left, whole.height - kLeastPart);
  const bool avoid = whole.style != nullptr && whole.style->inside == Break::avoid && whole.height <= page;
  const bool tall =
      (whole.height > page * kTallRow || left > page * kMostBlank) && !avoid && part >= kLeastPart;
  if (tall && can_cut_row(table, row, part)) return cut_table_at(box, row, part, page);

  for (auto at = row; at > first; --at)
    if (!merged_across(table, at) && !rows_together(table, at))
      return cut_table_at(box, at, std::nullopt, page);
  if (!force) return std::nullopt;
  if (row > first) return cut_table_at(box, row, std::nullopt, page);
  if (can_cut_row(table, row, left)) return cut_table_at(box, row, left, page);
  if (row + 1 < table.rows.size()) return cut_table_at(box, row + 1, std::nullopt, page);
  return std::nullopt;
}

}  // namespace

std::optional<Box> cut(Box& box, double room, double page, bool force) {
  switch (box.kind) {
    case Box::Kind::paragraph: return cut_paragraph(box, room, force);
    case Box::Kind::block: return cut_block(box, room, page, force);
    case Box::Kind::table: return cut_table(box, room, page, force);
    case Box::Kind::image: return std::nullopt;
  }
  return std::nullopt;
}

std::vector<Box> paginate(Box body, double page) {
  std::vector<Box> pages;
  while (!fits(body, page)) {
    if (pages.size() >= kMostPages) throw Fault("the document would have more than 5,000 pages");
    auto head = cut(body, page, page, true);
    if (!head) break;
    pages.push_back(std::move(*head));
  }
  pages.push_back(std::move(body));
  return pages;
}

}  // namespace xj::reports
