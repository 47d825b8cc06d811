// Maintenance windows on the way of the data: what fails in one opens nothing, and is said once when it ends.
#include <gtest/gtest.h>

#include "collector/api/json_views.h"
#include "collector/domain/maintenance.h"
#include "tests/unit/collector/world.h"

namespace xj::collector {
namespace {

using Words = std::vector<std::string>;

const std::string kNumber = "INC-261120-01";

// Every day from 08:30 to 09:30; the world begins at 09:00.
std::shared_ptr<domain::Contract> with_window(const std::string& revision = "rev-w") {
  auto c = World::contract();
  c->revision = revision;
  domain::MaintenanceWindow window;
  window.id = "patching", window.title = {"打补丁", "patching"};
  window.systems = {"oa"};
  window.every = domain::Every::day, window.calendar = "office";
  window.at = 8h + 30min, window.length = 1h;
  c->maintenance = {window};
  return c;
}
const Timestamp kEnd = domain::fixture::kT0 + 30min;

struct Window : World {
  explicit Window(domain::ContractPtr contract = with_window()) {
    contracts = {std::move(contract)};
    start();
  }
  void see(State state, const std::string& check = kLogin) { send("web1", {result(++n, check, now, state)}); }
  // A result a minute until then.
  void go_on(State state, Timestamp until, const std::string& check = kLogin) {
    while (now < until) {
      advance(std::min<Duration>(1min, until - now));
      see(state, check);
    }
  }
  const domain::Event& first(const std::string& number = kNumber) {
    events = pipeline->cases().events("office-oa", number);
    return events.at(0);
  }
  std::uint64_t n = 0;
  // What was said of the case, without its clocks.
  Words said(const std::string& number = kNumber) const {
    auto out = course(number);
    std::erase_if(out, [](const std::string& kind) { return kind.starts_with("clock_"); });
    return out;
  }
  std::vector<domain::Event> events;
};

TEST(PipelineMaintenance, WhatFailsAndRecoversInItIsNeverSaid) {
  Window world;
  world.see(State::ok);
  world.go_on(State::critical, world.now + 10min);
  world.go_on(State::ok, kEnd + 5min);
  EXPECT_EQ(world.numbers(), Words{});
  EXPECT_EQ(world.values("web1", World::kLogin).size(), 36U) << "results are kept";
}

TEST(PipelineMaintenance, WhatStillStandsAtItsEndIsSaidOnceAsOfThen) {
  Window world;
  world.see(State::ok);
  world.go_on(State::critical, world.now + 10min);
  EXPECT_EQ(world.numbers(), Words{});
  const auto view = world.pipeline->check("web1", World::kLogin);
  ASSERT_TRUE(view && view->items.size() == 1);
  EXPECT_TRUE(view->items[0].standing.problem) << "the state is kept";
  EXPECT_TRUE(view->items[0].held);
  auto row = checks_view(*world.pipeline, "web1")["checks"].at(0);
  EXPECT_TRUE(row["problem"].bool_or(false));
  EXPECT_EQ(row["held"]["id"].string_or(""), "collector.held");
  world.go_on(State::critical, kEnd - 1s);
  EXPECT_EQ(world.numbers(), Words{});
  world.advance(6s);
  ASSERT_EQ(world.numbers(), Words{kNumber});
  const auto& event = world.first();
  EXPECT_EQ(event.kind(), domain::EventKind::detected);
  EXPECT_EQ(event.at, kEnd);
  EXPECT_GE(event.known, kEnd);
  EXPECT_EQ(render(event.reason, Lang::en),
            "the maintenance window \"patching\" ended at 2026-11-20 09:30:00, and it still stands");
  const auto& detected = std::get<domain::Detected>(event.payload);
  EXPECT_EQ(detected.message.id, "checks.x") << "what was seen last";
  EXPECT_EQ(detected.evidence.since, domain::fixture::kT0 + 1min);
  world.go_on(State::critical, kEnd + 10min);
  EXPECT_EQ(world.numbers(), Words{kNumber});
  EXPECT_EQ(world.said(), (Words{"detected", "graded"}));
  world.advance(1min);
  world.see(State::ok);
  EXPECT_EQ(world.said().back(), "recovered");
  EXPECT_FALSE(world.pipeline->check("web1", World::kLogin)->items[0].held);
  row = checks_view(*world.pipeline, "web1")["checks"].at(0);
  EXPECT_TRUE(row["held"].is_null());
}

TEST(PipelineMaintenance, SurvivesARestartInItAndAtItsEnd) {
  for (const bool orderly : {true, false}) {
    Window world;
    world.see(State::ok);
    world.see(State::critical, World::kHttp);
    world.go_on(State::critical, world.now + 5min);
    if (orderly) world.pipeline->save(world.now);
    world.restart();
    EXPECT_TRUE(world.pipeline->check("web1", World::kLogin)->items[0].held);
    world.go_on(State::critical, kEnd);
    world.advance(6s);
    ASSERT_EQ(world.numbers(), Words{kNumber});
    EXPECT_EQ(world.first().at, kEnd);
    const auto said = world.said();
    // Replayed from the journal, with the end of the window at its place.
    world.restart();
    EXPECT_FALSE(world.pipeline->check("web1", World::kLogin)->items[0].held);
    world.go_on(State::critical, kEnd + 5min);
    EXPECT_EQ(world.numbers(), Words{kNumber});
    EXPECT_EQ(world.said(), said);
  }
}

TEST(PipelineMaintenance, ACrashBeforeTheEndWasSettledSaysItAfterwards) {
  Window world;
  world.go_on(State::critical, kEnd - 1s);
  world.db->full = true;
  EXPECT_ANY_THROW(world.advance(6s));
  world.restart();
  EXPECT_EQ(world.numbers(), Words{kNumber}) << "the record of the end is replayed";
  EXPECT_EQ(world.first().at, kEnd);
  world.go_on(State::critical, kEnd + 5min);
  EXPECT_EQ(world.numbers(), Words{kNumber});
}

TEST(PipelineMaintenance, ACollectorAwayAtTheEndLetsTheCheckSpeakFirst) {
  for (const auto state : {State::critical, State::ok}) {
    Window world;
    world.go_on(State::critical, world.now + 5min);
    world.pipeline->save(world.now);
    world.crash();
    world.now = kEnd + 2h;
    world.start();
    world.advance(30s);
    EXPECT_EQ(world.numbers(), Words{}) << "nobody knows yet";
    // What the agent kept comes late and completes history only; then it speaks of now.
    world.send("web1", {World::result(900, World::kLogin, kEnd + 1h, State::critical)}, wire::Lane::replay);
    world.see(state);
    world.advance(6s);
    if (state == State::ok) {
      EXPECT_EQ(world.numbers(), Words{});
    } else {
      ASSERT_EQ(world.numbers(), Words{kNumber});
      EXPECT_EQ(world.first().at, kEnd);
    }
  }
}

TEST(PipelineMaintenance, ACollectorAwayAtTheEndThatHearsNothingSaysItAfterItsPatience) {
  Window world;
  world.go_on(State::critical, world.now + 5min);
  world.pipeline->save(world.now);
  world.crash();
  world.now = kEnd + 2h;
  world.start();
  // The host lives, the check says nothing: that it stood, and is silent now, is one incident.
  for (int i = 0; i < 8; ++i) {
    world.advance(30s);
    world.send("web1", std::vector<Result>{});
  }
  world.advance(6s);
  ASSERT_EQ(world.numbers(), Words{kNumber});
  EXPECT_EQ(world.first().at, kEnd);
}

TEST(PipelineMaintenance, AResultOfBeforeItThatComesInItCountsAsBefore) {
  Window world;
  world.now = kEnd + 23h - 2s;  // 08:29:58 of the next day
  const auto slot = world.now;
  world.now += 5s;
  world.send("web1", {World::result(1, World::kLogin, slot, State::critical)});
  ASSERT_EQ(world.numbers(), Words{"INC-261121-01"});
}

TEST(PipelineMaintenance, AnOpenCaseGoesOnAndWhatFailsBesidesJoinsAfterwards) {
  Window world;
  world.now = kEnd + 22h;  // an hour before the next window
  world.see(State::warning);
  const std::string number = "INC-261121-01";
  ASSERT_EQ(world.course(number), (Words{"detected", "graded"}));
  const auto end = kEnd + 24h;
  while (world.now < end - 40min) {
    world.advance(1min);
    world.see(State::warning);
  }
  const auto clocks_ran = world.course(number);
  EXPECT_NE(std::find(clocks_ran.begin(), clocks_ran.end(), "clock_breached"), clocks_ran.end());
  const auto grade = world.pipeline->find_case({"office-oa", number})->state.grade;
  // Worse, and another check besides: neither joins nor grades.
  for (int i = 0; i < 5; ++i) {
    world.advance(1min);
    world.send("web1", {World::result(++world.n, World::kLogin, world.now, State::critical),
                        World::result(++world.n, World::kHttp, world.now, State::critical)});
  }
  auto in_window = world.pipeline->find_case({"office-oa", number})->state;
  EXPECT_EQ(in_window.problems.size(), 1U);
  EXPECT_EQ(in_window.problems[0].state, State::warning);
  EXPECT_EQ(in_window.grade, grade);
  while (world.now < end) {
    world.advance(1min);
    world.send("web1", {World::result(++world.n, World::kLogin, world.now, State::critical),
                        World::result(++world.n, World::kHttp, world.now, State::critical)});
  }
  world.advance(6s);
  auto after = world.pipeline->find_case({"office-oa", number})->state;
  EXPECT_EQ(world.numbers(), Words{number}) << "one incident";
  EXPECT_EQ(after.problems.size(), 2U);
  EXPECT_EQ(after.problems[0].state, State::critical);
  EXPECT_EQ(after.grade, "I");
}

TEST(PipelineMaintenance, AnOpenCaseRecoversInIt) {
  Window world;
  world.now = kEnd + 22h;
  world.see(State::critical);
  world.now = kEnd + 23h + 10min;
  world.see(State::ok);
  const std::string number = "INC-261121-01";
  EXPECT_EQ(world.said(number).back(), "recovered");
  world.advance(1min);
  world.see(State::critical);
  world.advance(1min);
  EXPECT_EQ(world.said(number).back(), "recovered") << "what fails again waits for the end";
  while (world.now < kEnd + 24h) {
    world.advance(1min);
    world.see(State::critical);
  }
  world.advance(6s);
  const auto course = world.course(number);
  EXPECT_NE(std::find(course.begin(), course.end(), "reopened"), course.end());
  EXPECT_EQ(world.numbers(), Words{number});
}

TEST(PipelineMaintenance, AWorseningThatPassedInItIsNotSaidAgain) {
  Window world;
  world.now = kEnd + 22h + 50min;
  world.see(State::warning);
  const std::string number = "INC-261121-01";
  world.advance(15min);
  world.see(State::critical);
  world.advance(1min);
  world.see(State::warning);
  const auto before = world.course(number);
  world.advance(kEnd + 24h - world.now - 1min);
  world.see(State::warning);
  world.advance(2min);
  const auto after = world.course(number);
  EXPECT_EQ(std::count(after.begin(), after.end(), "problem_changed"),
            std::count(before.begin(), before.end(), "problem_changed"));
}

TEST(PipelineMaintenance, ASilentHostIsHeldBackForTheSystemTheWindowIsAbout) {
  for (const bool orderly : {true, false}) {
    Window world;
    world.send("web2", {World::result(1, World::kLogin, world.now, State::ok)});
    world.advance(10min);
    // web2 serves both systems; the window covers one.
    ASSERT_EQ(world.numbers(), Words{kNumber});
    EXPECT_EQ(world.pipeline->find_case({"office-oa", kNumber})->state.system, "hr");
    if (orderly) world.pipeline->save(world.now);
    world.restart();
    world.advance(kEnd - 1s - world.now);
    EXPECT_EQ(world.numbers(), Words{kNumber});
    world.advance(6s);  // it was away for a moment, but listened when the window ended
    ASSERT_EQ(world.numbers(), (Words{kNumber, "INC-261120-02"}));
    const auto state = world.pipeline->find_case({"office-oa", "INC-261120-02"})->state;
    EXPECT_EQ(state.system, "oa");
    EXPECT_EQ(state.at(1), kEnd);
    world.send("web2", std::vector<Result>{});
    EXPECT_EQ(world.said().back(), "recovered");
    EXPECT_EQ(world.said("INC-261120-02").back(), "recovered");
  }
}

TEST(PipelineMaintenance, AHostThatRestartsInItSaysNothing) {
  Window world;
  world.send("web1", std::vector<Result>{});
  world.advance(10min);
  world.send("web1", std::vector<Result>{});
  world.advance(1min);
  world.send("web1", std::vector<Result>{});
  while (world.now < kEnd + 5min) {
    world.advance(1min);
    world.send("web1", std::vector<Result>{});
  }
  EXPECT_EQ(world.numbers(), Words{});
}

TEST(PipelineMaintenance, AWindowTakenOutOfTheContractSaysWhatItHeldBack) {
  Window world;
  world.go_on(State::critical, world.now + 5min);
  auto without = World::contract();
  without->revision = "rev-2";
  world.pipeline->set_contracts({without}, world.now);
  world.advance(6s);
  ASSERT_EQ(world.numbers(), Words{kNumber});
  EXPECT_EQ(world.first().reason.id, "domain.why.held_no_more");
  EXPECT_GT(world.first().at, domain::fixture::kT0 + 4min);
}

TEST(PipelineMaintenance, APersonsWordIsNotContradictedInIt) {
  Window world;
  world.now = kEnd + 22h + 59min;
  world.see(State::critical);
  const std::string number = "INC-261121-01";
  domain::Act act;
  act.verb = domain::Verb::recover, act.person = "zhang", act.via = "cli", act.text = "handed to patching";
  ASSERT_TRUE(std::holds_alternative<std::vector<domain::Event>>(
      world.pipeline->act({"office-oa", number}, act, world.now)));
  while (world.now < kEnd + 24h - 1min) {
    world.advance(1min);
    world.see(State::critical);
  }
  EXPECT_EQ(world.pipeline->find_case({"office-oa", number})->state.run, 1);
  while (world.now < kEnd + 24h + 5min) {
    world.advance(1min);
    world.see(State::critical);
  }
  EXPECT_EQ(world.pipeline->find_case({"office-oa", number})->state.run, 2);
}

}  // namespace
}  // namespace xj::collector
