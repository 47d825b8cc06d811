#pragma once
// One request to one worker process, from start to answer, without blocking.
#include <memory>
#include <optional>

#include "checks/probe_protocol.h"
#include "checks/subprocess.h"

namespace xj::checks {

// Owned by one thread. The agent's loop polls fd() for reading and calls poll(); nobody else needs to.
// Every way to fail is an answer: unknown, with why. Destroying it kills the worker and all it started.
class ProbeCall {
 public:
  // Starts the worker and sends the request. Never throws: a worker that cannot start is an answer too.
  ProbeCall(const std::string& probe_program, const ProbeRequest& request, MonoTime now);
  ~ProbeCall();
  ProbeCall(const ProbeCall&) = delete;
  ProbeCall& operator=(const ProbeCall&) = delete;

  bool sending() const { return !unsent_.empty(); }  // poll() again within 50 ms (a request above 200 KiB)
  // Between the end of a worker's output and its own, which tells a crash from silence: the kernel closes
  // the one before it ends the other, and on a busy machine much may come in between.
  static constexpr Duration kMomentToEnd{2'000};
  int fd() const;  // readable when poll() has something to do; -1: poll() again in 5 ms
  MonoTime deadline() const { return deadline_; }  // call poll() then at the latest
  std::optional<ProbeAnswer> poll(MonoTime now);   // the answer once there is one; then this is finished
  // After the answer: whether it is the worker's own, and not ours about a worker that gave none.
  bool answered() const { return answered_; }
  // After the answer: whether the worker has ended. One stuck in the kernel has not, although killed.
  bool gone();

 private:
  void send();
  ProbeAnswer failed(Message why);  // with the memory as it was: not seeing changes no state

  std::vector<ThresholdMemory::Entry> memory_;
  std::string line_;
  std::string_view unsent_;  // of line_
  Duration timeout_{0};
  MonoTime deadline_;
  std::optional<MonoTime> ended_at_;
  std::unique_ptr<Subprocess> worker_;
  std::optional<Message> start_failure_;
  bool answered_ = false;
};

// Waits for the answer with poll(2); for the command line and tests.
ProbeAnswer call_probe(const std::string& probe_program, const ProbeRequest& request, const Clock& clock);

}  // namespace xj::checks
