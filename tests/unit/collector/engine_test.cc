#include "collector/engine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <optional>
#include <thread>

#include "collector/store/migrate.h"
#include "tests/unit/collector/world.h"

namespace xj::collector {
namespace {

const std::string kHttp = "office-oa/oa/http";

// The deterministic mode: nothing runs but run_once(), time stands still until told.
class EngineTest : public testing::Test {
 protected:
  EngineTest() { world_.start(); }
  void make(EngineOptions options = {}) {
    engine_ = std::make_unique<Engine>(*world_.pipeline, clock_, std::move(options));
  }
  void submit(std::uint64_t n) {
    engine_->submit(
        World::submission("web1", world_.batch({World::result(n, kHttp, world_.now + n * 1ms, State::ok)})),
        [this](IngestReply reply) { replies_.push_back(std::move(reply)); });
  }
  std::size_t answers() const {
    return static_cast<std::size_t>(std::count_if(replies_.begin(), replies_.end(), [](const IngestReply& r) {
      return std::holds_alternative<wire::Answer>(r);
    }));
  }

  World world_;
  ManualClock clock_{domain::fixture::kT0};
  std::vector<IngestReply> replies_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(EngineTest, AllThatWaitsIsOneCommit) {
  make();
  for (std::uint64_t n = 1; n <= 20; ++n) submit(n);
  EXPECT_TRUE(replies_.empty()) << "no answer before it is durable";
  EXPECT_EQ(engine_->health().waiting_batches, 20u);
  engine_->run_once();
  EXPECT_EQ(answers(), 20u);
  EXPECT_EQ(engine_->health().groups, 1u);
  EXPECT_EQ(world_.values("web1", kHttp).size(), 20u);
}

TEST_F(EngineTest, MoreThanFitsIsToldToComeAgain) {
  EngineOptions options;
  options.max_waiting_batches = 2;
  make(options);
  submit(1), submit(2), submit(3);
  ASSERT_EQ(replies_.size(), 1u);
  ASSERT_TRUE(std::holds_alternative<Busy>(replies_[0]));
  EXPECT_GT(std::get<Busy>(replies_[0]).retry_after.count(), 0);
  engine_->run_once();
  submit(3);
  engine_->run_once();
  EXPECT_EQ(answers(), 3u);
}

TEST_F(EngineTest, ABacklogKeepsNothingNewWaiting) {
  EngineOptions options;
  options.max_waiting_batches = 8;
  options.max_group = 4;
  make(options);
  std::vector<std::string> order;
  const auto put = [&](std::uint64_t n, wire::Lane lane) {
    auto batch = world_.batch({World::result(n, kHttp, world_.now + n * 1ms, State::ok)});
    batch.lane = lane;
    engine_->submit(World::submission("web1", std::move(batch)), [&order, n](const IngestReply& reply) {
      order.push_back(std::to_string(n) + (std::holds_alternative<Busy>(reply) ? " busy" : " in"));
    });
  };
  for (std::uint64_t n = 1; n <= 5; ++n) put(n, wire::Lane::replay);
  EXPECT_EQ(order, (std::vector<std::string>{"5 busy"})) << "half the room";
  order.clear();
  for (std::uint64_t n = 11; n <= 13; ++n) put(n, wire::Lane::live);
  engine_->run_once();
  EXPECT_EQ(order, (std::vector<std::string>{"11 in", "12 in", "13 in", "1 in"}));
  for (int i = 0; i < 3; ++i) engine_->run_once();
  EXPECT_EQ(order.size(), 7u);
  EXPECT_EQ(engine_->health().waiting_batches, 0u);
}

TEST_F(EngineTest, BytesAreBoundedToo) {
  EngineOptions options;
  options.max_waiting_bytes = 10;
  make(options);
  submit(1), submit(2);
  ASSERT_EQ(replies_.size(), 1u) << "one always fits";
  EXPECT_TRUE(std::holds_alternative<Busy>(replies_[0]));
}

TEST_F(EngineTest, AFullDiskIsUnavailableAndRecoversByItself) {
  make();
  submit(1);
  engine_->run_once();
  world_.failing.set_full(true);
  // More than the preallocated segment still takes.
  std::vector<Result> large;
  for (std::uint64_t n = 2; n < 400; ++n)
    large.push_back(World::result(n, kHttp, world_.now + n * 1ms, State::ok));
  const auto send_large = [&] {
    engine_->submit(World::submission("web1", world_.batch(large)),
                    [this](IngestReply reply) { replies_.push_back(std::move(reply)); });
    engine_->run_once();
  };
  send_large();
  ASSERT_TRUE(std::holds_alternative<Unavailable>(replies_.back()));
  EXPECT_FALSE(engine_->health().fault.empty());
  submit(2);
  engine_->run_once();
  EXPECT_TRUE(std::holds_alternative<Unavailable>(replies_.back())) << "the disk is left alone for a second";
  world_.failing.set_full(false);
  clock_.advance(2s);
  send_large();
  ASSERT_TRUE(std::holds_alternative<wire::Answer>(replies_.back()));
  EXPECT_EQ(std::get<wire::Answer>(replies_.back()).accepted, (std::vector<wire::Range>{{2, 399}}));
  EXPECT_TRUE(engine_->health().fault.empty());
}

TEST_F(EngineTest, WhileTheDatabaseIsFullNothingIsAcceptedAndNothingForgotten) {
  make();
  world_.db->full = true;
  engine_->submit(
      World::submission("web1",
                        world_.batch({World::result(1, "office-oa/oa/login", world_.now, State::critical)})),
      [this](IngestReply reply) { replies_.push_back(std::move(reply)); });
  engine_->run_once();
  EXPECT_EQ(answers(), 1u) << "it was durable in the journal before state.db was asked";
  EXPECT_FALSE(engine_->health().fault.empty());
  submit(2);
  engine_->run_once();
  EXPECT_TRUE(std::holds_alternative<Unavailable>(replies_.back()));
  world_.db->full = false;
  clock_.advance(2s);
  engine_->run_once();
  EXPECT_TRUE(engine_->health().fault.empty());
  EXPECT_EQ(world_.numbers().size(), 1u);
}

TEST_F(EngineTest, AHistoryThatCannotBeWrittenHoldsIngestBackAndForgetsNothing) {
  world_.crash();
  world_.options.history.memory = 2u << 10;
  world_.options.history.most = 8u << 10;
  world_.start();
  make();
  world_.failing.set_full(true, "/data/history");
  std::uint64_t n = 0;
  std::size_t taken = 0;
  for (int i = 0; i < 3'000; ++i) {
    submit(++n);
    engine_->run_once();
    clock_.advance(100ms);
    if (!std::holds_alternative<wire::Answer>(replies_.back())) break;
    ++taken;
  }
  ASSERT_TRUE(std::holds_alternative<Unavailable>(replies_.back())) << "not without bound";
  EXPECT_GE(std::get<Unavailable>(replies_.back()).retry_after, 1s);
  EXPECT_GT(taken, 100u);
  EXPECT_TRUE(engine_->health().held_back);
  EXPECT_FALSE(engine_->health().fault.empty());
  EXPECT_FALSE(engine_->health().writing_fault.empty());
  EXPECT_LE(world_.pipeline->history().figures().open_bytes, 12u << 10) << "a block more";
  EXPECT_EQ(world_.values("web1", kHttp).size(), taken) << "all that was acknowledged can be read";
  // For a day: no more, and nobody is silent for it.
  for (int i = 0; i < 300; ++i) {
    clock_.advance(5min);
    submit(n);
    engine_->run_once();
    ASSERT_TRUE(std::holds_alternative<Unavailable>(replies_.back()));
  }
  EXPECT_FALSE(world_.pipeline->agent("web1")->silent);
  world_.failing.set_full(false);
  for (int i = 0; i < 3; ++i) {
    clock_.advance(11s);
    engine_->run_once();
  }
  EXPECT_TRUE(engine_->health().fault.empty()) << "it goes on by itself";
  EXPECT_FALSE(engine_->health().held_back);
  submit(n);
  engine_->run_once();
  EXPECT_TRUE(std::holds_alternative<wire::Answer>(replies_.back()));
  engine_.reset();  // it stands on the pipeline
  world_.restart();
  EXPECT_EQ(world_.values("web1", kHttp).size(), taken + 1);
}

TEST_F(EngineTest, AnOldDayThatCannotBeRemovedIsTriedAgain) {
  world_.crash();
  world_.options.history.retention.keep = 24h;
  world_.start();
  make();
  for (std::uint64_t n = 1; n <= 2; ++n) {
    world_.send("web1", {World::result(n, kHttp, world_.now, State::ok)});
    world_.pipeline->save(world_.now);
    world_.now += 24h;
  }
  clock_.advance(73h);
  world_.failing.set_full(true, "/data/history");
  engine_->run_once();
  EXPECT_FALSE(engine_->health().writing_fault.empty());
  EXPECT_EQ(world_.values("web1", kHttp).size(), 2u);
  world_.failing.set_full(false);
  for (int i = 0; i < 3; ++i) {
    clock_.advance(11s);
    engine_->run_once();
  }
  EXPECT_TRUE(engine_->health().writing_fault.empty());
  EXPECT_EQ(world_.values("web1", kHttp).size(), 1u);
}

TEST_F(EngineTest, AJournalThatWaitsForASnapshotIsBounded) {
  world_.crash();
  world_.options.max_journal = 128u << 10;
  world_.start();
  make();
  world_.failing.set_full(true, "/data/snapshot");
  std::uint64_t n = 0;
  for (int i = 0; i < 5'000; ++i) {
    submit(++n);
    engine_->run_once();
    clock_.advance(1s);
    if (!std::holds_alternative<wire::Answer>(replies_.back())) break;
  }
  ASSERT_FALSE(std::holds_alternative<wire::Answer>(replies_.back()));
  EXPECT_LE(world_.pipeline->figures().journal_bytes, 160u << 10);
  world_.failing.set_full(false);
  for (int i = 0; i < 3; ++i) {
    clock_.advance(11s);
    engine_->run_once();
  }
  EXPECT_LT(world_.pipeline->figures().journal_bytes, 100u << 10) << "it is written at once, not in its turn";
  submit(n);
  engine_->run_once();
  EXPECT_TRUE(std::holds_alternative<wire::Answer>(replies_.back()));
}

// A backup keeps what it copies; when it ends, nobody else would let go of it.
TEST_F(EngineTest, AJournalThatABackupHeldIsLetGoWhenItEnds) {
  world_.crash();
  world_.options.max_journal = 128u << 10;
  world_.start();
  make();
  auto hold = std::make_optional(world_.pipeline->hold());
  std::uint64_t n = 0;
  for (int i = 0; i < 5'000; ++i) {
    submit(++n);
    engine_->run_once();
    clock_.advance(1s);
    if (!std::holds_alternative<wire::Answer>(replies_.back())) break;
  }
  ASSERT_FALSE(std::holds_alternative<wire::Answer>(replies_.back()));
  for (int i = 0; i < 10; ++i) {  // all is written, and still held
    clock_.advance(11s);
    engine_->run_once();
  }
  ASSERT_TRUE(engine_->health().held_back);
  hold.reset();
  for (int i = 0; i < 3; ++i) {
    clock_.advance(11s);
    engine_->run_once();
  }
  EXPECT_FALSE(engine_->health().held_back);
  submit(n);
  engine_->run_once();
  EXPECT_TRUE(std::holds_alternative<wire::Answer>(replies_.back()));
}

TEST_F(EngineTest, WhatIsPackedCountsUnpacked) {
  EngineOptions options;
  options.max_waiting_bytes = 100'000;
  make(options);
  std::vector<Result> results;
  for (std::uint64_t n = 1; n <= 1'000; ++n)
    results.push_back(World::result(n, kHttp, world_.now + Duration{static_cast<int>(n)}, State::ok, 7));
  for (int i = 0; i < 3; ++i) {
    auto read = read_submission("web1", wire::deflate(wire::encode(world_.batch(results))), true);
    engine_->submit(std::move(std::get<Submission>(read)),
                    [this](IngestReply reply) { replies_.push_back(std::move(reply)); });
  }
  EXPECT_EQ(replies_.size(), 2u) << "a small body may be much in memory";
}

TEST_F(EngineTest, WhomItTurnedAwayItDoesNotCallSilent) {
  make();
  submit(1);
  engine_->run_once();
  world_.db->full = true;
  engine_->submit(
      World::submission("web1",
                        world_.batch({World::result(2, "office-oa/oa/login", world_.now, State::critical)})),
      [](IngestReply) {});
  for (int i = 0; i < 720; ++i) {
    clock_.advance(5s);
    engine_->run_once();
  }
  ASSERT_FALSE(engine_->health().fault.empty());
  world_.db->full = false;
  for (int i = 0; i < 12; ++i) {
    clock_.advance(5s);
    engine_->run_once();
  }
  EXPECT_TRUE(engine_->health().fault.empty());
  EXPECT_FALSE(world_.pipeline->agent("web1")->silent) << "it may well have knocked all the time";
  clock_.advance(9s);
  for (int i = 0; i < 240; ++i) {
    clock_.advance(5s);
    engine_->run_once();
  }
  EXPECT_TRUE(world_.pipeline->agent("web1")->silent) << "but from now on it counts";
}

TEST_F(EngineTest, AClockThatIsSetOrAThreadThatHungSilencesNobody) {
  make();
  submit(1);
  engine_->run_once();
  clock_.step_wall(3h);
  for (int i = 0; i < 5; ++i) {
    clock_.advance(5s);
    engine_->run_once();
  }
  EXPECT_FALSE(world_.pipeline->agent("web1")->silent) << "the machine slept or was set right";
  clock_.advance(1h);
  for (int i = 0; i < 5; ++i) {
    clock_.advance(5s);
    engine_->run_once();
  }
  EXPECT_FALSE(world_.pipeline->agent("web1")->silent) << "nothing was heard because nobody listened";
  clock_.step_wall(-24h);
  for (int i = 0; i < 240; ++i) {
    clock_.advance(5s);
    engine_->run_once();
  }
  EXPECT_TRUE(world_.pipeline->agent("web1")->silent) << "time of the wrong clock is no proof of life";
}

TEST_F(EngineTest, TicksAndSnapshotsComeAtTheirTimes) {
  std::vector<Duration> lags;
  EngineOptions options;
  options.alive = [&](Duration lag) { lags.push_back(lag); };
  make(options);
  engine_->run_once();
  EXPECT_EQ(lags.size(), 1u);
  engine_->run_once();
  EXPECT_EQ(lags.size(), 1u) << "not before its time";
  clock_.advance(4s);
  engine_->run_once();
  ASSERT_EQ(lags.size(), 2u);
  EXPECT_EQ(lags[1], 3s) << "its lateness is told";
  submit(1);
  engine_->run_once();
  EXPECT_FALSE(world_.disk.exists("/data/snapshot"));
  clock_.advance(61s);
  engine_->run_once();
  EXPECT_TRUE(world_.disk.exists("/data/snapshot"));
  EXPECT_EQ(world_.pipeline->figures().snapshot_position, 1u);
}

TEST_F(EngineTest, WorkRunsInOrderAndABadOneHarmsNobody) {
  make();
  std::vector<int> order;
  EXPECT_TRUE(engine_->post([&](Pipeline&) { order.push_back(1); }));
  EXPECT_TRUE(engine_->post([](Pipeline&) { throw Fault("on purpose"); }));
  EXPECT_TRUE(engine_->post([&](Pipeline&) { order.push_back(2); }));
  engine_->run_once();
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST_F(EngineTest, StoppingFinishesWhatWaitsAndSaves) {
  bool told = false;
  EngineOptions options;
  options.outbox_filled = [&] { told = true; };
  make(options);
  engine_->submit(
      World::submission("web1",
                        world_.batch({World::result(1, "office-oa/oa/login", world_.now, State::critical)})),
      [this](IngestReply reply) { replies_.push_back(std::move(reply)); });
  engine_->stop();
  EXPECT_EQ(answers(), 1u);
  EXPECT_TRUE(told);
  EXPECT_EQ(world_.pipeline->figures().snapshot_position, 1u);
  EXPECT_EQ(world_.pipeline->history().durable_position(), 1u);
  submit(2);
  EXPECT_TRUE(std::holds_alternative<Unavailable>(replies_.back()));
  EXPECT_FALSE(engine_->post([](Pipeline&) {}));
}

// The real threads on a real disk, with answers awaited, not slept for.
TEST(EngineThread, ManySubmittersEachHearTheirOwnAnswer) {
  char name[] = "/tmp/xj-engine-XXXXXX";
  ASSERT_NE(::mkdtemp(name), nullptr);
  const std::string dir = name;
  io::PosixFileSystem fs;
  const SystemClock clock;
  const auto now = clock.now();
  constexpr int kThreads = 4, kEach = 50;
  const auto db = io::open_sqlite(dir + "/state.db");
  migrate(*db, fs, dir + "/state.db", now);
  const auto values = [](Pipeline& pipeline, int thread) {
    return pipeline.history()
        .range({"agent" + std::to_string(thread), "local/x", ""}, Timestamp{}, Timestamp::max(), 999)
        .size();
  };
  {
    Pipeline pipeline(fs, *db, dir, {World::contract()}, now, World::small());
    EngineOptions options;
    options.snapshot = Duration{20};  // chores run beside it all the time
    Engine engine(pipeline, clock, options);
    engine.start();
    std::vector<std::thread> threads;
    std::atomic<int> good{0};
    for (int t = 0; t < kThreads; ++t)
      threads.emplace_back([&, t] {
        for (int i = 1; i <= kEach; ++i) {
          const auto n = static_cast<std::uint64_t>(i);
          wire::Batch batch;
          batch.epoch = "e";
          batch.sent = now;
          batch.results = {World::result(n, "local/x", now + Duration{i}, State::ok)};
          std::promise<IngestReply> reply;
          engine.submit(World::submission("agent" + std::to_string(t), batch),
                        [&](IngestReply r) { reply.set_value(std::move(r)); });
          const auto got = reply.get_future().get();
          const auto* answer = std::get_if<wire::Answer>(&got);
          if (answer != nullptr && answer->accepted == std::vector<wire::Range>{{n, n}} && answer->have == n)
            ++good;
          std::promise<std::size_t> seen;
          engine.post([&](Pipeline& p) { seen.set_value(values(p, t)); });
          if (seen.get_future().get() != n) good = -1'000'000;
        }
      });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(good, kThreads * kEach);
    engine.stop();
  }
  Pipeline again(fs, *db, dir, {World::contract()}, now, World::small());
  for (int t = 0; t < kThreads; ++t) EXPECT_EQ(values(again, t), static_cast<std::size_t>(kEach));
  std::filesystem::remove_all(dir);
}

}  // namespace
}  // namespace xj::collector
