#include "collector/history/room_keeper.h"

#include "core/io/log.h"

namespace xj::collector {
namespace {

// Some file systems give back a while later what was removed.
constexpr Duration kSettles{10'000};

std::uint64_t mib(std::uint64_t bytes) { return bytes >> 20; }

// Also when the clock was set back.
bool since(const std::optional<Timestamp>& when, Duration time, Timestamp now) {
  return !when || now < *when || now - *when >= time;
}

}  // namespace

HistoryDays RoomKeeper::look(const HistoryDays& days, std::uint64_t waiting, Timestamp now) {
  room_.looked = true;
  if (!measure(waiting)) return {};
  if (!room_.tight()) {
    room_.exhausted = false;
    end_when_over(now);
    return {};
  }
  if (!room_.began) room_.began = now;
  if (!since(room_.last_removed, kSettles, now)) return {};
  auto out = in_the_way(days, room_.wanted - room_.free, retention_.min_days, now);
  if (out.empty() && !room_.exhausted)
    log::error("history: {} MiB are free where {} are to be, and no day is left that may go", mib(room_.free),
               mib(room_.wanted));
  room_.exhausted = out.empty();
  return out;
}

void RoomKeeper::removed(const HistoryDays& days, Timestamp now) {
  if (days.empty()) return;
  if (room_.days == 0) room_.first_day = days.front().day;
  room_.last_day = days.back().day;
  room_.last_removed = now;
  for (const auto& day : days) room_.files += day.files;
  room_.days += days.size(), room_.all_days += days.size();
  const auto bytes = bytes_of(days);
  room_.bytes += bytes, room_.all_bytes += bytes;
  log::warning("history: {} MiB are free where {} are to be: the oldest days are removed, {} to {}, {} MiB",
               mib(room_.free), mib(room_.wanted), day_text(days.front().day), day_text(days.back().day),
               mib(bytes));
}

bool RoomKeeper::measure(std::uint64_t waiting) {
  if (!watches()) return room_.watched = false;
  try {
    const auto space = fs_.space(dir_);
    room_.free = space.available + waiting;
    room_.total = space.total;
    room_.wanted = wanted_free(retention_, space);
    room_.watched = true;
    told_blind_ = false;
  } catch (const io::IoFault& fault) {  // no reason to write nothing any more
    if (!told_blind_) log::warning("history: {}; nothing is removed for room", fault.what());
    told_blind_ = true;
    room_.watched = false;
  }
  return room_.watched;
}

void RoomKeeper::end_when_over(Timestamp now) {
  if (!room_.began || !since(room_.last_removed, kRoomCalm, now)) return;
  log::info("history: the disk has room again, {} MiB are free", mib(room_.free));
  room_.began.reset();
  room_.days = room_.files = room_.bytes = 0;
}

}  // namespace xj::collector
