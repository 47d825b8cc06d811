#pragma once
// Days of history that a person removes, of a folder nobody runs on; a running collector does the same by its
// History.
#include <optional>
#include <string>
#include <string_view>

#include "collector/history/retention.h"
#include "core/io/file.h"
#include "core/json.h"

namespace xj::collector {

// "2026-08-01" as a UTC day since 1970-01-01.
std::optional<std::int64_t> parse_day(std::string_view text);

// What went, or would go: `days` of {day, files, bytes}, `files`, `bytes`.
Json prune_report(const HistoryDays& days, std::int64_t before, bool dry);

// Of a folder that may be changed. Throws Fault when it is none: a backup, a restore that was not finished,
// no history.
Manifest manifest_to_prune(io::FileSystem& fs, const std::string& dir);

// Days before `before`. A dry run writes nothing. Throws as manifest_to_prune().
Prunable prune_folder(io::FileSystem& fs, const std::string& dir, std::int64_t before, Timestamp now,
                      bool dry);

}  // namespace xj::collector
