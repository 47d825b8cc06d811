#pragma once
// How large a collector's folder is, what it holds and how far its parts are: read from the files, beside a
// running collector too; nothing is written.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "collector/positions.h"
#include "core/io/file.h"
#include "core/time.h"

namespace xj::collector {

struct TableFigures {
  std::string name;
  std::uint64_t rows = 0;
};
struct FolderFigures {
  std::uint64_t journal_bytes = 0, snapshot_bytes = 0, history_bytes = 0, state_bytes = 0;
  std::uint64_t journal_records = 0;  // numbers from the first to the last
  std::size_t history_files = 0, history_days = 0;
  std::uint64_t history_values = 0;
  std::uint64_t summary_bytes = 0;                  // beside history_bytes
  std::optional<Timestamp> oldest_day, newest_day;  // their beginning, UTC
  int state_version = 0;
  std::vector<TableFigures> tables;
  std::uint64_t outbox_waiting = 0;
  Positions positions;
};

// Throws Fault when a part cannot be read. `held`: a collector is at work there.
FolderFigures measure_folder(io::FileSystem& fs, const std::string& dir, bool held,
                             std::size_t max_record = 16u << 20);

}  // namespace xj::collector
