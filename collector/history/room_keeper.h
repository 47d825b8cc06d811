#pragma once
// Whether there is room where history lies, and what the want of it costs.
#include <cstdint>
#include <optional>
#include <string>

#include "collector/domain/own_host.h"
#include "collector/history/retention.h"
#include "core/io/file.h"

namespace xj::collector {

// An episode begins when there is less free than is to be, and ends when there is room and this long has gone
// by without a day removed: else it would be over the moment a day is gone, and nobody would hear of it.
inline constexpr Duration kRoomCalm{domain::kOwnLasts};

struct HistoryRoom {
  bool looked = false;   // since start
  bool watched = false;  // a bound is set, and the file system tells
  std::uint64_t free = 0, total = 0,
                wanted = 0;        // free: with what is removed already and waits for its readers
  bool exhausted = false;          // too little, and no day is left that may go
  std::optional<Timestamp> began;  // of the episode that lasts
  std::optional<Timestamp> last_removed;
  std::int64_t first_day = 0, last_day = 0;      // removed in this episode, when `days` is not 0
  std::uint64_t days = 0, files = 0, bytes = 0;  // likewise
  std::uint64_t all_days = 0, all_bytes = 0;     // since start
  bool tight() const { return free < wanted; }
};

// Owned by one thread. Borrows fs.
class RoomKeeper {
 public:
  RoomKeeper(io::FileSystem& fs, std::string dir, const Retention& retention)
      : fs_(fs), dir_(std::move(dir)), retention_(retention) {}
  bool watches() const { return retention_.min_free > 0 || retention_.min_free_percent > 0; }
  void set(const Retention& retention) { retention_ = retention; }
  // The days that are to go now. `waiting`: bytes that are removed and not free yet.
  HistoryDays look(const HistoryDays& days, std::uint64_t waiting, Timestamp now);
  void removed(const HistoryDays& days, Timestamp now);  // they are gone
  const HistoryRoom& room() const { return room_; }

 private:
  bool measure(std::uint64_t waiting);
  void end_when_over(Timestamp now);
  io::FileSystem& fs_;
  std::string dir_;
  Retention retention_;
  HistoryRoom room_;
  bool told_blind_ = false;
};

}  // namespace xj::collector
