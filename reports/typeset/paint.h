#pragma once
#include "reports/typeset/box.h"

typedef struct _cairo cairo_t;

namespace xj::reports {

// Draws a box with its upper left corner at (x, y), contents in reading order.
void paint(cairo_t* cairo, const Box& box, double x, double y);

// One edge of a table's grid, in the table's own points.
struct Edge {
  double x1, y1, x2, y2;
  Border border;
};
// The collapsed borders: between two cells the wider of both, neighbours that look alike joined to one line.
std::vector<Edge> grid_edges(const Table& table);

}  // namespace xj::reports
