#pragma once
// Results that the collector has not yet acknowledged, kept through restarts and power cuts.
//
// The rules, and what follows from them:
// - A result gets its number when it is appended, and only synced results are sent: no number can ever stand
// for
//   two contents. Syncs come at most once in kSyncEvery; a power cut may cost what was measured since the
//   last one, never anything that was sent. A crash of the agent alone costs nothing.
// - An epoch is one life of the numbers. A new one begins when they cannot be trusted: the position file is
// gone,
//   the log ends before it, or the collector knows numbers that we never gave (this machine was set back).
//   All that is held is then sent again under the new epoch.
// - Fresh results (younger than `live_age`) are the live lane and go first; the rest is the replay lane.
// - Bounded by bytes and age; what is dropped is counted, oldest first.
// - When the disk refuses (full, read-only), results go into a small lane in memory under an epoch of its
// own, so
//   that the alarm about that very disk still gets out.
//
// Folder: the record log's segments (core/io/record_log) and, beside it, `<dir>.position` with the epoch and
// the acknowledged ranges. That file may be old after a crash: then something is sent twice, which the
// collector knows.
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/io/file.h"
#include "core/io/record_log.h"
#include "core/result.h"
#include "core/time.h"
#include "core/wire.h"

namespace xj::agent {

struct SpoolOptions {
  std::string dir;
  std::uint64_t max_bytes = 256u << 20;
  Duration max_age{std::chrono::hours{24 * 7}};
  Duration live_age{90'000};
  Duration lazy{0};  // what is not urgent may wait this long for its sync, when it waits for company anyway
  std::function<std::string()> make_epoch;  // a new name each time; empty: 12 random hex digits
};

// What one request carries: results of one epoch and lane, in order of number.
struct SpoolPiece {
  std::string epoch;
  wire::Lane lane = wire::Lane::live;
  bool memory = false;  // of the lane in memory
  std::vector<std::uint64_t> numbers;
  std::vector<std::string> encoded;  // one wire result each
  bool empty() const { return numbers.empty(); }
};

struct SpoolStatus {
  std::uint64_t held = 0;     // not acknowledged
  std::uint64_t bytes = 0;    // on disk
  std::uint64_t dropped = 0;  // by size, age or for want of memory, since start
  std::uint64_t refused = 0;  // by the collector, since start
  std::uint64_t future = 0;   // of these: taken while this host's clock was ahead
  Message trouble;            // why nothing can be written just now; empty: all is well
};

// Owned by one thread. Only the constructor's programming errors throw: a disk that fails is a status.
class Spool {
 public:
  static constexpr Duration kSyncEvery{1'000};
  static constexpr Duration kHousekeeping{60'000};
  static constexpr Duration kReopenAfter{10'000};
  static constexpr std::size_t kSaveAfter = 8'192;  // settled results: half of what the collector can compare
  static constexpr std::size_t kMemoryResults = 256;       // of the lane in memory
  static constexpr std::size_t kRecentBytes = 256u << 10;  // live results kept in memory beside the log
  static constexpr std::size_t kPieceBytes = 1u << 20;

  Spool(io::FileSystem& fs, SpoolOptions options, Timestamp now, MonoTime mono);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  void append(Result result, Timestamp now, MonoTime mono, bool urgent = true);
  // Syncs, drops what is too old or too much, saves the position: each when its time has come.
  void tick(Timestamp now, MonoTime mono);
  MonoTime next() const;  // of tick()
  void close();           // syncs and saves the position: the orderly end

  // The next results of a lane that may be sent and are not acknowledged, at most `max`. Asking twice gives
  // the same. Replay ends where live begins.
  SpoolPiece peek(wire::Lane lane, std::size_t max, Timestamp now);
  bool has(wire::Lane lane, Timestamp now);
  bool unsynced() const { return log_ && log_->synced() < log_->last(); }  // the next tick() makes more ready
  // What an answer to this piece settles. False when it settled nothing: sending again at once would be a
  // loop.
  bool acknowledge(const SpoolPiece& piece, const wire::Answer& answer);

  SpoolStatus status() const;
  const std::string& epoch() const { return epoch_; }
  std::uint64_t last() const;
  std::vector<std::string> take_log();  // lines for the log, English: what was cut, dropped, begun anew

 private:
  struct Held {
    std::uint64_t n = 0;
    Timestamp at{};
    std::string encoded;
  };
  void open(Timestamp now, MonoTime mono);
  void begin_epoch(const std::string& why);
  void give_up_log(MonoTime mono);
  void save_position();
  void trouble(const std::string& doing, const Fault& fault);
  void keep_in_memory(Result result, Timestamp now);
  bool done(std::uint64_t n) const;
  void mark_done(std::uint64_t first, std::uint64_t last);
  std::uint64_t not_done(std::uint64_t first, std::uint64_t last) const;
  std::uint64_t first_held();
  void drop_before(std::uint64_t n);
  void enforce_bytes();
  void enforce_age(Timestamp now);
  void forget_old_recent(Timestamp now);
  std::uint64_t live_from() const;

  io::FileSystem& fs_;
  SpoolOptions options_;
  std::unique_ptr<io::RecordLog> log_;  // null while it cannot be opened
  std::string epoch_;
  std::uint64_t done_through_ = 0;               // all up to here are settled
  std::map<std::uint64_t, std::uint64_t> done_;  // settled ranges above it
  std::deque<Held> recent_;                      // the newest of the log, for the live lane
  std::size_t recent_bytes_ = 0;
  std::string memory_epoch_;
  std::uint64_t memory_last_ = 0;
  std::deque<Held> memory_;
  std::uint64_t known_last_ = 0;                     // synced when the log was given up
  std::pair<std::uint64_t, std::uint64_t> moved_{};  // numbers whose results went to memory then
  bool epoch_from_conflict_ = false;
  bool unsaved_ = false;
  std::size_t unsaved_results_ = 0;  // settled since the position was saved
  bool full_ = false;                // over max_bytes; looked at in tick()
  MonoTime last_sync_{}, last_housekeeping_{}, retry_open_{};
  bool ever_synced_ = false;
  std::optional<MonoTime> sync_at_;  // of what was appended since the last; empty when nothing was
  std::uint64_t dropped_ = 0, refused_ = 0, future_ = 0;
  Message trouble_;
  std::vector<std::string> lines_;
};

}  // namespace xj::agent
