#include "agent/schedule.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace xj::agent {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const Timestamp kStart = *parse_iso("2026-11-20T08:00:00.123Z");

struct Bench {
  ManualClock clock{kStart};
  Schedule schedule{"oa-web-1"};

  explicit Bench(const std::vector<ScheduleEntry>& entries) {
    schedule.set(entries, clock.now(), clock.mono());
  }
  std::vector<Due> due() { return schedule.due(clock.now(), clock.mono()); }
  // Runs what is due, each taking no time.
  std::vector<Due> run(State state = State::ok) {
    auto out = due();
    for (const auto& d : out) schedule.finished(d.id, state, clock.now());
    return out;
  }
  std::optional<Duration> wait() { return schedule.wait(clock.now()); }
  void sleep_to_next() { clock.advance(*wait()); }
};

std::vector<ScheduleEntry> many(int count, Duration interval = seconds{60}) {
  std::vector<ScheduleEntry> out;
  for (int i = 0; i < count; ++i) out.push_back({"c/s/check" + std::to_string(i), interval, {}});
  return out;
}

TEST(Schedule, EverythingIsDueAtTheStartAndThenOnItsGrid) {
  Bench b(many(3));
  const auto first = b.run();
  ASSERT_EQ(first.size(), 3U);
  for (const auto& d : first) EXPECT_EQ(d.slot, kStart);
  std::map<std::string, std::vector<Timestamp>> slots;
  for (int i = 0; i < 30; ++i) {
    b.sleep_to_next();
    for (const auto& d : b.run()) {
      EXPECT_EQ(d.slot, b.clock.now());
      slots[d.id].push_back(d.slot);
    }
  }
  for (const auto& [id, times] : slots)
    for (std::size_t i = 1; i < times.size(); ++i) EXPECT_EQ(times[i] - times[i - 1], seconds{60}) << id;
  EXPECT_EQ(b.schedule.missed(), 0U);
}

TEST(Schedule, OffsetsSpreadOverTheIntervalAndSurviveARestart) {
  Bench a(many(600)), later(many(600));
  a.run();
  later.clock.advance(minutes{7});
  later.schedule = Schedule("oa-web-1");
  later.schedule.set(many(600), later.clock.now(), later.clock.mono());
  later.run();
  std::map<int, int> per_second;
  std::map<std::string, std::int64_t> phase;
  for (int i = 0; i < 600; ++i) {
    a.sleep_to_next();
    for (const auto& d : a.run()) {
      ++per_second[static_cast<int>(to_ms(d.slot) / 1000 % 60)];
      phase[d.id] = to_ms(d.slot) % 60'000;
    }
  }
  EXPECT_EQ(per_second.size(), 60U);
  for (const auto& [second, count] : per_second) EXPECT_LT(count, 30) << second;
  for (int i = 0; i < 100; ++i) {
    later.sleep_to_next();
    for (const auto& d : later.run()) EXPECT_EQ(to_ms(d.slot) % 60'000, phase[d.id]);
  }
}

TEST(Schedule, ThoseTogetherShareOneMomentAndTheOthersDoNot) {
  std::vector<ScheduleEntry> entries;
  for (int i = 0; i < 20; ++i)
    entries.push_back({"local/read" + std::to_string(i), i % 2 == 0 ? seconds{10} : seconds{60}, {}, true});
  for (int i = 0; i < 20; ++i) entries.push_back({"local/web" + std::to_string(i), seconds{10}, {}});
  Bench b(entries);
  b.run();
  std::set<std::int64_t> together, apart;
  for (const auto end = b.clock.now() + seconds{120}; b.clock.now() < end; b.sleep_to_next())
    for (const auto& d : b.run()) {
      if (d.slot == kStart) continue;
      (d.id.starts_with("local/read") ? together : apart).insert(to_ms(d.slot) % 10'000);
    }
  EXPECT_EQ(together.size(), 1U) << "the longer interval falls on the shorter one's grid";
  EXPECT_GT(apart.size(), 15U);
  // Hosts still differ, and a check that leaves the company gets its own moment.
  std::set<std::int64_t> hosts;
  for (int i = 0; i < 50; ++i) {
    Schedule s("host" + std::to_string(i));
    s.set({{"local/load", seconds{60}, {}, true}}, kStart, MonoTime{});
    s.due(kStart, MonoTime{});
    s.finished("local/load", State::ok, kStart);
    hosts.insert(s.wait(kStart)->count() / 1000);
  }
  EXPECT_GT(hosts.size(), 25U);
  for (auto& entry : entries) entry.together = false;
  b.schedule.set(entries, b.clock.now(), b.clock.mono());
  std::set<std::int64_t> after;
  for (const auto end = b.clock.now() + seconds{60}; b.clock.now() < end; b.sleep_to_next())
    for (const auto& d : b.run())
      if (d.id.starts_with("local/read")) after.insert(to_ms(d.slot) % 10'000);
  EXPECT_GT(after.size(), 15U);
}

TEST(Schedule, HostsOfOneSiteDoNotFireTogether) {
  std::set<std::int64_t> phases;
  for (int i = 0; i < 50; ++i) {
    Schedule s("host" + std::to_string(i));
    s.set({{"c/s/disk", seconds{60}, {}}}, kStart, MonoTime{});
    s.due(kStart, MonoTime{});
    s.finished("c/s/disk", State::ok, kStart);
    phases.insert(s.wait(kStart)->count() / 1000);
  }
  EXPECT_GT(phases.size(), 25U);
}

TEST(Schedule, CountsFromThePlannedSlotHoweverLongTheRunTook) {
  Bench b({{"local/slow", seconds{10}, {}}});
  b.run();
  b.sleep_to_next();
  const auto slot = b.due().at(0).slot;
  b.clock.advance(seconds{9});
  b.schedule.finished("local/slow", State::ok, b.clock.now());
  EXPECT_EQ(*b.wait(), seconds{1});
  b.sleep_to_next();
  EXPECT_EQ(b.due().at(0).slot, slot + seconds{10});
  // Longer than its interval: never beside itself, the slots that passed are missed.
  b.clock.advance(seconds{25});
  EXPECT_TRUE(b.due().empty());
  EXPECT_FALSE(b.wait());
  b.schedule.finished("local/slow", State::ok, b.clock.now());
  EXPECT_EQ(b.schedule.missed(), 2U);
  b.sleep_to_next();
  EXPECT_EQ(b.due().at(0).slot, slot + seconds{40});
}

TEST(Schedule, RetriesWhileNotOk) {
  Bench b({{"local/web", seconds{60}, seconds{10}}});
  b.run(State::critical);
  b.sleep_to_next();
  const auto first = b.run(State::unknown).at(0).slot;
  b.sleep_to_next();
  const auto second = b.run(State::ok).at(0).slot;
  EXPECT_EQ(second - first, seconds{10});
  b.sleep_to_next();
  const auto third = b.run().at(0).slot;
  EXPECT_LE(third - second, seconds{60});
  b.sleep_to_next();
  EXPECT_EQ(b.run().at(0).slot - third, seconds{60});
}

TEST(Schedule, AStallRunsTheLatestSlotOnceAndCountsTheRest) {
  Bench b({{"local/a", seconds{10}, {}}});
  b.run();
  b.sleep_to_next();
  const auto slot = b.run().at(0).slot;
  b.clock.advance(seconds{35});
  const auto late = b.run();
  ASSERT_EQ(late.size(), 1U);
  EXPECT_EQ(late[0].slot, slot + seconds{30});
  EXPECT_EQ(b.schedule.missed(), 2U);
  EXPECT_EQ(*b.wait(), seconds{5});
}

TEST(Schedule, AStepOfTheWallClockFiresNothing) {
  for (const Duration step : {Duration{hours{1}}, Duration{-hours{1}}, Duration{hours{24 * 400}}}) {
    Bench b(many(100));
    b.run();
    b.sleep_to_next();
    b.run();
    b.clock.step_wall(step);
    EXPECT_TRUE(b.due().empty()) << step.count();
    EXPECT_EQ(b.schedule.missed() > 0, step > Duration{0}) << step.count();
    // Nobody waits longer than an interval by the new clock, and there is no burst after it.
    std::set<std::string> ran;
    const auto until = b.clock.mono() + seconds{60};
    std::size_t most = 0;
    while (ran.size() < 100 && b.clock.mono() + *b.wait() <= until) {
      b.sleep_to_next();
      const auto now = b.run();
      most = std::max(most, now.size());
      for (const auto& d : now) {
        ran.insert(d.id);
        EXPECT_EQ(d.slot, b.clock.now());
      }
    }
    EXPECT_EQ(ran.size(), 100U) << step.count();
    EXPECT_LT(most, 5U);
  }
}

TEST(Schedule, AStepBackWhileACheckRunsDoesNotParkItInTheFuture) {
  Bench b({{"local/a", seconds{10}, {}}});
  b.due();
  b.clock.step_wall(-hours{2});
  b.schedule.finished("local/a", State::ok, b.clock.now());
  EXPECT_LE(*b.wait(), seconds{10});
}

TEST(Schedule, SmallCorrectionsAreNoStep) {
  Bench b({{"local/a", seconds{10}, {}}});
  b.run();
  b.sleep_to_next();
  b.run();
  b.clock.step_wall(Duration{-900});
  EXPECT_TRUE(b.due().empty());
  EXPECT_EQ(*b.wait(), Duration{10'900});
  EXPECT_EQ(b.schedule.missed(), 0U);
}

TEST(Schedule, KnownEntriesGoOnNewOnesStartRemovedOnesAreForgotten) {
  Bench b(many(2));
  b.run();
  auto entries = many(3);
  entries.erase(entries.begin());
  b.schedule.set(entries, b.clock.now(), b.clock.mono());
  const auto now = b.due();
  ASSERT_EQ(now.size(), 1U);
  EXPECT_EQ(now[0].id, "c/s/check2");
  b.schedule.finished("c/s/check0", State::ok, b.clock.now());  // was taken out: no harm
  b.schedule.finished("c/s/check2", State::ok, b.clock.now());
  EXPECT_EQ(b.schedule.size(), 2U);
  // A shorter interval holds from now on, not after the old one has passed.
  b.schedule.set({{"c/s/check2", seconds{5}, {}}}, b.clock.now(), b.clock.mono());
  EXPECT_LE(*b.wait(), seconds{5});
}

TEST(Schedule, RunNowIsOutOfTurnAndKeepsTheGrid) {
  Bench b({{"local/a", minutes{10}, {}}});
  b.run();
  const auto planned = b.clock.now() + *b.wait();
  b.clock.advance(seconds{1});
  EXPECT_FALSE(b.schedule.run_now("local/b", b.clock.now()));
  EXPECT_TRUE(b.schedule.run_now("local/a", b.clock.now()));
  const auto now = b.due();
  ASSERT_EQ(now.size(), 1U);
  EXPECT_EQ(now[0].slot, b.clock.now());
  EXPECT_TRUE(now[0].ordered);
  EXPECT_TRUE(b.schedule.run_now("local/a", b.clock.now()));  // it runs already
  EXPECT_TRUE(b.due().empty());
  b.schedule.finished("local/a", State::ok, b.clock.now());
  EXPECT_EQ(b.clock.now() + *b.wait(), planned);
  b.sleep_to_next();
  EXPECT_FALSE(b.due().at(0).ordered);
  b.schedule.finished("local/a", State::ok, b.clock.now());
  b.schedule.run_all_now(b.clock.now());
  EXPECT_TRUE(b.due().at(0).ordered);
}

TEST(Schedule, ARunOutOfTurnStandsForTheSlotThatComesMeanwhile) {
  Bench b({{"local/a", seconds{10}, {}}});
  b.run();
  b.clock.advance(*b.wait() - seconds{1});
  EXPECT_TRUE(b.schedule.run_now("local/a", b.clock.now()));
  ASSERT_EQ(b.due().size(), 1U);
  b.clock.advance(seconds{2});
  b.schedule.finished("local/a", State::ok, b.clock.now());
  EXPECT_EQ(b.schedule.missed(), 0U);
  EXPECT_EQ(*b.wait(), seconds{9}) << "the grid stays";
  EXPECT_TRUE(b.schedule.run_now("local/a", b.clock.now()));
  ASSERT_EQ(b.due().size(), 1U);
  b.clock.advance(seconds{20});
  b.schedule.finished("local/a", State::ok, b.clock.now());
  EXPECT_EQ(b.schedule.missed(), 1U) << "two came, one of them it was";
}

TEST(Schedule, StretchThrottles) {
  Bench b({{"local/a", seconds{10}, {}}});
  b.run();
  b.schedule.stretch(4, b.clock.now());
  b.sleep_to_next();
  const auto first = b.run().at(0).slot;
  b.sleep_to_next();
  EXPECT_EQ(b.run().at(0).slot - first, seconds{40});
  b.schedule.stretch(1, b.clock.now());
  EXPECT_LE(*b.wait(), seconds{10});
}

TEST(Schedule, NonsenseIntervalsAreBounded) {
  Bench b({{"local/a", Duration{0}, {}}, {"local/b", Duration{-5}, Duration{-1}}});
  EXPECT_EQ(b.run().size(), 2U);
  EXPECT_GT(*b.wait(), Duration{0});
}

}  // namespace
}  // namespace xj::agent
