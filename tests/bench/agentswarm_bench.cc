// Ten thousand agents held by one collector, each with its own certificate and kept-alive connection, ten
// checks a round: memory an agent, how long an acknowledgement takes while all of them send their round, and
// whether everything acknowledged is there. usage: agentswarm_bench [AGENTS=10000] [SECONDS_A_ROUND=60]
// [ROUNDS=1]
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "collector/history/history.h"
#include "core/io/file.h"
#include "tests/bench/collector_run.h"
#include "tests/fakes/swarm.h"

namespace {

using namespace xj;
using fakes::Swarm;

constexpr std::size_t kOpening = 48;  // connections opened at a time

// Results the agents were told are kept and that are not, or are twice, in the stopped collector's history.
std::uint64_t wrong(const bench::CollectorRun& collector, const Swarm& swarm) {
  io::PosixFileSystem fs;
  collector::History history(fs, collector.data() + "/history");
  history.settle(history.durable_position(), SystemClock().now() + Duration{2 * 3'600'000});
  std::uint64_t found = 0, twice = 0;
  history.for_each([&](const collector::SeriesId&, const std::vector<collector::Sample>& samples) {
    std::set<Timestamp> slots;
    for (const auto& sample : samples) ++(slots.insert(sample.slot).second ? found : twice);
  });
  const auto told = swarm.acknowledged();
  return (told > found ? told - found : found - told) + twice;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    auto agents = static_cast<std::size_t>(argc > 1 ? std::atoll(argv[1]) : 10'000);
    const Duration over{1'000 * (argc > 2 ? std::atoll(argv[2]) : 60)};
    const long long rounds = argc > 3 ? std::atoll(argv[3]) : 1;
    if (agents == 0 || over.count() <= 0 || rounds <= 0)
      throw Fault("usage: agentswarm_bench [AGENTS] [SECONDS_A_ROUND] [ROUNDS]");
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    // Every agent is a descriptor here and one in the collector; a small limit makes a smaller swarm, and
    // says so.
    const auto room = static_cast<std::size_t>(files.rlim_cur > 2'000 ? files.rlim_cur - 1'000 : 500);
    if (room < agents) {
      std::fprintf(stderr, "only %zu agents: the limit of open files is %llu\n", room,
                   static_cast<unsigned long long>(files.rlim_cur));
      agents = room;
    }
    bench::CollectorRun collector(Swarm::contract(agents));
    auto url = collector.url();
    url.replace(url.find("localhost"), 9, "127.0.0.1");  // no look-up of a name for each
    Swarm swarm(agents, url, collector.data(), collector.dir());
    const double before = collector.rss_mib();
    swarm.round(Duration{0}, kOpening);
    const double held = collector.rss_mib();
    const double cpu = collector.cpu_since_ready();
    std::vector<double> latencies;
    for (long long round = 0; round < rounds; ++round) {
      swarm.round(over, agents);
      latencies.insert(latencies.end(), swarm.latencies_ms().begin(), swarm.latencies_ms().end());
    }
    std::sort(latencies.begin(), latencies.end());
    const double busy = collector.cpu_since_ready() - cpu;
    const auto per_agent = [&](double mib) { return (mib - before) * 1024 / static_cast<double>(agents); };
    bench::figure("swarm_agents", static_cast<double>(agents), "agents");
    bench::figure("memory_kib_per_agent", per_agent(held), "KiB");
    bench::figure("memory_kib_per_agent_after_a_round", per_agent(collector.rss_mib()), "KiB");
    // The figure with an aim is that of ten thousand; of fewer it has another name.
    const std::string whose = agents == 10'000 ? "_10k_agents" : "_swarm";
    bench::figure("ack_p50_ms" + whose, latencies[latencies.size() / 2], "ms");
    bench::figure("ack_p99_ms" + whose, latencies[latencies.size() * 99 / 100], "ms");
    bench::figure("swarm_cpu_percent_of_one_core",
                  busy * 100'000 / static_cast<double>(over.count() * rounds), "%");
    collector.stop();
    const auto lost = wrong(collector, swarm);
    bench::figure("swarm_lost", static_cast<double>(lost), "results");
    const auto sent = agents * Swarm::kChecks * static_cast<std::size_t>(1 + rounds);
    if (lost != 0 || swarm.acknowledged() != sent) {
      std::fprintf(stderr, "acknowledged %llu of %zu results, %llu of them lost or doubled\n",
                   static_cast<unsigned long long>(swarm.acknowledged()), sent,
                   static_cast<unsigned long long>(lost));
      return 1;
    }
    return 0;
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
    return 1;
  }
}
