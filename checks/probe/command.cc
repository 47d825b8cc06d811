#include <poll.h>
#include <signal.h>

#include <algorithm>

#include "checks/measure.h"
#include "checks/probe/nagios_output.h"
#include "checks/probe/probe.h"
#include "checks/subprocess.h"

namespace xj::checks {
namespace {

State state_of(int code) {
  switch (code) {
    case 0: return State::ok;
    case 1: return State::warning;
    case 2: return State::critical;
    default: return State::unknown;
  }
}

CheckOutcome run(const Params& params, ProbeContext& context) {
  SpawnOptions options;
  options.argv = params.text_list("argv");
  options.env = clean_environment();
  options.merge_errors = true;
  options.own_group = context.own_group;
  options.max_output = static_cast<std::size_t>(params.bytes("max_output"));
  const auto started = context.clock.mono();
  const auto deadline = started + context.timeout;
  std::unique_ptr<Subprocess> child;
  try {
    child = std::make_unique<Subprocess>(options);
  } catch (const Fault& fault) {
    return unknown({"checks.command.cannot_start", {{"error", fault.what()}}});
  }
  // Whatever it left behind in the worker's group must not outlive the answer.
  context.end_worker = true;
  std::optional<ExitStatus> status;
  while (true) {
    const bool ended = child->drain();
    status = child->reap();
    // Ended, but something it started holds the output open: what is there has been read.
    if (status) {
      child->drain();
      break;
    }
    const auto left = (deadline - context.clock.mono()).count();
    if (left <= 0) break;
    // A child may close its output and go on: then only looking again tells.
    pollfd p{child->output_fd(), POLLIN, 0};
    ::poll(&p, 1, static_cast<int>(std::clamp<std::int64_t>(left, 1, ended ? 5 : 20)));
  }
  const auto took = context.clock.mono() - started;
  auto output = parse_nagios_output(child->output());
  CheckOutcome out;
  out.metrics = std::move(output.metrics);
  if (!status) {
    child->kill_group(SIGKILL);
    const auto limit = to_text(context.timeout);
    out = unknown({"checks.timed_out", {{"value", to_text(took)}, {"limit", limit}}});
  } else if (status->signal != 0) {
    out = unknown({"checks.command.killed", {{"value", std::to_string(status->signal)}, {"limit", "0 - 3"}}});
  } else if (status->code > 3) {
    out = unknown({"checks.command.bad_exit",
                   {{"value", std::to_string(status->code)}, {"limit", "0 - 3"}, {"text", output.text}}});
  } else {
    out.state = state_of(status->code);
    out.msg = output.text.empty()
                  ? Message{"checks.command.silent", {{"value", std::to_string(status->code)}}}
                  : Message::literal(output.text);
  }
  for (auto& line : output.long_text) out.rows.push_back({std::move(line)});
  add(out.metrics, "took_ms", static_cast<std::uint64_t>(took.count()));
  return out;
}

}  // namespace

ProbeType command_probe();
ProbeType command_probe() { return {"command", run}; }

}  // namespace xj::checks
