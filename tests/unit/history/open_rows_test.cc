#include "collector/history/open_rows.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <random>

namespace xj::collector {
namespace {

constexpr std::int64_t kDay = 86'400'000;
constexpr std::int64_t kNoon = 20'000 * kDay + kDay / 2;

std::vector<Sample> all(const Chunk& chunk) {
  std::vector<Sample> out;
  chunk.read(Timestamp::min(), Timestamp::max(), out);
  return out;
}

// Oldest first.
std::vector<const RowList*> lists_of(const RowList* newest) {
  std::vector<const RowList*> lists;
  for (; newest != nullptr; newest = newest->behind()) lists.insert(lists.begin(), newest);
  return lists;
}

std::vector<Metric> named(int from, int count) {
  std::vector<Metric> metrics;
  for (int i = 0; i < count; ++i) metrics.push_back({"m" + std::to_string(from + i), std::int64_t{i}});
  return metrics;
}

// Rows as checks send them and as nobody should: other metrics now and then, another order, one named twice,
// both kinds of numbers, slots twice and out of order, messages that come again.
class Strange {
 public:
  explicit Strange(unsigned seed) : random_(seed) {}

  Sample next() {
    Sample s;
    slot_ += static_cast<std::int64_t>(pick(10) == 0 ? pick(5'000'000) : 60'000);
    if (pick(12) == 0) slot_ -= static_cast<std::int64_t>(pick(3 * kDay));
    s.slot = from_ms(pick(15) == 0 ? slot_ - 60'000 : slot_);
    s.state = static_cast<State>(pick(4));
    if (pick(3) == 0)
      s.msg = {"checks.x", {{"value", std::to_string(pick(4))}, {"of", std::string(pick(90), 'y')}}};
    if (pick(40) == 0) s.msg = Message::literal("as a plugin says it");
    const auto count = pick(6) == 0 ? pick(20) : 5;
    for (std::size_t i = 0; i < count; ++i) s.metrics.push_back({"metric_" + std::to_string(i), number()});
    if (pick(9) == 0 && !s.metrics.empty()) s.metrics.push_back(s.metrics[pick(s.metrics.size())]);
    if (pick(9) == 0) std::shuffle(s.metrics.begin(), s.metrics.end(), random_);
    return s;
  }
  std::size_t pick(std::size_t below) { return below == 0 ? 0 : random_() % below; }

 private:
  Number number() {
    switch (pick(8)) {
      case 0: return std::numeric_limits<std::int64_t>::min();
      case 1: return std::numeric_limits<std::int64_t>::max();
      case 2: return -0.0;
      case 3: return 0.1 * static_cast<double>(pick(1'000));
      case 4: return std::numeric_limits<double>::denorm_min();
      default: return static_cast<std::int64_t>(pick(100'000));
    }
  }
  std::mt19937_64 random_;
  std::int64_t slot_ = kNoon;
};

TEST(OpenRows, GiveTheChunkThatItsRowsWouldHaveMade) {
  for (unsigned round = 0; round < 60; ++round) {
    Strange strange(round);
    OpenRows rows;
    constexpr std::size_t kSeries = 3;
    std::vector<RowList*> lists(kSeries, nullptr);
    std::vector<std::map<std::int64_t, Chunk>> model(kSeries);
    for (auto left = strange.pick(round % 3 == 0 ? 400 : 30); left > 0; --left) {
      const auto series = strange.pick(kSeries);
      const auto s = strange.next();
      lists[series] = rows.add(lists[series], s.slot, s.state, s.msg, s.metrics);
      const auto day = std::chrono::floor<std::chrono::days>(s.slot.time_since_epoch()).count();
      model[series][day].add(s.slot, s.state, s.msg, s.metrics);
    }
    for (std::size_t i = 0; i < kSeries; ++i) {
      std::map<std::int64_t, Chunk> got;
      for (const auto* list : lists_of(lists[i])) {
        auto chunk = list->chunk();
        EXPECT_EQ(chunk.rows(), list->rows());
        ASSERT_TRUE(got[list->day()].takes(chunk));
        got[list->day()].append(chunk);
      }
      ASSERT_EQ(got.size(), model[i].size()) << round;
      for (const auto& [day, chunk] : model[i]) {
        EXPECT_EQ(all(got[day]), all(chunk)) << round;
        std::string bytes, expected;
        got[day].encode(bytes), chunk.encode(expected);
        EXPECT_EQ(bytes, expected) << round;
      }
      // One metric, and the states alone, without a chunk between.
      for (const char* metric : {"metric_0", "metric_7", "nothing", ""}) {
        const auto from = from_ms(kNoon - kDay / 3), to = from_ms(kNoon + kDay);
        std::map<std::int64_t, Rows> read;
        for (const auto* list : lists_of(lists[i])) list->read(from, to, metric, read[list->day()]);
        for (const auto& [day, chunk] : model[i]) {
          Rows wanted;
          chunk.read(from, to, metric, wanted);
          EXPECT_EQ(read[day].slots, wanted.slots);
          EXPECT_EQ(read[day].states, wanted.states);
          ASSERT_EQ(read[day].values.size(), wanted.values.size());
          for (std::size_t row = 0; row < wanted.values.size(); ++row)
            EXPECT_TRUE(read[day].values[row] == wanted.values[row] ||
                        (std::isnan(read[day].values[row]) && std::isnan(wanted.values[row])))
                << round << ' ' << metric << ' ' << row;
        }
      }
    }
  }
}

TEST(OpenRows, ADayThatIsFullIsFollowedByAnotherListInTheOrderTheRowsCame) {
  OpenRows rows;
  RowList* lists = nullptr;
  lists = rows.add(lists, from_ms(kNoon), State::ok, {}, named(0, 2'000));
  EXPECT_EQ(lists_of(lists).size(), 1u) << "one row always";
  for (int i = 1; i <= 6; ++i) {
    lists = rows.add(lists, from_ms(kNoon + i), State::ok, {}, named(i * 200, 200));
    lists = rows.add(lists, from_ms(kNoon + i - kDay), State::ok, {}, {});  // the day before, in between
  }
  EXPECT_TRUE(rows.full());
  std::vector<std::size_t> of_today;
  std::vector<std::int64_t> slots;
  for (const auto* list : lists_of(lists)) {
    if (list->day() != 20'000) continue;
    of_today.push_back(list->rows());
    EXPECT_LE(list->chunk().columns(), std::max<std::size_t>(kChunkColumns, 2'000));
    for (const auto& s : all(list->chunk())) slots.push_back(to_ms(s.slot) - kNoon);
  }
  EXPECT_EQ(of_today, (std::vector<std::size_t>{1, 5, 1}));
  EXPECT_EQ(slots, (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6}));
}

TEST(OpenRows, KnownNamesInAnotherOrderAreNoNewColumns) {
  OpenRows rows;
  RowList* lists = nullptr;
  auto metrics = named(0, 600);
  for (int i = 0; i < 10; ++i) {
    std::reverse(metrics.begin(), metrics.end());
    lists = rows.add(lists, from_ms(kNoon + i), State::ok, {}, metrics);
  }
  EXPECT_EQ(lists_of(lists).size(), 1u);
  EXPECT_EQ(lists->chunk().columns(), 600u);
  EXPECT_FALSE(rows.full());
}

TEST(OpenRows, MessagesFillAListToo) {
  OpenRows rows;
  RowList* lists = nullptr;
  const auto large = Message::literal(std::string(kChunkMessages - 100, 'x'));
  lists = rows.add(lists, from_ms(kNoon), State::critical, large, {});
  EXPECT_FALSE(rows.full());
  lists = rows.add(lists, from_ms(kNoon + 1), State::critical, Message::literal(std::string(200, 'y')), {});
  EXPECT_TRUE(rows.full());
  EXPECT_EQ(lists_of(lists).size(), 2u);
}

// What flushes and the bound on memory go by.
TEST(OpenRows, SayHowMuchMemoryTheyTake) {
  struct Form {
    const char* name;
    std::size_t series;
    int rows;
    bool messages, doubles, anew;
  };
  for (const auto& form : {Form{"two rows each", 30'000, 2, false, false, false},
                           Form{"ten rows each", 2'000, 10, false, true, false},
                           Form{"a day each", 20, 1'440, false, false, false},
                           Form{"with messages", 1'000, 10, true, false, false},
                           Form{"metrics named anew", 100, 20, false, false, true}}) {
    std::vector<RowList*> lists(form.series, nullptr);
    const auto before = mallinfo2();
    auto rows = std::make_unique<OpenRows>();
    std::int64_t n = 0;
    for (int row = 0; row < form.rows; ++row)
      for (auto& of : lists) {
        auto metrics = named(form.anew ? static_cast<int>(++n) * 5 : 0, 5);
        if (form.doubles) metrics[0].value = 0.1 * static_cast<double>(++n);
        const auto msg = form.messages ? Message::literal("value " + std::to_string(++n)) : Message{};
        of = rows->add(of, from_ms(kNoon + row * 60'000), State::ok, msg, metrics);
      }
    const auto after = mallinfo2();
    const auto truth = static_cast<double>(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd);
    if (truth <= 0) GTEST_SKIP() << "another allocator, as of a sanitizer";
    const auto said = static_cast<double>(rows->bytes());
    // What the last slab has left is not touched, and not said.
    EXPECT_LT(truth - (256 << 10), said * 1.02) << form.name << ", of " << said;
    EXPECT_GT(truth * 1.02, said) << form.name;
  }
}

}  // namespace
}  // namespace xj::collector
