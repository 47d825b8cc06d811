#include "collector/query/fold.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <random>

namespace xj::query {
namespace {

constexpr auto kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kMinute = 60'000, kHour = 3'600'000, kDay = 86'400'000;
constexpr std::int64_t kFrom = 20'000 * kDay;

Query of(Over over, std::int64_t length, std::int64_t step) {
  Query q;
  q.over = over;
  q.from = from_ms(kFrom), q.to = from_ms(kFrom + length), q.step = Duration{step};
  return q;
}

struct Row {
  std::int64_t at;  // since kFrom
  double value = kNan;
  State state = State::ok;
};
Rows rows(const std::vector<Row>& given) {
  Rows out;
  for (const auto& row : given) {
    out.slots.push_back(kFrom + row.at);
    out.states.push_back(row.state);
    out.values.push_back(row.value);
  }
  return out;
}

using Points = std::map<std::size_t, double>;
Points folded(const Query& q, Duration interval, const std::vector<Rows>& portions) {
  Points out;
  std::size_t least = 0;
  const auto give = [&](std::size_t point, double value) {
    EXPECT_GE(point, least) << "in order, each once";
    least = point + 1;
    out[point] = value;
  };
  StepFold fold(q, interval);
  for (const auto& portion : portions) fold.take(portion, give);
  fold.end(give);
  return out;
}
Points folded(Over over, std::int64_t length, std::int64_t step, const std::vector<Row>& given) {
  return folded(of(over, length, step), Duration{kMinute}, {rows(given)});
}

TEST(StepFold, AStepWithoutAValueHasNoPoint) {
  const std::vector<Row> given{{0, 1},         {kMinute, 3},      {2 * kMinute},
                               {2 * kHour, 7}, {3 * kHour, kNan}, {4 * kHour, 9}};
  EXPECT_EQ(folded(Over::avg, 4 * kHour, kHour, given), (Points{{0, 2}, {2, 7}})) << "`to` itself is outside";
  EXPECT_EQ(folded(Over::count, 4 * kHour, kHour, given), (Points{{0, 2}, {2, 1}}));
}

TEST(StepFold, OfTwoResultsOfASlotTheLastCounts) {
  EXPECT_EQ(folded(Over::sum, kHour, kHour, {{0, 1}, {0, 2}, {kMinute, 5}}), (Points{{0, 7}}));
  EXPECT_EQ(folded(Over::sum, kHour, kHour, {{0, 1}, {0, kNan}}), Points{}) << "even when it has no value";
}

TEST(StepFold, RateOfACounterThatBeginsAnew) {
  EXPECT_EQ(folded(Over::rate, kHour, kHour, {{0, 100}, {kMinute, 160}, {2 * kMinute, 30}}),
            (Points{{0, (60.0 + 30.0) / 120.0}}));
  EXPECT_EQ(folded(Over::rate, kHour, kHour, {{0, 100}}), Points{}) << "one value has no rate";
}

TEST(StepFold, RateDoesNotReachAcrossAGap) {
  // Two slots are missing: what it grew by meanwhile belongs to no step.
  EXPECT_EQ(
      folded(Over::rate, kHour, kHour, {{0, 0}, {kMinute, 60}, {4 * kMinute, 6'000}, {5 * kMinute, 6'030}}),
      (Points{{0, (60.0 + 30.0) / 120.0}}));
}

TEST(StepFold, RateOfTheFirstStepBeginsWithTheValueBefore) {
  EXPECT_EQ(folded(Over::rate, 2 * kHour, kHour, {{-kMinute, 0}, {0, 120}, {kHour, 240}}),
            (Points{{0, 2.0}}));
}

TEST(StepFold, PercentilesAreValuesThatWereThere) {
  std::vector<Row> given;
  for (int i = 0; i < 100; ++i) given.push_back({i * 1'000, static_cast<double>((i * 37) % 100 + 1)});
  EXPECT_EQ(folded(Over::p50, kHour, kHour, given), (Points{{0, 50}}));
  EXPECT_EQ(folded(Over::p95, kHour, kHour, given), (Points{{0, 95}}));
  EXPECT_EQ(folded(Over::p99, kHour, kHour, given), (Points{{0, 99}}));
  EXPECT_EQ(folded(Over::p99, kHour, kHour, {{0, 4}}), (Points{{0, 4}}));
}

TEST(Pace, IsObservedWhereNothingIsConfigured) {
  Pace pace{Duration{0}};
  EXPECT_EQ(pace.interval(), kMinute);
  pace.observe(rows({{0}, {10'000}, {20'000}, {20'000}, {90'000}, {100'000}}));
  EXPECT_EQ(pace.interval(), 10'000);
  pace.observe(rows({{200'000}}));
  EXPECT_EQ(pace.interval(), 10'000) << "one slot says nothing";
  Pace configured{Duration{30'000}};
  configured.observe(rows({{0}, {10'000}, {20'000}}));
  EXPECT_EQ(configured.interval(), 30'000);
  EXPECT_EQ(configured.hold(), 45'000);
  Pace quick{Duration{0}};
  quick.observe(rows({{0}, {1}, {2}}));
  EXPECT_EQ(quick.interval(), 1'000) << "a second at least";
}

// A check that runs once a day has one slot in each portion.
TEST(Pace, OfWhatComesAloneIsTheLeastDistanceFromOneToTheNext) {
  Pace pace{Duration{0}};
  pace.observe(rows({{0}}));
  EXPECT_EQ(pace.interval(), kMinute);
  pace.observe(rows({{3 * kDay}, {3 * kDay}}));
  EXPECT_EQ(pace.interval(), 3 * kDay) << "two results of one slot";
  pace.observe(rows({{4 * kDay}}));
  EXPECT_EQ(pace.interval(), kDay);
  pace.observe(rows({{9 * kDay}}));
  EXPECT_EQ(pace.interval(), kDay) << "what is missing does not make it rarer";
  pace.observe(rows({{10 * kDay}, {10 * kDay + kHour}}));
  EXPECT_EQ(pace.interval(), kHour);
  pace.observe(rows({{11 * kDay}}));
  EXPECT_EQ(pace.interval(), kHour);
  pace.observe(rows({{12 * kDay}}));
  EXPECT_EQ(pace.interval(), kDay);
}

TEST(Pace, WhatCameBeforeSpeaksForTheIntervalThatIsKnownWhenTheNextComes) {
  auto q = of(Over::rate, 3 * kDay, 3 * kDay);
  const std::vector<Rows> daily{rows({{-kHour, 0}}), rows({{kDay - kHour, 86'400}})};
  EXPECT_EQ(folded(q, Duration{0}, daily), (Points{{0, 1}}));
  std::array<std::int64_t, kSpents> spent{};
  const auto give = [&](std::size_t, Spent kind, std::int64_t ms) {
    spent[static_cast<std::size_t>(kind)] += ms;
  };
  StateFold fold(q, Duration{0}, nullptr, nullptr);
  for (const auto& portion : daily) fold.take(portion, give);
  fold.end(give);
  EXPECT_EQ(spent[static_cast<std::size_t>(Spent::ok)], kDay - kHour + kDay * 3 / 2);
  EXPECT_EQ(spent[static_cast<std::size_t>(Spent::silent)], kHour + kDay / 2);
}

SharedSpans shared(const Spans& spans) { return std::make_shared<const Spans>(united(spans)); }

TEST(Spans, AreUnited) {
  EXPECT_EQ(united({{5, 9}, {1, 3}, {3, 4}, {7, 12}, {20, 20}}), (Spans{{1, 4}, {5, 12}}));
}

// ---- against folds that look at everything at once, and states that look at every millisecond's second ----

struct Script {
  std::vector<Row> all;
  std::vector<Rows> portions;  // as they come, day by day
  Spans maintenance;
  Query query;
  std::int64_t interval;
  std::int64_t now;
};

// On a grid of whole seconds, so that an oracle can step through it.
Script script(unsigned seed) {
  std::mt19937 random(seed);
  const auto below = [&](std::int64_t n) {
    return std::uniform_int_distribution<std::int64_t>(0, n - 1)(random);
  };
  Script s;
  s.interval = 1'000 * (10 + 2 * below(20));
  s.query = of(static_cast<Over>(below(10)), 2 * kHour + 1'000 * below(3'600), 1'000 * (60 + below(3'000)));
  s.now = to_ms(s.query.to) + (below(2) > 0 ? 1'000 * below(100) : kDay);
  auto slot = -kHour + 1'000 * below(60);
  double counter = 0;
  while (slot < 4 * kHour) {
    counter = below(20) == 0 ? static_cast<double>(below(5)) : counter + static_cast<double>(below(50));
    Row row{slot, below(8) == 0 ? kNan : counter, below(6) > 0 ? State::ok : static_cast<State>(below(4))};
    s.all.push_back(row);
    if (below(15) == 0) row.value = 7, row.state = State::critical, s.all.push_back(row);
    slot += below(12) == 0 ? s.interval * (2 + below(40)) : s.interval;
    if (below(30) == 0) slot += 1'000 * below(s.interval / 1'000 / 2);  // off the grid a little
  }
  for (auto n = below(4); n > 0; --n) {
    const auto from = kFrom - kHour / 2 + 1'000 * below(4 * 3'600);
    s.maintenance.push_back({from, from + 1'000 * below(1'800)});
  }
  for (std::size_t i = 0; i < s.all.size();) {
    auto end = std::min(s.all.size(), i + 1 + static_cast<std::size_t>(below(60)));
    while (end < s.all.size() && s.all[end].at == s.all[end - 1].at) ++end;
    s.portions.push_back(rows(
        {s.all.begin() + static_cast<std::ptrdiff_t>(i), s.all.begin() + static_cast<std::ptrdiff_t>(end)}));
    i = end;
  }
  return s;
}

// The last row of each slot.
std::vector<Row> counted(const Script& s) {
  std::vector<Row> out;
  for (const auto& row : s.all) {
    if (!out.empty() && out.back().at == row.at) out.pop_back();
    out.push_back(row);
  }
  return out;
}

Points naive_steps(const Script& s) {
  const auto all = counted(s);
  const auto length = to_ms(s.query.to) - kFrom, step = s.query.step.count();
  Points out;
  for (std::int64_t from = 0; from < length; from += step) {
    const auto to = std::min(from + step, length);
    std::vector<double> values;
    double grown = 0, elapsed = 0;
    const Row* before = nullptr;
    for (const auto& row : all) {
      if (std::isnan(row.value)) continue;
      if (row.at >= from && row.at < to) {
        values.push_back(row.value);
        if (before != nullptr && row.at - before->at <= s.interval * 3 / 2) {
          grown += row.value < before->value ? row.value : row.value - before->value;
          elapsed += static_cast<double>(row.at - before->at);
        }
      }
      before = &row;
    }
    if (values.empty()) continue;
    auto sorted = values;
    std::sort(sorted.begin(), sorted.end());
    double sum = 0;
    for (const auto v : values) sum += v;
    // The least value that at least so many percent of the values reach at most.
    const auto percentile = [&](double percent) {
      for (std::size_t i = 0; i < sorted.size(); ++i)
        if (static_cast<double>(i + 1) * 100 >= percent * static_cast<double>(sorted.size()))
          return sorted[i];
      return sorted.back();
    };
    std::optional<double> value;
    switch (s.query.over) {
      case Over::avg: value = sum / static_cast<double>(values.size()); break;
      case Over::min: value = sorted.front(); break;
      case Over::max: value = sorted.back(); break;
      case Over::sum: value = sum; break;
      case Over::count: value = static_cast<double>(values.size()); break;
      case Over::last: value = values.back(); break;
      case Over::rate:
        if (elapsed > 0) value = grown * 1'000 / elapsed;
        break;
      case Over::p50: value = percentile(50); break;
      case Over::p95: value = percentile(95); break;
      case Over::p99: value = percentile(99); break;
    }
    if (value) out[static_cast<std::size_t>(from / step)] = *value;
  }
  return out;
}

bool in_maintenance(const Script& s, std::int64_t at) {
  for (const auto& span : s.maintenance)
    if (span.from <= at && at < span.until) return true;
  return false;
}

using Spending = std::vector<std::array<std::int64_t, kSpents>>;
Spending naive_states(const Script& s) {
  const auto all = counted(s);
  Spending out(s.query.points());
  // Half seconds: an interval and a half ends on one.
  for (auto at = kFrom; at < to_ms(s.query.to); at += 500) {
    auto kind = Spent::silent;
    for (const auto& row : all)
      if (kFrom + row.at <= at)
        kind = at < kFrom + row.at + s.interval * 3 / 2 ? static_cast<Spent>(row.state) : Spent::silent;
    if (in_maintenance(s, at)) kind = Spent::maintenance;
    out[static_cast<std::size_t>((at - kFrom) / s.query.step.count())][static_cast<std::size_t>(kind)] += 500;
  }
  return out;
}

TEST(Folds, AgreeWithAFoldThatLooksAtEverythingAtOnce) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    const auto s = script(seed);
    EXPECT_EQ(folded(s.query, Duration{s.interval}, s.portions), naive_steps(s))
        << "seed " << seed << " over " << to_text(s.query.over);
  }
}

TEST(Folds, EveryInstantIsSpentAsItStood) {
  for (unsigned seed = 0; seed < 25; ++seed) {
    const auto s = script(seed);
    Spending out(s.query.points());
    const auto give = [&](std::size_t point, Spent kind, std::int64_t ms) {
      EXPECT_GT(ms, 0);
      out.at(point)[static_cast<std::size_t>(kind)] += ms;
    };
    StateFold fold(s.query, Duration{s.interval}, shared(s.maintenance), nullptr);
    for (const auto& portion : s.portions) fold.take(portion, give);
    fold.end(give);
    EXPECT_EQ(out, naive_states(s)) << "seed " << seed;
    std::int64_t sum = 0;
    for (const auto& point : out)
      for (const auto ms : point) sum += ms;
    EXPECT_EQ(sum, (s.query.to - s.query.from).count()) << "seed " << seed;
  }
}

Received received(const Query& q, std::int64_t interval, const Spans& maintenance, std::int64_t now,
                  const std::vector<Rows>& portions) {
  SlotFold fold(q, Duration{interval}, shared(maintenance), from_ms(now));
  for (const auto& portion : portions) fold.take(portion);
  return fold.end();
}

TEST(SlotFold, CountsWhatWasDueAndWhatCame) {
  const auto q = of(Over::avg, kHour, kHour);
  std::vector<Row> given;
  for (int i = 0; i < 60; ++i)
    if (i < 10 || i > 12) given.push_back({i * kMinute + 5'000});
  auto found = received(q, kMinute, {}, kFrom + kDay, {rows(given)});
  EXPECT_EQ(found.expected, 60u);
  EXPECT_EQ(found.received, 57u);
  EXPECT_EQ(found.longest_first, (Spans{{kFrom + 10 * kMinute + 5'000, kFrom + 13 * kMinute + 5'000}}));
  EXPECT_EQ(found.silent_ms, 3 * kMinute);
  // In maintenance nobody asks for them.
  found = received(q, kMinute, {{kFrom + 9 * kMinute, kFrom + 12 * kMinute}}, kFrom + kDay, {rows(given)});
  EXPECT_EQ(found.expected, 57u);
  EXPECT_EQ(found.received, 56u);
  EXPECT_EQ(found.longest_first, (Spans{{kFrom + 12 * kMinute + 5'000, kFrom + 13 * kMinute + 5'000}}));
}

TEST(SlotFold, NothingEverCame) {
  const auto found = received(of(Over::avg, kHour, kHour), kMinute, {}, kFrom + kDay, {});
  EXPECT_EQ(found.expected, 60u);
  EXPECT_EQ(found.received, 0u);
  EXPECT_EQ(found.silences, 1u);
  EXPECT_EQ(found.silent_ms, kHour);
}

// Ten thousand series that never spoke in ten years, a second apart: 3 * 10^12 slots.
TEST(SlotFold, WhatIsMissingIsNotCountedOneByOne) {
  const auto q = of(Over::avg, 3'700 * kDay, 3'700 * kDay);
  Spans nights;
  for (int day = 0; day < 3'700; ++day)
    nights.push_back({kFrom + day * kDay + 2 * kHour, kFrom + day * kDay + 3 * kHour});
  const auto windows = shared(nights);
  for (int n = 0; n < 10'000; ++n) {
    const bool maintained = n % 100 == 0;
    SlotFold fold(q, Duration{1'000}, maintained ? windows : nullptr, from_ms(kFrom + 4'000 * kDay));
    const auto found = fold.end();
    ASSERT_EQ(found.expected, maintained ? 3'700u * 23 * 3'600 : 3'700u * 24 * 3'600);
    ASSERT_EQ(found.silences, maintained ? 3'701u : 1u);
    ASSERT_EQ(found.longest_first.size(), maintained ? kSilences : 1u);
  }
}

TEST(SlotFold, WhatIsOnlyJustDueMayStillBeOnItsWay) {
  const auto q = of(Over::avg, 10 * kMinute, kHour);
  std::vector<Row> given;
  for (int i = 0; i < 9; ++i) given.push_back({i * kMinute});
  EXPECT_EQ(received(q, kMinute, {}, kFrom + 9 * kMinute + 20'000, {rows(given)}).expected, 9u);
  EXPECT_EQ(received(q, kMinute, {}, kFrom + 9 * kMinute + 40'000, {rows(given)}).expected, 10u);
}

TEST(SlotFold, KeepsTheLongestSilences) {
  std::vector<Row> given;
  std::int64_t at = 0;
  for (int i = 0; i < 40; ++i) given.push_back({at}), at += (2 + i) * kMinute;
  const auto found =
      received(of(Over::avg, given.back().at + kMinute, kHour), kMinute, {}, kFrom + kDay, {rows(given)});
  EXPECT_EQ(found.silences, 39u);
  EXPECT_EQ(found.longest_first.size(), kSilences);
  EXPECT_EQ(found.longest_first.front().until - found.longest_first.front().from, 39 * kMinute);
}

// What came is counted whatever portions it comes in; expected and missing make up the whole.
TEST(Folds, CompletenessAgreesWithALookAtEachSlot) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const auto s = script(seed);
    const auto found = received(s.query, s.interval, s.maintenance, s.now, s.portions);
    const auto all = counted(s);
    const auto counts = [&](std::int64_t at) {
      return at >= 0 && kFrom + at < to_ms(s.query.to) && !in_maintenance(s, kFrom + at);
    };
    std::uint64_t came = 0, missing = 0, silences = 0;
    std::int64_t silent = 0;
    // Slot by slot, up to the one that came, or to the end.
    const auto look = [&](std::int64_t first, std::int64_t due, std::int64_t until) {
      std::optional<std::int64_t> begin;
      const auto end = [&](std::int64_t at) {
        if (begin) ++silences, silent += at - *begin;
        begin.reset();
      };
      for (auto at = first; at < due; at += s.interval)
        if (!counts(at))
          end(at);
        else if (++missing; !begin)
          begin = at;
      end(until);
    };
    std::optional<std::int64_t> before;
    for (const auto& row : all) {
      if (row.at < 0 || kFrom + row.at >= to_ms(s.query.to)) continue;
      came += counts(row.at) ? 1 : 0;
      look(before ? *before + s.interval : row.at % s.interval, row.at - s.interval / 2, row.at);
      before = row.at;
    }
    const auto due = std::min(to_ms(s.query.to), s.now - s.interval / 2) - kFrom;
    if (before) look(*before + s.interval, due, to_ms(s.query.to) - kFrom);
    EXPECT_EQ(found.received, came) << "seed " << seed;
    ASSERT_TRUE(before) << "seed " << seed;
    EXPECT_EQ(found.expected, came + missing) << "seed " << seed;
    EXPECT_EQ(found.silences, silences) << "seed " << seed;
    EXPECT_EQ(found.silent_ms, silent) << "seed " << seed;
  }
}

}  // namespace
}  // namespace xj::query
