// Ten thousand agents held by one collector, each with its own certificate and kept-alive connection, ten
// checks a minute: memory an agent, and how long an acknowledgement takes while all of them send their round.
#include <poll.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "core/io/http_client.h"
#include "core/wire.h"
#include "tests/bench/collector_run.h"

namespace {

using namespace xj;
using namespace std::chrono_literals;

constexpr int kChecks = 10;
constexpr std::size_t kOpening = 48;  // connections opened at a time
constexpr Duration kRound{60'000};

std::string name_of(std::size_t agent) { return "swarm-" + std::to_string(agent); }

std::string contract_of(std::size_t agents) {
  std::string yaml =
      "contract:\n  id: swarm\n  title: 负载测试\n  parties: {client: 甲方, provider: 乙方}\n"
      "  term: {from: 2026-01-01, to: 2036-12-31}\n  zone: Asia/Shanghai\n"
      "people:\n  one: {name: 某人, mail: one@example.invalid}\nroles:\n  duty: {title: 值班, people: "
      "[one]}\n"
      "systems:\n  all:\n    title: 系统\n    hosts: [";
  for (std::size_t i = 0; i < agents; ++i) yaml += (i ? ", " : "") + name_of(i);
  yaml += "]\n    checks:\n";
  for (int check = 0; check < kChecks; ++check)
    yaml += "      check-" + std::to_string(check) +
            ": {title: 检查, kind: cpu, interval: 1m, stale_after: 1h}\n";
  return yaml +
         "kinds:\n  incident:\n    title: 事件\n    opened_by: checks\n    number: \"INC-{yymmdd}-{nn}\"\n   "
         " grades:\n"
         "      I: {title: 一级, when: [{text: 全部}]}\n    clocks:\n      resolve: {title: 处置, limit: "
         "100h, calendar: 7x24, "
         "start: detected, stop: recovered, to: duty}\n";
}

struct Agent {
  std::unique_ptr<io::HttpConnection> connection;
  std::uint64_t n = 0;
  MonoTime due{};
};

class Swarm {
 public:
  Swarm(bench::CollectorRun& collector, std::size_t agents) : agents_(agents) {
    for (std::size_t i = 0; i < agents; ++i) {
      const auto identity = collector.certify(name_of(i));
      auto url = collector.url();
      url.replace(url.find("localhost"), 9, "127.0.0.1");
      agents_[i].connection =
          std::make_unique<io::HttpConnection>(url, io::TlsIdentity{collector.ca(), identity, identity, {}});
    }
  }

  // Sends one round of every agent whose time has come, at most `at_once` under way.
  void run(std::vector<double>& latencies, std::size_t at_once) {
    std::deque<std::size_t> waiting;
    for (std::size_t i = 0; i < agents_.size(); ++i) waiting.push_back(i);
    std::sort(waiting.begin(), waiting.end(),
              [&](std::size_t a, std::size_t b) { return agents_[a].due < agents_[b].due; });
    std::vector<std::pair<std::size_t, MonoTime>> active;
    std::vector<pollfd> polled;
    while (!waiting.empty() || !active.empty()) {
      auto now = clock_.mono();
      while (!waiting.empty() && active.size() < at_once && agents_[waiting.front()].due <= now) {
        start(waiting.front(), now);
        active.emplace_back(waiting.front(), now);
        waiting.pop_front();
      }
      polled.clear();
      for (const auto& [index, began] : active) {
        const auto want = agents_[index].connection->want();
        polled.push_back({want.fd, want.events, 0});
      }
      const int pause =
          active.empty() && !waiting.empty()
              ? static_cast<int>(std::max<std::int64_t>(0, (agents_[waiting.front()].due - now).count()))
              : 1;
      ::poll(polled.data(), polled.size(), pause);
      now = clock_.mono();
      std::vector<std::pair<std::size_t, MonoTime>> still;
      for (const auto& [index, began] : active) {
        auto& connection = *agents_[index].connection;
        connection.on_ready(now);
        if (!connection.finished()) {
          still.emplace_back(index, began);
          continue;
        }
        latencies.push_back(static_cast<double>((clock_.mono() - began).count()));
        finish(index);
      }
      active.swap(still);
    }
  }
  void plan(Duration over) {
    const auto now = clock_.mono();
    for (std::size_t i = 0; i < agents_.size(); ++i)
      agents_[i].due = now + Duration{over.count() * static_cast<std::int64_t>(i) /
                                      static_cast<std::int64_t>(agents_.size())};
  }
  std::uint64_t acknowledged() const { return acknowledged_; }

 private:
  void start(std::size_t index, MonoTime now) {
    auto& agent = agents_[index];
    wire::Batch batch;
    batch.epoch = "swarm";
    batch.sent = clock_.now();
    for (int check = 0; check < kChecks; ++check) {
      auto& result = batch.results.emplace_back();
      result.n = ++agent.n;
      result.check = "swarm/all/check-" + std::to_string(check);
      result.slot = from_ms(to_ms(batch.sent) / 1'000 * 1'000);
      for (const char* metric : {"used_percent", "read_bytes", "write_bytes", "in_use", "queue_length"})
        result.metrics.push_back({metric, static_cast<std::int64_t>(agent.n)});
    }
    io::HttpRequest request{
        "POST", "/v1/results", {{"Content-Type", "application/json"}}, wire::encode(batch)};
    agent.connection->start(std::move(request), now, now + 60s);
  }
  void finish(std::size_t index) {
    const auto result = agents_[index].connection->take();
    const auto* response = std::get_if<io::HttpResponse>(&result);
    if (response == nullptr || response->status != 200)
      throw Fault(
          "a batch was not taken: " +
          (response != nullptr ? response->body : render(std::get<io::HttpError>(result).message, Lang::en)));
    const auto answer = wire::decode_answer(response->body);
    for (const auto& [first, last] : std::get<wire::Answer>(answer).accepted)
      acknowledged_ += last - first + 1;
  }

  SystemClock clock_;
  std::vector<Agent> agents_;
  std::uint64_t acknowledged_ = 0;
};

}  // namespace

int main() {
  try {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    // Every agent is a descriptor here and one in the collector; a small limit makes a smaller swarm, and
    // says so.
    const std::size_t agents =
        std::min<std::size_t>(10'000, files.rlim_cur > 2'000 ? files.rlim_cur - 1'000 : 500);
    if (agents < 10'000)
      std::fprintf(stderr, "only %zu agents: the limit of open files is %llu\n", agents,
                   static_cast<unsigned long long>(files.rlim_cur));
    bench::CollectorRun collector(contract_of(agents));
    const double before = collector.rss_mib();
    Swarm swarm(collector, agents);
    std::vector<double> opening, latencies;
    swarm.run(opening, kOpening);
    bench::figure("memory_kib_per_agent", (collector.rss_mib() - before) * 1024 / static_cast<double>(agents),
                  "KiB");
    const double cpu = collector.cpu_since_ready();
    swarm.plan(kRound);
    swarm.run(latencies, agents);
    std::sort(latencies.begin(), latencies.end());
    bench::figure("swarm_agents", static_cast<double>(agents), "agents");
    bench::figure("ack_p50_ms_10k_agents", latencies[latencies.size() / 2], "ms");
    bench::figure("ack_p99_ms_10k_agents", latencies[latencies.size() * 99 / 100], "ms");
    bench::figure("swarm_cpu_percent_of_one_core", (collector.cpu_since_ready() - cpu) / 0.6, "%");
    if (swarm.acknowledged() != agents * kChecks * 2) {
      std::fprintf(stderr, "acknowledged %llu of %llu results\n",
                   static_cast<unsigned long long>(swarm.acknowledged()),
                   static_cast<unsigned long long>(agents * kChecks * 2));
      return 1;
    }
    collector.stop();
    return 0;
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
    return 1;
  }
}
