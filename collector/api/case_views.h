#pragma once
// Cases as JSON: rows, the whole of one, what is due next.
#include "collector/api/json_views.h"

namespace xj::collector {

// What operators should know beyond single cases: numbers that ran over their pattern today,
// cases that no result will end.
Json warnings_view(Pipeline& pipeline, Timestamp now);
// The running clocks with the nearest due times, of all open cases.
Json next_due_view(Pipeline& pipeline, Timestamp now, std::size_t limit);

}  // namespace xj::collector
