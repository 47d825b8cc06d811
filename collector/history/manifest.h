#pragma once
// Which files history consists of, and up to which journal record they hold everything. Written whole: the
// one instant at which a flush or a fold counts.
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "collector/history/segment.h"
#include "collector/history/summary_file.h"
#include "core/time.h"

namespace xj::collector {

struct HistoryFile {
  std::string name;
  std::int64_t day = 0;  // days since 1970-01-01 UTC
  bool sealed = false;   // the day was over when it was made, and it held all of the day
  Timestamp made;
  SegmentFigures figures;
};

// The hours of a sealed day. They are what the day came to as long as the file they were made of is the only
// one of the day, and after that is gone by age.
struct HistorySummary {
  std::string name;
  std::string of;  // the sealed file
  std::int64_t day = 0;
  SummaryFigures figures;
};

struct Manifest {
  std::uint64_t position = 0;
  std::uint64_t next = 1;          // number of the next file
  std::vector<HistoryFile> files;  // in the order they were made
  std::vector<HistorySummary> summaries;
};

// The summary of that day, or null.
const HistorySummary* summary_of(const Manifest& manifest, std::int64_t day);
// Of its files: those of samples, and all.
std::set<std::string> sample_names(const Manifest& manifest);
std::set<std::string> names_of(const Manifest& manifest);
// The same without the files of these names; all else stays, hours of samples that go among it.
Manifest without(Manifest manifest, const std::set<std::string>& names);

std::string encode(const Manifest& manifest);
// Throws Fault. A manifest of before there was a checksum in it is taken without one.
Manifest decode_manifest(std::string_view json);
// Whether these bytes are what this program, or one of before there was a checksum or a summary, writes for
// it.
bool is_exact(const Manifest& manifest, std::string_view bytes);

}  // namespace xj::collector
