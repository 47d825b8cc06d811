#include "collector/runs.h"

#include <gtest/gtest.h>

#include "collector/api/round.h"
#include "collector/store/agents.h"
#include "tests/unit/collector/world.h"

namespace xj::collector {
namespace {

constexpr const char* kHttp = "office-oa/oa/http";
constexpr const char* kLogin = "office-oa/oa/login";

using Words = std::vector<std::string>;

TEST(Runs, AnOrderRidesOnEveryAnswerUntilTheResultsAreIn) {
  World world;
  world.start();
  EXPECT_TRUE(world.send("web1", {World::result(1, kHttp, world.now, State::ok)}).commands.empty());
  world.advance(60s);
  const auto asked = world.now;
  const auto id = world.pipeline->run_now({{"web1", {kHttp, kLogin}}}, asked).id;
  const auto answer = [&](std::vector<Result> results) {
    return world.send("web1", std::move(results)).commands;
  };
  const auto first = answer({});
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].id, id);
  EXPECT_EQ(first[0].verb, "run_now");
  EXPECT_EQ(first[0].args, (Words{kHttp, kLogin}));
  EXPECT_TRUE(world.send("web2", std::vector<Result>{}).commands.empty()) << "nobody asked web2";
  EXPECT_FALSE(world.pipeline->arrived("web1", kHttp, asked)) << "what came before does not count";
  world.advance(5s);
  answer({World::result(2, kHttp, world.now, State::ok)});
  EXPECT_TRUE(world.pipeline->arrived("web1", kHttp, asked));
  const auto second = answer({});
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].args, first[0].args) << "the same words under the same id";
  // Late data is no answer, what was under way when it was asked for is one.
  answer({World::result(3, kLogin, asked - 30s, State::ok)});
  EXPECT_FALSE(world.pipeline->arrived("web1", kLogin, asked));
  answer({World::result(4, kLogin, asked - 5s, State::ok)});
  EXPECT_TRUE(world.pipeline->arrived("web1", kLogin, asked));
  EXPECT_TRUE(answer({}).empty());
  EXPECT_NE(world.pipeline->run(id, world.now), nullptr) << "who waits may still look";
  world.now += 11min;
  EXPECT_EQ(world.pipeline->run(id, world.now), nullptr);
}

TEST(Runs, AnOrderDoesNotOutliveItsTimeNorACrowdOfOthers) {
  const auto t0 = domain::fixture::kT0;
  const auto never = [](const std::string&, Timestamp) { return false; };
  Runs runs;
  const auto first = runs.ask({{"a", {"c"}}}, t0).id;
  EXPECT_EQ(runs.commands("a", t0 + 10min, never).size(), 1U);
  EXPECT_TRUE(runs.commands("a", t0 + 10min + 1ms, never).empty());
  EXPECT_TRUE(runs.empty());
  runs.ask({{"a", {"c"}}}, t0);
  EXPECT_TRUE(runs.commands("a", t0 - 1h, never).empty()) << "the clock was set back";
  for (std::size_t i = 0; i < Runs::kMost + 5; ++i) EXPECT_NE(runs.ask({{"a", {"c"}}}, t0).id, first);
  EXPECT_EQ(runs.commands("a", t0, never).size(), Runs::kMost);
}

TEST(Runs, MoreChecksThanACommandCanNameAreAllOfThem) {
  const auto never = [](const std::string&, Timestamp) { return false; };
  Runs runs;
  runs.ask({{"a", Words(wire::kMaxArgs, "c")}, {"b", Words(wire::kMaxArgs + 1, "c")}}, domain::fixture::kT0);
  EXPECT_EQ(runs.commands("a", domain::fixture::kT0, never).at(0).args.size(), wire::kMaxArgs);
  EXPECT_TRUE(runs.commands("b", domain::fixture::kT0, never).at(0).args.empty());
}

TEST(Runs, ARoundAsksWhoCanAnswer) {
  World world;
  auto contract = World::contract();
  domain::RoundSpec round;
  round.id = "daily", round.form = "software-inspection", round.systems = {"oa"};
  contract->rounds = {round};
  world.contracts = {contract};
  world.start();
  AgentStore agents(*world.db);
  const auto ask = [&] {
    auto found = round_checks(*world.pipeline, "office-oa", "daily");
    return std::get<RoundChecks>(std::move(found));
  };
  EXPECT_TRUE(ask().checks.empty());
  ASSERT_FALSE(ask().away.empty());
  EXPECT_EQ(ask().away[0].why.id, "collector.round.away.never");
  world.send("web1", {World::result(1, kHttp, world.now, State::ok)});
  ASSERT_EQ(ask().checks.size(), 1U);
  const auto asked = ask();
  for (const auto& check : asked.checks.at("web1")) EXPECT_TRUE(check.starts_with("office-oa/oa/")) << check;
  world.advance(1h);
  EXPECT_EQ(ask().away[0].why.id, "collector.round.away.silent");
  world.send("web1", {World::result(2, kHttp, world.now, State::ok)});
  ASSERT_EQ(ask().checks.size(), 1U);
  agents.add_certificate({"01", "web1", "", world.now, world.now + 24h, world.now, "", {}}, true);
  agents.revoke("web1", world.now);
  EXPECT_EQ(ask().away[0].why.id, "collector.round.away.revoked");
  EXPECT_TRUE(
      std::holds_alternative<domain::Rejection>(round_checks(*world.pipeline, "office-oa", "weekly")));
  EXPECT_TRUE(std::holds_alternative<domain::Rejection>(round_checks(*world.pipeline, "other", "daily")));
}

TEST(Runs, TheSheetSaysFromWhenToWhenToTheMinute) {
  const auto contract = World::contract();
  const domain::RoundSpec round;
  const auto time = [&](std::optional<Timestamp> began, Timestamp now) {
    return round_facts({*contract,
                        round,
                        "1",
                        now,
                        began,
                        "",
                        "",
                        "",
                        Lang::zh,
                        [](const std::string&, const std::string&) { return std::nullopt; },
                        {},
                        {}})["time"];
  };
  const auto t0 = domain::fixture::kT0;  // 09:00:00 in the contract's zone
  EXPECT_EQ(time({}, t0).dump(), R"({"from":"2026-11-20T09:00:00+08:00"})");
  EXPECT_EQ(time(t0, t0 + 59s).dump(), R"({"from":"2026-11-20T09:00:00+08:00"})");
  EXPECT_EQ(time(t0 + 59s, t0 + 60s).dump(),
            R"({"from":"2026-11-20T09:00:59+08:00","to":"2026-11-20T09:01:00+08:00"})");
}

}  // namespace
}  // namespace xj::collector
