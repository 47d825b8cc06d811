#include "checks/shared_probe.h"

#include <signal.h>

#include <algorithm>

namespace xj::checks {

void SharedProbe::start() {
  SpawnOptions options;
  options.argv = {program_};
  options.env = clean_environment();
  options.input = true;
  options.max_output = 4 * kMaxProbeLine;  // not yet taken apart
  worker_ = std::make_unique<Subprocess>(options);
  unsent_.clear();
}

SharedProbe::Ticket SharedProbe::send(ProbeRequest request, MonoTime now) {
  const auto ticket = ++last_;
  auto& call = calls_[ticket];
  call.memory = request.memory;
  call.timeout = request.timeout;
  call.deadline = now + request.timeout + kProbeGrace;
  const auto refuse = [&call](Message why) {
    call.answer = Answer{false, {unknown(std::move(why)), call.memory}};
  };
  request.id = ticket;
  const auto line = encode(request) + "\n";
  if (program_.empty()) {
    refuse({"checks.probe.absent", {}});
  } else if (line.size() > kMaxProbeLine) {
    refuse({"checks.probe.cannot_start", {{"error", "request is too long"}}});
  } else {
    try {
      if (worker_ == nullptr) start();
      unsent_ += line;
      write();
    } catch (const Fault& fault) {
      refuse({"checks.probe.cannot_start", {{"error", fault.what()}}});
    }
  }
  return ticket;
}

void SharedProbe::write() {
  std::string_view left = unsent_;
  // A worker that has closed its end is seen by the end of its output.
  if (!worker_->write(left)) left = {};
  unsent_.erase(0, unsent_.size() - left.size());
}

void SharedProbe::forget(Ticket ticket) { calls_.erase(ticket); }

std::optional<SharedProbe::Answer> SharedProbe::take(Ticket ticket) {
  const auto it = calls_.find(ticket);
  if (it == calls_.end()) return Answer{true, {}};
  if (!it->second.answer) return std::nullopt;
  auto out = std::move(it->second.answer);
  calls_.erase(it);
  return out;
}

bool SharedProbe::read_answers() {
  while (true) {
    const auto& output = worker_->output();
    const auto newline = output.find('\n');
    if (newline == std::string::npos) return true;
    auto decoded = decode_answer(std::string_view(output).substr(0, newline));
    worker_->consume(newline + 1);
    auto* answer = std::get_if<ProbeAnswer>(&decoded);
    if (answer == nullptr) return false;
    const auto it = calls_.find(answer->id);
    if (it == calls_.end()) continue;  // forgotten
    answer->id = 0;
    it->second.answer = Answer{false, std::move(*answer)};
  }
}

void SharedProbe::end_worker() {
  worker_->kill_group(SIGKILL);
  worker_.reset();
  unsent_.clear();
  for (auto& [ticket, call] : calls_)
    if (!call.answer) call.answer = Answer{true, {}};
}

void SharedProbe::poll(MonoTime now) {
  if (worker_ == nullptr) return;
  if (!unsent_.empty()) write();
  const bool ended = worker_->drain();
  const bool sense = read_answers();
  bool overdue = false;
  for (auto& [ticket, call] : calls_) {
    if (call.answer || now < call.deadline) continue;
    const auto limit = to_text(call.timeout);
    call.answer =
        Answer{false, {unknown({"checks.timed_out", {{"limit", limit}, {"value", limit}}}), call.memory}};
    overdue = true;
  }
  if (ended || !sense || overdue || worker_->truncated()) return end_worker();
  if (!calls_.empty()) idle_at_ = now + kIdle;
  if (now >= idle_at_) end_worker();
}

void SharedProbe::add_polls(std::vector<pollfd>& into) const {
  if (worker_ == nullptr) return;
  into.push_back({worker_->output_fd(), POLLIN, 0});
  if (!unsent_.empty()) into.push_back({worker_->input_fd(), POLLOUT, 0});
}

std::optional<MonoTime> SharedProbe::next() const {
  std::optional<MonoTime> out;
  const auto at = [&out](MonoTime t) { out = out ? std::min(*out, t) : t; };
  for (const auto& [ticket, call] : calls_) at(call.answer ? MonoTime{} : call.deadline);
  if (worker_ != nullptr && calls_.empty()) at(idle_at_);
  return out;
}

}  // namespace xj::checks
