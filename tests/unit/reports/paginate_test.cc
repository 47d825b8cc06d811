// Pages from boxes without any font: lines of ten points, pages of a hundred.
#include <gtest/gtest.h>

#include <numeric>

#include "reports/typeset/box.h"
#include "reports/typeset/paint.h"

namespace xj::reports {
namespace {

const Style* plain() {
  static const Style style = [] {
    Style s;
    s.display = Display::block;
    return s;
  }();
  return &style;
}
Style with(Break before, Break after, Break inside) {
  Style s = *plain();
  s.before = before, s.after = after, s.inside = inside;
  return s;
}

Box lines(std::size_t count, const Style* style = plain()) {
  auto text = std::make_shared<Paragraph>();
  text->line_height = 10;
  text->lines.resize(count);
  Box paragraph;
  paragraph.kind = Box::Kind::paragraph;
  paragraph.style = plain();
  paragraph.paragraph = text;
  paragraph.last_line = count;
  arrange(paragraph);
  Box block;
  block.style = style;
  block.width = 100;
  block.children.push_back(paragraph);
  arrange(block);
  return block;
}

Box body(std::vector<Box> children) {
  Box out;
  out.style = plain();
  out.children = std::move(children);
  out.open_top = out.open_bottom = true;
  arrange(out);
  return out;
}

std::size_t count_lines(const Box& box) {
  if (box.kind == Box::Kind::paragraph) return box.last_line - box.first_line;
  std::size_t sum = 0;
  for (const auto& child : box.children) sum += count_lines(child);
  if (box.table)
    for (const auto& row : box.table->rows)
      for (const auto& cell : row.cells) sum += count_lines(cell.content);
  return sum;
}
std::vector<std::size_t> lines_by_page(const std::vector<Box>& pages) {
  std::vector<std::size_t> out;
  for (const auto& page : pages) out.push_back(count_lines(page));
  return out;
}

// A table of one column; each number is the lines of a row.
Box table(std::size_t head, const std::vector<std::size_t>& rows, const Style* row_style = plain()) {
  Box out;
  out.kind = Box::Kind::table;
  out.style = plain();
  out.width = 100;
  out.table = std::make_shared<Table>();
  out.table->edges = {0, 100};
  out.table->head_rows = head;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Row row;
    row.style = row_style;
    row.group = i < head ? 0 : 1;
    Cell cell;
    cell.content = lines(rows[i]);
    cell.content.open_top = cell.content.open_bottom = true;
    row.cells.push_back(std::move(cell));
    out.table->rows.push_back(std::move(row));
  }
  arrange(out);
  return out;
}

using Counts = std::vector<std::size_t>;

TEST(Paginate, ParagraphsLeaveTwoLinesOnEitherSide) {
  EXPECT_EQ(lines_by_page(paginate(body({lines(10)}), 100)), (Counts{10}));
  EXPECT_EQ(lines_by_page(paginate(body({lines(11)}), 100)), (Counts{9, 2}));
  EXPECT_EQ(lines_by_page(paginate(body({lines(25)}), 100)), (Counts{10, 10, 5}));
  EXPECT_EQ(lines_by_page(paginate(body({lines(9), lines(5)}), 100)), (Counts{9, 5}))
      << "one line is not left alone";
  EXPECT_EQ(lines_by_page(paginate(body({lines(8), lines(5)}), 100)), (Counts{10, 3}));
}

TEST(Paginate, HeadingsStayWithWhatFollows) {
  const auto heading = with(Break::automatic, Break::avoid, Break::automatic);
  EXPECT_EQ(lines_by_page(paginate(body({lines(9), lines(1, &heading), lines(4)}), 100)), (Counts{9, 5}));
}

TEST(Paginate, BreaksAskedForAndRefused) {
  const auto page = with(Break::always, Break::automatic, Break::automatic);
  EXPECT_EQ(lines_by_page(paginate(body({lines(2), lines(3, &page), lines(1)}), 100)), (Counts{2, 4}));
  const auto whole = with(Break::automatic, Break::automatic, Break::avoid);
  EXPECT_EQ(lines_by_page(paginate(body({lines(5), lines(8, &whole)}), 100)), (Counts{5, 8}));
  EXPECT_EQ(lines_by_page(paginate(body({lines(15, &whole)}), 100)), (Counts{10, 5}))
      << "no page could hold it";
}

TEST(Paginate, TheHeadOfATableStandsOnEveryPage) {
  const auto pages = paginate(body({table(1, Counts(21, 1))}), 100);
  EXPECT_EQ(lines_by_page(pages), (Counts{10, 10, 3}));
  for (const auto& page : pages) {
    const auto& t = *page.children[0].table;
    EXPECT_EQ(t.head_rows, 1u);
    EXPECT_FALSE(t.rows[0].cells.empty());
    EXPECT_LE(page.height, 100);
  }
}

TEST(Paginate, LowRowsMoveWholeAndTallOnesAreCut) {
  EXPECT_EQ(lines_by_page(paginate(body({table(0, {4, 5, 3})}), 100)), (Counts{9, 3}));
  // The last cut leaves more than a line or two for the last page.
  EXPECT_EQ(lines_by_page(paginate(body({table(1, {1, 2, 30})}), 100)), (Counts{10, 10, 9, 7}));
}

TEST(Paginate, NothingIsLostOrDoubledWhereverPagesEnd) {
  for (std::size_t first = 0; first < 30; ++first)
    for (const double height : {35.0, 47.0, 100.0, 133.0}) {
      const auto pages =
          paginate(body({lines(first + 1), table(0, {1, first, 2, 25, 1, 1, 4}), lines(3)}), height);
      const auto counts = lines_by_page(pages);
      EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), std::size_t{0}), first + 1 + 34 + first + 3);
      for (const auto& page : pages) EXPECT_LE(page.height, height + 0.1) << first << ' ' << height;
    }
}

TEST(Paginate, MergedCellsKeepTheirRowsTogether) {
  auto t = table(0, {3, 3, 3, 3});
  t.table->edges = {0, 50, 100};
  Cell merged;
  merged.column = 1;
  merged.rows = 2;
  merged.content = lines(1);
  t.table->rows[2].cells.push_back(std::move(merged));
  t.table->most_rows = 2;
  arrange(t);
  const auto pages = paginate(body({std::move(t)}), 100);
  EXPECT_EQ(lines_by_page(pages), (Counts{6, 7}));
}

TEST(Paginate, AMergedCellTallerThanAPageIsCutAtARow) {
  auto t = table(0, Counts(12, 2));
  t.table->edges = {0, 50, 100};
  Cell merged;
  merged.column = 1;
  merged.rows = 12;
  merged.content = lines(13);
  merged.content.open_top = merged.content.open_bottom = true;
  t.table->rows[0].cells.push_back(std::move(merged));
  t.table->most_rows = 12;
  arrange(t);
  const auto pages = paginate(body({std::move(t)}), 100);
  ASSERT_EQ(pages.size(), 3u);
  const auto counts = lines_by_page(pages);
  EXPECT_EQ(counts[0] + counts[1] + counts[2], 37u);
}

TEST(Paginate, AGroupThatGoesOnIsNamedAgain) {
  auto t = table(1, Counts(16, 1));
  auto continuations = std::make_shared<std::vector<Row>>(1);
  auto& row = continuations->front();
  row.style = plain();
  row.group = 1;
  row.continuation = true;
  row.cells.emplace_back();
  row.cells[0].content = lines(1);
  t.table->continuations = continuations;
  const auto pages = paginate(body({std::move(t)}), 100);
  // 1 + 9 rows, then head and continuation before 6 more.
  EXPECT_EQ(lines_by_page(pages), (Counts{10, 8}));
  EXPECT_TRUE(pages[1].children[0].table->rows[1].continuation);
}

TEST(Paginate, PagesTooLowForAnythingStillEnd) {
  EXPECT_LE(paginate(body({table(1, Counts(5, 3)), lines(7)}), 12).size(), 30u);
}

TEST(GridEdges, TheWiderBorderWinsAndMergedCellsHaveNoEdgeInside) {
  Style thin = *plain(), thick = *plain();
  thin.border.fill({0.5, false, {}});
  thick.border.fill({2, false, {}});
  Table t;
  t.edges = {0, 10, 20};
  t.rows.resize(2);
  t.rows[0].height = t.rows[1].height = 5;
  t.rows[1].y = 5;
  const auto add = [&](std::size_t row, std::size_t column, std::size_t columns, const Style& style) {
    Cell c;
    c.column = column, c.columns = columns;
    c.content.style = &style;
    t.rows[row].cells.push_back(std::move(c));
  };
  add(0, 0, 2, thin);
  add(1, 0, 1, thick);
  add(1, 1, 1, thin);
  const auto edges = grid_edges(t);
  const auto find = [&](double x1, double y1, double x2, double y2) -> double {
    for (const auto& e : edges)
      if (e.x1 == x1 && e.y1 == y1 && e.x2 == x2 && e.y2 == y2) return e.border.width;
    return -1;
  };
  EXPECT_EQ(find(0, 0, 20, 0), 0.5) << "neighbours on one line are joined";
  EXPECT_EQ(find(0, 5, 10, 5), 2);
  EXPECT_EQ(find(10, 5, 20, 5), 0.5);
  EXPECT_EQ(find(10, 5, 10, 10), 2);
  EXPECT_EQ(find(10, 0, 10, 5), -1) << "inside of the merged cell";
}

}  // namespace
}  // namespace xj::reports
