#include "collector/self_watch.h"

#include <gtest/gtest.h>

#include <random>

#include "collector/api/round.h"
#include "collector/domain/own_host.h"
#include "collector/engine.h"
#include "tests/unit/collector/world.h"

namespace xj::collector {
namespace {

const std::string kOwn(domain::kOwnHost);
const std::string kDisk = "office-oa/ops/disk";

class SelfWatchTest : public testing::Test {
 protected:
  SelfWatchTest() {
    auto contract = World::contract();
    domain::System ops;
    ops.id = "ops", ops.title = {"运维平台", ""}, ops.hosts = {kOwn};
    auto check = domain::fixture::check("disk", std::string(domain::kOwnKind), "", {}, 2);
    check.hosts = {kOwn};
    ops.checks = {check};
    contract->systems.push_back(ops);
    domain::RoundSpec round;
    round.id = "daily", round.freshness = 24h;
    contract->rounds = {round};
    world_.contracts = {contract};
    world_.options.history.retention.min_free = 400u << 10;
    world_.options.history.retention.min_days = 3;
    world_.start();
    engine_ = std::make_unique<Engine>(*world_.pipeline, clock_, EngineOptions{});
  }
  // Days of some kilobytes, the last of them yesterday.
  void fill(int days) {
    auto& history = world_.pipeline->history();
    std::mt19937_64 random(7);
    for (int day = days; day > 0; --day)
      for (int i = 0; i < 8'000; ++i)
        history.add(history.handle("web1", "office-oa/oa/http", ""), world_.now - day * 24h + i * 1s,
                    State::ok, {}, {{"v", static_cast<double>(random()) * 1e-3}});
    history.flush(history.durable_position(), world_.now);
    history.settle(history.durable_position(), world_.now);
  }
  void run(Duration time) {
    for (Duration gone{0}; gone < time; gone += 1s) {
      clock_.advance(1s);
      engine_->run_once();
    }
  }
  // The rows of the collector itself on a sheet made now.
  std::vector<Json> rows() {
    auto& pipeline = *world_.pipeline;
    const auto contract = pipeline.contract("office-oa");
    RoundInput input{*contract,
                     contract->rounds.at(0),
                     "1",
                     clock_.now(),
                     {},
                     "",
                     "",
                     "",
                     Lang::zh,
                     [&](const std::string& host, const std::string& check) {
                       return pipeline.check(host, check); },
                     {},
                     {}};
    for (const auto& [ref, open] : pipeline.book().cases()) input.cases.push_back(&open);
    const auto facts = round_facts(input);
    std::vector<Json> out;
    for (const auto& system : facts["systems"].items())
      for (const auto& row : system["items"].items())
        if (row["target"].string_or("").starts_with(kOwn)) out.push_back(row);
    for (const auto& finding : facts["findings"].items())
      if (finding["target"].string_or("").starts_with(kOwn)) out.push_back(finding);
    return out;
  }
  // The days there are, without today.
  std::vector<std::int64_t> oldest() {
    std::vector<std::int64_t> out;
    for (const auto& day : days_of(world_.pipeline->history().hold().manifest.files))
      if (day.day < utc_day(world_.now)) out.push_back(day.day);
    return out;
  }

  World world_;
  ManualClock clock_{domain::fixture::kT0};
  std::unique_ptr<Engine> engine_;
};

TEST_F(SelfWatchTest, WellIsAResultLikeAnyOther) {
  run(130s);
  const auto seen = world_.pipeline->check(kOwn, kDisk);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->latest.state, State::ok);
  ASSERT_EQ(seen->latest.items.size(), 2u);
  EXPECT_EQ(seen->latest.items[0].key, "disk");
  EXPECT_EQ(seen->latest.items[1].key, "certificates");
  EXPECT_EQ(world_.pipeline->history().range({kOwn, kDisk, "disk"}, Timestamp{}, Timestamp::max(), 99).size(),
            3u)
      << "once a minute";
  EXPECT_TRUE(world_.numbers().empty());
  run(10min);
  EXPECT_FALSE(world_.pipeline->agent(kOwn)->silent);
}

// The whole way: a disk that fills, the oldest days gone, a case of its own with its course, its end.
TEST_F(SelfWatchTest, WantOfRoomRemovesTheOldestDaysAndIsAnIncidentOfItsOwn) {
  fill(12);
  run(5s);
  const auto before = oldest();
  world_.disk.set_capacity(world_.disk.used() + (250u << 10));
  run(3min);
  const auto after = oldest();
  EXPECT_LT(after.size(), before.size());
  EXPECT_EQ(after.back(), before.back()) << "from the oldest on";
  EXPECT_EQ(after.front(), before[before.size() - after.size()]);
  ASSERT_EQ(world_.numbers().size(), 1u);
  const auto number = world_.numbers()[0];
  EXPECT_EQ(world_.course(number).at(0), "detected");
  const auto found = world_.pipeline->find_case({"office-oa", number});
  EXPECT_EQ(found->state.system, "ops");
  const auto seen = world_.pipeline->check(kOwn, kDisk);
  EXPECT_EQ(seen->latest.items.at(0).msg.id, "collector.own.removed");
  EXPECT_EQ(has_text(seen->latest.items.at(0).msg.id), true);
  world_.disk.set_capacity(world_.disk.used() + (64u << 20));  // state.db's log grows meanwhile
  run(30min);
  EXPECT_EQ(oldest().size(), after.size()) << "no more than was needed";
  EXPECT_EQ(world_.pipeline->find_case({"office-oa", number})->state.status, domain::Status::open);
  run(40min);
  EXPECT_EQ(world_.pipeline->check(kOwn, kDisk)->latest.state, State::ok)
      << "an hour after the last day went";
  const auto course = world_.course(number);
  EXPECT_NE(std::find(course.begin(), course.end(), "recovered"), course.end());
  EXPECT_EQ(world_.numbers().size(), 1u);
}

// Days are gone, and there is room again: a restart right then must not keep it from anybody, nor end it.
TEST_F(SelfWatchTest, ARestartUndoesNothingThatHappened) {
  fill(12);
  run(5s);
  world_.disk.set_capacity(world_.disk.used() + (250u << 10));
  while (world_.pipeline->check(kOwn, kDisk)->latest.state != State::critical) run(1s);
  EXPECT_TRUE(world_.numbers().empty()) << "one of two attempts";
  world_.disk.set_capacity(UINT64_MAX);
  engine_.reset();
  world_.now = clock_.now();
  world_.restart();
  engine_ = std::make_unique<Engine>(*world_.pipeline, clock_, EngineOptions{});
  run(3min);
  ASSERT_EQ(world_.numbers().size(), 1u);
  const auto number = world_.numbers()[0];
  EXPECT_EQ(world_.pipeline->check(kOwn, kDisk)->latest.items.at(0).msg.id, "collector.own.removed");
  run(50min);
  EXPECT_EQ(world_.pipeline->find_case({"office-oa", number})->state.status, domain::Status::open);
  run(15min);
  EXPECT_EQ(world_.pipeline->check(kOwn, kDisk)->latest.state, State::ok);
  const auto course = world_.course(number);
  EXPECT_NE(std::find(course.begin(), course.end(), "recovered"), course.end());
}

// On a sheet it is a host like any other; no agent is asked for its results, nor waited for.
TEST_F(SelfWatchTest, ARoundHasItsRowAndAsksNobodyForIt) {
  auto before = rows();
  ASSERT_EQ(before.size(), 2u);
  EXPECT_EQ(before[0]["state"].string_or(""), "missing");
  fill(12);
  run(5s);
  const auto well = rows();
  ASSERT_EQ(well.size(), 1u);
  EXPECT_EQ(well[0]["target"].string_or(""), kOwn);
  EXPECT_EQ(well[0]["state"].string_or(""), "ok");
  const auto asked = std::get<RoundChecks>(round_checks(*world_.pipeline, "office-oa", "daily"));
  EXPECT_EQ(asked.checks.count(kOwn), 0u);
  for (const auto& away : asked.away) EXPECT_NE(away.host, kOwn);
  EXPECT_FALSE(asked.away.empty()) << "others are";
  world_.disk.set_capacity(world_.disk.used() + (250u << 10));
  run(3min);
  ASSERT_EQ(world_.numbers().size(), 1u);
  const auto bad = rows();
  ASSERT_EQ(bad.size(), 3u) << "what is bad, the rest, and the finding";
  EXPECT_EQ(bad[0]["target"].string_or(""), kOwn + " disk");
  EXPECT_EQ(bad[0]["state"].string_or(""), "critical");
  EXPECT_EQ(bad[0]["note"].at(0).string_or(""), "collector.own.removed");
  EXPECT_EQ(bad[1]["state"].string_or(""), "ok");
  EXPECT_EQ(bad[2]["case"].string_or(""), world_.numbers()[0]);
}

TEST_F(SelfWatchTest, TwoMachinesWithOneCertificateAreAnIncident) {
  std::uint64_t n = 0;
  for (int round = 0; round < 8; ++round) {
    run(20s);
    world_.now = clock_.now();
    for (const auto* epoch : {"of-it", "of-its-clone"})
      world_.send("web1", world_.batch({World::result(++n, World::kLogin, world_.now, State::ok)},
                                       wire::Lane::live, epoch));
  }
  EXPECT_EQ(world_.pipeline->shared_certificates(clock_.now()), std::vector<std::string>{"web1"});
  run(3min);
  const auto seen = world_.pipeline->check(kOwn, kDisk);
  const auto& item = seen->latest.items.at(1);
  EXPECT_EQ(item.state, State::warning);
  EXPECT_EQ(render(item.msg, Lang::en).substr(0, 66),
            "several machines send with one certificate, as of 1 agents: web1; ");
  ASSERT_EQ(world_.numbers().size(), 1u);
  run(70min);
  EXPECT_EQ(world_.pipeline->check(kOwn, kDisk)->latest.state, State::ok) << "the clone has its own name";
}

TEST_F(SelfWatchTest, AMachineWithAFullDiskIsOne) {
  std::uint64_t n = 0;
  for (int round = 0; round < 12; ++round) {
    run(20s);
    world_.now = clock_.now();
    for (const auto* epoch : {"m-of-its-memory", "of-its-spool", "none"})
      world_.send("web1", world_.batch({World::result(++n, World::kLogin, world_.now, State::ok)},
                                       wire::Lane::live, epoch));
  }
  EXPECT_TRUE(world_.pipeline->shared_certificates(clock_.now()).empty());
}

TEST(SelfWatch, NamesAFewOfManyCertificates) {
  EXPECT_EQ(certificates_item({}).state, State::ok);
  const auto item = certificates_item({"a", "b", "c", "d", "e", "f", "g"});
  EXPECT_EQ(item.msg.args.at(0).second, "a, b, c, d, e, …");
  EXPECT_EQ(item.msg.args.at(1).second, "7");
}

TEST(SelfWatch, WhatWasBadStaysForItsHourAndNoLonger) {
  Result before;
  before.slot = domain::fixture::kT0;
  before.items = {{"disk", State::critical, {"collector.own.removed", {}}, {}},
                  {"certificates", State::unknown, {}, {}}};
  const auto state = [&](const char* key, Duration later, State now = State::ok) {
    Item fresh;
    fresh.key = key, fresh.state = now;
    return carried_on(before, fresh, before.slot + later).state;
  };
  EXPECT_EQ(state("disk", 59min), State::critical);
  EXPECT_EQ(state("disk", 60min), State::ok);
  EXPECT_EQ(state("disk", -1min), State::ok) << "the clock was set back";
  EXPECT_EQ(state("disk", 1min, State::unknown), State::unknown) << "as it is seen now";
  EXPECT_EQ(state("certificates", 1min), State::ok);
  for (int restart = 1; restart < 7; ++restart) {
    Item fresh;
    fresh.key = "disk";
    const auto now = domain::fixture::kT0 + restart * 10min;
    before.items = {carried_on(before, fresh, now)};
    before.slot = now;
    EXPECT_EQ(before.items[0].state, restart < 6 ? State::critical : State::ok) << restart;
  }
}

// state.db, journal and snapshot are not history's: nothing of them goes.
TEST_F(SelfWatchTest, NoFileOfTheStateIsTouched) {
  fill(12);
  world_.send("web1", {World::result(1, World::kLogin, world_.now, State::critical)});
  run(65s);
  const auto cases = world_.numbers();
  ASSERT_EQ(cases.size(), 1u);
  const auto journal = world_.disk.list("/data/journal");
  world_.disk.set_capacity(world_.disk.used() + (250u << 10));
  run(20s);
  EXPECT_GT(world_.pipeline->history().room().all_days, 0u);
  EXPECT_EQ(world_.numbers(), cases);
  for (const auto& name : journal) EXPECT_TRUE(world_.disk.exists("/data/journal/" + name)) << name;
  EXPECT_TRUE(world_.disk.exists("/data/state.db"));
  EXPECT_TRUE(world_.disk.exists("/data/snapshot"));
  engine_.reset();
  world_.disk.set_capacity(UINT64_MAX);
  world_.restart();
  EXPECT_EQ(world_.numbers(), cases);
}

TEST_F(SelfWatchTest, WithoutABoundItSaysThatNothingWatches) {
  world_.pipeline->history().set_retention({});
  run(61s);
  const auto seen = world_.pipeline->check(kOwn, kDisk);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->latest.state, State::unknown);
  EXPECT_EQ(seen->latest.items.at(0).msg.id, "collector.own.unwatched");
}

TEST(SelfWatch, SaysNothingBeforeItLooked) {
  EXPECT_FALSE(disk_item(HistoryRoom{}));
  HistoryRoom room;
  room.looked = room.watched = true;
  room.free = 5, room.wanted = 10, room.exhausted = true, room.began = Timestamp{};
  EXPECT_EQ(disk_item(room)->state, State::critical);
  EXPECT_EQ(disk_item(room)->msg.id, "collector.own.exhausted");
  room.exhausted = false;
  EXPECT_EQ(disk_item(room)->msg.id, "collector.own.tight");
}

}  // namespace
}  // namespace xj::collector
