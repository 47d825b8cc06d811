#pragma once
// Which of the days that are asked for history has results of. Pure.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collector/history/manifest.h"
#include "collector/history/scan.h"

namespace xj::collector {

using FilesByDay = std::map<std::int64_t, std::vector<std::string>>;  // names, in the order they were made

bool touches(std::int64_t day, Timestamp from, Timestamp to);
// Whether the samples that these hours were made of are gone, by the files of the day.
bool is_alone(const HistorySummary& summary, const FilesByDay& files);
// `files`: of the days asked for. `first_open`: the first day in memory.
Kept kept_of(const Manifest& manifest, const FilesByDay& files, std::optional<std::int64_t> first_open,
             const ScanAsk& ask);

}  // namespace xj::collector
