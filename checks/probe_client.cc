#include "checks/probe_client.h"

#include <poll.h>
#include <signal.h>

#include <algorithm>

#include "checks/thresholds.h"

namespace xj::checks {

ProbeCall::ProbeCall(const std::string& probe_program, const ProbeRequest& request, MonoTime now)
    : memory_(request.memory), line_(encode(request) + "\n"), deadline_(now + request.timeout + kProbeGrace) {
  if (probe_program.empty()) {
    start_failure_ = Message{"checks.probe.absent", {}};
    return;
  }
  if (line_.size() > kMaxProbeLine) {
    start_failure_ = Message{"checks.probe.cannot_start", {{"error", "request is too long"}}};
    return;
  }
  try {
    SpawnOptions options;
    options.argv = {probe_program};
    options.env = clean_environment();
    options.input = true;
    options.max_output = kMaxProbeLine + 1;
    worker_ = std::make_unique<Subprocess>(options);
  } catch (const Fault& fault) {
    start_failure_ = Message{"checks.probe.cannot_start", {{"error", fault.what()}}};
    return;
  }
  unsent_ = line_;
  timeout_ = request.timeout;
  send();
}

ProbeCall::~ProbeCall() = default;

void ProbeCall::send() {
  // A worker that has closed its end is seen by the end of its output.
  if (!worker_->write(unsent_)) unsent_ = {};
  if (unsent_.empty()) worker_->close_input();  // one request: it ends after its answer
}

int ProbeCall::fd() const { return worker_ == nullptr ? -1 : worker_->output_fd(); }

ProbeAnswer ProbeCall::failed(Message why) {
  if (worker_ != nullptr) worker_->kill_group(SIGKILL);
  return {unknown(std::move(why)), memory_};
}

std::optional<ProbeAnswer> ProbeCall::poll(MonoTime now) {
  if (start_failure_) return failed(*start_failure_);
  if (!unsent_.empty()) send();
  const bool ended = worker_->drain();
  const auto& output = worker_->output();
  if (const auto newline = output.find('\n'); newline != std::string::npos) {
    auto answer = decode_answer(std::string_view(output).substr(0, newline));
    worker_->kill_group(SIGKILL);
    answered_ = std::holds_alternative<ProbeAnswer>(answer);
    if (answered_) return std::move(std::get<ProbeAnswer>(answer));
    return failed({"checks.probe.bad_answer", {{"error", std::get<std::string>(answer)}}});
  }
  if (ended || worker_->truncated()) {
    // The output ends a moment before the process does, and only that tells of a crash.
    const auto status = worker_->reap();
    if (!ended_at_) ended_at_ = now;
    if (!status && !worker_->truncated() && now < std::min(deadline_, *ended_at_ + kMomentToEnd))
      return std::nullopt;
    if (status && status->signal != 0)
      return failed({"checks.probe.crashed", {{"signal", std::to_string(status->signal)}}});
    return failed({"checks.probe.no_answer", {}});
  }
  if (now >= deadline_)
    return failed({"checks.timed_out", {{"limit", to_text(timeout_)}, {"value", to_text(timeout_)}}});
  return std::nullopt;
}

bool ProbeCall::gone() { return worker_ == nullptr || worker_->reap().has_value(); }

ProbeAnswer call_probe(const std::string& probe_program, const ProbeRequest& request, const Clock& clock) {
  ProbeCall call(probe_program, request, clock.mono());
  while (true) {
    if (auto answer = call.poll(clock.mono())) return std::move(*answer);
    // Short enough to go on sending a long request, which waits for the reader and not for us.
    const auto left =
        std::clamp<std::int64_t>((call.deadline() - clock.mono()).count(), 0, call.fd() < 0 ? 5 : 50);
    pollfd p{call.fd(), POLLIN, 0};
    ::poll(&p, 1, static_cast<int>(left));
  }
}

}  // namespace xj::checks
