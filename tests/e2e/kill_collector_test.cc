// The shipped collector is killed with SIGKILL at random moments while another process sends results over
// mutual TLS, loses answers on purpose, sends again, and writes down what was acknowledged to it. In the end
// every acknowledged result is found exactly once, and what follows from the results is there, each once: the
// incident, its events, and a notification of each of them that the contract wants told.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "core/time.h"
#include "tests/e2e/collector_files.h"
#include "tests/e2e/lossy_agents.h"
#include "tests/e2e/people.h"
#include "tests/e2e/process.h"
#include "tests/fakes/contract_yaml.h"
#include "tests/fakes/held_port.h"

namespace xj::e2e {
namespace {

using namespace std::chrono_literals;

constexpr int kAgents = 3;
// XJ_KILLS asks for more than the default (`./run soak`); the results grow with them, so that there is
// something to lose at each kill. 40 at most: the slots stay in the past and one question finds all.
const int kKills = [] {
  const char* wanted = std::getenv("XJ_KILLS");
  return wanted == nullptr ? 10 : std::clamp(std::atoi(wanted), 10, 40);
}();
const std::uint64_t kResults = 180 * static_cast<std::uint64_t>(kKills);  // of each agent
// The watched check of the first agent is critical from here to there: one incident, detected and recovered.
constexpr std::uint64_t kTurnsBad = 700;
const std::uint64_t kWellAgain = kResults - 90;

std::string check_of(std::uint64_t n) {
  return n % 3 == 0 ? "life/app/watched" : "local/other" + std::to_string(n % 3);
}

std::string small_contract() {
  return fakes::contract_yaml("life", R"(  app:
    title: 应用
    hosts: [kill-0, kill-1, kill-2]
    checks:
      watched: {title: 观察, kind: cpu, interval: 1m, attempts: 3}
routes:
  found: {on: [detected, recovered], to: [duty], via: [mail]}
)");
}

struct Files {
  TempDir dir;
  const test::HeldPort agents_port;
  const std::string config;
  std::string socket() const { return dir / "socket"; }

  Files()
      : config(write_files(dir, {.name = "socket",
                                 .agents = agents_port.address(),
                                 .contract = small_contract(),
                                 .more = "channels:\n  mail: {kind: email, url: \"smtp://127.0.0.1:9\", "
                                         "from: xunjian@example.invalid}\n"})) {}
  Process start() const {
    return Process({program("xunjian-collector"), "serve", "--config", config}, dir / "collector.log");
  }
  Json get(const std::string& target) const { return e2e::get(socket(), target); }
  bool ready() const { return e2e::ready(socket()); }
};

LossyAgents::Plan plan() {
  LossyAgents::Plan plan;
  plan.name = "kill";
  plan.agents = kAgents;
  plan.results = kResults;
  plan.patience = 40s * kKills;
  plan.result = [base = from_ms(to_ms(SystemClock().now()) / 1'000 * 1'000 - 7'200'000)](int agent,
                                                                                         std::uint64_t n) {
    Result result;
    result.check = check_of(n);
    result.slot = base + Duration{static_cast<std::int64_t>(n) * 1'000};
    const bool bad = agent == 0 && n >= kTurnsBad && n < kWellAgain && n % 3 == 0;
    result.state = bad ? State::critical : State::ok;
    if (bad) result.msg = {"checks.x", {{"value", "1"}, {"limit", "0"}}};
    result.metrics = {{"n", static_cast<std::int64_t>(n)}};
    return result;
  };
  return plan;
}

TEST(KillCollector, EveryAcknowledgedResultIsFoundExactlyOnce) {
  Files files;
  auto collector = files.start();
  ASSERT_TRUE(wait_until([&] { return files.ready(); })) << read_file(files.dir / "collector.log");

  LossyAgents agents(files.dir, files.dir / "data", files.agents_port.text(), plan());
  std::mt19937_64 random(4711);
  for (int kills = 0; kills < kKills; ++kills) {
    agents.allow(kResults * static_cast<std::uint64_t>(kills + 1) / static_cast<std::uint64_t>(kKills + 1));
    ::usleep(static_cast<useconds_t>(20'000 + random() % 80'000));
    if (kills % 3 == 2) {  // in the middle of an orderly stop
      collector.signal(SIGTERM);
      ::usleep(static_cast<useconds_t>(random() % 40'000));
    }
    collector.kill_hard();
    collector = files.start();
    ASSERT_TRUE(wait_until([&] { return files.ready(); })) << read_file(files.dir / "collector.log");
  }
  EXPECT_TRUE(agents.finish());

  // Once more, at rest, so that what is compared came from the disk; then in good order.
  Reckoning reckoning;
  for (int life = 0; life < 2; ++life) {
    if (life == 0) {
      collector.kill_hard();
    } else {
      collector.signal(SIGTERM);
      EXPECT_EQ(collector.wait(), 0);
    }
    collector = files.start();
    ASSERT_TRUE(wait_until([&] { return files.ready(); })) << read_file(files.dir / "collector.log");
    for (int agent = 0; agent < kAgents; ++agent) {
      std::multiset<std::uint64_t> found;
      for (std::uint64_t kind = 0; kind < 3; ++kind) {
        const auto json = files.get("/api/v1/results?limit=10000&host=" + agents.name_of(agent) +
                                    "&check=" + check_of(kind));
        for (const auto& sample : json["results"].items())
          found.insert(static_cast<std::uint64_t>(sample["metrics"]["n"].int_or(0)));
      }
      EXPECT_EQ(found.size(), kResults) << agents.name_of(agent);
      agents.hold_against(found, agent, reckoning);
    }
    const auto cases = files.get("/api/v1/cases");
    EXPECT_EQ(cases["cases"].size(), 1u) << cases.pretty();
    const auto one = files.get("/api/v1/cases/life/" + cases["cases"].at(0)["number"].string_or(""));
    std::map<std::string, int> kinds;
    std::set<std::int64_t> numbers;
    for (const auto& event : one["events"].items()) {
      ++kinds[event["kind"].string_or("")];
      numbers.insert(event["n"].int_or(0));
    }
    for (const auto* kind : {"detected", "graded", "recovered"})
      EXPECT_EQ(kinds[kind], 1) << kind << '\n' << one.pretty();
    EXPECT_EQ(numbers.size(), one["events"].size()) << "each event under a number of its own";
    EXPECT_EQ(*numbers.rbegin(), static_cast<std::int64_t>(numbers.size())) << "and none missing";
    std::set<std::string> keys;
    std::map<std::int64_t, int> told_of;  // by the number of the event
    const auto outbox = files.get("/api/v1/notifications?limit=1000");
    for (const auto& row : outbox["notifications"].items()) {
      EXPECT_TRUE(keys.insert(row["key"].string_or("")).second) << outbox.pretty();
      ++told_of[row["event"]["n"].int_or(0)];
    }
    for (const auto& event : one["events"].items())
      if (const auto kind = event["kind"].string_or(""); kind == "detected" || kind == "recovered") {
        EXPECT_EQ(told_of[event["n"].int_or(0)], 1) << kind << '\n' << outbox.pretty();
      }
  }
  collector.signal(SIGTERM);
  EXPECT_EQ(collector.wait(), 0);
  reckoning.expect_each_once();
  reckoning.print(kKills + 1);
}

}  // namespace
}  // namespace xj::e2e
