// CPU of one full host round of the checks alone: CPU, load, memory, swap, disks, disk I/O, interfaces,
// processes, uptime, on this host. Prints one JSON line a figure; "physical floor" is in performance.md.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "checks/registry.h"

namespace {

double cpu_ms() {
  struct rusage u{};
  ::getrusage(RUSAGE_SELF, &u);
  const auto ms = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_usec) / 1e3;
  };
  return ms(u.ru_utime) + ms(u.ru_stime);
}

void print(const std::string& name, double value, const char* unit) {
  std::printf("{\"name\":\"%s\",\"value\":%.4f,\"unit\":\"%s\"}\n", name.c_str(), value, unit);
}

}  // namespace

int main() {
  using namespace xj;
  constexpr int kRounds = 200;
  const SystemClock clock;
  struct Timed {
    std::string name;
    std::unique_ptr<checks::Check> check;
    double ms = 0;
  };
  std::vector<Timed> all;
  for (const auto& type : checks::builtin().all()) {
    if (type.where != checks::Where::resident) continue;
    Problems problems;
    auto params = checks::builtin().read(type.name, {}, {}, problems);
    if (!params) return 1;
    all.push_back({std::string(type.name), type.make(*params, {}), 0});
  }
  for (auto& one : all) one.check->run({clock.now(), clock.mono(), Duration{10'000}});
  std::size_t metrics = 0;
  std::vector<double> rounds;
  for (int round = 0; round < kRounds; ++round) {
    ::usleep(10'000);  // rates need time to pass, and caches are as cold as they get here
    const double before = cpu_ms();
    for (auto& one : all) {
      const double start = cpu_ms();
      const auto outcome = one.check->run({clock.now(), clock.mono(), Duration{10'000}});
      one.ms += cpu_ms() - start;
      metrics += outcome.metrics.size();
      for (const auto& item : outcome.items) metrics += item.metrics.size();
      if (outcome.state == State::unknown) {
        std::fprintf(stderr, "%s: %s\n", one.name.c_str(), render(outcome.msg, Lang::en).c_str());
        return 1;
      }
    }
    rounds.push_back(cpu_ms() - before);
  }
  std::sort(rounds.begin(), rounds.end());
  print("checks_host_round_cpu_ms", rounds[rounds.size() / 2], "ms");
  for (const auto& one : all) print("checks_" + one.name + "_cpu_ms", one.ms / kRounds, "ms");
  print("checks_host_round_metrics", static_cast<double>(metrics) / kRounds, "metrics");
  return 0;
}
