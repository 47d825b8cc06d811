#pragma once
// One worker process for many requests at a time: the exchanges over HTTP, which it drives beside each other
// (checks/probe/serve.cc). Started by the first request, ended when it had nothing to do for kIdle, and at
// its first free moment after kLife: what libraries leave behind in memory goes with it.
#include <poll.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checks/probe_protocol.h"
#include "checks/subprocess.h"

namespace xj::checks {

// Owned by one thread, and never blocks. Every way to fail is an answer. When the worker dies, or hangs (an
// answer is overdue), all requests under way are `lost` and are to be asked again, each in a worker of its
// own: which one is to blame only that shows; the first that is overdue need not be it.
class SharedProbe {
 public:
  static constexpr Duration kIdle{10'000};
  static constexpr Duration kLife{std::chrono::hours{1}};
  static constexpr Duration kMomentToEnd{20};
  using Ticket = std::uint64_t;
  struct Answer {
    bool lost = false;  // `answer` says nothing
    ProbeAnswer answer;
  };

  explicit SharedProbe(std::string probe_program) : program_(std::move(probe_program)) {}

  bool accepts() const {
    return calls_.size() < kMaxTransfers;
  }  // forgotten ones keep their place to the end
  Ticket send(ProbeRequest request, MonoTime now);
  void forget(Ticket ticket);  // nobody waits for it any more; when that is all of them, the worker goes too
  // The answer once there is one; then the ticket is used up.
  std::optional<Answer> take(Ticket ticket);

  // Reads, writes and looks at the time. Call when a descriptor is ready and when next() says.
  void poll(MonoTime now);
  void add_polls(std::vector<pollfd>& into) const;
  std::optional<MonoTime> next() const;

  std::size_t busy() const;  // that somebody waits for
  pid_t pid() const { return worker_ ? worker_->pid() : -1; }

 private:
  struct Call {
    MonoTime deadline{};
    bool forgotten = false;
    std::optional<Answer> answer;
  };
  void start(MonoTime now);
  void write();
  bool read_answers();            // false: the worker talks nonsense
  void end_worker(MonoTime now);  // whoever still waits for it is lost

  std::string program_;
  std::unique_ptr<Subprocess> worker_;
  std::unique_ptr<Subprocess> ending_;  // killed, to be reaped at reap_at_
  std::map<Ticket, Call> calls_;
  Ticket last_ = 0;
  std::string unsent_;
  MonoTime idle_at_{}, old_at_{}, reap_at_{};
};

}  // namespace xj::checks
