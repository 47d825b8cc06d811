#pragma once
// Batches as agents send them, of 10,000 series of five metrics each.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "core/wire.h"
#include "tests/bench/series_data.h"
#include "tests/fakes/contract_yaml.h"

namespace xj::bench {

inline constexpr int kSeries = 10'000;

// As the bench is told: hosts' traces for the word `traces`, else the peers' data.
inline std::unique_ptr<SeriesData> series_data(int argc, char** argv, int seed) {
  if (argc > 1 && std::string_view(argv[1]) == "traces") return std::make_unique<HostTraces>(seed, kSeries);
  return std::make_unique<PeersMix>(seed, kSeries);
}

struct Shape {
  int agents;
  int results;  // in a request
  int samples;  // one a minute
};

inline Timestamp load_day() {
  const auto today = to_ms(SystemClock().now()) / 86'400'000;
  return from_ms((today - 2) * 86'400'000);
}

inline std::string load_agent(const Shape& shape, int agent) {
  return "bench" + std::to_string(shape.agents) + "-" + std::to_string(agent);
}
inline int load_checks(const Shape& shape) { return kSeries / kMetrics / shape.agents; }

inline std::string load_contract(const Shape& shape) {
  std::string yaml = "  bench:\n    title: 系统\n    hosts: [";
  for (int agent = 0; agent < shape.agents; ++agent) yaml += (agent ? ", " : "") + load_agent(shape, agent);
  yaml += "]\n    checks:\n";
  for (int check = 0; check < load_checks(shape); ++check)
    yaml += "      check-" + std::to_string(check) + ": {title: 检查, kind: cpu, interval: 1m}\n";
  return fakes::contract_yaml("bench", yaml);
}

inline bool is_packed(std::string_view body) { return body.starts_with("\x28\xb5\x2f\xfd"); }

// Of one agent's samples `from` to `to`, each result numbered on from `n`; packed where an agent would.
inline std::vector<std::string> load_bodies(const Shape& shape, int agent, std::uint64_t& n, SeriesData& data,
                                            int from, int to, Timestamp day) {
  static const char* const kNames[kMetrics] = {"used_percent", "read_bytes", "write_bytes", "in_use",
                                               "queue_length"};
  const int checks = load_checks(shape);
  std::vector<std::string> bodies;
  wire::Batch batch;
  batch.epoch = "bench";
  batch.sent = SystemClock().now();
  for (int sample = from; sample < to; ++sample)
    for (int check = 0; check < checks; ++check) {
      auto& result = batch.results.emplace_back();
      result.n = ++n;
      result.check = "bench/bench/check-" + std::to_string(check);
      result.slot = day + Duration{sample * 60'000LL};
      result.took = Duration{3};
      for (int m = 0; m < kMetrics; ++m)
        result.metrics.push_back({kNames[m], data.next((agent * checks + check) * kMetrics + m, sample)});
      if (static_cast<int>(batch.results.size()) == shape.results ||
          (check + 1 == checks && sample + 1 == to)) {
        auto body = wire::encode(batch);
        bodies.push_back(body.size() > wire::kCompressAbove ? wire::deflate(body) : std::move(body));
        batch.results.clear();
      }
    }
  return bodies;
}

}  // namespace xj::bench
