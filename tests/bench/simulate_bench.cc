// A month of 20 hosts with ten one-minute checks each and a fault a day, played by the simulator through the
// shipped pipeline: as it comes, where steady stretches are counted, and with every result sent one by one.
// Fails when what came of either is not what the script makes: results, a case a fault, all of them in the
// history.
#include <stdlib.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "collector/simulate/outcome.h"
#include "core/io/log.h"
#include "tests/bench/collector_run.h"
#include "tests/fakes/contract_yaml.h"

namespace {

using namespace xj;

constexpr int kHosts = 20, kChecks = 10, kDays = 30;
constexpr std::uint64_t kResults = std::uint64_t{kHosts} * kChecks * kDays * 1'440;

std::string contract() {
  std::string yaml = "  s:\n    title: 系统\n    hosts: [";
  for (int host = 0; host < kHosts; ++host) yaml += (host ? ", " : "") + ("host-" + std::to_string(host));
  yaml += "]\n    checks:\n";
  for (int check = 0; check < kChecks; ++check)
    yaml += "      check-" + std::to_string(check) + ": {title: 检查, kind: cpu, interval: 1m}\n";
  return fakes::contract_yaml("bench", yaml);
}

// Half an hour each day, on another host and check each time.
std::string scenario() {
  std::string yaml =
      "scenario: {contract: contract.yaml, start: 2026-03-01 00:00, length: " + std::to_string(kDays) +
      "d}\nscript:\n";
  for (int day = 0; day < kDays; ++day)
    yaml += "  - {at: day " + std::to_string(day + 1) + " 10:00, fault: check-" +
            std::to_string(day % kChecks) + ", host: host-" + std::to_string(day % kHosts) +
            ", value: 97, limit: 90%, for: 30m}\n";
  return yaml;
}

class Folder {
 public:
  Folder() {
    char name[] = "/tmp/xunjian-bench-XXXXXX";
    if (::mkdtemp(name) == nullptr) throw Fault("no temporary folder");
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

bool run(bool counted) {
  const Folder folder;
  std::ofstream(folder.path() + "/contract.yaml") << contract();
  std::ofstream(folder.path() + "/scenario.yaml") << scenario();
  Problems problems;
  auto read = collector::load_scenario(folder.path() + "/scenario.yaml", {}, problems);
  if (!read) throw Fault(render(problems, Lang::en));
  collector::SimulationOptions options{folder.path() + "/out", Lang::zh, {}};
  options.counted = counted;
  collector::Simulation simulation(std::move(*read), options);
  const auto began = std::chrono::steady_clock::now();
  const auto cpu = cpu_seconds();
  simulation.run();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  const std::string which = counted ? "simulator_month" : "simulator_month_one_by_one";
  bench::figure(which + "_s", took.count(), "s");
  bench::figure(which + "_cpu_s", cpu_seconds() - cpu, "s");
  bench::figure(which + "_results_per_s", static_cast<double>(kResults) / took.count(), "results/s");

  const auto figures = simulation.pipeline().figures();
  std::uint64_t kept = 0;
  simulation.pipeline().history().for_each(
      [&](const collector::SeriesId&, const std::vector<collector::Sample>& samples) {
        kept += samples.size();
      });
  if (figures.results == kResults && kept == kResults && figures.refused == 0 && figures.unapplied == 0 &&
      simulation.cases().size() == kDays)
    return true;
  std::fprintf(stderr, "expected %llu results and %d cases; taken %llu, kept %llu, refused %llu, cases %zu\n",
               static_cast<unsigned long long>(kResults), kDays,
               static_cast<unsigned long long>(figures.results), static_cast<unsigned long long>(kept),
               static_cast<unsigned long long>(figures.refused), simulation.cases().size());
  return false;
}

}  // namespace

int main() {
  // What the pipeline would say to the administrator of a real collector is no news here.
  log::set_level(log::Level::error);
  try {
    return run(true) && run(false) ? 0 : 1;
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
    return 1;
  }
}
