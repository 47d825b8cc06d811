#pragma once
// One backup at a time on a thread of its own, while the collector goes on.
#include <atomic>
#include <mutex>
#include <string>
#include <thread>

#include "collector/pipeline.h"
#include "collector/safety/backup.h"

namespace xj::collector {

struct BackupReport {
  enum class State { none, running, done, failed };
  State state = State::none;  // of the newest since start
  std::string to;
  Timestamp asked{}, ended{};
  std::uint64_t done = 0, total = 0;  // bytes
  std::size_t files = 0;
  std::string error, hint;  // of one that failed
  Words why;                // the same in every language
};
std::string_view to_text(BackupReport::State state);

// Any thread. Borrows fs and clock.
class BackupDesk {
 public:
  BackupDesk(io::FileSystem& fs, std::string dir, const Clock& clock)
      : fs_(fs), dir_(std::move(dir)), clock_(clock) {}
  ~BackupDesk();  // gives up what is under way
  BackupDesk(const BackupDesk&) = delete;
  BackupDesk& operator=(const BackupDesk&) = delete;

  // `hold` is of now: all that was acknowledged before is in the backup. False: one is under way.
  bool start(Pipeline::Hold hold, std::string to);
  BackupReport report() const;
  const std::string& dir() const { return dir_; }

 private:
  void run(const Pipeline::Hold& hold, const std::string& to);

  io::FileSystem& fs_;
  const std::string dir_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  BackupReport report_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace xj::collector
