// Two hundred agents at once (XJ_SWARM: another number), each with its own certificate and connection,
// against the shipped collector: all are held, all are answered soon, and what they were told is kept is
// there after a kill. tests/bench/agentswarm_bench.cc does the same with ten thousand and measures it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "core/io/http_client.h"
#include "tests/e2e/collector_files.h"
#include "tests/e2e/people.h"
#include "tests/e2e/process.h"
#include "tests/fakes/held_port.h"
#include "tests/fakes/swarm.h"

namespace xj::e2e {
namespace {

using fakes::Swarm;

TEST(Swarm, AllAgentsAreHeldAndLoseNothing) {
  const char* wanted = std::getenv("XJ_SWARM");  // NOLINT(concurrency-mt-unsafe)
  const auto agents =
      static_cast<std::size_t>(wanted == nullptr ? 200 : std::clamp(std::atoi(wanted), 10, 2'000));
  constexpr std::uint64_t kRounds = 4;
  TempDir dir;
  const test::HeldPort port;
  const auto config = write_files(
      dir, {.name = "socket", .agents = port.address(), .contract = Swarm::contract(agents), .more = {}});
  Process collector;
  const auto start = [&] {
    collector = Process({program("xunjian-collector"), "serve", "--config", config}, dir / "collector.log");
    return wait_until([&] { return ready(dir / "socket"); });
  };
  ASSERT_TRUE(start()) << read_file(dir / "collector.log");

  Swarm swarm(agents, "https://" + port.address(), dir / "data", dir.path());
  // Connections one after the other, then everybody at once, then evenly.
  swarm.round(Duration{0}, 20);
  swarm.round(Duration{0}, agents);
  swarm.round(Duration{1'000}, agents);
  swarm.round(Duration{1'000}, agents);
  EXPECT_EQ(swarm.acknowledged(), agents * Swarm::kChecks * kRounds);
  // Far above what is aimed at (100 ms), for sanitizers and busy machines; below a lost wake-up, which ends
  // with the request's minute.
  EXPECT_LT(swarm.latencies_ms()[agents * 99 / 100], 30'000.0);
  // Each on the connection it has opened in the first round; one more is this question.
  const auto client = io::make_http_client("unix:" + (dir / "socket"), {});
  const auto metrics = client->send({"GET", "/metrics", {}, {}}, Duration{60'000});
  ASSERT_TRUE(std::holds_alternative<io::HttpResponse>(metrics));
  const auto& text = std::get<io::HttpResponse>(metrics).body;
  EXPECT_NE(text.find("\nxunjian_sessions " + std::to_string(agents + 1) + "\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nxunjian_agents_silent 0\n"), std::string::npos) << text;

  collector.kill_hard();
  ASSERT_TRUE(start()) << read_file(dir / "collector.log");
  for (std::size_t agent = 0; agent < agents; agent += 7)
    for (int check = 0; check < Swarm::kChecks; ++check) {
      const auto found = get(dir / "socket", "/api/v1/results?limit=100&host=" + Swarm::name_of(agent) +
                                                 "&check=swarm/all/check-" + std::to_string(check));
      std::multiset<std::int64_t> numbers, told;
      for (const auto& sample : found["results"].items())
        numbers.insert(sample["metrics"]["in_use"].int_or(-1));
      for (std::uint64_t round = 0; round < kRounds; ++round)
        told.insert(static_cast<std::int64_t>(round * Swarm::kChecks) + check + 1);
      ASSERT_EQ(numbers, told) << agent << '/' << check << '\n' << found.pretty();
    }
  collector.signal(SIGTERM);
  EXPECT_EQ(collector.wait(), 0);
}

}  // namespace
}  // namespace xj::e2e
