#pragma once
// The one thread that owns the collector's state. Everybody else hands it values: sessions their batches,
// handlers of the people's API a function to run, the clock a tick. What waits is committed together: one
// journal sync for all batches that came meanwhile.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "collector/ingest/submission.h"
#include "core/time.h"
#include "core/wire.h"

namespace xj::collector {

class Pipeline;

struct EngineOptions {
  std::size_t max_group = 512;                 // batches of one commit
  std::size_t max_waiting_batches = 1'024;     // half of it, and of the bytes, for backlog
  std::size_t max_waiting_bytes = 128u << 20;  // of bodies, as sent and unpacked; above: Busy
  std::size_t max_waiting_works = 1'024;
  Duration tick{1'000};
  Duration snapshot{60'000};
  Duration retry_after_fault{1'000};  // how long a full disk is left alone before the next try
  Duration busy_retry_after{1'000};   // what agents are told when the queue is full
  std::function<void()>
      outbox_filled;  // called on the engine's thread after new notifications were committed
  std::function<void(Duration)> alive;  // called at every tick with its lateness: the watchdog's proof
};

// Not now, come again: the queue is full, or history lags behind.
struct Busy {
  Duration retry_after;
};
// The disk does not take it: nothing was acknowledged, nothing is lost.
struct Unavailable {
  std::string what;
  Duration retry_after;
};
using IngestReply = std::variant<wire::Answer, Busy, Unavailable>;

struct EngineHealth {
  bool ready = false;         // started, replay done
  std::string fault;          // why ingest is refused now, empty when it is not
  std::string writing_fault;  // why history or snapshot could not be written last; ingest goes on for a while
  bool held_back = false;     // they lag too far behind: ingest waits for them
  std::size_t waiting_batches = 0;
  std::size_t waiting_bytes = 0;
  std::size_t waiting_works = 0;
  std::uint64_t batches = 0;  // since start
  std::uint64_t results = 0;  // accepted for the first time
  std::uint64_t values = 0;   // metrics of these
  std::uint64_t repeats = 0;
  std::uint64_t refused = 0;
  std::uint64_t groups = 0;  // journal syncs
  Duration last_commit{0};   // time of the newest group from taking to durable
  Duration tick_lag{0};      // how late the newest tick ran
};

class Engine {
 public:
  using Work = std::function<void(Pipeline&)>;
  using Reply = std::function<void(IngestReply)>;

  // Borrows both. Without start() nothing runs but run_once(): the deterministic mode of tests and simulator.
  Engine(Pipeline& pipeline, const Clock& clock, EngineOptions options = {});
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  void start();
  // Takes no more, finishes what waits, writes a snapshot. Idempotent.
  void stop();

  // Any thread. The reply comes exactly once, on the engine's thread or, when refused at the door, on the
  // caller's. An answer means durable.
  void submit(Submission submission, Reply reply);
  // Any thread: runs `work` on the engine's thread, after what waits already. Keep it short; it may read all
  // state and use the pipeline's verbs. False, and not run, when too much waits or the engine is stopping.
  // A work that throws is logged; answer inside it.
  bool post(Work work);
  EngineHealth health() const;  // any thread

  // One turn on the calling thread: waiting works, waiting batches, the tick and snapshot when due.
  void run_once();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace xj::collector
