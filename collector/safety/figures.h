#pragma once
// How large a collector's folder is, what it holds and how far its parts are: read from the files, beside a
// running collector too; nothing is written.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "collector/history/manifest.h"
#include "collector/positions.h"
#include "core/io/file.h"
#include "core/time.h"

namespace xj::collector {

struct TableFigures {
  std::string name;
  std::uint64_t rows = 0;
};
// As the manifest has them: of samples, and of the hours of sealed days beside them.
struct HistoryParts {
  std::size_t files = 0, days = 0;
  std::uint64_t values = 0, bytes = 0;
  std::optional<Timestamp> oldest, newest;  // days of samples: their beginning, UTC
  std::size_t summaries = 0;
  std::uint64_t summary_bytes = 0;
  bool operator==(const HistoryParts&) const = default;
};
HistoryParts parts_of(const Manifest& manifest);

struct FolderFigures {
  std::uint64_t journal_bytes = 0, snapshot_bytes = 0, state_bytes = 0;
  std::uint64_t journal_records = 0;  // numbers from the first to the last
  HistoryParts history;
  int state_version = 0;
  std::vector<TableFigures> tables;
  std::uint64_t outbox_waiting = 0;
  Positions positions;
};

// Throws Fault when a part cannot be read. `held`: a collector is at work there.
FolderFigures measure_folder(io::FileSystem& fs, const std::string& dir, bool held,
                             std::size_t max_record = 16u << 20);

}  // namespace xj::collector
