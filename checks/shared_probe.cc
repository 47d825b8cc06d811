#include "checks/shared_probe.h"

#include <signal.h>

#include <algorithm>

namespace xj::checks {

void SharedProbe::start(MonoTime now) {
  SpawnOptions options;
  options.argv = {program_};
  options.env = clean_environment();
  options.input = true;
  options.max_output = 4 * kMaxProbeLine;  // not yet taken apart
  worker_ = std::make_unique<Subprocess>(options);
  unsent_.clear();
  idle_at_ = now + kIdle;
  old_at_ = now + kLife;
}

SharedProbe::Ticket SharedProbe::send(ProbeRequest request, MonoTime now) {
  const auto ticket = ++last_;
  auto& call = calls_[ticket];
  call.deadline = now + request.timeout + kProbeGrace;
  const auto refuse = [&](Message why) {
    call.answer = Answer{false, {unknown(std::move(why)), request.memory}};
  };
  request.id = ticket;
  const auto line = encode(request) + "\n";
  if (program_.empty()) {
    refuse({"checks.probe.absent", {}});
  } else if (line.size() > kMaxProbeLine) {
    refuse({"checks.probe.cannot_start", {{"error", "request is too long"}}});
  } else {
    try {
      if (worker_ == nullptr) start(now);
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

void SharedProbe::forget(Ticket ticket) {
  const auto it = calls_.find(ticket);
  if (it == calls_.end()) return;
  if (it->second.answer)
    calls_.erase(it);
  else
    it->second.forgotten = true;
  if (worker_ != nullptr && busy() == 0) end_worker(MonoTime{});
}

std::size_t SharedProbe::busy() const {
  return static_cast<std::size_t>(
      std::count_if(calls_.begin(), calls_.end(), [](const auto& c) { return !c.second.forgotten; }));
}

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
    if (it == calls_.end() || it->second.answer) return false;  // was never asked, or said already
    answer->id = 0;
    if (it->second.forgotten)
      calls_.erase(it);
    else
      it->second.answer = Answer{false, std::move(*answer)};
  }
}

void SharedProbe::end_worker(MonoTime now) {
  worker_->kill_group(SIGKILL);
  ending_ = std::move(worker_);
  reap_at_ = now + kMomentToEnd;
  unsent_.clear();
  std::erase_if(calls_, [](const auto& c) { return c.second.forgotten; });
  for (auto& [ticket, call] : calls_)
    if (!call.answer) call.answer = Answer{true, {}};
}

void SharedProbe::poll(MonoTime now) {
  if (ending_ != nullptr && now >= reap_at_) ending_.reset();
  if (worker_ == nullptr) return;
  if (!unsent_.empty()) write();
  const bool ended = worker_->drain();
  const bool sense = read_answers();
  // A worker answers by itself when the time of a request is over.
  const bool overdue = std::any_of(calls_.begin(), calls_.end(), [now](const auto& c) {
    return !c.second.answer && now >= c.second.deadline;
  });
  if (ended || !sense || overdue || worker_->truncated()) return end_worker(now);
  if (!calls_.empty()) idle_at_ = now + kIdle;
  if (now >= idle_at_ || (calls_.empty() && now >= old_at_)) end_worker(now);
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
  if (ending_ != nullptr) at(reap_at_);
  return out;
}

}  // namespace xj::checks
