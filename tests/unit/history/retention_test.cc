#include "collector/history/retention.h"

#include <gtest/gtest.h>

#include <random>

#include "collector/history/history.h"
#include "tests/fakes/failing_fs.h"
#include "tests/fakes/power_cut_fs.h"

namespace xj::collector {
namespace {

constexpr std::int64_t kDay = 86'400'000;
constexpr std::int64_t kFirst = 20'000;
const SeriesId kId{"web-01", "c/s/disk", "/"};

Timestamp at(std::int64_t day, std::int64_t ms = 0) { return from_ms(day * kDay + ms); }

// Days of some kilobytes each, sealed; the last of them is yesterday.
void fill(io::FileSystem& fs, int days) {
  History history(fs, "/h");
  std::mt19937_64 random(7);
  for (int day = 0; day < days; ++day)
    for (int i = 0; i < 600; ++i)
      history.add(history.handle(kId.agent, kId.check, kId.item), at(kFirst + day, i * 60'000), State::ok, {},
                  {{"v", static_cast<double>(random()) * 1e-3}});
  history.flush(9, at(kFirst + days, 2 * 3600'000));
  history.settle(9, at(kFirst + days, 2 * 3600'000));
}

Timestamp now_of(int days) { return at(kFirst + days, 3 * 3600'000); }

std::vector<std::int64_t> days_in(History& history) {
  std::vector<std::int64_t> out;
  for (const auto& day : days_of(history.hold().manifest.files)) out.push_back(day.day - kFirst);
  return out;
}
std::vector<std::int64_t> from_to(std::int64_t first, std::int64_t end) {
  std::vector<std::int64_t> out;
  for (auto day = first; day < end; ++day) out.push_back(day);
  return out;
}

HistoryOptions wanting(std::uint64_t free, std::size_t min_days = 2) {
  HistoryOptions options;
  options.retention.min_free = free;
  options.retention.min_days = min_days;
  return options;
}

std::uint64_t day_bytes(io::FileSystem& fs) {
  History history(fs, "/h");
  return days_of(history.hold().manifest.files).front().bytes;
}

TEST(Retention, AsFewOfTheOldestDaysAsMakeTheRoom) {
  HistoryDays days;
  for (int i = 0; i < 10; ++i) days.push_back({kFirst + i, 1, 100, true});
  const auto now = at(kFirst + 10);
  EXPECT_EQ(in_the_way(days, 1, 2, now).size(), 1u);
  EXPECT_EQ(in_the_way(days, 100, 2, now).size(), 1u);
  EXPECT_EQ(in_the_way(days, 101, 2, now).size(), 2u);
  EXPECT_EQ(in_the_way(days, 100'000, 2, now).size(), 8u) << "the least number of days stays";
  EXPECT_EQ(in_the_way(days, 100'000, 0, at(kFirst + 9, 1)).size(), 8u) << "today and yesterday stay";
  EXPECT_EQ(in_the_way(days, 100'000, 0, at(kFirst + 2)).size(), 1u) << "also of a clock that is behind";
  EXPECT_TRUE(in_the_way(days, 0, 0, now).empty());
  EXPECT_TRUE(in_the_way(days, 5, 10, now).empty());
}

TEST(Retention, TheSmallerBoundHolds) {
  Retention retention;
  const io::Space space{10, 1'000};
  EXPECT_EQ(wanted_free(retention, space), 0u);
  retention.min_free_percent = 5;
  EXPECT_EQ(wanted_free(retention, space), 50u);
  retention.min_free = 60;
  EXPECT_EQ(wanted_free(retention, space), 50u);
  retention.min_free = 40;
  EXPECT_EQ(wanted_free(retention, space), 40u);
  retention.min_free_percent = 0;
  EXPECT_EQ(wanted_free(retention, space), 40u);
}

TEST(Retention, WhatAPersonMayRemove) {
  HistoryDays days;
  for (int i = 0; i < 5; ++i) days.push_back({kFirst + i, 1, 100, i < 4});
  EXPECT_EQ(prunable(days, kFirst + 3, at(kFirst + 5)).days.size(), 3u);
  EXPECT_EQ(prunable(days, kFirst, at(kFirst + 5)).days.size(), 0u);
  EXPECT_EQ(prunable(days, kFirst + 6, at(kFirst + 5)).refused->id, "safety.prune.not_over");
  const auto open = prunable(days, kFirst + 5, at(kFirst + 5));
  ASSERT_TRUE(open.refused);
  EXPECT_EQ(open.refused->id, "safety.prune.not_sealed");
  EXPECT_TRUE(open.days.empty());
  EXPECT_EQ(render(*open.refused, Lang::en).find(day_text(kFirst + 4)) == std::string::npos, false);
  // Damaged or late: it will perhaps never be sealed, and the others are not to wait for that.
  EXPECT_EQ(prunable(days, kFirst + 5, at(kFirst + 7)).days.size(), 5u);
}

TEST(Room, TheOldestDaysGoUntilThereIsRoomAndNoMore) {
  fakes::PowerCutFs fs;
  fill(fs, 12);
  const auto day = day_bytes(fs);
  History history(fs, "/h", wanting(5 * day - day / 2));
  history.settle(9, now_of(12));  // makes the reserve
  fs.set_capacity(fs.used() + 3 * day);
  history.settle(9, now_of(12));
  EXPECT_EQ(days_in(history), from_to(2, 12)) << "3 days' room was there, 5 are wanted, about two go";
  const auto& room = history.room();
  EXPECT_TRUE(room.began);
  EXPECT_EQ(room.days, 2u);
  EXPECT_EQ(room.first_day, kFirst);
  EXPECT_EQ(room.last_day, kFirst + 1);
  EXPECT_FALSE(room.exhausted);
  EXPECT_EQ(history.range(kId, at(0), at(kFirst + 99), 99'999).size(), 10u * 600u);
  // The next look finds room; the episode lasts an hour more.
  history.settle(9, now_of(12) + Duration{60'000});
  EXPECT_EQ(days_in(history), from_to(2, 12));
  EXPECT_TRUE(history.room().began);
  history.settle(9, now_of(12) + Duration{3600'000});
  EXPECT_FALSE(history.room().began);
  EXPECT_EQ(history.room().all_days, 2u);
}

TEST(Room, WithoutABoundNothingGoes) {
  fakes::PowerCutFs fs;
  fill(fs, 12);
  fs.set_capacity(fs.used() + 10);
  History history(fs, "/h", wanting(0));
  history.settle(9, now_of(12));
  EXPECT_EQ(days_in(history), from_to(0, 12));
  EXPECT_FALSE(history.room().watched);
}

TEST(Room, TheLastDaysStayAndThatIsSaid) {
  fakes::PowerCutFs fs;
  fill(fs, 12);
  fs.set_capacity(fs.used() + (100u << 10));
  History history(fs, "/h", wanting(1u << 30, 7));
  history.settle(9, now_of(12));
  EXPECT_EQ(days_in(history), from_to(5, 12));
  EXPECT_FALSE(history.room().exhausted) << "not known before the next look";
  history.settle(9, now_of(12) + Duration{11'000});
  EXPECT_TRUE(history.room().exhausted);
  EXPECT_EQ(days_in(history), from_to(5, 12));
  history.settle(9, now_of(12) + Duration{5 * 3600'000});
  EXPECT_TRUE(history.room().began) << "it lasts as long as there is too little";
  fs.set_capacity(UINT64_MAX);
  history.settle(9, now_of(12) + Duration{5 * 3600'000 + 1'000});
  EXPECT_FALSE(history.room().exhausted);
  EXPECT_FALSE(history.room().began);
}

TEST(Room, WhatAHoldKeepsCountsAsFree) {
  fakes::PowerCutFs fs;
  fill(fs, 12);
  const auto day = day_bytes(fs);
  History history(fs, "/h", wanting(5 * day - day / 2));
  history.settle(9, now_of(12));  // makes the reserve
  fs.set_capacity(fs.used() + 3 * day);
  auto hold = std::make_unique<History::Hold>(history.hold());
  const auto used = fs.used();
  for (int i = 0; i < 10; ++i) history.settle(9, now_of(12) + Duration{i * 60'000});
  EXPECT_EQ(days_in(history), from_to(2, 12)) << "no more go while the room is on its way";
  EXPECT_GE(fs.used() + 4'096, used) << "the files are there";
  for (const auto& file : hold->manifest.files) EXPECT_TRUE(fs.exists("/h/" + file.name)) << file.name;
  hold.reset();
  history.settle(9, now_of(12) + Duration{11 * 60'000});
  EXPECT_LT(fs.used(), used - day);
  EXPECT_EQ(days_in(history), from_to(2, 12));
}

// Not a byte is left, not even for a manifest: its reserve becomes it.
TEST(Room, ADiskWithoutAByteGetsItsRoomBack) {
  fakes::PowerCutFs fs;
  fill(fs, 12);
  const auto day = day_bytes(fs);
  History history(fs, "/h", wanting(2 * day));
  history.settle(9, now_of(12));  // makes the reserve
  fs.set_capacity(fs.used());
  ASSERT_THROW(io::write_whole(fs, "/h/other", "x"), io::IoFault);
  history.add(history.handle(kId.agent, kId.check, kId.item), now_of(12), State::ok, {}, {{"v", 1.5}});
  history.flush(10, now_of(12));
  EXPECT_EQ(history.durable_position(), 10u) << "the flush found room, too";
  EXPECT_GT(history.room().all_days, 1u);
  const auto left = days_in(history);
  history.settle(10, now_of(12) + Duration{60'000});
  EXPECT_TRUE(fs.exists("/h/manifest.reserve")) << "for the next time";
  History again(fs, "/h", wanting(2 * day));
  EXPECT_EQ(days_in(again), left);
}

// Wherever the power goes while days are removed from a full disk, and whatever of the last writes arrived:
// what is left is the history of before or that of after, and every file that is named is whole.
TEST(Room, APowerCutOnAFullDiskLeavesTheDaysOfBeforeOrOfAfter) {
  std::uint64_t cuts = 0;
  for (std::uint64_t operation = 1;; ++operation) {
    bool reached = false;
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
      fakes::PowerCutFs fs;
      fill(fs, 6);
      const auto day = day_bytes(fs);
      {
        History history(fs, "/h", wanting(2 * day));
        history.settle(9, now_of(6));
        fs.set_capacity(fs.used());
        fs.cut_at(fs.operations() + operation);
        try {
          history.settle(9, now_of(6));
          history.settle(9, now_of(6) + Duration{60'000});
        } catch (const fakes::PowerCut&) {
        }
        reached = reached || fs.cut();
      }
      fs.restart(seed);
      ++cuts;
      History history(fs, "/h", wanting(2 * day));
      const auto left = days_in(history);
      ASSERT_TRUE(left == from_to(0, 6) || left == from_to(2, 6) || left == from_to(3, 6))
          << "operation " << operation << " seed " << seed << ": " << left.size();
      ASSERT_EQ(history.durable_position(), 9u);
      ASSERT_EQ(history.range(kId, at(0), at(kFirst + 99), 99'999).size(), left.size() * 600u);
      // And it goes on from there, on the full disk.
      for (int i = 2; i < 5; ++i) history.settle(9, now_of(6) + Duration{i * 60'000});
      ASSERT_GE(fs.space("/h").available, 2 * day) << "operation " << operation << " seed " << seed;
    }
    if (!reached) break;
  }
  EXPECT_GT(cuts, 6u * 5u);
}

// Each call of the file system fails once: no day is lost that did not go, and the next try does it.
TEST(Room, ACallThatFailsLosesNothing) {
  for (std::uint64_t call = 1;; ++call) {
    fakes::PowerCutFs under;
    fill(under, 6);
    const auto day = day_bytes(under);
    fakes::FailingFs fs(under);
    History history(fs, "/h", wanting(2 * day));
    history.settle(9, now_of(6));
    under.set_capacity(under.used());
    fs.fail_at(fs.calls() + call);
    const auto try_it = [&](Timestamp now) {
      try {
        history.settle(9, now);
      } catch (const Fault&) {
      }
    };
    try_it(now_of(6));
    const bool failed = fs.failed();
    fs.fail_at(0);
    const auto left = days_in(history);
    ASSERT_TRUE(left == from_to(0, 6) || left.size() <= 4) << call;
    ASSERT_EQ(history.range(kId, at(0), at(kFirst + 99), 99'999).size(), left.size() * 600u) << call;
    for (int i = 1; i < 4; ++i) try_it(now_of(6) + Duration{i * 60'000});
    ASSERT_GE(days_in(history).size(), 3u) << call;
    ASSERT_GE(under.space("/h").available, 2 * day) << "the files went: " << call;
    if (!failed) break;
  }
}

TEST(Prune, DaysGoAsFilesAndTheRestIsUntouched) {
  fakes::PowerCutFs fs;
  fill(fs, 6);
  History history(fs, "/h");
  const auto asked = history.prune(kFirst + 4, now_of(6), true);
  EXPECT_EQ(asked.days.size(), 4u);
  EXPECT_EQ(days_in(history), from_to(0, 6)) << "a dry run";
  EXPECT_EQ(history.prune(kFirst + 4, now_of(6), false).days, asked.days);
  EXPECT_EQ(days_in(history), from_to(4, 6));
  EXPECT_EQ(history.range(kId, at(0), at(kFirst + 99), 99'999).size(), 2u * 600u);
  EXPECT_EQ(history.durable_position(), 9u);
  EXPECT_TRUE(history.prune(kFirst + 4, now_of(6), false).days.empty());
  History again(fs, "/h");
  EXPECT_EQ(days_in(again), from_to(4, 6));
}

// A job that folds a day's files is at work on a thread of its own when the day is pruned.
TEST(Prune, ADayThatIsJustBeingFoldedDoesNotComeBack) {
  fakes::PowerCutFs fs;
  fill(fs, 4);
  History history(fs, "/h");
  history.add(history.handle(kId.agent, kId.check, kId.item), at(kFirst, 30), State::ok, {}, {{"v", 1.5}});
  history.flush(10, now_of(4));
  const auto later = now_of(4) + Duration{2 * 3600'000};
  auto job = history.prepare(10, later);
  ASSERT_NE(job, nullptr);
  EXPECT_EQ(history.prune(kFirst + 1, later, false).days.front().files, 2u);
  job->run();  // its files are still there
  EXPECT_NO_THROW(history.finish(*job));
  job.reset();
  EXPECT_EQ(days_in(history), from_to(1, 4));
  history.settle(10, later);
  std::size_t files = 0;
  for (const auto& name : fs.list("/h")) files += name.ends_with(".xjh") ? 1 : 0;
  EXPECT_EQ(files, 3u) << "what was folded went, too";
  // Names are given once.
  history.add(history.handle(kId.agent, kId.check, kId.item), at(kFirst + 1, 30), State::ok, {},
              {{"v", 1.5}});
  history.flush(11, later);
  history.settle(11, later + Duration{5 * 3600'000});
  EXPECT_EQ(history.range(kId, at(0), at(kFirst + 99), 99'999).size(), 3u * 600u + 1);
}

TEST(Prune, ACallThatFailsLosesNothingElse) {
  for (std::uint64_t call = 1;; ++call) {
    fakes::PowerCutFs under;
    fill(under, 5);
    fakes::FailingFs fs(under);
    History history(fs, "/h");
    fs.fail_at(fs.calls() + call, call % 2 == 0 ? ENOSPC : EIO);
    try {
      (void)history.prune(kFirst + 3, now_of(5), false);
    } catch (const Fault&) {
    }
    const bool failed = fs.failed();
    fs.fail_at(0);
    const auto left = days_in(history);
    ASSERT_TRUE(left == from_to(0, 5) || left == from_to(3, 5)) << call;
    ASSERT_EQ(history.range(kId, at(0), at(kFirst + 99), 99'999).size(), left.size() * 600u) << call;
    (void)history.prune(kFirst + 3, now_of(5), false);
    history.settle(9, now_of(5));
    ASSERT_EQ(days_in(history), from_to(3, 5)) << call;
    std::size_t files = 0;
    for (const auto& name : under.list("/h")) files += name.ends_with(".xjh") ? 1 : 0;
    ASSERT_EQ(files, 2u) << "also those whose removal failed: " << call;
    if (!failed) break;
  }
}

TEST(Prune, APowerCutLeavesTheDaysOfBeforeOrOfAfter) {
  for (std::uint64_t operation = 1;; ++operation) {
    bool reached = false;
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      fakes::PowerCutFs fs;
      fill(fs, 5);
      {
        History history(fs, "/h");
        fs.cut_at(fs.operations() + operation);
        try {
          (void)history.prune(kFirst + 3, now_of(5), false);
        } catch (const fakes::PowerCut&) {
        }
        reached = reached || fs.cut();
      }
      fs.restart(seed);
      History history(fs, "/h");
      const auto left = days_in(history);
      ASSERT_TRUE(left == from_to(0, 5) || left == from_to(3, 5)) << operation << ' ' << seed;
      ASSERT_EQ(history.range(kId, at(0), at(kFirst + 99), 99'999).size(), left.size() * 600u);
    }
    if (!reached) break;
  }
}

}  // namespace
}  // namespace xj::collector
