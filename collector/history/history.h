#pragma once
// All results by series and slot. Open chunks in memory, files of a UTC day on disk; reading merges both, so
// a value is found the moment it was applied. docs/storage.md specifies the files.
//
// History is behind the journal: what is in memory is lost at a crash and comes back by replay from
// durable_position(). Owned by the engine thread; a View may be used on any thread.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "collector/history/series.h"
#include "core/io/file.h"

namespace xj::collector {

struct HistoryOptions {
  std::size_t memory = 48u << 20;  // estimated bytes of open chunks that make flush_due() true
  Duration flush_every{10 * 60'000};
  std::size_t parts = 8;                 // of a day, before they are folded into one
  Duration seal_after{60 * 60'000};      // after the end of the day (UTC)
  Duration keep{400LL * 24 * 3600'000};  // a day whose end is older is removed
};

struct HistoryFigures {
  std::uint64_t values = 0;  // metrics and states in files
  std::uint64_t file_bytes = 0;
  std::size_t files = 0;
  std::size_t open_series = 0;
  std::size_t open_bytes = 0;  // estimated
};

class HistoryView {
 public:
  virtual ~HistoryView() = default;
  // Samples with from <= slot < to, by slot; the newest `limit` of them when there are more.
  virtual std::vector<Sample> range(const SeriesId& id, Timestamp from, Timestamp to,
                                    std::size_t limit) const = 0;
};

class History {
 public:
  // Opens or starts the folder; files that no manifest names are left-overs of a crash and are removed.
  History(io::FileSystem& fs, std::string dir, HistoryOptions options);
  ~History();
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  // The result and each of its items. `slot` is the shifted one.
  void add(std::string_view agent, const Result& result, Timestamp slot);

  // Everything applied up to here is in files that will survive.
  std::uint64_t durable_position() const;
  bool flush_due(Timestamp now) const;
  // Writes the open chunks as one part a day and names them in the manifest together with `position`.
  void flush(std::uint64_t position, Timestamp now);

  // Folding parts and sealing days is work on files that do not change: `fold` may run on another thread,
  // then `folded` on the owner's takes it over. At most one at a time; empty function when there is nothing
  // to do.
  std::function<void()> fold_work(Timestamp now);
  void folded(Timestamp now);

  std::vector<Sample> range(const SeriesId& id, Timestamp from, Timestamp to, std::size_t limit) const;
  // A reader for another thread: the files of now, and a copy of the open chunk of this one series.
  std::shared_ptr<const HistoryView> view(const SeriesId& id) const;
  // Every series known to files or memory; for tests and the bench's count.
  void for_each(const std::function<void(const SeriesId&, const std::vector<Sample>&)>& visit) const;
  HistoryFigures figures() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace xj::collector
