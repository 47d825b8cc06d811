// What a full or failing disk, a crash, or the files of another life do to the pipeline.
#include <gtest/gtest.h>

#include "tests/unit/collector/world.h"

namespace xj::collector {
namespace {

using Ranges = std::vector<wire::Range>;
using Words = std::vector<std::string>;

TEST(Pipeline, AFullDiskAcceptsNothingAndLosesNothing) {
  World world;
  world.start();
  world.send("web1", {World::result(1, World::kHttp, world.now, State::ok, 1)});
  world.failing.set_full(true);
  std::vector<Result> large;
  for (std::uint64_t n = 2; n < 400; ++n)
    large.push_back(World::result(n, World::kHttp, world.now + n * 1ms, State::ok));
  EXPECT_THROW(world.send("web1", large), io::IoFault);
  EXPECT_THROW(world.send("web1", large), io::IoFault);
  EXPECT_EQ(world.values("web1", World::kHttp).size(), 1u);
  world.failing.set_full(false);
  EXPECT_EQ(world.send("web1", large).accepted, (Ranges{{2, 399}}));
  EXPECT_EQ(world.values("web1", World::kHttp).size(), 399u);
  world.restart();
  EXPECT_EQ(world.values("web1", World::kHttp).size(), 399u);
}

TEST(Pipeline, AFaultOfTheJournalAtAnyCallAcceptsNothingTwice) {
  std::uint64_t calls = 0;
  for (std::uint64_t at = 0; at <= calls + 1; ++at) {
    World world;
    world.start();
    world.send("web1", {World::result(1, World::kHttp, world.now, State::ok, 1)});
    const auto before = world.failing.calls();
    if (at > 0) world.failing.fail_at(before + at);
    std::vector<Submission> list;
    for (std::uint64_t n : {2, 3})
      list.push_back(World::submission(
          "web1", world.batch({World::result(n, World::kHttp, world.now + n * 60s, State::ok)})));
    bool failed = false;
    try {
      world.pipeline->take(std::move(list), world.now);
      world.pipeline->apply(world.now);
    } catch (const Fault&) {
      failed = true;
    }
    if (at == 0) calls = world.failing.calls() - before;
    world.failing.fail_at(0);
    EXPECT_EQ(failed, at > 0 && at <= calls) << at;
    const auto answer = world.send("web1", {World::result(2, World::kHttp, world.now + 120s, State::ok, 2),
                                            World::result(3, World::kHttp, world.now + 180s, State::ok, 3)});
    EXPECT_EQ(answer.accepted, (Ranges{{2, 3}})) << at;
    EXPECT_EQ(world.values("web1", World::kHttp), (std::vector<std::int64_t>{1, 2, 3})) << at;
    world.restart();
    EXPECT_EQ(world.values("web1", World::kHttp), (std::vector<std::int64_t>{1, 2, 3}))
        << at << " after a restart";
  }
  EXPECT_GE(calls, 2u);
}

TEST(Pipeline, WhatApplyLeftIsAppliedBeforeMoreIsTaken) {
  World world;
  world.start();
  const auto take = [&](std::uint64_t n) {
    std::vector<Submission> list;
    list.push_back(
        World::submission("web1", world.batch({World::result(n, World::kHttp, world.now, State::ok)})));
    return world.pipeline->take(std::move(list), world.now).at(0).accepted;
  };
  EXPECT_EQ(take(1), (Ranges{{1, 1}}));
  EXPECT_EQ(take(2), (Ranges{{2, 2}})) << "something threw between: a later batch is not stuck for it";
  EXPECT_EQ(world.values("web1", World::kHttp), (std::vector<std::int64_t>{1}));
  world.pipeline->apply(world.now);
  EXPECT_EQ(world.values("web1", World::kHttp), (std::vector<std::int64_t>{1, 2}));
  world.restart();
  EXPECT_EQ(world.values("web1", World::kHttp), (std::vector<std::int64_t>{1, 2}));
}

TEST(Pipeline, AFullStateDbDelaysTheCaseAndDoesNotLoseIt) {
  World world;
  world.start();
  world.db->full = true;
  EXPECT_THROW(world.send("web1", {World::result(1, World::kLogin, world.now, State::critical, 1)}),
               io::DbFault);
  EXPECT_FALSE(world.pipeline->snapshot().has_value()) << "a snapshot now would forget the transition";
  EXPECT_THROW(world.pipeline->tick(world.now + 10s), io::DbFault);
  world.db->full = false;
  EXPECT_TRUE(world.numbers().empty());
  world.pipeline->tick(world.now + 20s);
  EXPECT_EQ(world.numbers(), (Words{"INC-261120-01"}));
  EXPECT_EQ(world.course("INC-261120-01"), (Words{"detected", "graded"}));
  world.restart();
  EXPECT_EQ(world.course("INC-261120-01"), (Words{"detected", "graded"}));
}

TEST(Pipeline, AfterACrashBeforeCommitBTheCaseComesFromTheJournal) {
  World world;
  world.start();
  world.db->full = true;
  EXPECT_THROW(world.send("web1", {World::result(1, World::kLogin, world.now, State::critical, 1)}),
               io::DbFault);
  world.restart();
  EXPECT_EQ(world.numbers(), (Words{"INC-261120-01"}));
  world.restart();
  EXPECT_EQ(world.course("INC-261120-01"), (Words{"detected", "graded"}));
}

TEST(Pipeline, CasesStayBoundToTheirRevision) {
  World world;
  world.start();
  world.send("web1", {World::result(1, World::kLogin, world.now, State::critical, 1)});
  auto changed = World::contract();
  changed->revision = "rev-2";
  changed->systems[0].checks.erase(changed->systems[0].checks.begin());  // http is no longer assigned
  world.send("web1", {World::result(2, World::kHttp, world.now, State::ok, 2)});
  const auto old = world.contracts[0];
  world.contracts = {changed};
  world.options.read_contract = [old](const std::string&) { return old; };
  world.pipeline->set_contracts(world.contracts, world.now);
  EXPECT_EQ(world.pipeline->book().find({"office-oa", "INC-261120-01"})->contract->revision, "rev-1");
  EXPECT_EQ(
      world.send("web1", {World::result(3, World::kHttp, world.now + 60s, State::critical, 3)}).accepted,
      (Ranges{{3, 3}}))
      << "late data of a check that is gone completes its history";
  EXPECT_EQ(world.send("web2", {World::result(1, World::kHttp, world.now, State::ok, 1)}).refused.size(), 1u);
  world.restart();
  EXPECT_EQ(world.pipeline->book().find({"office-oa", "INC-261120-01"})->contract->revision, "rev-1");
}

TEST(Pipeline, JournalOfAnotherLifeIsNotTaken) {
  World world;
  world.start();
  world.send("web1", {World::result(1, World::kHttp, world.now, State::ok, 1)});
  world.pipeline->save(world.now);
  world.crash();
  for (const auto& name : world.disk.list("/data/journal")) world.disk.remove("/data/journal/" + name);
  EXPECT_THROW(world.start(), Fault);
  world.crash();
}

TEST(Pipeline, AStateDbOfAnotherLifeIsNotTaken) {
  World world;
  world.start();
  world.send("web1", {World::result(1, World::kHttp, world.now, State::ok, 1)});
  world.pipeline->save(world.now);
  world.crash();
  for (const auto& name : world.disk.list("/data"))
    if (name.starts_with("state.db")) world.disk.remove("/data/" + name);
  EXPECT_THROW(world.start(), Fault);
  world.crash();
}

TEST(Snapshot, ComesBackWholeAndDamageIsAFault) {
  World world;
  world.start();
  std::uint64_t n = 0;
  for (const State state : {State::ok, State::critical, State::critical}) {
    auto r = World::result(++n, "office-oa/oa/disk", world.now + n * 60s, state, 5);
    r.items = {{"/", state, {}, {{"used", 1.5}}}};
    r.rows = {{"a", "b"}};
    world.send("web1", {r, World::result(++n, "local/x", world.now, State::ok, 1)});
  }
  const auto taken = world.pipeline->snapshot();
  ASSERT_TRUE(taken.has_value());
  const auto memory = decode_snapshot(taken->bytes);
  EXPECT_EQ(encode_snapshot(memory).size(), taken->bytes.size());
  EXPECT_EQ(memory.position, 3u);
  EXPECT_EQ(memory.agents.at("web1").checks.size(), 2u);
  for (std::size_t cut = 0; cut < taken->bytes.size(); ++cut)
    EXPECT_THROW((void)decode_snapshot(taken->bytes.substr(0, cut)), Fault);
  auto damaged = taken->bytes;
  damaged[damaged.size() / 2] ^= 1;
  EXPECT_THROW((void)decode_snapshot(damaged), Fault);
}

}  // namespace
}  // namespace xj::collector
