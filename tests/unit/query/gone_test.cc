// What is not kept is neither silence nor anything else: states and slots against a look at every half second
// and at every slot.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>

#include "collector/query/gather.h"

namespace xj::query {
namespace {

constexpr std::int64_t kSecond = 1'000, kMinute = 60'000, kHour = 3'600'000, kDay = 86'400'000;
constexpr std::int64_t kFrom = 20'000 * kDay;
const SeriesId kId{"a", "c", ""}, kOther{"b", "c", ""};

struct Script {
  Query query;
  std::int64_t interval, now;
  Spans gone, maintenance;  // as they come: some overlap
  Rows rows;                // what is left: of what is gone a few that came late
};

bool within(const Spans& spans, std::int64_t at) {
  return std::any_of(spans.begin(), spans.end(),
                     [&](const Span& span) { return span.from <= at && at < span.until; });
}

// On a grid of whole seconds, so that the oracles can step through it.
Script script(unsigned seed, View view) {
  std::mt19937 random(seed);
  const auto below = [&](std::int64_t n) {
    return std::uniform_int_distribution<std::int64_t>(0, n - 1)(random);
  };
  Script s;
  s.interval = kSecond * (10 + 2 * below(20));
  s.query.view = view;
  s.query.from = from_ms(kFrom + kSecond * below(600));
  s.query.to = s.query.from + Duration{kHour + kSecond * below(7'200)};
  const auto length = (s.query.to - s.query.from).count();
  s.query.step =
      Duration{view == View::completeness || below(3) == 0 ? length : kSecond * (60 + below(3'000))};
  s.now = to_ms(s.query.to) + (below(2) > 0 ? kSecond * below(100) : kDay);
  const auto some = [&](Spans& spans, std::int64_t most) {
    for (auto n = below(4); n > 0; --n) {
      const auto from = kFrom - kHour + kSecond * below(4 * 3'600);
      spans.push_back({from, from + kSecond * below(most)});
    }
  };
  some(s.gone, 3'000);
  some(s.maintenance, 1'800);
  if (below(3) > 0) s.gone.push_back({0, kFrom + kSecond * (below(5'400) - 600)});
  for (auto slot = kFrom - kHour + kSecond * below(60); slot < kFrom + 4 * kHour;) {
    if (!within(s.gone, slot) || below(40) == 0) {
      s.rows.slots.push_back(slot);
      s.rows.states.push_back(below(4) > 0 ? State::ok : static_cast<State>(below(4)));
      s.rows.values.push_back(0);
    }
    slot += below(12) == 0 ? s.interval * (2 + below(40)) : s.interval;
    if (below(30) == 0) slot += kSecond * below(s.interval / kSecond / 2);
  }
  return s;
}

SharedSpans shared(const Spans& spans) { return std::make_shared<const Spans>(united(spans)); }

// Two series that share their maintenance; the other never spoke.
std::vector<Line> answered(const Script& s) {
  const auto windows = shared(s.maintenance);
  Gather gather(
      s.query, from_ms(s.now), [&](const SeriesId&) { return SeriesFacts{Duration{s.interval}, windows}; },
      shared(s.gone));
  EXPECT_TRUE(gather.expect(kId) && gather.expect(kOther) && gather.take(kId, s.rows));
  return std::get<std::vector<Line>>(gather.finish([] { return false; }, {}));
}

// ---- oracles ----

std::vector<Spending> naive_states(const Script& s, const Rows& rows) {
  std::vector<Spending> out(s.query.points());
  const auto hold = s.interval * 3 / 2;
  for (auto at = to_ms(s.query.from); at < to_ms(s.query.to); at += 500) {
    if (within(s.gone, at)) continue;
    auto kind = Spent::silent;
    for (std::size_t i = 0; i < rows.slots.size() && rows.slots[i] <= at; ++i)
      kind = at < rows.slots[i] + hold ? static_cast<Spent>(rows.states[i]) : Spent::silent;
    if (within(s.maintenance, at)) kind = Spent::maintenance;
    // One that is gone may have spoken then.
    const bool unheard = std::any_of(s.gone.begin(), s.gone.end(), [&](const Span& span) {
      return span.from < span.until && span.until <= at && at < span.until + hold;
    });
    if (kind == Spent::silent && unheard) continue;
    out[static_cast<std::size_t>((at - to_ms(s.query.from)) / s.query.step.count())]
       [static_cast<std::size_t>(kind)] += 500;
  }
  return out;
}

Received naive_slots(const Script& s, const Rows& rows) {
  const auto from = to_ms(s.query.from), to = to_ms(s.query.to);
  Received out;
  const auto counts = [&](std::int64_t at) { return !within(s.gone, at) && !within(s.maintenance, at); };
  const auto look = [&](std::int64_t first, std::int64_t due, std::int64_t until) {
    std::optional<std::int64_t> begin;
    const auto end = [&](std::int64_t at) {
      if (begin) ++out.silences, out.silent_ms += at - *begin;
      begin.reset();
    };
    for (auto at = first; at < due; at += s.interval)
      if (!counts(at))
        end(at);
      else if (++out.expected; !begin)
        begin = at;
    end(until);
  };
  std::optional<std::int64_t> before;
  for (const auto slot : rows.slots) {
    if (slot < from || slot >= to) continue;
    look(before ? *before + s.interval : from + (slot - from) % s.interval, slot - s.interval / 2, slot);
    if (counts(slot)) ++out.expected, ++out.received;
    before = slot;
  }
  look(before ? *before + s.interval : from, std::min(to, s.now - s.interval / 2), to);
  return out;
}

TEST(Gone, NoInstantOfItIsOfAnyKind) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    const auto s = script(seed, View::availability);
    const auto lines = answered(s);
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[0].spending, naive_states(s, s.rows)) << "seed " << seed;
    EXPECT_EQ(lines[1].spending, naive_states(s, {})) << "seed " << seed;
  }
}

TEST(Gone, NoSlotOfItIsExpectedOrCame) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const auto s = script(seed, View::completeness);
    const auto lines = answered(s);
    ASSERT_EQ(lines.size(), 2u);
    for (const auto& [line, rows] : {std::pair{lines[0], s.rows}, std::pair{lines[1], Rows{}}}) {
      const auto naive = naive_slots(s, rows);
      EXPECT_EQ(line.received.expected, naive.expected) << "seed " << seed;
      EXPECT_EQ(line.received.received, naive.received) << "seed " << seed;
      EXPECT_EQ(line.received.silences, naive.silences) << "seed " << seed;
      EXPECT_EQ(line.received.silent_ms, naive.silent_ms) << "seed " << seed;
    }
  }
}

// What was not silent when all was there is not when some is gone, wherever the cut lies.
TEST(Gone, RemovingWhatCameMakesNoSilence) {
  for (const auto interval : {kMinute, 6 * kHour, kDay})
    for (std::int64_t cut = 0; cut < 12; ++cut) {
      Script s;
      s.interval = interval;
      s.query.view = View::availability;
      s.query.from = from_ms(kFrom), s.query.to = from_ms(kFrom + 12 * kDay),
      s.query.step = Duration{12 * kDay};
      s.now = kFrom + 13 * kDay;
      s.gone = {{0, kFrom + cut * kDay}};
      for (auto slot = kFrom - kDay + interval / 3; slot < kFrom + 12 * kDay; slot += interval)
        if (!within(s.gone, slot))
          s.rows.slots.push_back(slot), s.rows.states.push_back(State::ok), s.rows.values.push_back(0);
      const auto states = total(answered(s).at(0));
      EXPECT_EQ(states[static_cast<std::size_t>(Spent::silent)], 0) << interval << " cut " << cut;
      EXPECT_GE(states[static_cast<std::size_t>(Spent::ok)], (12 - cut) * kDay - interval);
      EXPECT_EQ(availability(states), 1.0);
      s.query.view = View::completeness;
      const auto slots = answered(s).at(0).received;
      EXPECT_EQ(slots.silences, 0u) << interval << " cut " << cut;
      EXPECT_EQ(slots.expected, static_cast<std::uint64_t>((12 - cut) * kDay / interval));
      EXPECT_EQ(completeness(slots), 1.0);
    }
}

}  // namespace
}  // namespace xj::query
