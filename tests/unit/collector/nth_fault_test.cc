// Every single operation of the disk fails once, in turn, over five days of a collector: batches, a case,
// rolled and freed segments of the journal, snapshots, flushed, folded, sealed and removed days, an orderly
// stop. What was being done is done again, by the same process or by one that starts anew: nothing
// acknowledged is lost, nothing stands twice, and in the end all is as if nothing had failed. The same with a
// power cut at each of them.
#include <gtest/gtest.h>

#include <set>

#include "collector/store/seal.h"
#include "tests/fakes/every_fault.h"
#include "tests/unit/collector/world.h"

namespace xj::collector {
namespace {

enum class Fails { journal_snapshot_history, state_db, power };
enum class Then { goes_on, starts_anew };

struct State {
  std::vector<std::int64_t> results;
  std::vector<std::string> events, outbox, files;
  bool operator==(const State&) const = default;
};

std::ostream& operator<<(std::ostream& out, const State& state) {
  for (const auto n : state.results) out << n << ' ';
  for (const auto* list : {&state.events, &state.outbox, &state.files})
    for (const auto& text : *list) out << "\n  " << text;
  return out;
}

class Days {
 public:
  Days() {
    world.options.journal.segment_bytes = 1u << 10;
    world.options.history.parts = 2;
    world.options.history.retention.keep = 24h;
    world.options.history.flush_every = 1min;
  }

  // All of it; nothing fails with 0.
  void run(Fails what, std::uint64_t nth, Then then) {
    then_ = then, seed_ = nth % 5;
    world.start();
    auto& disk = what == Fails::state_db ? world.failing_state : world.failing;
    if (nth > 0 && what == Fails::power)
      world.disk.cut_at(world.disk.operations() + nth);
    else if (nth > 0)
      disk.fail_at(disk.calls() + nth);
    for (int day = 0; day < 5; ++day) {
      for (int i = 0; i < 3; ++i) {
        world.now += 2min;
        ++n_;
        const auto result = World::result(n_, World::kLogin, world.now,
                                          day == 1 && i == 1 ? xj::State::critical : xj::State::ok);
        until_done([&] {
          const auto answer = world.send("web1", world.batch({result}));
          EXPECT_TRUE(answer.refused.empty()) << result.n;
          EXPECT_EQ(answer.accepted, (std::vector<wire::Range>{{result.n, result.n}}));
        });
        until_done([&] { world.pipeline->tick(world.now); });
        until_done([&] { work(); });
        until_done([&] { look_for_what_was_acknowledged(); });
      }
      world.now += 24h;
    }
    until_done([&] { stop(); });
    until_done([&] { unseal_state(world.failing, "/data"), world.start(); });
    until_done([&] { world.pipeline->history().settle(world.pipeline->applied(), world.now); });
    met = met || disk.failed();
    disk.fail_at(0);
  }

  State state() {
    State out;
    out.results = world.values("web1", World::kLogin);
    for (const auto& number : world.numbers())
      for (const auto& kind : world.course(number)) out.events.push_back(number + ' ' + kind);
    for (const auto& row : world.pipeline->outbox().recent(1'000)) out.outbox.push_back(row.key);
    std::sort(out.outbox.begin(), out.outbox.end());
    for (const auto* dir : {"/data", "/data/history"})
      for (const auto& name : world.disk.list(dir))
        if (name.ends_with(".xjs"))
          out.files.push_back(name.substr(0, 10) + " summary");  // the number of a file is as it comes
        else if (!name.starts_with("state.db-") && !name.ends_with(".xjh"))
          out.files.push_back(name);
    return out;
  }

  World world;
  bool met = false;

 private:
  // What the chore thread does.
  void work() {
    world.pipeline->save(world.now);
    world.pipeline->history().settle(world.pipeline->applied(), world.now);
  }
  void stop() {
    world.pipeline->save(world.now);
    world.crash();
    seal_state(world.failing, "/data");
  }
  void until_done(const std::function<void()>& step) {
    for (int attempt = 0; attempt < 4; ++attempt) {
      try {
        if (world.pipeline == nullptr && attempt > 0) unseal_state(world.failing, "/data"), world.start();
        step();
        return;
      } catch (const std::exception& fault) {
        if (then_ == Then::starts_anew || attempt == 2 || world.disk.cut()) world.crash();
        if (world.disk.cut())
          world.disk.restart(seed_), met = true;
        else if (dynamic_cast<const Fault*>(&fault) == nullptr)
          throw;
      }
    }
    ADD_FAILURE() << "one fault, and it cannot be done in four attempts";
  }
  // Three days are kept at any time, whatever becomes of the fourth.
  void look_for_what_was_acknowledged() {
    const auto found = world.values("web1", World::kLogin);
    const auto all = static_cast<std::int64_t>(n_);
    ASSERT_FALSE(found.empty());
    for (std::size_t i = 0; i < found.size(); ++i)
      ASSERT_EQ(found[i], all - static_cast<std::int64_t>(found.size() - 1 - i)) << "of " << all;
    EXPECT_GE(found.size(), std::min<std::size_t>(n_, 4));
  }
  Then then_ = Then::goes_on;
  std::uint64_t seed_ = 0;
  std::uint64_t n_ = 0;
};

// `step`: how many operations are passed over at most, so that it is done in seconds.
std::uint64_t at_every_operation(Fails what, Then then, std::uint64_t step) {
  Days untouched;
  untouched.run(what, 0, then);
  const auto expected = untouched.state();
  EXPECT_GE(expected.events.size(), 3U);
  EXPECT_LT(expected.results.size(), 15U) << "days were removed";
  EXPECT_FALSE(untouched.world.disk.exists("/data/journal/00000000000000000001.log")) << "and records freed";
  return fakes::every_fault(
      [&](std::uint64_t nth) {
        Days days;
        days.run(what, nth, then);
        if (!testing::Test::HasFailure()) {
          EXPECT_EQ(days.state(), expected);
        }
        return days.met;
      },
      [step](std::uint64_t nth) { return nth + 1 + nth % step; });
}

TEST(NthFault, OfAnyFileAndTheSameGoesOn) {
  EXPECT_GT(at_every_operation(Fails::journal_snapshot_history, Then::goes_on, 29), 40U);
}

TEST(NthFault, OfAnyFileAndANewOneStarts) {
  EXPECT_GT(at_every_operation(Fails::journal_snapshot_history, Then::starts_anew, 31), 40U);
}

TEST(NthFault, OfStateDbAndTheSameGoesOn) {
  EXPECT_GT(at_every_operation(Fails::state_db, Then::goes_on, 31), 40U);
}

TEST(NthFault, OfStateDbAndANewOneStarts) {
  EXPECT_GT(at_every_operation(Fails::state_db, Then::starts_anew, 31), 40U);
}

TEST(NthFault, OfThePower) { EXPECT_GT(at_every_operation(Fails::power, Then::starts_anew, 29), 40U); }

}  // namespace
}  // namespace xj::collector
