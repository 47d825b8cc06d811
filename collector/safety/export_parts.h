#pragma once
// The two halves of an export.
#include "collector/safety/export.h"
#include "collector/safety/export_file.h"

namespace xj::collector {

// Files of one UTC day, in the order they were made.
struct ExportDay {
  std::int64_t day = 0;
  std::vector<std::string> paths;
  std::uint64_t bytes = 0;
};
// Rows written. Holds a block of each of the day's files and one series.
std::uint64_t export_day(io::FileSystem& fs, const ExportDay& day, const ExportAsk& ask, ExportFolder& to,
                         const CopyOptions& options);

// Lines written, of state.db in that folder.
std::uint64_t export_state(io::FileSystem& fs, const std::string& dir, const ExportAsk& ask, ExportFolder& to,
                           const CopyOptions& options);

}  // namespace xj::collector
