#pragma once
// What layout leaves and pagination cuts: boxes with sizes in points, y downwards, each placed in its parent.
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "reports/typeset/style.h"

typedef struct _PangoLayout PangoLayout;
typedef struct _PangoLayoutLine PangoLayoutLine;
typedef struct _RsvgHandle RsvgHandle;

namespace xj::reports {

// Words set in lines of one height.
struct Paragraph {
  std::shared_ptr<PangoLayout> layout;
  struct Line {
    PangoLayoutLine* line = nullptr;  // belongs to the layout
    double x = 0;
  };
  std::vector<Line> lines;
  double line_height = 0;
  double baseline = 0;  // below the top of a line
};

struct Table;

struct Box {
  enum class Kind { block, paragraph, table, image };
  Kind kind = Kind::block;
  const Style* style = nullptr;  // of the Cascade, which outlives the boxes
  double x = 0, y = 0;           // of the border box in the parent's border box
  double width = 0, height = 0;
  bool open_top = false, open_bottom = false;  // a page break cut here: no margin, padding or edge

  std::vector<Box> children;                   // block
  std::shared_ptr<const Paragraph> paragraph;  // paragraph: lines [first_line, last_line)
  std::size_t first_line = 0, last_line = 0;
  std::shared_ptr<Table> table;       // table: this box is its only owner
  std::shared_ptr<RsvgHandle> image;  // image
};

struct Cell {
  std::size_t column = 0, columns = 1;
  std::size_t rows = 1;            // from the row that holds it
  Box content;                     // a block in the cell's own style, without its margin and padding
  double inset[4] = {0, 0, 0, 0};  // padding and half the border
  bool cut = false;                // continued on or from another page: set at the top
};
struct Row {
  const Style* style = nullptr;
  double y = 0, height = 0;
  bool cut = false;           // part of a row: its asked-for height no longer counts
  bool continuation = false;  // stands here only because its group goes on from the page before
  std::size_t group = 0;      // number of its tbody
  std::vector<Cell> cells;    // that start in this row, by column
};
struct Table {
  std::vector<double> edges;  // x of the column edges, one more than columns
  std::size_t head_rows = 0;  // repeated on each page
  std::size_t most_rows = 1;  // of any cell: how far up a merged cell can start
  std::vector<Row> rows;
  // <tr data-repeat="continued">: the rows that open the rest of their group on a new page.
  std::shared_ptr<const std::vector<Row>> continuations;
};

// Places children and computes heights, from the inside out; widths stand already.
void arrange(Box& box);
// `changed` rows from the top get new heights; those below keep theirs and only move.
void arrange(Table& table, std::size_t changed = static_cast<std::size_t>(-1));

// Cuts the part of `box` that fits in `room` off its top; `box` keeps the rest. Nothing when no good place to
// cut was found: then all of it belongs to the next page. With `force` (an empty page) any place will do, and
// nothing means that it cannot be cut at all. `page` is the height of a whole page.
std::optional<Box> cut(Box& box, double room, double page, bool force);

// The pages of a body; each is a block.
std::vector<Box> paginate(Box body, double page);

}  // namespace xj::reports
