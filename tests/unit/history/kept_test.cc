// What a scan says of the days whose results are gone, however they went.
#include <gtest/gtest.h>

#include "collector/history/history.h"
#include "tests/fakes/power_cut_fs.h"

namespace xj::collector {
namespace {

constexpr std::int64_t kDay = 86'400'000, kHour = 3'600'000;
constexpr std::int64_t kFirst = 20'000;
using Days = std::vector<std::int64_t>;

Timestamp at(std::int64_t day, std::int64_t ms = 0) { return from_ms(day * kDay + ms); }

void add(History& history, std::int64_t day, std::int64_t ms = kHour) {
  history.add(history.handle("web-01", "c/s/disk", ""), at(day, ms), State::ok, {}, {{"v", 1.5}});
}

// So many days with results, all over and sealed; `last` is the day after them.
void fill(History& history, int days, bool seal = true) {
  for (int day = 0; day < days; ++day) add(history, kFirst + day);
  history.flush(1, at(kFirst + days, 2 * kHour));
  if (seal) history.settle(1, at(kFirst + days, 2 * kHour));
}

Kept kept(History& history, const std::string& metric = "") {
  return history.scan({"*", "*", "*", metric, at(kFirst), at(kFirst + 30)})->kept();
}
Days told(History& history) {
  auto days = kept(history).told;
  for (auto& day : days) day -= kFirst;
  return days;
}

TEST(Kept, AHistoryThatNeverHadAnythingHasNoFirstDay) {
  fakes::PowerCutFs fs;
  History history(fs, "/h");
  EXPECT_FALSE(kept(history).first);
  EXPECT_TRUE(kept(history).told.empty());
}

TEST(Kept, TheFirstDayMayBeInMemoryOnly) {
  fakes::PowerCutFs fs;
  History history(fs, "/h");
  add(history, kFirst + 4);
  add(history, kFirst + 3);
  EXPECT_EQ(kept(history).first, kFirst + 3);
  history.flush(1, at(kFirst + 4));
  EXPECT_EQ(kept(history).first, kFirst + 3);
  add(history, kFirst + 2);
  EXPECT_EQ(kept(history).first, kFirst + 2);
}

TEST(Kept, DaysThatAPersonRemovedHaveOnlyTheirHours) {
  fakes::PowerCutFs fs;
  History history(fs, "/h");
  fill(history, 10);
  EXPECT_EQ(kept(history).first, kFirst);
  EXPECT_EQ(told(history), Days{});
  ASSERT_FALSE(history.prune(kFirst + 7, at(kFirst + 10, 2 * kHour), false).refused);
  EXPECT_EQ(kept(history).first, kFirst + 7);
  EXPECT_EQ(kept(history, "v").first, kFirst + 7);
  EXPECT_EQ(told(history), (Days{0, 1, 2, 3, 4, 5, 6}));
  EXPECT_TRUE(history.scan({"*", "*", "*", "", at(kFirst + 7), at(kFirst + 9)})->kept().told.empty());
}

TEST(Kept, DaysGoneByAgeOrForRoomToo) {
  fakes::PowerCutFs fs;
  {
    History history(fs, "/h");
    fill(history, 10);
  }
  HistoryOptions options;
  options.retention.keep = Duration{4 * kDay};
  History history(fs, "/h", options);
  history.settle(1, at(kFirst + 10, 3 * kHour));
  EXPECT_EQ(kept(history).first, kFirst + 6);
  options.retention.min_free = 1u << 30;
  options.retention.min_days = 2;
  history.set_retention(options.retention);
  fs.set_capacity(fs.used() + (100u << 10));
  history.settle(1, at(kFirst + 10, 4 * kHour));
  EXPECT_EQ(kept(history).first, kFirst + 8);
  EXPECT_EQ(told(history), (Days{0, 1, 2, 3, 4, 5, 6, 7}));
}

// A result that comes late to a day that is gone does not bring the day back, nor those after it.
TEST(Kept, WhatComesLateToADayThatIsGoneDoesNotMakeItWhole) {
  fakes::PowerCutFs fs;
  History history(fs, "/h");
  fill(history, 10);
  const auto now = at(kFirst + 10, 2 * kHour);
  ASSERT_FALSE(history.prune(kFirst + 7, now, false).refused);
  add(history, kFirst + 2, 5 * kHour);
  for (const bool in_memory : {true, false}) {
    if (!in_memory) history.flush(2, now), history.settle(2, now + Duration{2 * kHour});
    EXPECT_EQ(kept(history).first, kFirst + 2);
    EXPECT_EQ(told(history), (Days{0, 1, 2, 3, 4, 5, 6})) << in_memory;
  }
}

TEST(Kept, WhereAllWasRemovedItBeginsAfterTheLastDayThatWas) {
  fakes::PowerCutFs fs;
  History history(fs, "/h");
  fill(history, 5);
  ASSERT_FALSE(history.prune(kFirst + 8, at(kFirst + 9), false).refused);
  EXPECT_EQ(kept(history).first, kFirst + 5);
  EXPECT_EQ(told(history), (Days{0, 1, 2, 3, 4}));
}

TEST(Kept, ADayWithoutAnyFileWithinWhatIsKeptIsNotGone) {
  fakes::PowerCutFs fs;
  History history(fs, "/h");
  fill(history, 3);
  add(history, kFirst + 6);
  history.flush(2, at(kFirst + 8));
  history.settle(2, at(kFirst + 8));
  EXPECT_EQ(kept(history).first, kFirst);
  EXPECT_EQ(told(history), Days{});
}

}  // namespace
}  // namespace xj::collector
