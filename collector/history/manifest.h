#pragma once
// Which files history consists of, and up to which journal record they hold everything. Written whole: the
// one instant at which a flush or a fold counts.
#include <cstdint>
#include <string>
#include <vector>

#include "collector/history/segment.h"
#include "core/time.h"

namespace xj::collector {

struct HistoryFile {
  std::string name;
  std::int64_t day = 0;  // days since 1970-01-01 UTC
  bool sealed = false;   // the day was over when it was made, and it held all of the day
  Timestamp made;
  SegmentFigures figures;
};

struct Manifest {
  std::uint64_t position = 0;
  std::uint64_t next = 1;          // number of the next file
  std::vector<HistoryFile> files;  // in the order they were made
};

std::string encode(const Manifest& manifest);
Manifest decode_manifest(std::string_view json);  // throws Fault

}  // namespace xj::collector
