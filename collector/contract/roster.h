#pragma once
// A roster: a CSV of shifts with an A and a B person. docs/contract.md describes the file.
#include <string>
#include <string_view>
#include <vector>

#include "collector/domain/duty.h"
#include "core/fault.h"

namespace xj::collector {

// Shifts by time; empty when there is an error. `people` are those who may be on it. Overlaps are errors,
// gaps warnings: in a gap the whole role is told.
domain::Roster read_roster(std::string_view csv, const std::string& file, const domain::Zone& zone,
                           const std::vector<std::string>& people, Problems& problems);
domain::Roster load_roster(const std::string& path, const domain::Zone& zone,
                           const std::vector<std::string>& people, Problems& problems);

}  // namespace xj::collector
