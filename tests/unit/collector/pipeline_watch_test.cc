// Who watches over a recovery: checks that left the contract, agents that were revoked, cases that people
// called recovered.
#include <gtest/gtest.h>

#include <algorithm>

#include "collector/api/json_views.h"
#include "collector/store/agents.h"
#include "tests/unit/collector/world.h"

namespace xj::collector {
namespace {

using Words = std::vector<std::string>;

void enrol(World& world, const std::string& serial) {
  AgentStore(*world.db).add_certificate({serial, "web1", "", world.now, world.now + 24h, world.now, "", {}},
                                        true);
}

domain::Act recovery(std::string text) {
  domain::Act act;
  act.verb = domain::Verb::recover;
  act.person = "zhang";
  act.via = "cli";
  act.text = std::move(text);
  return act;
}

TEST(Pipeline, ACaseWhoseCheckLeftTheContractSaysSoAndWaitsForAPerson) {
  World world;
  world.start();
  world.send("web1", {World::result(1, World::kLogin, world.now, State::critical)});
  const std::string number = "INC-261120-01";
  const auto login = [](const domain::CheckSpec& c) { return c.id == "login"; };
  auto without = World::contract();
  without->revision = "rev-2";
  std::erase_if(without->systems[0].checks, login);
  world.pipeline->set_contracts({without}, world.now);
  world.contracts = {without};
  world.advance(20s);
  EXPECT_EQ(world.course(number), (Words{"detected", "graded", "problem_unwatched"}));
  const auto events = world.pipeline->cases().events("office-oa", number);
  EXPECT_EQ(events.back().actor, "system:contract");
  EXPECT_EQ(events.back().reason.id, "domain.why.unwatched.check");
  EXPECT_EQ(events.back().revision, "rev-1") << "bound to what it was opened under";
  auto warnings = status_view(*world.pipeline, {}, world.now)["warnings"];
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings.at(0)["id"].string_or(""), "collector.warn.unwatched");
  EXPECT_EQ(warnings.at(0)["args"]["number"].string_or(""), number);
  const auto told = world.pipeline->figures().events;
  world.pipeline->save(world.now);
  world.restart();
  world.advance(20s);
  EXPECT_EQ(world.course(number).back(), "problem_unwatched") << "once, also over a restart";
  EXPECT_EQ(told, 3u);

  // It was a slip: with the check back the case goes on, and ends by itself.
  auto again = World::contract();
  again->revision = "rev-3";
  world.pipeline->set_contracts({again}, world.now);
  world.advance(10s);
  EXPECT_EQ(world.course(number).back(), "problem_watched");
  EXPECT_EQ(status_view(*world.pipeline, {}, world.now)["warnings"].size(), 0u);
  world.send("web1", {World::result(2, World::kLogin, world.now, State::ok)});
  EXPECT_EQ(world.course(number).back(), "recovered");
}

TEST(Pipeline, ACaseOfARevokedAgentSaysSoUntilItEnrolsAgain) {
  World world;
  world.start();
  enrol(world, "01");
  world.send("web1", {World::result(1, World::kLogin, world.now, State::critical)});
  AgentStore(*world.db).revoke("web1", world.now);
  world.advance(10s);
  const std::string number = "INC-261120-01";
  EXPECT_EQ(world.course(number).back(), "problem_unwatched");
  const auto recover = recovery("host was given back");
  EXPECT_TRUE(std::holds_alternative<std::vector<domain::Event>>(
      world.pipeline->act({"office-oa", number}, recover, world.now)));
  EXPECT_EQ(world.course(number).back(), "recovered");
  EXPECT_EQ(status_view(*world.pipeline, {}, world.now)["warnings"].size(), 0u);
  enrol(world, "02");
  world.advance(10s);
  EXPECT_EQ(world.course(number).back(), "problem_watched");
}

TEST(Pipeline, ASilentHostThatEnrolsAgainGetsItsTimeBeforeItIsHeldAgainstTheRecovery) {
  World world;
  world.start();
  enrol(world, "01");
  world.send("web1", {World::result(1, World::kHttp, world.now, State::ok)});
  world.advance(1h);
  const std::string number = "INC-261120-01";
  AgentStore(*world.db).revoke("web1", world.now);
  world.advance(10s);
  ASSERT_EQ(world.course(number).back(), "problem_unwatched");
  world.pipeline->act({"office-oa", number}, recovery("given back"), world.now);
  const auto times = [&](const char* kind) {
    const auto course = world.course(number);
    return std::count(course.begin(), course.end(), kind);
  };
  world.advance(1h);
  EXPECT_EQ(times("reopened"), 0) << "nobody was to speak there";
  enrol(world, "02");
  world.advance(60s);
  EXPECT_EQ(times("problem_watched"), 1);
  EXPECT_EQ(times("reopened"), 0) << "its agent is only starting";
  world.advance(10min);
  EXPECT_EQ(times("reopened"), 1) << "it should speak, and does not";
}

TEST(Pipeline, ACheckThatComesBackIntoTheContractIsNotSilentAtOnce) {
  World world;
  world.start();
  std::uint64_t n = 0;
  const auto minutes = [&](int count, bool login) {
    for (int i = 0; i < count; ++i) {
      world.advance(60s);
      world.send("web1", {World::result(++n, World::kHttp, world.now, State::ok)});
      if (login) world.send("web1", {World::result(++n, World::kLogin, world.now, State::ok)});
    }
  };
  minutes(3, true);
  auto without = World::contract();
  without->revision = "rev-2";
  std::erase_if(without->systems[0].checks, [](const domain::CheckSpec& c) { return c.id == "login"; });
  world.pipeline->set_contracts({without}, world.now);
  minutes(60, false);
  auto again = World::contract();
  again->revision = "rev-3";
  world.pipeline->set_contracts({again}, world.now);
  world.contracts = {again};
  minutes(1, false);
  EXPECT_EQ(world.numbers(), Words{}) << "its agent has hardly been told of it";
  world.pipeline->set_contracts({again}, world.now);  // a reload that changes nothing grants no time
  minutes(4, false);
  EXPECT_EQ(world.numbers().size(), 1u) << "now it has been silent for as long as is borne";
}

TEST(Pipeline, CalledRecoveredWhileItIsStillBadItReopensAndSaysWhy) {
  World world;
  world.start();
  std::uint64_t n = 0;
  const auto bad = [&](int times) {
    for (int i = 0; i < times; ++i) {
      world.advance(60s);
      world.send("web1", {World::result(++n, World::kLogin, world.now, State::critical)});
    }
  };
  bad(4);
  ASSERT_EQ(world.numbers().size(), 1u);
  const auto number = world.numbers()[0];
  const auto recover = recovery("restarted it");
  const auto outcome = world.pipeline->act({"office-oa", number}, recover, world.now);
  ASSERT_TRUE(std::holds_alternative<std::vector<domain::Event>>(outcome));
  bad(1);
  EXPECT_EQ(world.course(number).back(), "recovered") << "what was under way gets its time";
  bad(10);
  world.restart();
  bad(2);
  const auto course = world.course(number);
  EXPECT_EQ(std::count(course.begin(), course.end(), "reopened"), 1);
  EXPECT_EQ(world.numbers().size(), 1u) << "the number is kept";
  std::string why;
  for (const auto& event : world.pipeline->cases().events("office-oa", number))
    if (event.reason.id == "collector.why.still_bad") why = event.reason.id;
  EXPECT_FALSE(why.empty());
  world.advance(60s);
  world.send("web1", {World::result(++n, World::kLogin, world.now, State::ok)});
  EXPECT_EQ(world.course(number).back(), "recovered");
}

TEST(Pipeline, CalledRecoveredAndThenWellStaysRecovered) {
  World world;
  world.start();
  std::uint64_t n = 0;
  for (int i = 0; i < 4; ++i) {
    world.advance(60s);
    world.send("web1", {World::result(++n, World::kLogin, world.now, State::critical)});
  }
  const auto number = world.numbers().at(0);
  world.pipeline->act({"office-oa", number}, recovery("done"), world.now);
  for (int i = 0; i < 15; ++i) {
    world.advance(60s);
    world.send("web1", {World::result(++n, World::kLogin, world.now, State::ok)});
  }
  const auto course = world.course(number);
  EXPECT_EQ(std::count(course.begin(), course.end(), "reopened"), 0);
  EXPECT_EQ(std::count(course.begin(), course.end(), "recovered"), 1);
}

}  // namespace
}  // namespace xj::collector
