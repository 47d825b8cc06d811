#pragma once
// What a scan is made of, and the scan over it.
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "collector/history/open_rows.h"
#include "collector/history/scan.h"
#include "core/io/file.h"

namespace xj::collector {

// Of one series and day; one of the two.
struct ScanMemory {
  std::shared_ptr<const RowList> frozen;
  Rows open;
};

struct ScanSources {
  std::string dir;
  std::map<std::int64_t, std::vector<std::string>> files;  // names by day, in the order they were made
  // By day and series_key(); older rows first.
  std::map<std::int64_t, std::map<std::string, std::vector<ScanMemory>, std::less<>>> memory;
  // Names by day: these are read in place of the day's files and memory.
  std::map<std::int64_t, std::string> summaries;
  Kept kept;
  std::shared_ptr<const int> pin;  // while it lives, the files named are not removed
};

std::unique_ptr<HistoryScan> make_scan(io::FileSystem& fs, ScanAsk ask, ScanSources sources);

}  // namespace xj::collector
