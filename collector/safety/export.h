#pragma once
// What a collector's folder holds, in formats that anybody can read: docs/storage.md, "Export".
#include <cstdint>
#include <string>
#include <vector>

#include "collector/history/scan.h"
#include "collector/safety/backup.h"
#include "core/io/file.h"

namespace xj::collector {

struct ExportAsk {
  bool samples = true, state = true;
  bool zst = false;
  // Patterns and the time; the metric's is a pattern too.
  ScanAsk which{"*", "*", "*", "", Timestamp::min(), Timestamp::max()};
  std::string metric = "*";
  // A sample without any metric is a row of its own only when every metric is wanted.
  bool every_metric() const { return metric == "*"; }
};
struct ExportSource {
  std::string dir;                 // of a collector that is stopped, or a backup; empty: `files` alone
  std::vector<std::string> files;  // days' files by themselves
};
struct Exported {
  BackupList list;
  std::uint64_t samples = 0;  // rows of CSV
  std::uint64_t records = 0;  // lines of JSON
  std::uint64_t behind = 0;   // records of the journal that history does not hold yet
};

// Into a folder that is absent or empty, and is so again after a fault. Throws Fault.
Exported export_data(io::FileSystem& fs, const ExportSource& source, const ExportAsk& ask,
                     const std::string& to, Timestamp now, const CopyOptions& options);

}  // namespace xj::collector
