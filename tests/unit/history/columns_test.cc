#include "collector/history/columns.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

namespace xj::collector {
namespace {

std::vector<std::int64_t> ints_again(const std::vector<std::int64_t>& values, std::size_t* size = nullptr) {
  std::string bytes;
  put_ints(bytes, values);
  if (size != nullptr) *size = bytes.size();
  ByteReader in(bytes);
  auto out = read_ints(in, values.size());
  EXPECT_TRUE(in.done());
  return out;
}

Column again(const Column& column, std::size_t rows, std::size_t* size = nullptr) {
  std::string bytes;
  column.encode(bytes, rows);
  if (size != nullptr) *size = bytes.size();
  ByteReader in(bytes);
  auto out = Column::decode(in, rows);
  EXPECT_TRUE(in.done());
  return out;
}

bool same(const Number& a, const Number& b) {
  if (a.index() != b.index()) return false;
  if (const auto* i = std::get_if<std::int64_t>(&a)) return *i == std::get<std::int64_t>(b);
  return std::bit_cast<std::uint64_t>(std::get<double>(a)) ==
         std::bit_cast<std::uint64_t>(std::get<double>(b));
}

TEST(Ints, FarApartNumbersComeBack) {
  const std::vector<std::int64_t> extreme{INT64_MIN, INT64_MAX, 0, INT64_MAX, INT64_MIN, -1, 1};
  EXPECT_EQ(ints_again(extreme), extreme);
  EXPECT_EQ(ints_again({}), std::vector<std::int64_t>{});
  EXPECT_EQ(ints_again({7}), std::vector<std::int64_t>{7});
}

TEST(Ints, RandomNumbersOfEveryWidthComeBack) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::int64_t> values(random() % 50);
    const auto shift = random() % 64;
    for (auto& v : values) v = static_cast<std::int64_t>(random()) >> shift;
    EXPECT_EQ(ints_again(values), values);
  }
}

TEST(Ints, AnExactGridOfADayCostsAFewBytes) {
  std::vector<std::int64_t> slots;
  for (std::int64_t i = 0; i < 1440; ++i) slots.push_back(1'700'000'000'000 + i * 60'000);
  std::size_t size = 0;
  EXPECT_EQ(ints_again(slots, &size), slots);
  EXPECT_LE(size, 20u);
}

TEST(Ints, AConstantCostsAFewBytesAndARareChangeToo) {
  std::vector<std::int64_t> values(10'000, 42);
  std::size_t size = 0;
  EXPECT_EQ(ints_again(values, &size), values);
  EXPECT_LE(size, 8u);
  values[5'000] = 43;
  values[5'001] = 43;
  EXPECT_EQ(ints_again(values, &size), values);
  EXPECT_LE(size, 24u);
}

TEST(Ints, DamageIsAFaultNeverACrash) {
  std::string bytes;
  put_ints(bytes, std::vector<std::int64_t>{1, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 9});
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    ByteReader in(std::string_view(bytes).substr(0, cut));
    EXPECT_THROW((void)read_ints(in, 15), Fault) << cut;
  }
  ByteReader long_run(std::string_view("\x04\x02\x00\x7f", 4));
  EXPECT_THROW((void)read_ints(long_run, 5), Fault);
}

TEST(Column, IntegersDoublesAndMixturesReadBackAsTheyWere) {
  const std::vector<std::vector<Number>> cases{
      {std::int64_t{1}, std::int64_t{2}, INT64_MAX, INT64_MIN},
      {12.34, 12.0, 0.01, 1e9 + 0.25},
      {0.1, std::int64_t{3}, 2.0, std::int64_t{2}},
      {1.0 / 3, std::sqrt(2.0), -0.0, 0.0, 5e-324, std::numeric_limits<double>::max()},
      {-0.0, 1.5},
      {std::int64_t{3}, 0.5},
  };
  for (const auto& values : cases) {
    Column column("m");
    for (const auto& v : values) column.push(v);
    const auto back = again(column, values.size());
    ASSERT_EQ(back.values(), values.size());
    for (std::size_t i = 0; i < values.size(); ++i) EXPECT_TRUE(same(back.at(i), values[i])) << i;
  }
}

TEST(Column, RowsWithoutAValueStayWithout) {
  Column column("m");
  column.skip(2);
  column.push(std::int64_t{1});
  column.skip(1);
  column.push(std::int64_t{2});
  const auto back = again(column, 7);
  EXPECT_EQ(back.presence().indexes(), (std::vector<std::int32_t>{-1, -1, 0, -1, 1, -1, -1}));
  EXPECT_TRUE(same(back.at(1), std::int64_t{2}));
}

TEST(Column, TwoDecimalGaugesBecomeSmallIntegers) {
  std::mt19937_64 random(2);
  std::normal_distribution<double> noise(50, 0.3);
  Column column("m");
  for (int i = 0; i < 1'000; ++i) column.push(std::round(noise(random) * 100) / 100);
  std::size_t size = 0;
  const auto back = again(column, 1'000, &size);
  EXPECT_LE(size, 2'000u);
  for (std::size_t i = 0; i < 1'000; ++i) ASSERT_TRUE(same(back.at(i), column.at(i)));
}

TEST(Column, RandomMixturesComeBack) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 300; ++round) {
    Column column("m");
    std::vector<Number> values;
    const auto rows = random() % 60;
    const auto doubles = random() % 3;
    for (std::size_t i = 0; i < rows; ++i) {
      if (random() % 5 == 0) {
        column.skip(1);
        continue;
      }
      Number v = static_cast<std::int64_t>(random()) >> (random() % 60);
      if (doubles == 1 || (doubles == 2 && random() % 2)) {
        auto d = std::bit_cast<double>(random());
        if (!std::isfinite(d) || random() % 2)
          d = static_cast<double>(static_cast<std::int64_t>(random() % 100'000)) / 1000;
        v = d;
      }
      values.push_back(v);
      column.push(v);
    }
    const auto back = again(column, rows);
    EXPECT_EQ(back.presence().indexes(), column.presence().indexes());
    ASSERT_EQ(back.values(), values.size());
    for (std::size_t i = 0; i < values.size(); ++i) ASSERT_TRUE(same(back.at(i), values[i]));
  }
}

}  // namespace
}  // namespace xj::collector
