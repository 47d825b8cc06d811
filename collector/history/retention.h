#pragma once
// Which days of history go: by age, for want of room, or because a person asks. Pure; what becomes of them is
// History's.
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "collector/history/manifest.h"
#include "core/io/file.h"
#include "core/text.h"
#include "core/time.h"

namespace xj::collector {

struct Retention {
  // A day whose end is older is removed, once as many days with data have followed it: the clock alone, which
  // may have jumped, removes nothing.
  Duration keep{400LL * 24 * 3600'000};
  // The same of the hours of a day whose samples are gone.
  Duration keep_summaries{3'700LL * 24 * 3600'000};
  // What is to stay free where the folder lies; the smaller of both that are not 0. None: days go by age
  // alone.
  std::uint64_t min_free = 0;   // bytes
  double min_free_percent = 0;  // of the file system
  // Days with data that room takes never; today's and yesterday's it takes never either.
  std::size_t min_days = 7;
};

// One UTC day as the manifest has it: all its files go, or none.
struct HistoryDay {
  std::int64_t day = 0;  // since 1970-01-01
  std::size_t files = 0;
  std::uint64_t bytes = 0;
  bool sealed = false;  // it was over when its first file was made
  bool operator==(const HistoryDay&) const = default;
};
using HistoryDays = std::vector<HistoryDay>;  // the oldest first
HistoryDays days_of(std::span<const HistoryFile> files);
std::string day_text(std::int64_t day);  // "2026-11-20"
std::uint64_t bytes_of(const HistoryDays& days);

HistoryDays too_old(const HistoryDays& days, Duration keep, Timestamp now);
// Days without samples whose hours are too old.
std::set<std::int64_t> summaries_too_old(const Manifest& manifest, Duration keep, Timestamp now);

std::uint64_t wanted_free(const Retention& retention, const io::Space& space);
// As few of the oldest as make that much room; all that may go where these do not.
HistoryDays in_the_way(const HistoryDays& days, std::uint64_t missing, std::size_t min_days, Timestamp now);

// Days before `before` (days since 1970-01-01), or why not: that is not over yet, or one of them not sealed.
struct Prunable {
  HistoryDays days;
  std::optional<Message> refused;
};
Prunable prunable(const HistoryDays& days, std::int64_t before, Timestamp now);

}  // namespace xj::collector
