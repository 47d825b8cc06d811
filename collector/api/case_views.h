#pragma once
// Cases as JSON: rows, the whole of one, what is due next.
#include "collector/api/json_views.h"

namespace xj::collector {

// The running clocks with the nearest due times, of all open cases.
Json next_due_view(Pipeline& pipeline, Timestamp now, std::size_t limit);

}  // namespace xj::collector
