#include "core/sketch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace xj {
namespace {

Sketch of(const std::vector<double>& values) {
  Sketch sketch;
  for (const auto value : values) sketch.add(value);
  return sketch;
}

void expect_near(double got, double exact, const std::string& what) {
  EXPECT_LE(std::fabs(got - exact), Sketch::kError * std::fabs(exact))
      << what << ": " << got << " of " << exact;
}

void expect_every_rank(std::vector<double> values, const std::string& what) {
  const auto sketch = of(values);
  std::sort(values.begin(), values.end());
  ASSERT_EQ(sketch.count(), values.size());
  for (std::size_t rank = 1; rank <= values.size(); ++rank)
    expect_near(sketch.at(rank), values[rank - 1], what + " rank " + std::to_string(rank));
}

TEST(Sketch, EveryRankIsWithinAHundredthWhateverTheNumbersAre) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> around(40, 12);
  std::lognormal_distribution<double> skewed(2, 3);
  std::vector<double> a, b, c, d;
  for (int i = 0; i < 2'000; ++i) {
    a.push_back(std::round(around(random) * 100) / 100);
    b.push_back(skewed(random));
    c.push_back(i % 3 == 0 ? 0 : i % 3 == 1 ? -skewed(random) : skewed(random));
    d.push_back(static_cast<double>(random() % 5));
  }
  expect_every_rank(a, "a gauge");
  expect_every_rank(b, "skewed");
  expect_every_rank(c, "both signs and nought");
  expect_every_rank(d, "few integers");
  expect_every_rank({1e-299, 1e-200, -1e-299, 1, 1e200, 1.7976931348623157e308, -1.7e308, 0, -0.0},
                    "far apart");
  std::vector<double> edges;
  for (int i = -500; i < 500; ++i)
    for (const double by : {1 - 1e-15, 1.0, 1 + 1e-15}) edges.push_back(std::pow(1.02, i) * by);
  expect_every_rank(edges, "at the edges of buckets");
}

TEST(Sketch, PutTogetherIsAsIfAllHadBeenAddedToOne) {
  std::mt19937_64 random(4);
  std::vector<double> all;
  Sketch together;
  for (int part = 0; part < 20; ++part) {
    std::vector<double> values;
    for (unsigned i = 0; i < random() % 50; ++i)
      values.push_back(static_cast<double>(random() % 2'000) - 700);
    together.merge(of(values));
    all.insert(all.end(), values.begin(), values.end());
  }
  EXPECT_EQ(together, of(all));
  EXPECT_EQ(Sketch::of(together.buckets()), together);
}

TEST(Sketch, HoldsNoMoreThanItMayAndKeepsTheUpperRanks) {
  std::vector<double> values;
  for (int i = 0; i < 9'000; ++i) values.push_back(std::pow(1.02, i - 4'500));
  const auto sketch = of(values);
  EXPECT_EQ(sketch.buckets().size(), Sketch::kMostBuckets);
  EXPECT_EQ(sketch.count(), values.size());
  for (std::size_t rank = values.size() - Sketch::kMostBuckets + 2; rank <= values.size(); ++rank)
    expect_near(sketch.at(rank), values[rank - 1], "rank " + std::to_string(rank));
}

TEST(Sketch, IsMadeOfBucketsThatItCouldHaveOnly) {
  EXPECT_TRUE(Sketch::of({}));
  EXPECT_TRUE(Sketch::of({{-3, 1}, {0, 2}, {9, 1}}));
  EXPECT_FALSE(Sketch::of({{3, 1}, {3, 1}}));
  EXPECT_FALSE(Sketch::of({{3, 1}, {2, 1}}));
  EXPECT_FALSE(Sketch::of({{3, 0}}));
  EXPECT_FALSE(Sketch::of({{3, Sketch::kMostCount}, {4, 1}}));
  EXPECT_FALSE(Sketch::of({{Sketch::kGreatestKey + 1, 1}}));
  std::vector<Sketch::Bucket> many;
  for (std::int32_t key = 0; key <= static_cast<std::int32_t>(Sketch::kMostBuckets); ++key)
    many.push_back({key, 1});
  EXPECT_FALSE(Sketch::of(many));
}

TEST(Sketch, TheRankOfAPercentIsThatOfTheSmallestValueSoManyDoNotExceed) {
  EXPECT_EQ(rank_of(50, 1), 1U);
  EXPECT_EQ(rank_of(50, 4), 2U);
  EXPECT_EQ(rank_of(95, 100), 95U);
  EXPECT_EQ(rank_of(95, 101), 96U);
  EXPECT_EQ(rank_of(99, 3), 3U);
}

}  // namespace
}  // namespace xj
