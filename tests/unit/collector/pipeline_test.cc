#include "collector/pipeline.h"

#include <gtest/gtest.h>

#include <set>

#include "collector/api/json_views.h"
#include "tests/unit/collector/world.h"

namespace xj::collector {
namespace {

using Ranges = std::vector<wire::Range>;
using Words = std::vector<std::string>;

TEST(Pipeline, AcceptedIsInHistoryAndLatestAtOnce) {
  World world;
  world.start();
  const auto answer = world.send("web1", {World::result(1, World::kHttp, world.now, State::ok, 11),
                                          World::result(2, World::kHttp, world.now + 60s, State::ok, 12)});
  EXPECT_EQ(answer.accepted, (Ranges{{1, 2}}));
  EXPECT_TRUE(answer.refused.empty());
  EXPECT_EQ(answer.have, 2u);
  EXPECT_EQ(answer.now, world.now);
  EXPECT_EQ(answer.config, world.pipeline->assignment("web1").revision);
  EXPECT_EQ(world.values("web1", World::kHttp), (std::vector<std::int64_t>{11, 12}));
  const auto view = world.pipeline->check("web1", World::kHttp);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->latest.n, 2u);
  EXPECT_EQ(view->spec->id, "http");
  EXPECT_EQ(view->system->id, "oa");
  EXPECT_EQ(world.pipeline->agents().size(), 1u);
  EXPECT_FALSE(world.pipeline->check("web2", World::kHttp).has_value());
}

TEST(Pipeline, ARepeatIsAcceptedWithoutEffectAndOtherContentIsRefused) {
  World world;
  world.start();
  world.send("web1", {World::result(1, World::kHttp, world.now, State::ok, 11)});
  auto again = world.send("web1", {World::result(1, World::kHttp, world.now, State::ok, 11),
                                   World::result(2, World::kHttp, world.now + 60s, State::ok, 12)});
  EXPECT_EQ(again.accepted, (Ranges{{1, 2}}));
  again = world.send("web1", {World::result(2, World::kHttp, world.now + 60s, State::ok, 99)});
  EXPECT_TRUE(again.accepted.empty());
  ASSERT_EQ(again.refused.size(), 1u);
  EXPECT_EQ(again.refused[0].code, "conflict");
  EXPECT_EQ(world.values("web1", World::kHttp), (std::vector<std::int64_t>{11, 12}));
  EXPECT_EQ(world.send("web2", {World::result(1, World::kHttp, world.now, State::ok, 1)}).accepted,
            (Ranges{{1, 1}}))
      << "numbers are an agent's own";
}

TEST(Pipeline, TwoBatchesOfOneCommitSeeEachOther) {
  World world;
  world.start();
  std::vector<Submission> list;
  list.push_back(
      World::submission("web1", world.batch({World::result(1, World::kHttp, world.now, State::ok, 1)})));
  list.push_back(
      World::submission("web1", world.batch({World::result(1, World::kHttp, world.now, State::ok, 1)})));
  list.push_back(
      World::submission("web1", world.batch({World::result(1, World::kHttp, world.now, State::ok, 2)})));
  const auto answers = world.pipeline->take(std::move(list), world.now);
  world.pipeline->apply(world.now);
  EXPECT_EQ(answers[0].accepted, (Ranges{{1, 1}}));
  EXPECT_EQ(answers[1].accepted, (Ranges{{1, 1}}));
  ASSERT_EQ(answers[2].refused.size(), 1u);
  EXPECT_EQ(world.values("web1", World::kHttp), (std::vector<std::int64_t>{1}));
}

TEST(Pipeline, WhatCannotBeIsRefusedByName) {
  World world;
  world.start();
  const auto answer = world.send("web1", {World::result(1, World::kHttp, world.now + 6min, State::ok),
                                          World::result(2, World::kHttp, world.now - 36 * 24h, State::ok),
                                          World::result(3, "office-oa/oa/none", world.now, State::ok),
                                          World::result(4, "local/mine", world.now, State::ok, 4),
                                          World::result(5, "office-oa/hr/http", world.now, State::ok)});
  EXPECT_EQ(answer.accepted, (Ranges{{4, 4}}));
  ASSERT_EQ(answer.refused.size(), 4u);
  EXPECT_EQ(answer.refused[0].code, "future");
  EXPECT_EQ(world.pipeline->agent("web1")->future, 1u) << "seen in the list of agents";
  EXPECT_EQ(world.pipeline->figures().future, 1u);
  EXPECT_EQ(answer.refused[1].code, "too_old");
  EXPECT_EQ(answer.refused[2].code, "unknown_check");
  EXPECT_EQ(answer.refused[3].code, "unknown_check") << "assigned, but to another host";
  EXPECT_EQ(world.values("web1", "local/mine"), (std::vector<std::int64_t>{4}));
  EXPECT_TRUE(world.pipeline->check("web1", "local/mine")->items.empty()) << "kept, not judged";
  const auto view = world.pipeline->checks({});
  ASSERT_EQ(view.size(), 1u);
}

TEST(Pipeline, ThreeInARowOpenOneCaseTellAndRecoverOnce) {
  World world;
  world.start();
  std::uint64_t n = 0;
  const auto look = [&](State state) {
    world.advance(60s);
    world.send("web1", {World::result(++n, World::kHttp, world.now, state, 95)});
  };
  look(State::ok);
  look(State::critical), look(State::critical);
  EXPECT_TRUE(world.numbers().empty()) << "soft";
  look(State::critical);
  EXPECT_EQ(world.numbers(), (Words{"INC-261120-01"}));
  EXPECT_EQ(world.course("INC-261120-01"), (Words{"detected", "graded"}));
  look(State::critical);
  EXPECT_EQ(world.course("INC-261120-01").size(), 2u) << "the same again says nothing";
  const auto waiting = world.pipeline->outbox().waiting();
  EXPECT_GT(waiting, 0);
  for (const auto& row : world.pipeline->outbox().recent(100)) {
    EXPECT_EQ(row.address.find('@') != std::string::npos, row.channel == "mail") << row.key;
  }
  look(State::ok);
  const auto course = world.course("INC-261120-01");
  EXPECT_EQ(std::count(course.begin(), course.end(), "recovered"), 1);
  EXPECT_EQ(world.pipeline->cases().list({}).at(0).status, "watching");
}

TEST(Pipeline, WhoeverHeardOfTheTroubleHearsOfItsEnd) {
  World world;
  auto contract = World::contract();
  for (auto& route : contract->routes) std::erase(route.on, "recovered");  // no route tells of it
  world.contracts = {contract};
  world.start();
  std::uint64_t n = 0;
  for (const auto state : {State::critical, State::critical, State::critical, State::ok}) {
    world.advance(60s);
    world.send("web1", {World::result(++n, World::kHttp, world.now, state, 95)});
  }
  ASSERT_EQ(world.pipeline->cases().list({}).at(0).status, "watching");
  std::set<std::pair<std::string, std::string>> trouble, end;
  for (const auto& row : world.pipeline->outbox().recent(100)) {
    const auto kind = std::get<Json>(parse_json(row.event))["kind"].string_or("");
    (kind == "recovered" ? end : trouble).emplace(row.person, row.channel);
    EXPECT_EQ(row.address.empty(), row.channel != "mail") << row.key;
  }
  EXPECT_FALSE(trouble.empty());
  EXPECT_EQ(end, trouble);
}

TEST(Pipeline, EveryProblemOfABadDayHasItsCase) {
  World world;
  auto contract = World::contract();
  const auto pattern = contract->systems[1];
  for (int i = 0; i < 105; ++i) {
    auto system = pattern;
    system.id = "s" + std::to_string(i);
    system.checks[0].hosts = {"web2"};
    contract->systems.push_back(std::move(system));
  }
  world.contracts = {contract};
  world.start();
  const auto break_system = [&](int i) {
    world.send("web2",
               {World::result(static_cast<std::uint64_t>(i) + 1, "office-oa/s" + std::to_string(i) + "/http",
                              world.now, State::critical)});
  };
  for (int i = 0; i < 99; ++i) break_system(i);
  EXPECT_EQ(status_view(*world.pipeline, {}, world.now)["warnings"].size(), 0u);
  for (int i = 99; i < 102; ++i) break_system(i);
  world.restart();
  for (int i = 102; i < 105; ++i) break_system(i);
  EXPECT_EQ(world.numbers().size(), 105u);
  EXPECT_EQ(world.course("INC-261120-100"), (Words{"detected", "graded"}));
  EXPECT_EQ(world.course("INC-261120-105"), (Words{"detected", "graded"}));
  const auto warnings = status_view(*world.pipeline, {}, world.now)["warnings"];
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings.at(0)["id"].string_or(""), "collector.warn.numbers");
  EXPECT_EQ(warnings.at(0)["args"]["used"].string_or(""), "105");
  EXPECT_EQ(status_view(*world.pipeline, {}, world.now + 24h)["warnings"].size(), 0u) << "a new day";
}

TEST(Pipeline, ClocksWarnAndBreachByTickAlone) {
  World world;
  world.start();
  world.send("web1", {World::result(1, World::kLogin, world.now, State::critical, 1)});
  ASSERT_EQ(world.numbers().size(), 1u);
  const auto opened = world.now;
  world.advance(11min);  // grade I: report within 10 minutes
  const auto events = world.pipeline->cases().events("office-oa", "INC-261120-01");
  bool warned = false, breached = false;
  for (const auto& event : events) {
    if (const auto* warning = std::get_if<domain::ClockWarning>(&event.payload);
        warning && warning->clock == "report")
      warned = true;
    if (const auto* breach = std::get_if<domain::ClockBreached>(&event.payload);
        breach && breach->clock == "report") {
      breached = true;
      EXPECT_EQ(breach->due, opened + 10min);
    }
  }
  EXPECT_TRUE(warned);
  EXPECT_TRUE(breached);
}

TEST(Pipeline, APersonsActIsAnEventAndARefusalIsAReason) {
  World world;
  world.start();
  world.send("web1", {World::result(1, World::kLogin, world.now, State::critical, 1)});
  domain::Act act;
  act.verb = domain::Verb::acknowledge;
  act.person = "zhang";
  act.via = "cli";
  auto outcome = world.pipeline->act({"office-oa", "INC-261120-01"}, act, world.now + 60s);
  EXPECT_TRUE(std::holds_alternative<std::vector<domain::Event>>(outcome));
  EXPECT_EQ(world.course("INC-261120-01").back(), "acknowledged");
  EXPECT_EQ(world.pipeline->book().find({"office-oa", "INC-261120-01"})->state.acknowledged_by(), "zhang");
  outcome = world.pipeline->act({"office-oa", "INC-261120-77"}, act, world.now);
  ASSERT_TRUE(std::holds_alternative<domain::Rejection>(outcome));
  EXPECT_EQ(std::get<domain::Rejection>(outcome).why.id, "collector.no_case");
}

TEST(Pipeline, AnAgentSilentForAnHourAndBackRaisesNoAlarmFromItsBacklog) {
  World world;
  world.start();
  std::uint64_t n = 0;
  for (int i = 0; i < 5; ++i) {
    world.advance(60s);
    world.send("web1", {World::result(++n, World::kHttp, world.now, State::ok)});
  }
  const auto fell = world.now;
  world.advance(1h);
  ASSERT_EQ(world.numbers().size(), 1u) << "silence of the agent is told";
  const auto number = world.numbers()[0];
  EXPECT_TRUE(world.pipeline->agent("web1")->silent);
  // Meanwhile the host was bad for half an hour and well again; its spool kept all of it.
  std::vector<Result> backlog;
  for (int i = 1; i <= 60; ++i)
    backlog.push_back(
        World::result(++n, World::kLogin, fell + i * 60s, i < 30 ? State::critical : State::ok));
  const auto live = World::result(++n, World::kHttp, world.now, State::ok);
  EXPECT_EQ(world.send("web1", {live}).accepted, (Ranges{{66, 66}})) << "live goes first";
  EXPECT_EQ(world.send("web1", backlog, wire::Lane::replay).accepted, (Ranges{{6, 65}}));
  EXPECT_FALSE(world.pipeline->agent("web1")->silent);
  EXPECT_EQ(world.numbers(), (Words{number})) << "no case from the past";
  const auto course = world.course(number);
  EXPECT_EQ(std::count(course.begin(), course.end(), "joined"), 0);
  EXPECT_EQ(std::count(course.begin(), course.end(), "recovered"), 1);
  EXPECT_EQ(world.values("web1", World::kLogin).size(), 60u) << "history is complete";
  EXPECT_EQ(world.values("web1", World::kHttp).size(), 6u);
}

TEST(Pipeline, ACollectorThatWasAwaySilencesNobody) {
  World world;
  world.start();
  world.send("web1", {World::result(1, World::kHttp, world.now, State::ok, 1)});
  world.now += 5h;
  world.restart();
  world.pipeline->tick(world.now + 60s);
  EXPECT_TRUE(world.numbers().empty());
  world.advance(10min);
  EXPECT_EQ(world.numbers().size(), 1u) << "but it does listen from now on";
}

TEST(Pipeline, AnAgentThatWasSetBackIsToldAndItsNewEpochIsItsOwn) {
  World world;
  world.start();
  world.send("web1", {World::result(7, World::kHttp, world.now, State::ok, 7)});
  const auto answer =
      world.send("web1", world.batch({World::result(3, World::kHttp, world.now + 60s, State::ok, 3)}));
  EXPECT_EQ(answer.have, 7u) << "above its own last number: it starts a new epoch";
  const auto fresh =
      world.send("web1", world.batch({World::result(1, World::kHttp, world.now + 120s, State::ok, 1),
                                      World::result(7, World::kHttp, world.now + 180s, State::ok, 70)},
                                     wire::Lane::live, "e2"));
  EXPECT_EQ(fresh.accepted, (Ranges{{1, 1}, {7, 7}}));
  EXPECT_EQ(fresh.have, 7u);
  EXPECT_EQ(world.values("web1", World::kHttp), (std::vector<std::int64_t>{7, 3, 1, 70}));
}

// Restored from a snapshot, it gave numbers anew while it could not reach us, past what we have.
TEST(Pipeline, ASpoolSetBackWhoseNumbersHavePassedOursLosesNothing) {
  World world;
  world.start();
  for (std::uint64_t n = 1; n <= 30; ++n) {
    world.send("web1", {World::result(n, World::kHttp, world.now, State::ok)});
    world.advance(60s);
  }
  std::vector<Result> held;
  for (std::uint64_t n = 5; n <= 40; ++n)
    held.push_back(
        World::result(n, World::kHttp, world.now - 40s + n * 1s, State::ok, 1000 + static_cast<int>(n)));
  const auto answer = world.send("web1", held, wire::Lane::replay);
  EXPECT_EQ(answer.accepted, (Ranges{{31, 40}}));
  ASSERT_EQ(answer.refused.size(), 26u) << "5 to 30 are not called accepted";
  EXPECT_EQ(answer.refused.front().code, "conflict");
  EXPECT_EQ(world.pipeline->agent("web1")->conflicts, 26u) << "and it is seen who was set back";
  // What our agent does about it.
  EXPECT_EQ(world.send("web1", world.batch(held, wire::Lane::replay, "e2")).accepted, (Ranges{{5, 40}}));
  const auto kept = world.values("web1", World::kHttp);
  for (std::int64_t value = 1005; value <= 1040; ++value)
    EXPECT_GE(std::count(kept.begin(), kept.end(), value), 1) << value;
}

// A cloned machine: two agents, one certificate, one spool at first. Each is heard, nothing of either is
// lost.
TEST(Pipeline, TwoAgentsWithOneCertificateAreOneToItAndLoseNothing) {
  World world;
  world.start();
  std::uint64_t one = 3, two = 3;
  for (std::uint64_t n = 1; n <= 3; ++n)
    world.send("web1", {World::result(n, World::kHttp, world.now + n * 1s, State::ok)});
  world.advance(10s);
  ASSERT_EQ(world.send("web1", {World::result(++one, World::kHttp, world.now, State::ok, 104)}).accepted,
            (Ranges{{4, 4}}));
  const auto clone = World::result(++two, World::kHttp, world.now + 1s, State::ok, 204);
  ASSERT_EQ(world.send("web1", {clone}).refused.size(), 1u) << "the same number, other content";
  EXPECT_EQ(world.pipeline->agent("web1")->conflicts, 1u) << "by which it is seen";
  // It takes a new epoch, as docs/wire.md has it, and both go on, in turn and in one commit.
  EXPECT_EQ(world.send("web1", world.batch({clone}, wire::Lane::live, "e2")).accepted, (Ranges{{4, 4}}));
  for (int i = 0; i < 5; ++i) {
    world.advance(60s);
    ++one, ++two;
    std::vector<Submission> list;
    list.push_back(World::submission(
        "web1",
        world.batch({World::result(one, World::kHttp, world.now, State::ok, 100 + static_cast<int>(one))})));
    list.push_back(World::submission(
        "web1",
        world.batch({World::result(two, World::kHttp, world.now, State::ok, 200 + static_cast<int>(two))},
                    wire::Lane::live, "e2")));
    const auto answers = world.pipeline->take(std::move(list), world.now);
    world.pipeline->apply(world.now);
    EXPECT_EQ(answers[0].accepted, (Ranges{{one, one}}));
    EXPECT_EQ(answers[1].accepted, (Ranges{{two, two}})) << "a slot of its twin is no repeat";
  }
  world.restart();
  EXPECT_EQ(world.values("web1", World::kHttp),
            (std::vector<std::int64_t>{1, 2, 3, 104, 204, 105, 205, 106, 206, 107, 207, 108, 208, 109, 209}));
  EXPECT_EQ(world.pipeline->agents().size(), 1u);
}

TEST(Pipeline, ResultsInAnyOrderStandInThatOfTheirSlotsAndOnlyTheNewestIsJudged) {
  World world;
  world.start();
  world.advance(10min);
  const auto at = [&](std::uint64_t n, Duration back, State state) {
    return World::result(n, World::kLogin, world.now - back, state);
  };
  // Numbers ascend in a batch; slots, and batches, need not.
  EXPECT_EQ(
      world.send("web1", {at(7, 0s, State::ok), at(8, 60s, State::critical), at(9, 30s, State::critical)})
          .accepted,
      (Ranges{{7, 9}}));
  EXPECT_EQ(world.send("web1", {at(2, 90s, State::critical), at(5, 5s, State::critical)}).accepted,
            (Ranges{{2, 2}, {5, 5}}));
  EXPECT_EQ(world.values("web1", World::kLogin), (std::vector<std::int64_t>{2, 8, 9, 5, 7}));
  EXPECT_EQ(world.pipeline->check("web1", World::kLogin)->latest.n, 7u);
  EXPECT_TRUE(world.numbers().empty()) << "what is older than what was judged is history and nothing else";
  world.restart();
  EXPECT_EQ(world.values("web1", World::kLogin), (std::vector<std::int64_t>{2, 8, 9, 5, 7}));
}

TEST(Pipeline, AnAgentWithManyRefusedResultsIsHeardForEver) {
  World world;
  world.options.journal.segment_bytes = 1u << 20;
  world.start();
  std::uint64_t n = 0;
  for (int batch = 0; batch < 10; ++batch) {
    std::vector<Result> results;
    for (int i = 0; i < 500; ++i) {
      results.push_back(World::result(++n, "office-oa/oa/none", world.now, State::ok));
      ++n;
      results.push_back(
          World::result(n, World::kHttp, world.now + Duration{static_cast<int>(n % 1000)}, State::ok));
    }
    const auto answer = world.send("web1", results);
    EXPECT_EQ(answer.accepted.size(), 500u) << batch;
    EXPECT_EQ(answer.refused.size(), 500u) << batch;
  }
  EXPECT_EQ(world.values("web1", World::kHttp).size(), 5'000u);
}

TEST(Pipeline, AWrongClockIsMeasuredAndItsSlotsAreShiftedByWholeSeconds) {
  World world;
  world.start();
  auto late = world.batch({World::result(1, World::kHttp, world.now - 24h, State::ok, 1)});
  late.sent = world.now - 24h - 400ms;
  world.send("web1", late);
  const auto agent = world.pipeline->agent("web1");
  EXPECT_EQ(agent->offset, 24h + 400ms);
  EXPECT_EQ(agent->shift, 24h);
  EXPECT_EQ(world.pipeline->check("web1", World::kHttp)->latest.slot, world.now);
  EXPECT_EQ(world.pipeline->history().range({"web1", World::kHttp, ""}, world.now, world.now + 1ms, 9).size(),
            1u);
}

TEST(ClockShift, StaysUntilTheTruthIsElsewhere) {
  EXPECT_EQ(clock_shift(1'900ms, 0ms), 0ms);
  EXPECT_EQ(clock_shift(2'600ms, 0ms), 3'000ms);
  EXPECT_EQ(clock_shift(2'400ms, 3'000ms), 3'000ms) << "no trembling";
  EXPECT_EQ(clock_shift(-7'400ms, 0ms), -7'000ms);
  EXPECT_EQ(clock_shift(-7'600ms, -7'000ms), -7'000ms);
  EXPECT_EQ(clock_shift(-12'000ms, -7'000ms), -12'000ms);
  EXPECT_EQ(clock_shift(500ms, 3'000ms), 0ms);
}

TEST(Pipeline, ItemsAreJudgedOneByOneAndAFailedRunLeavesNoTraceOnThem) {
  World world;
  world.start();
  const std::string disk = "office-oa/oa/disk";  // 2 attempts
  std::uint64_t n = 0;
  const auto look = [&](State root, State var) {
    world.advance(60s);
    auto r = World::result(++n, disk, world.now, worse(root, var));
    r.msg = {};
    r.items = {{"/", root, {}, {{"used", std::int64_t{1}}}},
               {"/var", var, {"checks.x", {}}, {{"used", std::int64_t{2}}}}};
    world.send("web1", {r});
  };
  look(State::ok, State::critical);
  world.advance(60s);
  world.send("web1", {World::result(++n, disk, world.now, State::unknown)});  // could not look at all
  look(State::ok, State::critical);
  ASSERT_EQ(world.numbers().size(), 1u);
  const auto found = world.pipeline->find_case({"office-oa", world.numbers()[0]});
  ASSERT_EQ(found->state.problems.size(), 1u);
  EXPECT_EQ(found->state.problems[0].item, (domain::ItemRef{"oa", "disk", "web1", "/var"}));
  look(State::ok, State::ok), look(State::ok, State::ok);
  EXPECT_EQ(world.course(world.numbers()[0]).back(), "recovered");
  EXPECT_EQ(world.pipeline->history().range({"web1", disk, "/var"}, Timestamp{}, Timestamp::max(), 99).size(),
            4u);
  const auto view = world.pipeline->check("web1", disk);
  ASSERT_TRUE(view.has_value());
  for (const auto& item : view->items) EXPECT_FALSE(item.standing.problem) << item.key;
}

}  // namespace
}  // namespace xj::collector
