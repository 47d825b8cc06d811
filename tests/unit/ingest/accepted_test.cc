#include "collector/ingest/accepted.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <set>

#include "core/fault.h"

namespace xj::collector {
namespace {

using Verdict = Accepted::Verdict;
constexpr auto kNow = from_ms(1'700'000'000'000);

TEST(RangeSet, AgreesWithAPlainSetUnderRandomAddsAndRemoves) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 50; ++round) {
    RangeSet ranges;
    std::set<std::uint64_t> model;
    for (int step = 0; step < 300; ++step) {
      const auto n = random() % 40;
      if (random() % 3 == 0) {
        ranges.remove(n);
        model.erase(n);
      } else {
        const auto last = n + random() % 4;
        ranges.add(n, last);
        for (auto i = n; i <= last; ++i) model.insert(i);
      }
      for (std::uint64_t i = 0; i < 45; ++i) ASSERT_EQ(ranges.contains(i), model.count(i) == 1);
      for (std::size_t i = 1; i < ranges.ranges().size(); ++i)
        ASSERT_GT(ranges.ranges()[i].first, ranges.ranges()[i - 1].second + 1) << "ranges touch";
    }
  }
}

TEST(RangeSet, TheHighestNumberHasNoSuccessor) {
  RangeSet ranges;
  ranges.add(UINT64_MAX, UINT64_MAX);
  EXPECT_TRUE(ranges.contains(UINT64_MAX));
  EXPECT_FALSE(ranges.contains(0));
  ranges.add(UINT64_MAX - 1, UINT64_MAX - 1);
  EXPECT_EQ(ranges.ranges().size(), 1u);
}

TEST(Accepted, ARepeatIsAcceptedAndOtherContentIsAConflict) {
  Accepted accepted;
  auto& epoch = accepted.epoch("web-01", "e1", kNow);
  EXPECT_EQ(epoch.look(5, 100), Verdict::fresh);
  epoch.add(5, 100, kNow);
  EXPECT_EQ(epoch.look(5, 100), Verdict::repeat);
  EXPECT_EQ(epoch.look(5, 101), Verdict::conflict);
  EXPECT_EQ(accepted.have("web-01", "e1"), 5u);
  EXPECT_EQ(accepted.have("web-01", "e2"), 0u) << "an epoch is a life of its own";
  EXPECT_EQ(accepted.have("web-02", "e1"), 0u) << "an agent too";
}

TEST(Accepted, BehindTheWindowNobodyCanTellARepeatFromOtherContent) {
  Accepted accepted;
  auto& epoch = accepted.epoch("a", "e", kNow);
  epoch.add(1, 100, kNow);
  epoch.add(2, 100, kNow + kWindowAge + Duration{1});
  EXPECT_EQ(epoch.look(1, 101), Verdict::too_late) << "the age of the window";
  for (std::uint64_t n = 3; n < 3 + kWindowNumbers; ++n) epoch.add(n, n, kNow + kWindowAge + Duration{2});
  EXPECT_EQ(epoch.look(2, 101), Verdict::too_late) << "the size of the window";
  EXPECT_EQ(epoch.look(3, 101), Verdict::conflict) << "the oldest inside it";
  EXPECT_EQ(epoch.recent.size(), kWindowNumbers);
}

TEST(RecentNumbers, AreWhatAListOfThemWouldBe) {
  struct One {
    std::uint64_t n, hash;
    Timestamp when;
    bool operator==(const One&) const = default;
  };
  std::mt19937_64 random(7);
  RecentNumbers recent;
  std::deque<One> model;
  std::uint64_t n = 0;
  auto now = kNow;
  for (int step = 0; step < 20'000; ++step) {
    const auto what = random() % 10;
    if (what < 6) {
      if (random() % 8 == 0) now += Duration{1'000};
      n = random() % 20 == 0 ? random() % 500 : n + 1;
      model.push_back({n, random(), now});
      recent.push(n, model.back().hash, now);
    } else if (what < 9 && !model.empty()) {
      EXPECT_EQ(recent.oldest(), model.front().when);
      model.pop_front(), recent.pop_oldest();
    } else if (!model.empty()) {
      EXPECT_EQ(recent.newest(), model.back().n);
      model.pop_back(), recent.pop_newest();
    }
    ASSERT_EQ(recent.size(), model.size());
    const auto asked = random() % 600;
    const auto found =
        std::find_if(model.rbegin(), model.rend(), [&](const One& one) { return one.n == asked; });
    const auto* hash = recent.hash_of(asked);
    ASSERT_EQ(hash != nullptr, found != model.rend());
    if (hash != nullptr) {
      ASSERT_EQ(*hash, found->hash);
    }
    if (step % 100 != 0) continue;
    std::deque<One> listed;
    RecentNumbers again;
    recent.for_each([&](std::uint64_t number, std::uint64_t of, Timestamp when) {
      listed.push_back({number, of, when});
      again.push(number, of, when);
    });
    ASSERT_EQ(listed, model);
    ASSERT_EQ(again, recent);
  }
}

TEST(Accepted, LiveBeforeReplayLeavesAHoleThatFills) {
  Accepted accepted;
  auto& epoch = accepted.epoch("a", "e", kNow);
  epoch.add(100, 1, kNow);
  EXPECT_EQ(epoch.look(50, 1), Verdict::fresh);
  for (std::uint64_t n = 1; n < 100; ++n) epoch.add(n, n, kNow);
  EXPECT_EQ(epoch.numbers.ranges(), (std::vector<wire::Range>{{1, 100}}));
  EXPECT_EQ(epoch.highest, 100u);
}

TEST(Accepted, TakingBackLeavesNoTrace) {
  Accepted accepted;
  auto& epoch = accepted.epoch("a", "e", kNow);
  epoch.add(1, 11, kNow);
  const auto before = epoch;
  epoch.add(2, 12, kNow);
  epoch.add(7, 17, kNow);
  epoch.take_back(7);
  epoch.take_back(2);
  EXPECT_EQ(epoch, before);
  EXPECT_EQ(epoch.look(7, 99), Verdict::fresh);
}

TEST(Accepted, HolesAreBoundedWithoutLosingOrInventing) {
  Accepted accepted;
  auto& epoch = accepted.epoch("a", "e", kNow);
  for (std::uint64_t i = 0; i < kMaxRanges; ++i) epoch.add(2 * i + 1, i, kNow);
  EXPECT_EQ(epoch.look(2, 0), Verdict::fresh);
  EXPECT_EQ(epoch.look(3 * kMaxRanges, 0), Verdict::fresh) << "holes that never fill must not stop an agent";
  epoch.add(3 * kMaxRanges, 0, kNow);
  EXPECT_EQ(epoch.numbers.ranges().size(), kMaxRanges);
  EXPECT_EQ(epoch.look(2, 0), Verdict::too_late) << "the lowest hole is closed: nothing in it is called ours";
  EXPECT_EQ(epoch.look(4, 0), Verdict::fresh) << "the others are open";
}

TEST(Accepted, AClockSetBackDoesNotLetTheWindowGrow) {
  Accepted accepted;
  auto& epoch = accepted.epoch("a", "e", kNow);
  for (std::uint64_t n = 1; n <= 10; ++n) epoch.add(n, n, kNow);
  epoch.add(11, 11, kNow - std::chrono::hours{24});
  EXPECT_EQ(epoch.recent.size(), 1u);
}

TEST(Accepted, TheEpochLongestUnusedIsForgotten) {
  Accepted accepted;
  for (std::size_t i = 0; i <= kMaxEpochs; ++i)
    accepted.epoch("a", "e" + std::to_string(i), kNow + Duration{static_cast<std::int64_t>(i)})
        .add(1, 1, kNow + Duration{static_cast<std::int64_t>(i)});
  EXPECT_EQ(accepted.have("a", "e0"), 0u);
  EXPECT_EQ(accepted.have("a", "e1"), 1u);
  EXPECT_EQ(accepted.have("a", "e" + std::to_string(kMaxEpochs)), 1u);
}

TEST(Accepted, ComesBackFromItsBytesAndDamageIsAFault) {
  Accepted accepted;
  for (const char* agent : {"a", "b"})
    for (const char* name : {"e1", "e2"}) {
      auto& epoch = accepted.epoch(agent, name, kNow);
      for (std::uint64_t n : {9u, 1u, 2u, 5u})
        epoch.add(n, n * 77, kNow + Duration{static_cast<std::int64_t>(n)});
    }
  std::string bytes;
  accepted.encode(bytes);
  EXPECT_EQ(Accepted::decode(bytes), accepted);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut)
    EXPECT_THROW((void)Accepted::decode(std::string_view(bytes).substr(0, cut)), Fault) << cut;
  EXPECT_THROW((void)Accepted::decode(bytes + "x"), Fault);
}

TEST(ContentHash, SeesEveryFieldButTheNumber) {
  Result base;
  base.n = 1;
  base.check = "c/s/disk";
  base.slot = kNow;
  base.msg = {"m", {{"a", "b"}}};
  base.metrics = {{"used", std::int64_t{1}}};
  base.items = {{"/", State::ok, {}, {{"used", 1.0}}}};
  base.rows = {{"x", "y"}};
  std::set<std::uint64_t> hashes{content_hash(base)};
  auto other = base;
  other.n = 2;
  EXPECT_EQ(content_hash(other), content_hash(base));
  const auto differs = [&](auto change) {
    auto changed = base;
    change(changed);
    EXPECT_TRUE(hashes.insert(content_hash(changed)).second);
  };
  differs([](Result& r) { r.check += "x"; });
  differs([](Result& r) { r.slot += Duration{1}; });
  differs([](Result& r) { r.late = Duration{1}; });
  differs([](Result& r) { r.took = Duration{1}; });
  differs([](Result& r) { r.state = State::critical; });
  differs([](Result& r) { r.msg.args[0].second = "c"; });
  differs([](Result& r) { r.msg.id = "n"; });
  differs([](Result& r) { r.metrics[0].value = 1.0; });
  differs([](Result& r) { r.metrics[0].name = "use"; });
  differs([](Result& r) { r.metrics.clear(); });
  differs([](Result& r) { r.items[0].key = "/x"; });
  differs([](Result& r) { r.items[0].state = State::unknown; });
  differs([](Result& r) { r.items[0].metrics[0].value = std::int64_t{1}; });
  differs([](Result& r) { r.items.clear(); });
  differs([](Result& r) { r.rows[0] = {"xy"}; });
  differs([](Result& r) { r.rows.clear(); });
}

}  // namespace
}  // namespace xj::collector
