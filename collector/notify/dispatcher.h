#pragma once
// Carries outbox rows to their channels: at least once, each at its time, never on the engine's thread.
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "collector/notify/channel.h"
#include "collector/store/outbox.h"
#include "core/time.h"

namespace xj::collector {

using Channels = std::map<std::string, std::unique_ptr<Channel>>;  // by their names in collector.yaml

struct DispatchOptions {
  Duration max_age{std::chrono::hours{24}};     // older than this when it fails again: expired
  int batch = 50;                               // rows of one channel in a pass
  Duration keep{std::chrono::hours{24 * 400}};  // rows that are over, then removed
  int forget = 200;                             // of these at most in a pass
};

// Before the next attempt after n failures: 5 s, 15 s, 30 s, 1 min, 2 min, 5 min, 10 min, then every 15 min.
Duration backoff(int failures);

// The work of one pass, without a thread: what tests and the simulator drive. Owned by one thread.
class Dispatch {
 public:
  Dispatch(io::Db& db, Channels& channels, DispatchOptions options);  // borrows both

  // Sends what is due; returns the number of attempts. A channel that fails is left alone for a while (30 s
  // at most), so that one dead peer costs no other its time-out again and again. `keep_going` is asked
  // between rows; `clock` tells when each attempt ended. At the first pass and whenever the wall clock was
  // set back, rows that would wait longer than their back-off are pulled in (a peer's Retry-After is then
  // forgotten).
  int run(const Clock& clock, const std::function<bool()>& keep_going = {});

  struct Counts {
    std::uint64_t delivered = 0, retried = 0, refused = 0, expired = 0;
  };
  // Others from the next pass on.
  void set(DispatchOptions options) { options_ = options; }
  const Counts& counts() const { return counts_; }

 private:
  struct Health {
    int failures = 0;  // in a row
    MonoTime again{};  // not by the wall: a clock set back must not keep a channel shut
  };
  void look_at_clock(const Clock& clock);
  void forget(const Clock& clock);
  bool attempt(const OutboxRow& row, Channel* channel, const Clock& clock);  // false: the channel has trouble
  void failed(const OutboxRow& row, const Delivery& delivery, Timestamp now);

  Outbox outbox_;
  Channels& channels_;
  DispatchOptions options_;
  std::map<std::string, Health> health_;
  std::optional<std::pair<Timestamp, MonoTime>> looked_;  // the clock at the pass before
  MonoTime next_forget_{};
  Counts counts_;
};

// Dispatch on its own thread with its own Db connection. wake() after the engine committed new rows; without
// it rows are still found within two seconds.
class Dispatcher {
 public:
  // `open` is called on the new thread, again after a fault of the database. Borrows the clock.
  Dispatcher(std::function<std::unique_ptr<io::Db>()> open, Channels channels, DispatchOptions options,
             const Clock& clock);
  ~Dispatcher();  // lets the send in flight end (bounded by the channel's timeout)
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  void wake();  // any thread
  // Any thread: after a reload; waits for the send in flight.
  void replace(Channels channels, DispatchOptions options);
  Dispatch::Counts counts() const;  // any thread, since start

 private:
  void loop();
  bool stopping() const;

  std::function<std::unique_ptr<io::Db>()> open_;
  const Clock& clock_;
  std::mutex sending_;  // held during a pass; guards the next two
  DispatchOptions options_;
  Channels channels_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool stop_ = false, woken_ = false;
  Dispatch::Counts counts_;
  std::thread thread_;
};

}  // namespace xj::collector
