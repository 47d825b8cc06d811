#pragma once
// Carries outbox rows to their channels: at least once, each at its time, never on the engine's thread.
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "collector/notify/channel.h"
#include "collector/store/outbox.h"
#include "core/time.h"

namespace xj::collector {

struct DispatchOptions {
  Duration max_age{std::chrono::hours{24}};  // older than this when it fails again: expired
  int batch = 50;                            // rows taken at a time
};

// Before attempt n + 1 after n failures: 5 s, 15 s, 30 s, 1 min, 2 min, 5 min, 10 min, then every 15 min.
Duration backoff(int failures);

// The work of one pass, without a thread: what the tests and the simulator drive. Owned by one thread.
class Dispatch {
 public:
  // Channels by their names in collector.yaml.
  Dispatch(io::Db& db, std::map<std::string, std::unique_ptr<Channel>> channels, DispatchOptions options);

  // Sends what is due; returns the number of rows looked at. A channel that fails is left alone for the rest
  // of the pass, so that one dead peer delays no other. `keep_going` is asked between rows.
  int run(Timestamp now, const std::function<bool()>& keep_going = {});

  struct Counts {
    std::uint64_t delivered = 0, retried = 0, refused = 0, expired = 0;
  };
  const Counts& counts() const { return counts_; }

 private:
  io::Db& db_;
  Outbox outbox_;
  std::map<std::string, std::unique_ptr<Channel>> channels_;
  DispatchOptions options_;
  Counts counts_;
};

// Dispatch on its own thread with its own Db connection. wake() after the engine committed new rows; without
// it rows are still found within a few seconds.
class Dispatcher {
 public:
  Dispatcher(std::function<std::unique_ptr<io::Db>()> open,
             std::map<std::string, std::unique_ptr<Channel>> channels, DispatchOptions options,
             const Clock& clock);
  ~Dispatcher();  // lets the send in flight end (bounded by the channel's timeout)
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  void wake();
  Dispatch::Counts counts() const;

 private:
  void loop();
  std::function<std::unique_ptr<io::Db>()> open_;
  std::map<std::string, std::unique_ptr<Channel>> channels_;
  DispatchOptions options_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false, woken_ = false;
  Dispatch::Counts counts_;
  std::thread thread_;
};

}  // namespace xj::collector
