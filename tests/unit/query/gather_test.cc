#include "collector/query/gather.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>

namespace xj::query {
namespace {

constexpr std::int64_t kMinute = 60'000, kHour = 3'600'000, kDay = 86'400'000;
constexpr std::int64_t kFrom = 20'000 * kDay;

Query asked(View view, Across across, By by, std::int64_t length = kHour, std::int64_t step = kHour) {
  Query q;
  q.view = view, q.across = across, q.by = by;
  q.metric = view == View::metric ? "x" : "";
  q.from = from_ms(kFrom), q.to = from_ms(kFrom + length), q.step = Duration{step};
  return q;
}
SeriesFacts minutely(const SeriesId&) { return {Duration{kMinute}, {}}; }

// Every minute of an hour, the same value and state.
Rows hour(double value, State state = State::ok, int count = 60) {
  Rows rows;
  for (int i = 0; i < count; ++i) {
    rows.slots.push_back(kFrom + i * kMinute);
    rows.states.push_back(state);
    rows.values.push_back(value);
  }
  return rows;
}

std::variant<std::vector<Line>, Message> finished(Gather& gather) {
  return gather.finish([] { return false; }, {});
}
std::vector<Line> lines(Gather& gather) {
  auto done = finished(gather);
  if (const auto* refused = std::get_if<Message>(&done)) {
    ADD_FAILURE() << render(*refused, Lang::en);
    return {};
  }
  return std::move(std::get<std::vector<Line>>(done));
}

void fill(Gather& gather) {
  gather.take({"web-1", "gov/oa/disk", "/"}, hour(10));
  gather.take({"web-1", "gov/oa/disk", "/data"}, hour(30));
  gather.take({"web-2", "gov/oa/disk", "/"}, hour(50));
  gather.take({"db-1", "gov/db/disk", "/"}, hour(80));
  gather.take({"db-1", "gov/db/disk", "/none"}, hour(std::nan("")));
}

TEST(Gather, ALineASeriesThatHasTheMetric) {
  Gather gather(asked(View::metric, Across::none, {}), from_ms(kFrom + kDay), minutely);
  fill(gather);
  const auto all = lines(gather);
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].label, (Label{"gov", "db", "gov/db/disk", "db-1", "/"}));
  EXPECT_EQ(all[0].values, (std::vector<double>{80}));
}

TEST(Gather, SeriesArePutTogetherByWhatIsAsked) {
  const auto by_host = [](Across across) {
    Gather gather(asked(View::metric, across, {.host = true}), from_ms(kFrom + kDay), minutely);
    fill(gather);
    std::vector<double> out;
    for (const auto& line : lines(gather)) out.push_back(line.values.at(0));
    return out;
  };
  EXPECT_EQ(by_host(Across::sum), (std::vector<double>{80, 40, 50}));
  EXPECT_EQ(by_host(Across::avg), (std::vector<double>{80, 20, 50}));
  EXPECT_EQ(by_host(Across::min), (std::vector<double>{80, 10, 50}));
  EXPECT_EQ(by_host(Across::max), (std::vector<double>{80, 30, 50}));
  EXPECT_EQ(by_host(Across::count), (std::vector<double>{1, 2, 1}));
  Gather system(asked(View::metric, Across::avg, {.system = true}), from_ms(kFrom + kDay), minutely);
  fill(system);
  const auto systems = lines(system);
  ASSERT_EQ(systems.size(), 2u);
  EXPECT_EQ(systems[1].label, (Label{"gov", "oa", "", "", ""}));
  EXPECT_EQ(systems[1].values, (std::vector<double>{30}));
  EXPECT_EQ(systems[1].series, 3u);
  Gather one(asked(View::metric, Across::sum, {}), from_ms(kFrom + kDay), minutely);
  fill(one);
  EXPECT_EQ(lines(one).at(0).values, (std::vector<double>{170}));
}

TEST(Gather, OnlyTheSeriesThatHaveAPointTakePartInIt) {
  Gather gather(asked(View::metric, Across::avg, {}, 2 * kHour), from_ms(kFrom + kDay), minutely);
  gather.take({"a", "c", ""}, hour(10));
  auto later = hour(30);
  for (auto& slot : later.slots) slot += kHour / 2;
  gather.take({"b", "c", ""}, later);
  EXPECT_EQ(lines(gather).at(0).values, (std::vector<double>{20, 30}));
}

TEST(Gather, TheTopIsRankedByTheMeanOfItsPoints) {
  auto q = asked(View::metric, Across::none, {});
  q.top = 2;
  Gather gather(q, from_ms(kFrom + kDay), minutely);
  fill(gather);
  const auto all = lines(gather);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].label.host, "db-1");
  EXPECT_EQ(all[1].label.host, "web-2");
}

TEST(Gather, UnknownAndSilenceAreKeptApartFromAvailability) {
  auto q = asked(View::availability, Across::none, {});
  Gather gather(q, from_ms(kFrom + kDay), [](const SeriesId& id) {
    const auto half = std::make_shared<const Spans>(Spans{{kFrom, kFrom + kHour / 2}});
    return SeriesFacts{Duration{kMinute}, id.agent == "a" ? half : nullptr};
  });
  gather.expect({"never", "c", ""});
  gather.take({"a", "c", ""}, hour(0, State::critical));
  gather.take({"b", "c", ""}, hour(0, State::unknown, 30));
  auto mixed = hour(0);
  for (int i = 0; i < 15; ++i) mixed.states[static_cast<std::size_t>(i)] = State::critical;
  mixed.states[20] = State::warning;
  gather.take({"c", "c", ""}, mixed);
  const auto all = lines(gather);
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(total(all[0]), (Spending{0, 0, kHour / 2, 0, 0, kHour / 2}));
  EXPECT_EQ(availability(total(all[0])), 0.0);
  EXPECT_EQ(total(all[1]), (Spending{0, 0, 0, 30 * kMinute + kMinute / 2, 30 * kMinute - kMinute / 2, 0}));
  EXPECT_EQ(availability(total(all[1])), std::nullopt) << "it never was known";
  EXPECT_EQ(total(all[2]), (Spending{44 * kMinute, kMinute, 15 * kMinute, 0, 0, 0}));
  EXPECT_EQ(availability(total(all[2])), 0.75);
  EXPECT_EQ(total(all[3]), (Spending{0, 0, 0, 0, kHour, 0})) << "expected, and never heard";
}

TEST(Gather, CompletenessOfHostsTogether) {
  auto q = asked(View::completeness, Across::sum, {});
  Gather gather(q, from_ms(kFrom + kDay), minutely);
  gather.expect({"never", "c", ""});
  gather.take({"a", "c", ""}, hour(0));
  gather.take({"b", "c", ""}, hour(0, State::ok, 30));
  const auto all = lines(gather);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].series, 3u);
  EXPECT_EQ(all[0].received.expected, 180u);
  EXPECT_EQ(all[0].received.received, 90u);
  EXPECT_EQ(completeness(all[0].received), 0.5);
  EXPECT_EQ(all[0].received.silences, 2u);
}

TEST(Gather, SeriesAreBoundedHoweverFewLinesTheyMake) {
  Gather gather(asked(View::completeness, Across::sum, {}), from_ms(kFrom + kDay), minutely);
  std::size_t fit = 0;
  while (gather.expect({"host-" + std::to_string(fit), "c", ""})) ++fit;
  EXPECT_EQ(fit, kMaxSeries);
  EXPECT_FALSE(gather.expect({"host-0", "c", ""}));
  EXPECT_EQ(std::get<Message>(finished(gather)).id, "query.many_series");
}

TEST(Gather, EndsBetweenSeriesWhenItIsToStop) {
  Gather gather(asked(View::completeness, Across::sum, {}), from_ms(kFrom + kDay), minutely);
  for (const auto* host : {"a", "b", "c", "d"}) gather.expect({host, "c", ""});
  int asked = 0;
  const auto done = gather.finish([&] { return ++asked == 3; }, {"query.took_long", {}});
  EXPECT_EQ(std::get<Message>(done).id, "query.took_long");
  EXPECT_EQ(asked, 3);
}

// JSON has no infinity, and a mean that is none cannot be put in order.
TEST(Gather, WhatADoubleCannotHoldIsNoValue) {
  auto q = asked(View::metric, Across::sum, {.host = true}, 3 * kHour);
  q.top = 3;
  Gather gather(q, from_ms(kFrom + kDay), minutely);
  for (const auto* item : {"1", "2"}) gather.take({"both", "c", item}, hour(1e308, State::ok, 1));
  auto later = hour(7, State::ok, 1);
  later.slots[0] += kHour;
  gather.take({"both", "c", "1"}, later);
  gather.take({"mean", "c", "1"}, hour(1e308, State::ok, 1));
  later.values[0] = 1.5e308;
  gather.take({"mean", "c", "1"}, later);
  gather.take({"small", "c", "1"}, hour(1, State::ok, 1));
  const auto all = lines(gather);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].label.host, "both");
  EXPECT_TRUE(std::isnan(all[0].values[0]));
  EXPECT_EQ(mean(all[0]), 7.0);
  EXPECT_EQ(all[1].label.host, "small");
  EXPECT_EQ(all[2].label.host, "mean") << "what has no mean comes last";
  EXPECT_EQ(mean(all[2]), std::nullopt);
  EXPECT_EQ(all[2].values[1], 1.5e308);
}

TEST(Gather, WhatSpokeOnlyBeforeIsNotAmongTheSeriesOfALine) {
  auto q = asked(View::metric, Across::sum, {});
  q.over = Over::rate;
  Gather gather(q, from_ms(kFrom + kDay), minutely);
  gather.take({"a", "c", ""}, hour(1));
  auto before = hour(1);
  for (auto& slot : before.slots) slot -= 2 * kHour;
  gather.take({"b", "c", ""}, before);
  const auto all = lines(gather);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].series, 1u);
}

TEST(Gather, ACheckOfAnAgentsOwnFileIsOfNoContract) {
  Gather gather(asked(View::metric, Across::none, {}), from_ms(kFrom + kDay), minutely);
  gather.take({"a", "local/cpu", ""}, hour(1));
  EXPECT_EQ(lines(gather).at(0).label, (Label{"", "", "local/cpu", "a", ""}));
}

TEST(Gather, TooMuchIsRefusedWhileItIsBeingRead) {
  Gather many(asked(View::metric, Across::none, {}), from_ms(kFrom + kDay), minutely);
  bool taken = true;
  for (std::size_t i = 0; taken && i < 2 * kMaxLines; ++i)
    taken = many.take({"host-" + std::to_string(i), "c", ""}, hour(1));
  EXPECT_FALSE(taken);
  const auto done = finished(many);
  ASSERT_TRUE(std::holds_alternative<Message>(done));
  EXPECT_EQ(std::get<Message>(done).id, "query.many_lines");

  Gather cells(asked(View::metric, Across::none, {}, 10'000 * kMinute, kMinute), from_ms(kFrom + 30 * kDay),
               minutely);
  std::size_t fit = 0;
  while (cells.take({"host-" + std::to_string(fit), "c", ""}, hour(1))) ++fit;
  EXPECT_EQ(fit, 100u);
  EXPECT_EQ(std::get<Message>(finished(cells)).id, "query.many_cells");

  auto q = asked(View::metric, Across::sum, {}, 365 * kDay, 365 * kDay);
  q.over = Over::p99;
  Gather values(q, from_ms(kFrom + 365 * kDay), minutely);
  Rows day;
  std::size_t given = 0;
  for (std::int64_t i = 0; i < 86'400; ++i)
    day.slots.push_back(kFrom + i * 1'000), day.states.push_back(State::ok), day.values.push_back(1);
  while (values.take({"host-" + std::to_string(given), "c", ""}, day)) ++given;
  EXPECT_EQ(given, kMaxHeld / 86'400);
  EXPECT_EQ(std::get<Message>(finished(values)).id, "query.many_values");
}

}  // namespace
}  // namespace xj::query
