#pragma once
// A check looks at one thing of a host, or from a host, and says in which state it is.
// Each is three: sample (touches the host), parse (text to numbers, pure), judge (numbers and thresholds to
// states).
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checks/host_paths.h"
#include "core/params.h"
#include "core/result.h"
#include "core/time.h"

namespace xj::checks {

// A Result without what only the runner knows (its id, slot, times).
struct CheckOutcome {
  State state = State::ok;
  Message msg;
  std::vector<Metric> metrics;
  std::vector<Item> items;
  std::vector<std::vector<std::string>> rows;
  // Not finished: record nothing and call run() again after this long. A first sample has no rates yet, or a
  // mount is being looked at by a worker. Recording it as ok would be a recovery that nobody saw.
  std::optional<Duration> again{};
  bool operator==(const CheckOutcome&) const = default;
};

// The one way to say that a check could not see: unknown, with why.
CheckOutcome unknown(Message why);

struct RunContext {
  Timestamp now;             // the wall clock, for what compares with dates
  MonoTime mono;             // for rates and deadlines
  Duration timeout{10'000};  // of this run, from its first call of run() or start()
};

// What checks are built on; copied into those that need it.
struct Environment {
  HostPaths host;
  std::string probe_program;  // xunjian-agent-probe; empty: what needs a worker is unknown
};

// Keeps samples and threshold memory from run to run. Owned by one thread at a time; run() never blocks on
// anything but /proc and /sys of this kernel.
class Check {
 public:
  virtual ~Check() = default;
  virtual CheckOutcome run(const RunContext& context) = 0;
};

class NonblockingCheck;

// Where a kind runs: in the resident agent, in its event loop (checks/nonblocking.h), or in a worker process
// (checks/probe_protocol.h).
enum class Where { resident, nonblocking, probe };

// A row of THE TABLE in checks/builtin.cc.
struct CheckType {
  std::string_view name;
  std::string_view help_id;  // one line in core/texts/checks.cc
  std::span<const ParamSpec> params;
  Where where = Where::resident;
  // resident only
  std::unique_ptr<Check> (*make)(const Params&, const Environment&) = nullptr;
  // nonblocking only
  std::unique_ptr<NonblockingCheck> (*make_nonblocking)(const Params&, const Environment&) = nullptr;
  // What no single parameter shows: crit below warn, one of two missing. May be null.
  void (*validate)(const Params&, const Place&, Problems&) = nullptr;
  // Where this one runs, when its parameters decide (a name to resolve blocks). May be null: `where`.
  Where (*where_with)(const Params&) = nullptr;
  // probe only: whether these parameters are an exchange that runs beside others in one worker
  // (checks/shared_probe.h). May be null: never.
  bool (*shares_worker)(const Params&) = nullptr;
};

Where where_of(const CheckType& type, const Params& params);

}  // namespace xj::checks
