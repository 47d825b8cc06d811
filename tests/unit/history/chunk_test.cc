#include "collector/history/chunk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace xj::collector {
namespace {

constexpr auto kForever = from_ms(4'000'000'000'000);

std::vector<Sample> all(const Chunk& chunk) {
  std::vector<Sample> out;
  chunk.read(Timestamp{}, kForever, out);
  return out;
}

Chunk again(const Chunk& chunk) {
  std::string bytes;
  chunk.encode(bytes);
  ByteReader in(bytes);
  auto out = Chunk::decode(in);
  EXPECT_TRUE(in.done());
  return out;
}

Sample sample(std::int64_t slot, State state, std::string msg, std::vector<Metric> metrics) {
  return {from_ms(slot), state, msg.empty() ? Message{} : Message{"checks.x", {{"value", std::move(msg)}}},
          std::move(metrics)};
}

void add(Chunk& chunk, const Sample& s) { chunk.add(s.slot, s.state, s.msg, s.metrics); }

TEST(Chunk, GivesBackWhatItWasGivenBeforeAndAfterItsBytes) {
  const std::vector<Sample> samples{
      sample(1'000, State::ok, "", {{"a", std::int64_t{1}}, {"b", 2.5}}),
      sample(2'000, State::warning, "85", {{"a", std::int64_t{2}}}),
      sample(3'000, State::warning, "86", {{"b", 2.75}}),
      sample(4'000, State::ok, "", {}),
      sample(5'000, State::unknown, "85", {{"a", std::int64_t{3}}, {"b", 1.0}, {"c", std::int64_t{-1}}}),
  };
  Chunk chunk;
  for (const auto& s : samples) add(chunk, s);
  EXPECT_EQ(all(chunk), samples);
  EXPECT_EQ(all(again(chunk)), samples);
  EXPECT_EQ(chunk.values(), 7u);
  EXPECT_EQ(chunk.first(), from_ms(1'000));
  EXPECT_EQ(chunk.last(), from_ms(5'000));
}

TEST(Chunk, ReadsTheAskedRangeOnly) {
  Chunk chunk;
  for (int i = 0; i < 10; ++i)
    add(chunk, sample(i * 1'000, i < 5 ? State::ok : State::critical, "", {{"a", std::int64_t{i}}}));
  std::vector<Sample> out;
  chunk.read(from_ms(4'000), from_ms(6'000), out);
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(out[0].state, State::ok);
  EXPECT_EQ(out[1].state, State::critical);
  EXPECT_EQ(out[1].metrics[0].value, Number{std::int64_t{5}});
}

TEST(Chunk, AMetricNamedTwiceKeepsItsFirstValue) {
  Chunk chunk;
  add(chunk, sample(1, State::ok, "", {{"a", std::int64_t{1}}, {"a", std::int64_t{2}}}));
  ASSERT_EQ(all(chunk).front().metrics.size(), 1u);
  EXPECT_EQ(all(chunk).front().metrics[0].value, Number{std::int64_t{1}});
}

TEST(Chunk, LateRowsSortInAndRowsOfOneSlotKeepTheirOrder) {
  Chunk chunk, late;
  add(chunk, sample(1'000, State::ok, "", {{"a", std::int64_t{1}}}));
  add(chunk, sample(3'000, State::critical, "x", {{"a", std::int64_t{3}}}));
  add(late, sample(2'000, State::warning, "y", {{"b", 2.5}}));
  add(late, sample(3'000, State::ok, "", {{"a", std::int64_t{4}}}));
  chunk.append(late);
  chunk.sort();
  const std::vector<Sample> expected{
      sample(1'000, State::ok, "", {{"a", std::int64_t{1}}}),
      sample(2'000, State::warning, "y", {{"b", 2.5}}),
      sample(3'000, State::critical, "x", {{"a", std::int64_t{3}}}),
      sample(3'000, State::ok, "", {{"a", std::int64_t{4}}}),
  };
  EXPECT_EQ(all(chunk), expected);
  EXPECT_EQ(all(again(chunk)), expected);
}

TEST(Chunk, RandomChunksSurviveAppendSortAndBytes) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 200; ++round) {
    std::vector<Sample> model;
    Chunk whole;
    for (int part = 0; part < 3; ++part) {
      Chunk chunk;
      for (auto rows = random() % 20; rows > 0; --rows) {
        auto s = sample(static_cast<std::int64_t>(random() % 50) * 1'000, static_cast<State>(random() % 4),
                        random() % 2 ? std::to_string(random() % 12) : "", {});
        for (const char* name : {"a", "b", "c"})
          if (random() % 3)
            s.metrics.push_back(
                {name, random() % 2 ? Number{static_cast<std::int64_t>(random() % 9)} : Number{0.5}});
        add(chunk, s);
        model.push_back(s);
      }
      whole.append(again(chunk));
    }
    std::stable_sort(model.begin(), model.end(),
                     [](const Sample& a, const Sample& b) { return a.slot < b.slot; });
    whole.sort();
    auto got = all(again(whole));
    // Columns stand in the order they first came; compare by name.
    for (auto* list : {&got, &model})
      for (auto& s : *list)
        std::sort(s.metrics.begin(), s.metrics.end(),
                  [](const Metric& a, const Metric& b) { return a.name < b.name; });
    ASSERT_EQ(got, model) << round;
  }
}

TEST(Chunk, TakesAnotherAsLongAsItsBytesMayHoldBoth) {
  Chunk chunk;
  const auto row = [](int from, int count) {
    std::vector<Metric> metrics;
    for (int i = 0; i < count; ++i) metrics.push_back({"m" + std::to_string(from + i), std::int64_t{i}});
    return metrics;
  };
  for (int rows = 0; rows < 5; ++rows) chunk.add(from_ms(rows), State::ok, {}, row(rows * 200, 200));
  EXPECT_EQ(chunk.columns(), 1'000u);
  Chunk same, others, wordy;
  same.add(from_ms(9), State::ok, {}, row(0, 200));
  others.add(from_ms(9), State::ok, {}, row(5'000, 200));
  wordy.add(from_ms(9), State::ok, Message::literal(std::string(kChunkMessages, 'x')), {});
  EXPECT_TRUE(chunk.takes(same));
  EXPECT_FALSE(chunk.takes(others));
  EXPECT_FALSE(chunk.takes(wordy));
  EXPECT_TRUE(Chunk{}.takes(chunk));
  EXPECT_TRUE(Chunk{}.takes(wordy));
  Chunk many;
  many.add(from_ms(1), State::ok, {}, {});
  while (many.takes(many)) many.append(Chunk(many));
  EXPECT_EQ(many.rows(), kMaxRows);
}

TEST(Chunk, BytesCutAnywhereAreAFault) {
  Chunk chunk;
  for (int i = 0; i < 5; ++i) add(chunk, sample(i, State::warning, std::to_string(i), {{"a", 0.5 * i}}));
  std::string bytes;
  chunk.encode(bytes);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    ByteReader in(std::string_view(bytes).substr(0, cut));
    EXPECT_THROW((void)Chunk::decode(in), Fault) << cut;
  }
}

TEST(Chunk, AMetricThatStandsTwiceIsDamage) {
  Chunk chunk;
  add(chunk, sample(1, State::ok, "", {{"a", std::int64_t{1}}, {"b", std::int64_t{1}}}));
  std::string bytes;
  chunk.encode(bytes);
  const auto b = bytes.rfind("b");
  ASSERT_NE(b, std::string::npos);
  bytes[b] = 'a';
  ByteReader in(bytes);
  EXPECT_THROW((void)Chunk::decode(in), Fault);
}

TEST(Chunk, ChangedBytesNeverCrash) {
  Chunk chunk;
  for (int i = 0; i < 30; ++i)
    add(chunk, sample(i, static_cast<State>(i % 4), std::to_string(i % 3),
                      {{"a", 0.5 * i}, {"b", std::int64_t{7}}}));
  std::string bytes;
  chunk.encode(bytes);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (const unsigned char flip : {0x01, 0x80, 0xff}) {
      auto damaged = bytes;
      damaged[i] = static_cast<char>(static_cast<unsigned char>(damaged[i]) ^ flip);
      ByteReader in(damaged);
      try {
        (void)all(Chunk::decode(in));
      } catch (const Fault&) {
      }
    }
}

}  // namespace
}  // namespace xj::collector
