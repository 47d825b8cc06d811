#pragma once
// The worker's side: what runs in xunjian-agent-probe.
#include <memory>
#include <span>
#include <string_view>

#include "checks/check.h"
#include "checks/probe_protocol.h"
#include "checks/thresholds.h"

namespace xj::checks {

struct ProbeContext {
  const Clock& clock;
  Duration timeout;  // answer before it is over
  ThresholdMemory& memory;
  bool own_group = true;    // of commands; the worker itself leads one already, and runs them inside it
  bool end_worker = false;  // set by a kind that leaves things behind: the worker ends, and its group with it
};

class Transfer;  // checks/probe/curl.h

// A row of the worker's table, checks/probe/builtin.cc.
struct ProbeType {
  std::string_view name;
  CheckOutcome (*run)(const Params&, ProbeContext&);
  std::span<const ParamSpec> params{};  // only for kinds that are no check by themselves; else the registry's
  // For kinds that are one exchange through libcurl: it, not begun, to be driven beside others. Parameters
  // and context outlive it. Null when these parameters ask for something else: run() does it. May be null
  // itself.
  std::unique_ptr<Transfer> (*transfer)(const Params&, ProbeContext&) = nullptr;
};
std::span<const ProbeType> probe_types();

// Never throws: a fault is an answer of state unknown.
ProbeAnswer answer(const ProbeRequest& request, ProbeContext& context);

// Serves request lines from `in` until it ends; returns the exit code. A line that is no request ends it.
// Transfers run beside each other, each with its own deadline; all else one after the other.
int serve(int in, int out, const Clock& clock);

}  // namespace xj::checks
