#pragma once
// Checks that wait for a peer without a thread: the agent's event loop drives them, or run_to_end() does.
#include "checks/check.h"

namespace xj::checks {

class ThresholdMemory;

// What to do next: wait until `fd` is ready, or take the outcome.
struct Step {
  int fd = -1;  // borrowed; valid until the next call. May differ from step to step: register it anew
  bool want_read = false;
  bool want_write = false;
  std::optional<CheckOutcome> done{};  // when set, fd is closed already
};

// start → (fd ready → on_ready)* → done. At context.timeout after start, or to stop early, on_timeout. Never
// blocks. One run at a time; the object is kept for the next run, for its threshold memory.
class NonblockingCheck {
 public:
  virtual ~NonblockingCheck() = default;
  virtual Step start(const RunContext& context) = 0;
  virtual Step on_ready(const RunContext& context) = 0;            // context.mono is now
  virtual CheckOutcome on_timeout(const RunContext& context) = 0;  // closes its descriptor
  // What it remembers from run to run, for workers that give it back; null when nothing.
  virtual ThresholdMemory* memory() { return nullptr; }
};

// Drives one run with poll(2); for workers, the command line and tests. `clock` is read between steps.
CheckOutcome run_to_end(NonblockingCheck& check, const Clock& clock, Duration timeout);

}  // namespace xj::checks
