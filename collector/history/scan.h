#pragma once
// Many series over a range, on any thread: the files of the moment it was made, which stay until it is gone,
// and the wanted rows of what was open then. Holds a block of each file of one day, one series' rows, and
// what was in memory.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/history/series.h"

namespace xj::collector {

// Whether hours do in place of samples: never, where the samples are gone, or wherever they come to
// the same. The latter two only where all that is made of them is of whole hours.
enum class Summaries : std::uint8_t { none, when_gone, instead };

// Patterns as of core/glob.h. That of a check without '/' is held against the last part of its id.
struct ScanAsk {
  std::string agent, check;
  std::string item;    // empty: the results themselves, without their items
  std::string metric;  // empty: states alone
  Timestamp from, to;  // from <= slot < to
  Summaries summaries = Summaries::none;
  bool sketches = false;  // of the hours, too
};
// What is there of the days asked for. Results go oldest day first, so before the first day that has any
// there are none, whether or not there ever were. Late ones may bring a day back in part: what tells of the
// others that they are gone are hours that were made of them.
struct Kept {
  std::optional<std::int64_t> first;  // day (since 1970-01-01 UTC); nothing: history never had any
  std::vector<std::int64_t> told;     // days asked for whose hours are all that is left; sorted
};

bool fits(const ScanAsk& ask, std::string_view agent, std::string_view check, std::string_view item);

class HistoryScan {
 public:
  virtual ~HistoryScan() = default;
  // Of the moment it was made. Of a scan for a metric, what is only in memory does not count as first.
  const Kept& kept() const { return kept_; }
  // UTC day by UTC day, the oldest first; within a day by series, each at most once, with all its rows of
  // that day, or with its hours that lie in the range whole. Ends when false comes back. `go_on` is asked at
  // each day and series and among what is passed over, so also where nothing fits; false ends it. May run
  // again.
  using Visit = std::function<bool(const SeriesId& id, const Rows& rows)>;
  using VisitHours = std::function<bool(const SeriesId& id, const std::vector<Hour>& hours)>;
  using GoOn = std::function<bool()>;
  virtual void run(const Visit& visit, const VisitHours& visit_hours, const GoOn& go_on) = 0;
  // Of an ask without summaries.
  void run(const Visit& visit, const GoOn& go_on) {
    run(visit, [](const SeriesId&, const std::vector<Hour>&) { return true; }, go_on);
  }
  void run(const Visit& visit) {
    run(visit, [] { return true; });
  }

 protected:
  Kept kept_;
};

}  // namespace xj::collector
