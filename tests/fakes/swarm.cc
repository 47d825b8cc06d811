#include "tests/fakes/swarm.h"

#include <poll.h>

#include <algorithm>
#include <chrono>

#include "core/fault.h"
#include "core/wire.h"
#include "tests/fakes/contract_yaml.h"
#include "tests/fakes/identity.h"

namespace xj::fakes {

namespace {

double now_ms() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

std::string Swarm::contract(std::size_t agents) {
  std::string yaml = "  all:\n    title: 系统\n    hosts: [";
  for (std::size_t i = 0; i < agents; ++i) yaml += (i ? ", " : "") + name_of(i);
  yaml += "]\n    checks:\n";
  for (int check = 0; check < kChecks; ++check)
    yaml += "      check-" + std::to_string(check) +
            ": {title: 检查, kind: cpu, interval: 1m, stale_after: 1h}\n";
  return contract_yaml("swarm", yaml);
}

Swarm::Swarm(std::size_t agents, const std::string& url, const std::string& data_dir, const std::string& dir)
    : agents_(agents) {
  const auto authority = authority_of(data_dir);
  const auto key = io::make_key();
  for (std::size_t i = 0; i < agents; ++i)
    agents_[i].connection =
        std::make_unique<io::HttpConnection>(url, make_identity(authority, data_dir, name_of(i), dir, key));
}

void Swarm::round(Duration over, std::size_t at_once) {
  latencies_.clear();
  const double began = now_ms();
  const double gap = static_cast<double>(over.count()) / static_cast<double>(agents_.size());
  std::size_t next = 0;
  std::vector<Agent*> active;
  std::vector<pollfd> polled;
  while (next < agents_.size() || !active.empty()) {
    const auto due = [&] { return began + gap * static_cast<double>(next); };
    while (next < agents_.size() && active.size() < at_once && due() <= now_ms()) {
      start(agents_[next]);
      active.push_back(&agents_[next++]);
    }
    polled.clear();
    for (const auto* agent : active) {
      const auto want = agent->connection->want();
      polled.push_back({want.fd, want.events, 0});
    }
    int pause = 1'000;
    if (next < agents_.size() && active.size() < at_once)
      pause = std::clamp(static_cast<int>(due() - now_ms()), 0, pause);
    ::poll(polled.data(), polled.size(), pause);
    for (std::size_t i = active.size(); i-- > 0;) {
      auto& agent = *active[i];
      // A descriptor that is not there yet (name lookup) is asked as well, and so is one that timed out.
      if (polled[i].fd >= 0 && polled[i].revents == 0 && now_ms() - agent.began < 1'000) continue;
      agent.connection->on_ready(clock_.mono());
      if (!agent.connection->finished()) continue;
      finish(agent);
      active[i] = active.back();
      polled[i] = polled.back();
      active.pop_back();
      polled.pop_back();
    }
  }
  std::sort(latencies_.begin(), latencies_.end());
}

std::uint64_t Swarm::acknowledged() const {
  std::uint64_t all = 0;
  for (const auto& agent : agents_) all += agent.n;
  return all;
}

void Swarm::start(Agent& agent) {
  wire::Batch batch;
  batch.epoch = "swarm";
  batch.sent = clock_.now();
  // Whole seconds, and none twice.
  agent.last_slot = std::max(from_ms(to_ms(batch.sent) / 1'000 * 1'000), agent.last_slot + Duration{1'000});
  for (int check = 0; check < kChecks; ++check) {
    auto& result = batch.results.emplace_back();
    result.n = agent.n + static_cast<std::uint64_t>(check) + 1;
    result.check = "swarm/all/check-" + std::to_string(check);
    result.slot = agent.last_slot;
    for (const char* metric : {"used_percent", "read_bytes", "write_bytes", "in_use", "queue_length"})
      result.metrics.push_back({metric, static_cast<std::int64_t>(result.n)});
  }
  agent.began = now_ms();
  const auto now = clock_.mono();
  agent.connection->start(
      {"POST", "/v1/results", {{"Content-Type", "application/json"}}, wire::encode(batch)}, now,
      now + Duration{60'000});
}

void Swarm::finish(Agent& agent) {
  const auto result = agent.connection->take();
  latencies_.push_back(now_ms() - agent.began);
  const auto* response = std::get_if<io::HttpResponse>(&result);
  if (response == nullptr || response->status != 200)
    throw Fault("a batch was not taken: " +
                (response != nullptr ? std::to_string(response->status) + " " + response->body
                                     : render(std::get<io::HttpError>(result).message, Lang::en)));
  const auto answer = wire::decode_answer(response->body);
  const auto* taken = std::get_if<wire::Answer>(&answer);
  const wire::Range sent{agent.n + 1, agent.n + kChecks};
  if (taken == nullptr || taken->accepted != std::vector<wire::Range>{sent})
    throw Fault("a batch was not taken whole: " + response->body);
  agent.n += kChecks;
}

}  // namespace xj::fakes
