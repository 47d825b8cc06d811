// How long a collector takes from its start until it answers, with a month of a thousand hosts in its folder:
// ten one-minute checks each, ten faults a day (argument: of so many hosts). After an orderly stop, and after
// a SIGKILL with ten rounds of all hosts that no file holds yet. Fails when the kill lost any of them.
#include <sys/resource.h>

#include <cstdlib>
#include <fstream>

#include "collector/simulate/outcome.h"
#include "core/io/log.h"
#include "tests/bench/collector_run.h"
#include "tests/fakes/swarm.h"

namespace {

using namespace xj;
using fakes::Swarm;

constexpr int kDays = 30, kFaultsADay = 10, kRounds = 10;

std::string scenario(std::size_t hosts) {
  const auto begin = SystemClock().now() - Duration{(kDays + 1) * 86'400'000LL};
  auto day = to_iso(begin).substr(0, 10);
  std::string yaml = "scenario: {contract: contract.yaml, start: " + day +
                     " 00:00, length: " + std::to_string(kDays) + "d}\nscript:\n";
  for (int n = 0; n < kDays * kFaultsADay; ++n)
    yaml += "  - {at: day " + std::to_string(n / kFaultsADay + 1) + " 10:0" +
            std::to_string(n % kFaultsADay) + ", fault: check-" + std::to_string(n % Swarm::kChecks) +
            ", host: " + Swarm::name_of(static_cast<std::size_t>(n) % hosts) +
            ", value: 97, limit: 90%, for: 30m}\n";
  return yaml;
}

// What the collector would have in its folder after that month.
void play_month(const std::string& dir, std::size_t hosts) {
  std::ofstream(dir + "/scenario.yaml") << scenario(hosts);
  Problems problems;
  auto read = collector::load_scenario(dir + "/scenario.yaml", {}, problems);
  if (!read) throw Fault(render(problems, Lang::en));
  collector::Simulation simulation(std::move(*read), {dir + "/data", Lang::zh, {}});
  simulation.run();
  const auto figures = simulation.pipeline().figures();
  const auto expected = std::uint64_t{hosts} * Swarm::kChecks * kDays * 1'440;
  if (figures.results != expected)
    throw Fault(std::to_string(figures.results) + " results of the month, not " + std::to_string(expected));
  bench::figure("start_month_results", static_cast<double>(figures.results), "results");
  bench::figure("start_month_cases", static_cast<double>(simulation.cases().size()), "cases");
}

}  // namespace

int main(int argc, char** argv) {
  log::set_level(log::Level::error);
  try {
    const auto hosts = static_cast<std::size_t>(argc > 1 ? std::atoll(argv[1]) : 1'000);
    if (hosts == 0) throw Fault("usage: start_bench [HOSTS]");
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    bench::CollectorRun collector(Swarm::contract(hosts),
                                  [&](const std::string& dir) { play_month(dir, hosts); });
    bench::figure("start_seconds_month_" + std::to_string(hosts) + "_hosts", collector.start_seconds(), "s");
    bench::figure("start_rss_mib", collector.rss_mib(), "MiB");
    auto url = collector.url();
    url.replace(url.find("localhost"), 9, "127.0.0.1");
    Swarm swarm(hosts, url, collector.data(), collector.dir());
    for (int round = 0; round < kRounds; ++round) swarm.round(Duration{0}, 48);
    collector.restart();
    bench::figure("start_seconds_after_kill", collector.start_seconds(), "s");
    collector.stop();
    io::PosixFileSystem fs;
    collector::History history(fs, collector.data() + "/history");
    std::uint64_t found = 0;
    const auto today = SystemClock().now() - Duration{3'600'000};
    history.for_each([&](const collector::SeriesId&, const std::vector<collector::Sample>& samples) {
      for (const auto& sample : samples) found += sample.slot >= today ? 1 : 0;
    });
    const auto told = swarm.acknowledged();
    if (found == told && told == std::uint64_t{hosts} * Swarm::kChecks * kRounds) return 0;
    std::fprintf(stderr, "acknowledged %llu, found %llu after the kill\n",
                 static_cast<unsigned long long>(told), static_cast<unsigned long long>(found));
    return 1;
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
    return 1;
  }
}
