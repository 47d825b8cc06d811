// The collector's clock is set while results come in, by seconds, an hour, a year, ahead and back, and set
// right again: nothing is lost, doubled or removed, nobody is silent for it, and what fell due is said once.
#include <gtest/gtest.h>

#include <algorithm>

#include "collector/engine.h"
#include "tests/unit/collector/world.h"

namespace xj::collector {
namespace {

class ClockSteps : public testing::TestWithParam<Duration> {
 protected:
  ClockSteps() {
    world.options.history.retention.keep = 10 * 24h;
    world.options.history.flush_every = 1min;
    world.start();
    engine = std::make_unique<Engine>(*world.pipeline, clock);
  }
  // A minute: the agent, whose clock is right throughout, sends a result and the engine does all that is due.
  void minute(State state = State::ok) {
    for (int i = 0; i < 12; ++i) {
      clock.advance(5s);
      truth += 5s;
      if (i == 0) {
        wire::Batch batch;
        batch.epoch = "e1";
        batch.sent = truth;
        for (const auto& check : {World::kHttp, World::kLogin})
          batch.results.push_back(
              World::result(++sent, check, truth, check == World::kLogin ? state : State::ok));
        engine->submit(World::submission("web1", batch), [this](IngestReply reply) {
          const auto* answer = std::get_if<wire::Answer>(&reply);
          ASSERT_NE(answer, nullptr);
          EXPECT_EQ(answer->accepted, (std::vector<wire::Range>{{sent - 1, sent}}));
          EXPECT_TRUE(answer->refused.empty());
        });
      }
      engine->run_once();
    }
  }
  void minutes(int count, State state = State::ok) {
    for (int i = 0; i < count; ++i) minute(state);
  }
  std::size_t count(const std::string& kind) {
    std::size_t out = 0;
    for (const auto& number : world.numbers())
      for (const auto& event : world.course(number)) out += event == kind ? 1U : 0U;
    return out;
  }
  void restart() {
    engine.reset();
    world.now = clock.now();
    world.restart();
    engine = std::make_unique<Engine>(*world.pipeline, clock);
  }
  void look_that_all_is_there() {
    for (const auto& check : {World::kHttp, World::kLogin}) {
      auto found = world.values("web1", check);
      std::sort(found.begin(), found.end());
      ASSERT_EQ(found.size(), sent / 2) << check;
      EXPECT_EQ(std::adjacent_find(found.begin(), found.end()), found.end()) << "each once";
    }
    EXPECT_FALSE(world.pipeline->agent("web1")->silent);
    EXPECT_EQ(world.pipeline->check("web1", World::kHttp)->latest.n, sent - 1) << "the latest is that of now";
    EXPECT_EQ(world.pipeline->figures().future + world.pipeline->figures().conflicts, 0U);
  }

  World world;
  ManualClock clock{domain::fixture::kT0};
  Timestamp truth = domain::fixture::kT0;
  std::uint64_t sent = 0;
  std::unique_ptr<Engine> engine;
};

TEST_P(ClockSteps, UnderIngestLosesNothingAndSilencesNobody) {
  minutes(5);
  clock.step_wall(GetParam());
  minutes(5);
  look_that_all_is_there();
  restart();
  minutes(5);
  look_that_all_is_there();
  clock.step_wall(-GetParam());
  minutes(5);
  look_that_all_is_there();
  restart();
  minutes(5);
  look_that_all_is_there();
  EXPECT_TRUE(world.numbers().empty()) << "no case for it";
  engine.reset();  // an orderly stop
  world.now = clock.now();
  world.restart();
  look_that_all_is_there();
}

// The clocks of a case follow the collector's wall clock: what it passes is due, once, and stays so.
TEST_P(ClockSteps, WhatFallsDueIsSaidOnce) {
  minutes(2);
  minutes(2, State::critical);
  ASSERT_EQ(world.numbers().size(), 1U);
  const auto breached = count("clock_breached");
  clock.step_wall(GetParam());
  minutes(3, State::critical);
  EXPECT_EQ(world.numbers().size(), 1U);
  const auto after = count("clock_breached");
  if (GetParam() < 30min)
    EXPECT_EQ(after, breached) << "a clock set back, or a little ahead, makes nothing due";
  else
    EXPECT_GT(after, breached);
  restart();
  clock.step_wall(-GetParam());
  minutes(3, State::critical);
  EXPECT_EQ(count("clock_breached"), after) << "said once, and not taken back";
  EXPECT_EQ(count("detected"), 1U);
  minutes(40, State::critical);
  EXPECT_GE(count("clock_breached"), 2U) << "the time that really passes is counted as ever";
  minutes(3);
  EXPECT_EQ(count("recovered"), 1U);
  look_that_all_is_there();
}

INSTANTIATE_TEST_SUITE_P(By, ClockSteps,
                         testing::Values(Duration(3s), Duration(-3s), Duration(1h), Duration(-1h),
                                         Duration(365 * 24h), Duration(-365 * 24h)));

}  // namespace
}  // namespace xj::collector
