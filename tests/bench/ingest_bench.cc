// Values accepted durably over mutual TLS on loopback, in two shapes: 1,000 values a request over 2
// connections (what the names without a suffix mean) and 200 over 16. 10,000 series, a quarter each constant,
// counter, 2-decimal gauge and rarely changing integer; a result has 5 metrics and is judged by a contract.
// No batch is sent twice. The end counts the distinct values in the collector's files and fails when they
// differ from those acknowledged.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <random>
#include <set>
#include <thread>

#include "collector/history/history.h"
#include "core/io/http_client.h"
#include "core/wire.h"
#include "tests/bench/collector_run.h"
#include "tests/fakes/contract_yaml.h"

namespace {

using namespace xj;
using Steady = std::chrono::steady_clock;

constexpr int kSeries = 10'000;
constexpr int kMetrics = 5;
constexpr int kSamples = 1'440;  // a day at one a minute
constexpr int kBlock = 144;      // samples made at a time, before the clock runs
const char* const kNames[kMetrics] = {"used_percent", "read_bytes", "write_bytes", "in_use", "queue_length"};

struct Shape {
  const char* suffix;
  int agents;
  int results;  // in a request
  int samples;
};

std::string check_id(const Shape& shape, int check) {
  return "bench/s" + std::to_string(shape.agents) + "/check-" + std::to_string(check);
}
std::string agent_name(const Shape& shape, int agent) {
  return "bench" + std::to_string(shape.agents) + "-" + std::to_string(agent);
}
int checks_of(const Shape& shape) { return kSeries / kMetrics / shape.agents; }

std::string contract_of(const Shape& shape) {
  std::string yaml = "  s" + std::to_string(shape.agents) + ":\n    title: 系统\n    hosts: [";
  for (int agent = 0; agent < shape.agents; ++agent) yaml += (agent ? ", " : "") + agent_name(shape, agent);
  yaml += "]\n    checks:\n";
  for (int check = 0; check < checks_of(shape); ++check)
    yaml += "      check-" + std::to_string(check) + ": {title: 检查, kind: cpu, interval: 1m}\n";
  return fakes::contract_yaml("bench", yaml);
}

// The peers' data: constant, counter, 2-decimal gauge with noise of 0.3, rarely changing integer.
class Source {
 public:
  explicit Source(int seed)
      : random_(static_cast<std::uint64_t>(seed)), state_(static_cast<std::size_t>(kSeries)) {
    for (auto& s : state_) s = static_cast<std::int64_t>(random_() % 1'000'000);
  }
  Number next(int series) {
    auto& state = state_[static_cast<std::size_t>(series)];
    switch (series % 4) {
      case 0: return state;
      case 1: return state += static_cast<std::int64_t>(random_() % 2'000);
      case 2: return std::round((static_cast<double>(state % 90) + noise_(random_)) * 100) / 100;
      default:
        if (random_() % 200 == 0) state = static_cast<std::int64_t>(random_() % 16);
        return state % 16;
    }
  }

 private:
  std::mt19937_64 random_;
  std::normal_distribution<double> noise_{5, 0.3};
  std::vector<std::int64_t> state_;
};

struct Agent {
  std::string name;
  std::unique_ptr<io::HttpClient> client;
  std::uint64_t n = 0;
  std::vector<std::string> bodies;
  std::uint64_t acknowledged = 0;  // results
  std::vector<double> latencies;   // ms
};

void fill(Agent& agent, const Shape& shape, int index, Source& source, Timestamp day, int from, int to) {
  wire::Batch batch;
  batch.epoch = "bench";
  batch.sent = SystemClock().now();
  const int checks = checks_of(shape);
  for (int sample = from; sample < to; ++sample)
    for (int check = 0; check < checks; ++check) {
      auto& result = batch.results.emplace_back();
      result.n = ++agent.n;
      result.check = check_id(shape, check);
      result.slot = day + Duration{sample * 60'000LL};
      result.took = Duration{3};
      for (int m = 0; m < kMetrics; ++m)
        result.metrics.push_back({kNames[m], source.next((index * checks + check) * kMetrics + m)});
      if (static_cast<int>(batch.results.size()) == shape.results ||
          (check + 1 == checks && sample + 1 == to)) {
        auto body = wire::encode(batch);
        agent.bodies.push_back(body.size() > wire::kCompressAbove ? wire::deflate(body) : std::move(body));
        batch.results.clear();
      }
    }
}

void send_all(Agent& agent) {
  io::HttpRequest request{"POST", "/v1/results", {}, {}};
  for (auto& body : agent.bodies) {
    const bool packed = body.size() >= 4 && body.compare(0, 4, "\x28\xb5\x2f\xfd") == 0;
    request.headers = {{"Content-Type", "application/json"}};
    if (packed) request.headers.emplace_back("Content-Encoding", "zstd");
    request.body = std::move(body);
    const auto began = Steady::now();
    const auto result = agent.client->send(request, Duration{30'000});
    agent.latencies.push_back(std::chrono::duration<double, std::milli>(Steady::now() - began).count());
    const auto* response = std::get_if<io::HttpResponse>(&result);
    if (response == nullptr || response->status != 200)
      throw Fault("a batch was not taken: " +
                  (response == nullptr ? render(std::get<io::HttpError>(result).message, Lang::en)
                                       : std::to_string(response->status) + " " + response->body));
    const auto answer = wire::decode_answer(response->body);
    for (const auto& [first, last] : std::get<wire::Answer>(answer).accepted)
      agent.acknowledged += last - first + 1;
  }
  agent.bodies.clear();
}

bool run(const Shape& shape) {
  bench::CollectorRun collector(contract_of(shape));
  const auto today = to_ms(SystemClock().now()) / 86'400'000;
  const auto day = from_ms((today - 2) * 86'400'000);
  std::vector<Agent> agents(static_cast<std::size_t>(shape.agents));
  for (int i = 0; i < shape.agents; ++i) {
    auto& agent = agents[static_cast<std::size_t>(i)];
    agent.name = agent_name(shape, i);
    agent.client = io::make_http_client(collector.url(), collector.identity(agent.name));
  }
  Source source(shape.agents);
  std::vector<double> rates;
  for (int from = 0; from < shape.samples; from += kBlock) {
    const int to = std::min(from + kBlock, shape.samples);
    for (int i = 0; i < shape.agents; ++i)
      fill(agents[static_cast<std::size_t>(i)], shape, i, source, day, from, to);
    std::atomic<bool> failed{false};
    const auto began = Steady::now();
    std::vector<std::thread> threads;
    for (auto& agent : agents)
      threads.emplace_back([&agent, &failed] {
        try {
          send_all(agent);
        } catch (const std::exception& bad) {
          std::fprintf(stderr, "%s: %s\n", agent.name.c_str(), bad.what());
          failed = true;
        }
      });
    for (auto& thread : threads) thread.join();
    const auto seconds = std::chrono::duration<double>(Steady::now() - began).count();
    if (failed) return false;
    rates.push_back(static_cast<double>(to - from) * kSeries / seconds);
  }
  std::uint64_t acknowledged = 0;
  std::vector<double> latencies;
  for (auto& agent : agents) {
    acknowledged += agent.acknowledged;
    latencies.insert(latencies.end(), agent.latencies.begin(), agent.latencies.end());
  }
  const double rss = collector.peak_rss_mib();
  const double cpu = collector.stop();
  const double millions = static_cast<double>(acknowledged) * kMetrics / 1e6;
  std::sort(rates.begin(), rates.end());
  std::sort(latencies.begin(), latencies.end());
  const std::string s = shape.suffix;
  bench::figure("ingest_values_per_s" + s, rates[rates.size() / 2], "values/s");
  bench::figure("ingest_cpu_s_per_million_values" + s, cpu / millions, "s");
  bench::figure("results_per_cpu_s" + s, static_cast<double>(acknowledged) / cpu, "results/s");
  bench::figure("collector_peak_rss_mib" + s, rss, "MiB");
  bench::figure("ack_p50_ms" + s, latencies[latencies.size() / 2], "ms");
  bench::figure("ack_p99_ms" + s, latencies[latencies.size() * 99 / 100], "ms");

  // The day is over: seal it as the collector would an hour after its end, then count what is really there.
  io::PosixFileSystem fs;
  collector::History history(fs, collector.data() + "/history");
  history.settle(history.durable_position(), SystemClock().now() + Duration{2 * 3'600'000});
  std::uint64_t values = 0, distinct = 0;
  history.for_each([&](const collector::SeriesId& id, const std::vector<collector::Sample>& samples) {
    std::set<Timestamp> slots;
    for (const auto& sample : samples) {
      values += sample.metrics.size();
      if (slots.insert(sample.slot).second) distinct += sample.metrics.size();
    }
    (void)id;
  });
  const auto files = history.figures();
  bench::figure("history_bytes_per_value" + s,
                static_cast<double>(files.file_bytes) / static_cast<double>(files.values), "bytes");
  const auto sent = static_cast<std::uint64_t>(shape.samples) * kSeries;
  if (values != sent || distinct != sent || acknowledged * kMetrics != sent) {
    std::fprintf(stderr, "sent %llu, acknowledged %llu, found %llu, distinct %llu values\n",
                 static_cast<unsigned long long>(sent),
                 static_cast<unsigned long long>(acknowledged * kMetrics),
                 static_cast<unsigned long long>(values), static_cast<unsigned long long>(distinct));
    return false;
  }
  return true;
}

}  // namespace

int main() {
  try {
    const bool wide = run({"", 2, 200, kSamples});
    const bool narrow = run({"_16x200", 16, 40, kSamples / 4});
    return wide && narrow ? 0 : 1;
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
    return 1;
  }
}
