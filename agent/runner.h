#pragma once
// Runs checks without ever waiting: resident ones at once, those that wait for a peer by their descriptor,
// exchanges over HTTP beside each other in one worker process, the rest in worker processes of their own, of
// which at most `workers` live at a time (the others queue). Every run ends with an outcome: at its deadline
// it is unknown, with the reason, and its worker is killed with all it started. What the shared worker took
// along when it went is asked again at once, alone; what no worker could answer stays out of the shared one
// until one does.
#include <poll.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/schedule.h"
#include "checks/check.h"
#include "checks/nonblocking.h"
#include "checks/probe_client.h"
#include "checks/registry.h"
#include "checks/shared_probe.h"

namespace xj::agent {

struct RunnableCheck {
  std::string id;
  std::string kind;
  Duration timeout{10'000};
  ParamMap params;
  // When set the check is not run: each slot says unknown with this, so that what the agent's own file
  // forbids, or what nobody can run, is seen where results are seen.
  Message refused;
  bool operator==(const RunnableCheck&) const = default;
};

struct Finished {
  std::string id;
  Timestamp slot;
  Duration late{0};  // start minus slot, waiting for a worker included
  Duration took{0};
  checks::CheckOutcome outcome;
  bool ordered = false;  // as Due says
};

// Owned by one thread.
class Runner {
 public:
  Runner(const checks::Registry& registry, checks::Environment environment, int workers);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  // Replaces the checks. One that is unchanged keeps its memory and its run; the run of a changed or removed
  // one is ended without an outcome. The ids of ended runs, so that the schedule can be told.
  std::vector<std::string> set(std::vector<RunnableCheck> checks);

  // Runs in the loop and is over at once: to be started before those that spawn a process.
  bool is_resident(std::string_view id) const;
  void start(const Due& due, Timestamp now, MonoTime mono);
  // Goes on with what `polled` says is ready and with what its time says.
  void poll(const std::vector<pollfd>& polled, Timestamp now, MonoTime mono);
  void add_polls(std::vector<pollfd>& into) const;
  std::optional<MonoTime> next() const;  // call poll() then at the latest
  std::vector<Finished> take_finished();

  std::size_t running() const { return runs_.size() + queue_.size(); }
  std::size_t queued() const { return queue_.size(); }
  std::size_t sharing() const { return shared_.busy(); }  // of those running, in the shared worker

 private:
  struct Instance;  // a check and what it keeps from run to run
  struct Run;
  void begin(Run run, Timestamp now, MonoTime mono);
  void step_resident(Run& run, Timestamp now, MonoTime mono);
  void finish(Run& run, checks::CheckOutcome outcome, MonoTime mono);
  void start_queued(Timestamp now, MonoTime mono);
  std::size_t busy_workers() const;
  void take_shared(Run& run, MonoTime mono);
  bool may_share(const Run& run) const;

  const checks::Registry& registry_;
  checks::Environment environment_;
  std::size_t workers_;
  checks::SharedProbe shared_;
  std::map<std::string, std::unique_ptr<Instance>, std::less<>> instances_;
  std::vector<std::unique_ptr<Run>> runs_;
  std::deque<std::unique_ptr<Run>> queue_;  // for a worker
  std::vector<Instance*> stuck_;            // that wait for a killed worker to end
  std::vector<Finished> finished_;
};

}  // namespace xj::agent
