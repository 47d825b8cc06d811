#pragma once
// All results by series and slot. Open rows in memory, files of a UTC day on disk; reading merges both, so
// a value is found the moment it was applied. docs/storage.md specifies the files.
//
// History is behind the journal: what is in memory is lost at a crash and comes back by replay from
// durable_position(). Owned by the engine thread; a View may be used on any thread.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "collector/history/manifest.h"
#include "collector/history/retention.h"
#include "collector/history/room_keeper.h"
#include "collector/history/scan.h"
#include "collector/history/series.h"
#include "core/io/file.h"

namespace xj::collector {

struct HistoryOptions {
  std::size_t memory = 48u << 20;  // bytes of open rows that make a flush due
  std::size_t most = 192u << 20;   // of open rows, while writing lags or fails: overfull() from there
  Duration flush_every{10 * 60'000};
  std::size_t parts = 8;             // of a day, before they are folded into one
  Duration seal_after{60 * 60'000};  // after the end of the day (UTC)
  Retention retention;
};

struct HistoryFigures {
  std::uint64_t values = 0;      // metrics and states in files
  std::uint64_t file_bytes = 0;  // of these, without the summaries
  std::uint64_t summary_bytes = 0;
  std::size_t files = 0;
  std::size_t open_series = 0;
  std::size_t open_bytes = 0;
};

// Reads one series on any thread: the files of the moment it was made, which stay until it is gone, and a
// copy of what was open then. Files are opened as they are needed, by the reader. Borrows the file system,
// not the History.
class HistoryView {
 public:
  virtual ~HistoryView() = default;
  // Samples with from <= slot < to, by slot; the newest `limit` of them when there are more.
  virtual std::vector<Sample> range(Timestamp from, Timestamp to, std::size_t limit) = 0;
};

class History {
 public:
  // Opens or starts the folder; files that no manifest names are left-overs of a crash and are removed.
  History(io::FileSystem& fs, std::string dir, HistoryOptions options = {});
  ~History();
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  // Number of a series for add(); holds as long as the object.
  using Handle = std::uint32_t;
  static constexpr Handle kNoHandle = UINT32_MAX;
  Handle handle(std::string_view agent, std::string_view check, std::string_view item);
  void add(Handle series, Timestamp slot, State state, const Message& msg,
           const std::vector<Metric>& metrics);

  // What is open is all that may be: take nothing more until a flush has ended. Up to as much again may be
  // frozen for a flush that is under way or failed.
  bool overfull() const;

  // The journal position up to which everything is in files that survive.
  std::uint64_t durable_position() const;

  // Work on files: writing out open rows, folding the parts of a day, sealing a day and telling its hours,
  // removing old days.
  // prepare() on the owner's thread freezes what it needs; run() may be called on another thread; finish() on
  // the owner's makes the result count, and throws what run() threw: nothing is lost then, prepare() gives
  // the same work again. One at a time.
  class Job {
   public:
    virtual ~Job() = default;
    virtual void run() noexcept = 0;
    std::shared_ptr<const int> files;  // what it reads stays while it lives
  };
  // Null when nothing is due. `position`: of the newest record that was added. `flush`: write out what is
  // open in any case.
  std::unique_ptr<Job> prepare(std::uint64_t position, Timestamp now, bool flush = false);
  void finish(Job& job);
  // All three for an orderly stop, start and tests: afterwards durable_position() is `position`.
  void flush(std::uint64_t position, Timestamp now);
  void settle(std::uint64_t position, Timestamp now);  // every work that is due, not what can wait

  std::vector<Sample> range(const SeriesId& id, Timestamp from, Timestamp to, std::size_t limit);
  std::unique_ptr<HistoryView> view(const SeriesId& id);
  // Costs a look at every series of memory; what is wanted of them is copied.
  std::unique_ptr<HistoryScan> scan(const ScanAsk& ask);
  // What stands in files at this moment; none of them is removed while the hold lives. Any thread may end it.
  struct Hold {
    Manifest manifest;
    std::shared_ptr<const int> files;
  };
  Hold hold() const;
  // Days before `before` (since 1970-01-01) go, as files; nothing does when it is refused. A dry run only
  // says which.
  Prunable prune(std::int64_t before, Timestamp now, bool dry);
  const HistoryRoom& room() const;
  void set_retention(const Retention& retention);  // from the next prepare() on
  // Every series in files or memory with all its samples; for tests and the bench's count.
  void for_each(const std::function<void(const SeriesId&, const std::vector<Sample>&)>& visit);
  HistoryFigures figures() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace xj::collector
