// What leans on what, on the way of the data: what fails for another's sake opens nothing, the case of the
// cause lists it, and what still stands afterwards is said once.
#include <gtest/gtest.h>

#include "collector/api/case_views.h"
#include "collector/api/json_views.h"
#include "collector/domain/explain.h"
#include "tests/unit/collector/world.h"

namespace xj::collector {
namespace {

using Words = std::vector<std::string>;
using domain::fixture::kT0;

const std::string kFirst = "INC-261120-01", kSecond = "INC-261120-02";
const std::string kDb = "office-oa/hr/http";  // on web2, one attempt

// oa's login and http on web1 need hr's check on web2.
std::shared_ptr<domain::Contract> leaning(const std::string& revision = "rev-d") {
  auto c = World::contract();
  c->revision = revision;
  for (auto& check : c->systems[0].checks) check.hosts = {"web1"};
  c->systems[0].hosts = {"web1"};
  domain::Dependency d;
  d.id = "database", d.title = {"数据库", "database"};
  d.checks = {"oa/login", "oa/http"}, d.needs = {"hr/http"};
  c->dependencies = {d};
  return c;
}

struct Leaning : World {
  explicit Leaning(domain::ContractPtr contract = leaning()) {
    contracts = {std::move(contract)};
    start();
  }
  void needed(State state) { send("web2", {result(++n, kDb, now, state)}); }
  void login(State state) { send("web1", {result(++n, kLogin, now, state)}); }
  // A minute, then a result of each.
  void minute(State of_db, State of_login) {
    advance(1min);
    needed(of_db);
    login(of_login);
  }
  domain::CaseState state(const std::string& number) {
    return pipeline->find_case({"office-oa", number})->state;
  }
  Words said(const std::string& number) const {
    auto out = course(number);
    std::erase_if(out, [](const std::string& kind) { return kind.starts_with("clock_"); });
    return out;
  }
  ItemView item() { return pipeline->check("web1", kLogin)->items.at(0); }
  std::uint64_t n = 0;
};

TEST(PipelineDependency, WhatFailsForItsSakeOpensNothingAndIsListedInTheCauseCase) {
  Leaning world;
  world.minute(State::ok, State::ok);
  world.minute(State::critical, State::critical);
  world.advance(6s);
  ASSERT_EQ(world.numbers(), Words{kFirst}) << "one incident";
  auto cause = world.state(kFirst);
  EXPECT_EQ(cause.system, "hr");
  EXPECT_EQ(cause.standing_problems(), 1U);
  ASSERT_EQ(cause.dependents.size(), 1U);
  EXPECT_EQ(cause.dependents[0].item.check, "login");
  EXPECT_EQ(cause.dependents[0].cause.host, "web2");
  EXPECT_TRUE(world.item().standing.problem) << "its state is counted";
  EXPECT_TRUE(world.item().held);
  EXPECT_EQ(render(world.item().why, Lang::en),
            "held back: it needs http (web2), which is failing (INC-261120-01); said afterwards, if it "
            "still stands");
  const auto row = checks_view(*world.pipeline, "web1")["checks"].at(0);
  EXPECT_EQ(row["held"]["id"].string_or(""), "collector.held_under");
  const auto shown = case_view(*world.pipeline, {"office-oa", kFirst}, world.now);
  ASSERT_EQ(shown["dependents"].size(), 1U);
  EXPECT_EQ(shown["dependents"].at(0)["check"].string_or(""), "login");

  // Both recover: only what was said is said to be over.
  world.minute(State::ok, State::ok);
  world.advance(6s);
  EXPECT_EQ(world.numbers(), Words{kFirst});
  EXPECT_EQ(world.said(kFirst), (Words{"detected", "graded", "dependent_held", "problem_cleared", "recovered",
                                       "dependent_freed"}));
  cause = world.state(kFirst);
  EXPECT_NE(cause.dependents[0].freed_n, 0U);
  EXPECT_EQ(case_view(*world.pipeline, {"office-oa", kFirst}, world.now)["dependents"].size(), 0U);
}

TEST(PipelineDependency, WhatStillStandsByItsNextResultIsSaidOnceAsOfTheEnd) {
  Leaning world;
  world.minute(State::ok, State::ok);
  world.minute(State::critical, State::critical);
  world.minute(State::critical, State::critical);
  world.advance(1min);
  world.needed(State::ok);
  const auto well = world.now;
  world.advance(30s);
  EXPECT_EQ(world.numbers(), Words{kFirst}) << "its own next result shall show it";
  EXPECT_EQ(world.item().why.id, "collector.held_until_seen");
  world.login(State::critical);
  world.advance(6s);
  ASSERT_EQ(world.numbers(), (Words{kFirst, kSecond}));
  const auto own = world.state(kSecond);
  EXPECT_EQ(own.system, "oa");
  EXPECT_EQ(own.at(1), well);
  const auto events = world.pipeline->cases().events("office-oa", kSecond);
  EXPECT_EQ(events.at(0).reason.id, "domain.why.needs_over");
  world.advance(6s);
  const auto freed = world.pipeline->cases().events("office-oa", kFirst).back();
  ASSERT_EQ(freed.kind(), domain::EventKind::dependent_freed);
  EXPECT_EQ(std::get<domain::DependentFreed>(freed.payload).to, kSecond);
  for (int i = 0; i < 5; ++i) world.minute(State::ok, State::critical);
  EXPECT_EQ(world.numbers(), (Words{kFirst, kSecond}));
  EXPECT_EQ(world.said(kSecond), (Words{"detected", "graded"})) << "once";
  EXPECT_FALSE(world.item().held);
}

TEST(PipelineDependency, ASoftFailureOfWhatItNeedsIsWaitedFor) {
  auto contract = leaning();
  contract->systems[1].checks[0].attempts = 3;
  for (const bool recovers : {true, false}) {
    Leaning world(contract);
    world.minute(State::ok, State::ok);
    world.minute(State::critical, State::critical);  // hard at once, and the cause only softly
    world.advance(6s);
    EXPECT_EQ(world.numbers(), Words{}) << "the cause gets the time to show itself";
    EXPECT_EQ(world.item().why.id, "collector.held_for");
    if (recovers) {
      world.minute(State::ok, State::critical);
      world.minute(State::ok, State::critical);
      world.advance(6s);
      ASSERT_EQ(world.numbers(), Words{kFirst}) << "it was not the cause";
      EXPECT_EQ(world.state(kFirst).system, "oa");
    } else {
      world.minute(State::critical, State::critical);
      world.minute(State::critical, State::critical);
      world.advance(6s);
      ASSERT_EQ(world.numbers(), Words{kFirst});
      EXPECT_EQ(world.state(kFirst).system, "hr");
      EXPECT_EQ(world.state(kFirst).dependents.size(), 1U) << "listed when the case is there";
    }
  }
}

TEST(PipelineDependency, WhatFailedFirstSaysTheCauseAndGoesOn) {
  Leaning world;
  world.minute(State::ok, State::ok);
  world.advance(30s);
  world.login(State::critical);
  ASSERT_EQ(world.numbers(), Words{kFirst});
  world.advance(30s);
  world.needed(State::critical);
  world.advance(6s);
  ASSERT_EQ(world.numbers(), (Words{kFirst, kSecond}));
  EXPECT_EQ(world.said(kFirst), (Words{"detected", "graded", "cause_found"}));
  const auto found = world.pipeline->cases().events("office-oa", kFirst).back();
  EXPECT_EQ(std::get<domain::CauseFound>(found.payload).number, kSecond);
  EXPECT_EQ(
      domain::explain(world.pipeline->cases().events("office-oa", kFirst), *world.contracts[0], world.now)
          .empty(),
      false);
  world.minute(State::critical, State::critical);
  world.minute(State::critical, State::critical);
  EXPECT_EQ(world.said(kFirst), (Words{"detected", "graded", "cause_found"})) << "once";
}

TEST(PipelineDependency, WhatFailedLongBeforeHasAnotherCause) {
  Leaning world;
  world.minute(State::ok, State::critical);
  for (int i = 0; i < 10; ++i) world.minute(State::ok, State::critical);
  world.minute(State::critical, State::critical);
  world.advance(6s);
  ASSERT_EQ(world.numbers(), (Words{kFirst, kSecond}));
  EXPECT_EQ(world.said(kFirst), (Words{"detected", "graded"}));
}

TEST(PipelineDependency, SurvivesARestartWhileItIsHeldBack) {
  for (const bool orderly : {true, false}) {
    Leaning world;
    world.minute(State::ok, State::ok);
    world.minute(State::critical, State::critical);
    world.advance(6s);
    const auto before = world.said(kFirst);
    if (orderly) world.pipeline->save(world.now);
    world.restart();
    EXPECT_TRUE(world.item().held);
    world.advance(10s);
    EXPECT_EQ(world.said(kFirst), before) << "nothing twice";
    world.minute(State::critical, State::critical);
    EXPECT_EQ(world.numbers(), Words{kFirst});
    world.minute(State::ok, State::critical);
    world.minute(State::ok, State::critical);
    world.advance(6s);
    ASSERT_EQ(world.numbers(), (Words{kFirst, kSecond}));
    const auto said = world.said(kFirst);
    world.restart();
    world.advance(10s);
    EXPECT_FALSE(world.item().held);
    EXPECT_EQ(world.said(kFirst), said);
    EXPECT_EQ(world.numbers(), (Words{kFirst, kSecond}));
  }
}

TEST(PipelineDependency, ACrashBeforeItsEndWasSettledSaysItAfterwards) {
  Leaning world;
  world.minute(State::ok, State::ok);
  world.minute(State::critical, State::critical);
  world.minute(State::ok, State::critical);
  world.advance(50s);
  world.login(State::critical);
  world.db->full = true;
  EXPECT_ANY_THROW(world.advance(6s));
  world.restart();
  EXPECT_EQ(world.numbers(), (Words{kFirst, kSecond})) << "the record of the end is replayed";
  world.minute(State::ok, State::critical);
  EXPECT_EQ(world.said(kSecond), (Words{"detected", "graded"}));
}

TEST(PipelineDependency, WhatComesLateHoldsNothingBackAndSaysNothing) {
  Leaning world;
  world.minute(State::ok, State::ok);
  world.advance(10min);  // both hosts fall silent: each system has its incident
  const auto before = world.numbers();
  world.send("web2", {World::result(900, kDb, world.now - 9min, State::critical)}, wire::Lane::replay);
  world.needed(State::ok);
  world.login(State::critical);
  world.advance(6s);
  EXPECT_FALSE(world.item().held) << "what was wrong an hour ago explains nothing now";
  EXPECT_EQ(world.numbers(), before) << "it is in the case of its system";
}

TEST(PipelineDependency, ADependencyTakenOutOfTheContractSaysWhatItHeldBack) {
  Leaning world;
  world.minute(State::ok, State::ok);
  world.minute(State::critical, State::critical);
  auto without = leaning("rev-2");
  without->dependencies.clear();
  world.pipeline->set_contracts({without}, world.now);
  world.advance(6s);
  ASSERT_EQ(world.numbers(), (Words{kFirst, kSecond}));
  EXPECT_EQ(world.pipeline->cases().events("office-oa", kSecond).at(0).reason.id, "domain.why.held_no_more");
}

TEST(PipelineDependency, HostsBehindALineFallSilentWithoutCases) {
  auto contract = leaning();
  domain::Dependency line;
  line.id = "line", line.hosts = {"web1"}, line.needs = {"hr/http"};
  contract->dependencies = {line};
  for (const bool returns : {true, false}) {
    Leaning world(contract);
    world.minute(State::ok, State::ok);
    for (int i = 0; i < 10; ++i) {
      world.advance(1min);
      world.needed(State::critical);
    }
    ASSERT_EQ(world.numbers(), Words{kFirst});
    ASSERT_EQ(world.state(kFirst).dependents.size(), 1U);
    EXPECT_TRUE(world.state(kFirst).dependents[0].item.check.empty());
    world.restart();
    world.advance(1min);
    world.needed(State::ok);
    const auto well = world.now;
    if (returns) {
      world.advance(30s);
      world.login(State::ok);
    }
    for (int i = 0; i < 5; ++i) {
      world.advance(1min);
      world.needed(State::ok);
      if (returns) world.login(State::ok);
    }
    if (returns) {
      EXPECT_EQ(world.numbers(), Words{kFirst}) << "it came back with the line";
      EXPECT_EQ(world.said(kFirst).back(), "dependent_freed");
    } else {
      ASSERT_EQ(world.numbers(), (Words{kFirst, kSecond}));
      EXPECT_EQ(world.state(kSecond).at(1), well);
    }
  }
}

TEST(PipelineDependency, ASilentHostOfTheNeededCheckHoldsBackToo) {
  Leaning world;
  world.minute(State::ok, State::ok);
  for (int i = 0; i < 5; ++i) {
    world.advance(1min);
    world.login(State::ok);
  }
  ASSERT_EQ(world.numbers(), Words{kFirst}) << "web2 is silent";
  world.advance(1min);
  world.login(State::critical);
  world.advance(6s);
  EXPECT_EQ(world.numbers(), Words{kFirst});
  ASSERT_EQ(world.state(kFirst).dependents.size(), 1U);
  EXPECT_TRUE(world.state(kFirst).dependents[0].cause.check.empty()) << "the host is what fails";
}

TEST(PipelineDependency, AHostThatIsNeededIsNamedAsItsCaseKnowsIt) {
  auto contract = leaning();
  contract->dependencies[0].needs.clear(), contract->dependencies[0].needs_hosts = {"web2"};
  Leaning world(contract);
  world.minute(State::ok, State::ok);
  for (int i = 0; i < 5; ++i) {
    world.advance(1min);
    world.login(State::ok);
  }
  world.advance(1min);
  world.login(State::critical);
  world.advance(6s);
  ASSERT_EQ(world.numbers(), Words{kFirst});
  ASSERT_EQ(world.state(kFirst).dependents.size(), 1U);
  EXPECT_EQ(world.state(kFirst).dependents[0].cause, (domain::ItemRef{"hr", "", "web2", ""}));
  EXPECT_EQ(world.item().why.id, "collector.held_under");
}

TEST(PipelineDependency, APersonsWordIsNotContradictedWhileItIsExplained) {
  Leaning world;
  world.minute(State::ok, State::ok);
  world.advance(30s);
  world.login(State::critical);
  world.advance(30s);
  world.needed(State::critical);
  domain::Act act;
  act.verb = domain::Verb::recover, act.person = "zhang", act.via = "cli", act.text = "the database";
  ASSERT_TRUE(std::holds_alternative<std::vector<domain::Event>>(
      world.pipeline->act({"office-oa", kFirst}, act, world.now)));
  for (int i = 0; i < 10; ++i) world.minute(State::critical, State::critical);
  EXPECT_EQ(world.state(kFirst).run, 1);
  for (int i = 0; i < 10; ++i) world.minute(State::ok, State::critical);
  EXPECT_EQ(world.state(kFirst).run, 2);
}

}  // namespace
}  // namespace xj::collector
