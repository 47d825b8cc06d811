#include "checks/thresholds.h"

#include <gtest/gtest.h>

namespace xj::checks {
namespace {

Threshold above() { return {90.0, 95.0, 2.0, true, Unit::percent, "checks.what.space"}; }
Threshold below() { return {30.0, 7.0, 1.0, false, Unit::days, "checks.what.certificate_days"}; }

TEST(Thresholds, EveryStateFromEveryState) {
  struct Row {
    double value;
    State from_ok, from_warning, from_critical;
  };
  const Row rows[] = {
      {80, State::ok, State::ok, State::ok},
      {87.9, State::ok, State::ok, State::ok},
      {88, State::ok, State::warning, State::warning},
      {90, State::ok, State::warning, State::warning},
      {90.1, State::warning, State::warning, State::warning},
      {92.9, State::warning, State::warning, State::warning},
      {93, State::warning, State::warning, State::critical},
      {95, State::warning, State::warning, State::critical},
      {95.1, State::critical, State::critical, State::critical},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(judge(above(), row.value, State::ok), row.from_ok) << row.value;
    EXPECT_EQ(judge(above(), row.value, State::unknown), row.from_ok) << row.value;
    EXPECT_EQ(judge(above(), row.value, State::warning), row.from_warning) << row.value;
    EXPECT_EQ(judge(above(), row.value, State::critical), row.from_critical) << row.value;
  }
}

TEST(Thresholds, BelowIsMirrored) {
  EXPECT_EQ(judge(below(), 30, State::ok), State::ok);
  EXPECT_EQ(judge(below(), 29.9, State::ok), State::warning);
  EXPECT_EQ(judge(below(), 30.5, State::warning), State::warning);
  EXPECT_EQ(judge(below(), 31.1, State::warning), State::ok);
  EXPECT_EQ(judge(below(), 6.9, State::ok), State::critical);
  EXPECT_EQ(judge(below(), 7.5, State::critical), State::critical);
  EXPECT_EQ(judge(below(), 8.5, State::critical), State::warning);
}

TEST(Thresholds, WithoutMarginNothingIsHeld) {
  auto t = above();
  t.clear = 0;
  EXPECT_EQ(judge(t, 90, State::critical), State::ok);
  EXPECT_EQ(judge(t, 95, State::critical), State::warning);
}

TEST(Thresholds, MissingLimitsNeverHold) {
  Threshold t;
  EXPECT_EQ(judge(t, 1e9, State::critical), State::ok);
  t.crit = 10;
  t.clear = 1;
  EXPECT_EQ(judge(t, 9.5, State::warning), State::ok);
  EXPECT_EQ(judge(t, 9.5, State::critical), State::critical);
}

TEST(Thresholds, MessageCarriesValueAndLimitAndWhyItIsHeld) {
  const auto over = explain(above(), 91.26, State::warning);
  EXPECT_EQ(render(over, Lang::en), "space used 91.3% is above 90%");
  EXPECT_EQ(render(over, Lang::zh), "空间使用率 91.3%，超过 90%");
  const auto held = explain(above(), 89, State::warning);
  EXPECT_EQ(render(held, Lang::en), "space used 89% has been above 90% and is not yet below 88%");
  EXPECT_EQ(render(explain(below(), 3, State::critical), Lang::en),
            "certificate's remaining time 3 days is below 7 days");
  EXPECT_TRUE(explain(above(), 1, State::ok).empty());
}

TEST(Thresholds, MemoryKeepsEachMeasureOfEachItemApart) {
  ThresholdMemory memory;
  memory.set("/", "space", State::critical);
  memory.set("/", "inodes", State::warning);
  memory.set("/data", "space", State::ok);
  EXPECT_EQ(memory.get("/", "space"), State::critical);
  EXPECT_EQ(memory.get("/", "inodes"), State::warning);
  EXPECT_EQ(memory.get("/data", "space"), State::ok);
  EXPECT_EQ(memory.entries().size(), 2U);
  memory.set("/", "space", State::ok);
  EXPECT_EQ(memory.entries().size(), 1U);
}

TEST(Thresholds, WhatLeftTheHostIsForgotten) {
  ThresholdMemory memory;
  memory.set("/", "space", State::warning);
  memory.set("/gone", "space", State::critical);
  memory.set("", "cpu", State::warning);
  memory.keep_only({{"/", State::ok, {}, {}}});
  ASSERT_EQ(memory.entries().size(), 2U);
  EXPECT_EQ(memory.get("/gone", "space"), State::ok);
  EXPECT_EQ(memory.get("/", "space"), State::warning);
}

TEST(Thresholds, ApplyKeepsTheWorstAndItsMessage) {
  ThresholdMemory memory;
  State state = State::ok;
  Message msg;
  apply(above(), 96, memory, "/", state, msg);
  auto other = above();
  other.what_id = "checks.what.inodes";
  apply(other, 91, memory, "/", state, msg);
  EXPECT_EQ(state, State::critical);
  EXPECT_EQ(render(msg, Lang::en), "space used 96% is above 95%");
}

TEST(Thresholds, SummaryNamesTheWorstItemAndCountsTheOthers) {
  CheckOutcome out;
  out.items = {{"/", State::warning, explain(above(), 91, State::warning), {}},
               {"/data", State::critical, explain(above(), 97, State::critical), {}},
               {"/home", State::ok, {}, {}},
               {"/tmp", State::unknown, {"checks.timed_out", {{"limit", "8s"}}}, {}}};
  summarize_items(out);
  EXPECT_EQ(out.state, State::critical);
  EXPECT_EQ(render(out.msg, Lang::en), "/data: space used 97% is above 95% (+2)");
  EXPECT_EQ(render(out.msg, Lang::zh), "/data：空间使用率 97%，超过 95% (+2)");
}

TEST(Thresholds, SummaryOfGoodItemsSaysNothing) {
  CheckOutcome out;
  out.items = {{"/", State::ok, {}, {}}};
  summarize_items(out);
  EXPECT_EQ(out.state, State::ok);
  EXPECT_TRUE(out.msg.empty());
}

TEST(Thresholds, EveryItemMessageHasASiblingThatNamesTheItem) {
  int siblings = 0;
  for (const auto area : all_texts())
    for (const auto& entry : area) {
      if (!entry.id.ends_with(".of")) continue;
      ++siblings;
      EXPECT_TRUE(has_text(entry.id.substr(0, entry.id.size() - 3))) << entry.id;
      EXPECT_NE(entry.zh.find("{item}"), std::string_view::npos) << entry.id;
    }
  EXPECT_GT(siblings, 10);
}

TEST(Thresholds, NumbersAsAPersonReadsThem) {
  EXPECT_EQ(format(90.0, Unit::percent), "90%");
  EXPECT_EQ(format(10.5 * 1024 * 1024 * 1024, Unit::bytes), "10.5GiB");
  EXPECT_EQ(format(512, Unit::bytes), "512B");
  EXPECT_EQ(format(2048, Unit::bytes_per_s), "2KiB/s");
  EXPECT_EQ(format(250, Unit::ms), "250ms");
  EXPECT_EQ(format(12'500, Unit::ms), "12.5s");
  EXPECT_EQ(format(90, Unit::seconds), "1m30s");
  EXPECT_EQ(format(1.25, Unit::number), "1.25");
  EXPECT_EQ(format(2, Unit::number), "2");
  EXPECT_EQ(format(3, Unit::count), "3");
  EXPECT_EQ(format(-0.04, Unit::percent), "0%");
}

}  // namespace
}  // namespace xj::checks
