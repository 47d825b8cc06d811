// Questions answered from hours and from samples: the same answers, whatever the results were and however far
// they have come; percentiles of days whose samples are gone within a hundredth.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "collector/history/history.h"
#include "collector/query_run.h"
#include "collector/safety/check.h"
#include "tests/fakes/power_cut_fs.h"

namespace xj::collector {
namespace {

constexpr std::int64_t kHour = 3'600'000, kDay = 24 * kHour;
constexpr auto kStart = from_ms(20'000 * kDay);
constexpr int kDays = 4;

struct Row {
  SeriesId id;
  Timestamp slot;
  std::optional<Number> value;
};

std::vector<Row> random_rows(std::mt19937& random) {
  const auto below = [&](unsigned n) { return static_cast<std::int64_t>(random() % n); };
  std::vector<Row> rows;
  for (int n = 0; n < 3; ++n) {
    const SeriesId id{"host-" + std::to_string(n), "c/s/cpu", n == 1 ? "item" : ""};
    const auto kind = below(3);
    for (auto at = below(4'000'000); at < kDays * kDay;
         at += 1 + below(below(20) == 0 ? 40'000'000 : 900'000)) {
      std::optional<Number> value;
      if (below(9) > 0)
        value = kind == 0 || (kind == 2 && below(2) == 0)
                    ? Number{below(1'000) - 200}
                    : Number{std::exp(static_cast<double>(below(900)) / 100) * (below(9) == 0 ? -1 : 1)};
      if (below(50) == 0) value = std::nan("");
      rows.push_back({id, kStart + Duration{at}, value});
      if (below(12) == 0) rows.push_back({id, kStart + Duration{at}, Number{below(50)}});  // the slot again
    }
  }
  return rows;
}

class SummaryQuery : public testing::Test {
 protected:
  void add(History& history, const Row& row) {
    std::vector<Metric> metrics;
    if (row.value) metrics.push_back({"v", *row.value});
    history.add(history.handle(row.id.agent, row.id.check, row.id.item), row.slot, State::ok, {}, metrics);
  }

  std::vector<query::Line> asked(History& history, const query::Words& words, bool with_hours) {
    const auto now = kStart + Duration{kDays * kDay};
    const auto read = query::parse_query(words, now, {});
    if (const auto* wrong = std::get_if<Message>(&read)) {
      ADD_FAILURE() << render(*wrong, Lang::en);
      return {};
    }
    const auto& query = std::get<query::Query>(read);
    auto ask = scan_of(query, {});
    if (!with_hours) ask.summaries = Summaries::none;
    auto found = run_query(query, now, {}, *history.scan(ask), [] { return false; }, {});
    return std::get<std::vector<query::Line>>(std::move(found));
  }

  void expect_same(History& history, const query::Words& words, const std::string& what) {
    const auto plain = asked(history, words, false), hours = asked(history, words, true);
    ASSERT_EQ(plain.size(), hours.size()) << what;
    for (std::size_t i = 0; i < plain.size(); ++i) {
      EXPECT_EQ(plain[i].label, hours[i].label) << what;
      EXPECT_FALSE(hours[i].estimated) << what;
      ASSERT_EQ(plain[i].values.size(), hours[i].values.size()) << what;
      for (std::size_t p = 0; p < plain[i].values.size(); ++p) {
        const auto a = plain[i].values[p], b = hours[i].values[p];
        if (std::isnan(a))
          EXPECT_TRUE(std::isnan(b)) << what << " point " << p;
        else
          EXPECT_NEAR(a, b, 1e-7) << what << " point " << p;  // of sums of some 1e6
      }
    }
  }

  // With every function, steps of whole hours and others, ranges cut on hours and not.
  void expect_all_same(History& history, std::mt19937& random, const std::string& when) {
    for (const auto* over : {"avg", "min", "max", "sum", "count", "last", "rate", "p50", "p95", "p99"}) {
      const auto from = random() % 2 == 0
                            ? kStart + Duration{static_cast<std::int64_t>(random() % 30) * kHour}
                            : kStart + Duration{static_cast<std::int64_t>(random() % kDay)};
      const auto to = kStart + Duration{2 * kDay + static_cast<std::int64_t>(random() % 40) * kHour / 2};
      const char* const steps[] = {"1h", "6h", "1d", "90m", "2h"};
      query::Words words{{"what", "cpu.v"}, {"over", over}, {"from", to_iso(from)}, {"to", to_iso(to)}};
      words["step"] = steps[random() % 5];
      if (random() % 3 == 0) words["across"] = random() % 2 == 0 ? "sum" : "avg";
      if (random() % 4 == 0) words["host"] = "host-1";
      expect_same(history, words, when + ' ' + over + " step " + words["step"] + " from " + words["from"]);
    }
  }

  fakes::PowerCutFs fs_;
};

TEST_F(SummaryQuery, AnswersAreTheSameFromHoursAndFromSamplesThroughAllOfTheirLife) {
  for (unsigned seed = 0; seed < 12; ++seed) {
    std::mt19937 random(seed);
    const auto rows = random_rows(random);
    fakes::PowerCutFs fs;
    History history(fs, "/h");
    std::vector<Row> late;
    std::uint64_t position = 0;
    for (const auto& row : rows) {
      if (random() % 20 == 0)
        late.push_back(row);
      else
        add(history, row);
    }
    const auto over = kStart + Duration{kDays * kDay + 2 * kHour};
    history.flush(++position, kStart);
    const auto name = "seed " + std::to_string(seed);
    expect_all_same(history, random, name + " parts");
    history.settle(position, over);
    expect_all_same(history, random, name + " sealed");
    for (const auto& row : late)
      if (row.slot < kStart + Duration{kDay}) add(history, row);
    expect_all_same(history, random, name + " late rows in memory");
    history.flush(++position, over);
    expect_all_same(history, random, name + " late part");
    history.settle(position, over + Duration{2 * kHour});
    expect_all_same(history, random, name + " folded in");
    if (testing::Test::HasFailure()) return;
  }
}

TEST_F(SummaryQuery, HoursAnswerAloneWhenTheSamplesAreGone) {
  for (unsigned seed = 100; seed < 108; ++seed) {
    std::mt19937 random(seed);
    auto rows = random_rows(random);
    std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.slot < b.slot; });
    HistoryOptions options;
    options.retention.keep = Duration{kDay};
    fakes::PowerCutFs all_fs, fs;
    History all(all_fs, "/h"), history(fs, "/h", options);
    std::uint64_t position = 0;
    auto row = rows.begin();
    for (std::int64_t day = 1; day <= kDays; ++day) {
      const auto end = kStart + Duration{day * kDay};
      for (; row != rows.end() && row->slot < end; ++row) add(all, *row), add(history, *row);
      ++position;
      for (auto* one : {&all, &history}) {
        one->flush(position, end + Duration{2 * kHour});
        one->settle(position, end + Duration{2 * kHour});
      }
    }
    for (const auto* step : {"1h", "6h", "3d"})
      for (const auto* func : {"avg", "min", "max", "sum", "count", "last", "p50", "p95", "p99"}) {
        const query::Words words{{"what", "cpu.v"}, {"over", func}, {"step", step}, {"from", to_iso(kStart)}};
        const auto exact = asked(all, words, false), got = asked(history, words, true);
        const auto what = std::string(func) + " step " + step + " seed " + std::to_string(seed);
        ASSERT_EQ(exact.size(), got.size()) << what;
        for (std::size_t i = 0; i < exact.size(); ++i) {
          EXPECT_EQ(got[i].estimated, func[0] == 'p') << what;
          for (std::size_t p = 0; p < exact[i].values.size(); ++p) {
            const auto a = exact[i].values[p], b = got[i].values[p];
            ASSERT_EQ(std::isnan(a), std::isnan(b)) << what << " point " << p;
            if (!std::isnan(a)) {
              EXPECT_LE(std::fabs(a - b), func[0] == 'p' ? 0.01 * std::fabs(a) : 1e-7) << what << ' ' << a;
            }
          }
        }
      }
  }
}

TEST_F(SummaryQuery, DbCheckFindsEveryFlippedBitOfAFileOfHours) {
  fs_.make_dirs("/data");
  {
    History history(fs_, "/data/history");
    for (int i = 0; i < 40; ++i)
      add(history, {{"a", "c/s/cpu", ""}, kStart + Duration{i * 300'000}, Number{0.25 * i}});
    history.flush(1, kStart);
    history.settle(1, kStart + Duration{2 * kDay});
  }
  const auto findings = [&] {
    Checked out;
    check_history(fs_, "/data", CheckMeter({}, 1), out);
    return out.findings;
  };
  ASSERT_TRUE(findings().empty());
  std::string name;
  for (const auto& file : fs_.list("/data/history"))
    if (file.ends_with(".xjs")) name = "history/" + file;
  ASSERT_FALSE(name.empty());
  const auto bytes = io::read_whole(fs_, "/data/" + name);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      auto damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      io::write_whole(fs_, "/data/" + name, damaged);
      const auto found = findings();
      ASSERT_FALSE(found.empty()) << "byte " << i << " bit " << bit;
      ASSERT_EQ(found.front().file, name);
    }
  fs_.remove("/data/" + name);
  ASSERT_EQ(findings().size(), 1U);
}

}  // namespace
}  // namespace xj::collector
