#include "collector/history/summary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "collector/history/history.h"
#include "collector/history/segment.h"
#include "collector/history/summary_file.h"
#include "tests/fakes/failing_fs.h"
#include "tests/fakes/power_cut_fs.h"

namespace xj::collector {
namespace {

constexpr std::int64_t kDay = 86'400'000, kFirstDay = 20'000;
constexpr auto kStart = from_ms(kFirstDay * kDay);

// ---- the hours of a series ----

struct Row {
  std::int64_t at;  // since kStart
  std::vector<Metric> metrics;
};

Chunk chunk_of(const std::vector<Row>& rows) {
  Chunk chunk;
  for (const auto& row : rows) chunk.add(kStart + Duration{row.at}, State::ok, {}, row.metrics);
  chunk.sort();
  return chunk;
}

std::vector<Row> random_rows(unsigned seed) {
  std::mt19937 random(seed);
  const auto below = [&](unsigned n) { return static_cast<int>(random() % n); };
  std::vector<Row> rows;
  for (std::int64_t at = below(7'200'000); at < kDay; at += 1 + below(below(5) == 0 ? 9'000'000 : 600'000)) {
    Row row{at, {}};
    if (below(8) > 0) row.metrics.push_back({"int", std::int64_t{below(1'000) - 300}});
    if (below(8) > 0) row.metrics.push_back({"gauge", std::round(below(10'000) + 0.5) / 100});
    if (below(2) > 0)
      row.metrics.push_back(
          {"mixed", below(2) > 0 ? Number{std::int64_t{below(9)}} : Number{0.1 * below(99)}});
    if (below(4) == 0)
      row.metrics.push_back({"odd", below(2) > 0 ? std::nan("") : std::numeric_limits<double>::infinity()});
    rows.push_back(row);
    if (below(10) == 0)
      rows.push_back({at, {{"int", std::int64_t{below(50)}}}});  // a second result of the slot
  }
  return rows;
}

// By metric and hour; of a slot the last row alone.
using Plain = std::map<std::string, std::map<std::int64_t, std::vector<double>>>;
Plain plain(const std::vector<Row>& rows) {
  std::map<std::int64_t, const Row*> slots;
  for (const auto& row : rows) slots[row.at] = &row;
  Plain out;
  for (const auto& [at, row] : slots)
    for (const auto& metric : row->metrics) {
      const auto value = std::visit([](auto n) { return static_cast<double>(n); }, metric.value);
      if (std::isfinite(value)) out[metric.name][to_ms(kStart) + at / kHourMs * kHourMs].push_back(value);
    }
  return out;
}

void expect_same(const std::vector<MetricHours>& got, const Plain& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (const auto& metric : got) {
    const auto& hours = expected.at(metric.name);
    ASSERT_EQ(metric.hours.size(), hours.size());
    for (const auto& hour : metric.hours) {
      const auto& values = hours.at(hour.start);
      double sum = 0, all = 0;
      for (const auto value : values) sum += value, all += std::fabs(value);
      EXPECT_EQ(hour.count, values.size());
      EXPECT_NEAR(hour.sum, sum, 1e-14 * all);
      EXPECT_EQ(hour.least, *std::min_element(values.begin(), values.end()));
      EXPECT_EQ(hour.greatest, *std::max_element(values.begin(), values.end()));
      EXPECT_EQ(hour.last, values.back());
      if (metric.name == "int") {
        EXPECT_EQ(hour.sum, sum) << "of integers exact";
      }
    }
  }
}

struct Entries {
  std::string hours, sketches;
};
Entries entries_of(const std::vector<MetricHours>& metrics) {
  Entries out;
  encode_hours(metrics, out.hours);
  encode_sketches(metrics, out.sketches);
  return out;
}

TEST(Summary, HoursAreWhatTheRowsComeToAndComeBackFromTheirBytes) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    const auto rows = random_rows(seed);
    Summariser summariser(kFirstDay);
    summariser.add(chunk_of(rows));
    const auto made = summariser.take();
    ASSERT_TRUE(made);
    expect_same(*made, plain(rows));
    const auto bytes = entries_of(*made);
    const auto read = decode_hours(bytes.hours, kFirstDay);
    ASSERT_TRUE(read);
    expect_same(*read, plain(rows));
    const auto sketches = decode_sketches(bytes.sketches, kFirstDay);
    for (std::size_t i = 0; i < made->size(); ++i) {
      const auto& metric = (*made)[i];
      std::vector<Hour> hours;
      ASSERT_EQ(read_hours(bytes.hours, kFirstDay, metric.name, hours), Told::hours);
      read_sketches(bytes.sketches, kFirstDay, metric.name, hours);
      ASSERT_EQ(hours.size(), metric.hours.size());
      for (std::size_t h = 0; h < hours.size(); ++h) {
        EXPECT_EQ(hours[h].start, metric.hours[h].start);
        EXPECT_EQ(hours[h].sketch, metric.hours[h].sketch);
        EXPECT_EQ(sketches[i].hours[h].sketch, metric.hours[h].sketch);
      }
    }
    std::vector<Hour> none;
    EXPECT_EQ(read_hours(bytes.hours, kFirstDay, "odd", none), Told::none_of_it) << "it never was a number";
  }
}

TEST(Summary, ChunksOneAfterTheOtherAreAsOne) {
  const auto rows = random_rows(77);
  const std::vector<Row> first(rows.begin(), rows.begin() + 60);
  std::vector<Row> rest(rows.begin() + 60, rows.end());
  if (rest.front().at == first.back().at) rest.erase(rest.begin());
  auto all = first;
  all.insert(all.end(), rest.begin(), rest.end());
  Summariser summariser(kFirstDay);
  summariser.add(chunk_of(first));
  summariser.add(chunk_of(rest));
  const auto made = summariser.take();
  ASSERT_TRUE(made);
  expect_same(*made, plain(all));
}

TEST(Summary, WhatReachesBackOrNamesItsMetricsAnewHasNoHours) {
  Summariser summariser(kFirstDay);
  summariser.add(chunk_of({{1'000, {{"v", std::int64_t{1}}}}}));
  summariser.add(chunk_of({{1'000, {{"v", std::int64_t{2}}}}}));
  EXPECT_FALSE(summariser.take());
  for (int part = 0; part < 5; ++part) {
    std::vector<Metric> metrics;
    for (int i = 0; i < 1'000; ++i) metrics.push_back({"p" + std::to_string(part * 1'000 + i), 1.5});
    summariser.add(chunk_of({{part * 1'000, metrics}}));
  }
  const auto made = summariser.take();
  EXPECT_FALSE(made);
  std::string bytes;
  encode_hours(made, bytes);
  std::vector<Hour> hours;
  EXPECT_EQ(read_hours(bytes, kFirstDay, "p1", hours), Told::samples_only);
  EXPECT_FALSE(decode_hours(bytes, kFirstDay));
  summariser.add(chunk_of({{0, {{"v", 1.0}}}}));
  EXPECT_TRUE(summariser.take()) << "the next series is another matter";
}

TEST(Summary, BytesCutAnywhereAreAFaultAndChangedOnesNeverCrash) {
  Summariser summariser(kFirstDay);
  summariser.add(chunk_of(random_rows(5)));
  const auto bytes = entries_of(*summariser.take());
  for (std::size_t size = 0; size < bytes.hours.size(); ++size)
    EXPECT_THROW((void)decode_hours(bytes.hours.substr(0, size), kFirstDay), Fault) << size;
  for (std::size_t size = 0; size < bytes.sketches.size(); ++size)
    EXPECT_THROW((void)decode_sketches(bytes.sketches.substr(0, size), kFirstDay), Fault) << size;
  std::mt19937 random(6);
  for (int i = 0; i < 5'000; ++i) {
    auto hours = bytes.hours, sketches = bytes.sketches;
    hours[random() % hours.size()] = static_cast<char>(random());
    sketches[random() % sketches.size()] = static_cast<char>(random());
    try {
      (void)decode_hours(hours, kFirstDay);
    } catch (const Fault&) {
    }
    try {
      (void)decode_sketches(sketches, kFirstDay);
    } catch (const Fault&) {
    }
  }
}

// ---- the file of a day ----

std::string written(io::FileSystem& fs, SummaryFigures& figures) {
  const std::string path = "/day.xjs";
  fs.make_dirs("/");
  SummaryWriter writer(fs, path, kFirstDay);
  writer.add(series_key({"host-1", "c/s/cpu", ""}), chunk_of(random_rows(1)));
  writer.add(series_key({"host-2", "c/s/cpu", ""}), chunk_of({{0, {{"v", 1.5}}}, {kHourMs, {{"v", 2.5}}}}));
  writer.add(series_key({"host-9", "c/s/cpu", "states alone"}), chunk_of({{0, {}}}));
  figures = writer.finish();
  return path;
}

bool whole(io::FileSystem& fs, const std::string& path, const SummaryFigures& expected) {
  try {
    bool good = true;
    SummaryFile file(fs, path);
    const auto found = file.survey([&](std::uint64_t, const std::string&) { good = false; });
    return good && file.day() == kFirstDay && found.bytes == expected.bytes &&
           found.series == expected.series && found.metrics == expected.metrics &&
           found.hours == expected.hours;
  } catch (const Fault&) {
    return false;
  }
}

TEST(SummaryFile, EveryFlippedBitAndEveryCutIsFound) {
  fakes::PowerCutFs fs;
  SummaryFigures figures;
  const auto path = written(fs, figures);
  EXPECT_EQ(figures.series, 2U);
  ASSERT_TRUE(whole(fs, path, figures));
  const auto bytes = io::read_whole(fs, path);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      auto damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      io::write_whole(fs, path, damaged);
      ASSERT_FALSE(whole(fs, path, figures)) << "byte " << i << " bit " << bit;
    }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    io::write_whole(fs, path, bytes.substr(0, size));
    ASSERT_FALSE(whole(fs, path, figures)) << "cut at " << size;
  }
}

// ---- in history ----

const SeriesId kSeries{"a", "c/s/cpu", ""};

void add(History& history, std::int64_t at, std::int64_t value) {
  history.add(history.handle(kSeries.agent, kSeries.check, kSeries.item), kStart + Duration{at}, State::ok,
              {}, {{"v", value}});
}

ScanAsk ask(Summaries summaries) {
  ScanAsk out{"*", "cpu", "", "v", Timestamp{}, Timestamp::max()};
  out.summaries = summaries;
  return out;
}

struct Seen {
  std::size_t rows = 0, hours = 0;
  double sum = 0;  // of either
  bool operator==(const Seen&) const = default;
};
Seen seen(History& history, Summaries summaries) {
  Seen out;
  history.scan(ask(summaries))
      ->run(
          [&](const SeriesId&, const Rows& rows) {
            for (const auto value : rows.values) ++out.rows, out.sum += value;
            return true;
          },
          [&](const SeriesId&, const std::vector<Hour>& hours) {
            for (const auto& hour : hours) ++out.hours, out.sum += hour.sum;
            return true;
          },
          [] { return true; });
  return out;
}

TEST(SummaryInHistory, StandsForASealedDayAsLongAsItHoldsAllOfIt) {
  fakes::PowerCutFs fs;
  History history(fs, "/h");
  for (int i = 0; i < 10; ++i) add(history, i * 600'000, i);
  history.flush(1, kStart);
  EXPECT_EQ(seen(history, Summaries::instead), (Seen{10, 0, 45})) << "the day is not over";
  const auto later = kStart + Duration{2 * kDay};
  history.settle(1, later);
  EXPECT_GT(history.figures().summary_bytes, 0U);
  EXPECT_EQ(seen(history, Summaries::instead), (Seen{0, 2, 45}));
  EXPECT_EQ(seen(history, Summaries::when_gone), (Seen{10, 0, 45}));
  EXPECT_EQ(seen(history, Summaries::none), (Seen{10, 0, 45}));
  auto cut = ask(Summaries::instead);
  cut.from = kStart + Duration{60'000};
  std::size_t rows = 0;
  history.scan(cut)->run([&](const SeriesId&, const Rows& r) { return rows += r.slots.size(), true; });
  EXPECT_EQ(rows, 9U) << "an hour cannot be cut";

  add(history, 7'200'000, 100);
  EXPECT_EQ(seen(history, Summaries::instead), (Seen{11, 0, 145})) << "a late row in memory";
  history.flush(2, later);
  EXPECT_EQ(seen(history, Summaries::instead), (Seen{11, 0, 145})) << "a late part";
  history.settle(2, later + Duration{2 * kHourMs});
  EXPECT_EQ(seen(history, Summaries::instead), (Seen{0, 3, 145})) << "folded in";
  EXPECT_EQ(fs.list("/h").size(), 3U) << "the former ones are gone";
}

// Series that name their metrics anew every time have no hours: their samples are read amid the others'.
TEST(SummaryInHistory, OpensADaysFileOnceForAllThatHaveNoHours) {
  fakes::PowerCutFs disk;
  fakes::FailingFs fs(disk);
  History history(fs, "/h");
  constexpr int kHosts = 30, kRows = 17, kNames = 250;
  for (int host = 0; host < kHosts; ++host) {
    const auto handle = history.handle("host-" + std::to_string(host), "c/s/cpu", "");
    const bool odd = host % 2 == 1;
    for (int row = 0; row < kRows; ++row) {
      std::vector<Metric> metrics{{"v", std::int64_t{host}}};
      for (int i = 0; odd && i < kNames; ++i)
        metrics.push_back({"m" + std::to_string(row * kNames + i), std::int64_t{i}});
      history.add(handle, kStart + Duration{row * 60'000}, State::ok, {}, metrics);
    }
  }
  const auto later = kStart + Duration{2 * kDay};
  history.flush(1, kStart);
  history.settle(1, later);
  const auto before = fs.calls();
  const auto found = seen(history, Summaries::instead);
  EXPECT_EQ(found.rows, std::size_t{kHosts / 2 * kRows});
  EXPECT_EQ(found.hours, std::size_t{kHosts / 2});
  EXPECT_EQ(found.sum, kRows * (kHosts - 1) * kHosts / 2);
  EXPECT_LT(fs.calls() - before, 60U) << "not some of each series";
}

TEST(SummaryInHistory, StaysWhenTheSamplesGoAndGoesByItsOwnAge) {
  fakes::PowerCutFs fs;
  HistoryOptions options;
  options.retention.keep = Duration{3 * kDay};
  options.retention.keep_summaries = Duration{6 * kDay};
  History history(fs, "/h", options);
  std::uint64_t position = 0;
  for (int day = 0; day < 10; ++day) {
    add(history, day * kDay, day);
    const auto now = kStart + Duration{day * kDay + 2 * kHourMs};
    history.flush(++position, now);
    history.settle(position, now);
  }
  const auto now = kStart + Duration{10 * kDay + 2 * kHourMs};
  history.settle(position, now);
  EXPECT_EQ(seen(history, Summaries::none), (Seen{3, 0, 7 + 8 + 9}));
  EXPECT_EQ(seen(history, Summaries::when_gone), (Seen{3, 3, 4 + 5 + 6 + 7 + 8 + 9}));
  EXPECT_EQ(seen(history, Summaries::instead), (Seen{0, 6, 4 + 5 + 6 + 7 + 8 + 9}));
  history.settle(position, now + Duration{4'000 * kDay});
  EXPECT_EQ(seen(history, Summaries::when_gone).hours, 3U) << "a clock that jumps removes nothing";

  add(history, 4 * kDay + kHourMs, 1'000);  // of a day whose samples are gone
  history.flush(++position, now);
  history.settle(position, now);
  EXPECT_EQ(seen(history, Summaries::instead).sum, 4 + 5 + 6 + 7 + 8 + 9) << "its hours stay what they were";
}

// As the engine does, what can wait as well.
void work_off(History& history, Timestamp now) {
  while (auto job = history.prepare(1, now)) {
    job->run();
    history.finish(*job);
  }
}

// As a program that knew no summaries left it.
TEST(SummaryInHistory, IsMadeForDaysThatWereSealedBefore) {
  fakes::PowerCutFs fs;
  const auto later = kStart + Duration{9 * kDay};
  {
    History history(fs, "/h");
    for (int day = 0; day < 3; ++day) add(history, day * kDay, day + 1);
    history.flush(1, kStart);
    history.settle(1, later);
  }
  auto manifest = decode_manifest(io::read_whole(fs, "/h/manifest"));
  ASSERT_EQ(manifest.summaries.size(), 3U);
  manifest.summaries.clear();
  EXPECT_EQ(encode(manifest).find("summaries"), std::string::npos);
  io::write_whole(fs, "/h/manifest", encode(manifest));
  {
    History history(fs, "/h");
    EXPECT_EQ(fs.list("/h").size(), 4U) << "files that no manifest names are left-overs";
    EXPECT_EQ(seen(history, Summaries::instead), (Seen{3, 0, 6}));
    history.settle(1, later);
    EXPECT_EQ(seen(history, Summaries::instead), (Seen{3, 0, 6})) << "a start does not wait for it";
    work_off(history, later);
    EXPECT_EQ(seen(history, Summaries::instead), (Seen{0, 3, 6}));
  }
  io::write_whole(fs, "/h/manifest", encode(manifest));
  const auto damaged = "/h/" + manifest.files[1].name;
  io::write_whole(fs, damaged, io::read_whole(fs, damaged).substr(0, 60));
  History history(fs, "/h");
  history.settle(1, later);
  EXPECT_THROW(work_off(history, later), Fault);
  work_off(history, later);  // not again: results must be written meanwhile
  EXPECT_EQ(decode_manifest(io::read_whole(fs, "/h/manifest")).summaries.size(), 2U);
}

TEST(SummaryInHistory, IsMadeAgainWhenItsFileIsLost) {
  const auto later = kStart + Duration{2 * kDay};
  fakes::PowerCutFs fs;
  {
    History history(fs, "/h");
    for (int i = 0; i < 5; ++i) add(history, i * 600'000, 1 + i);
    history.flush(1, kStart);
    history.settle(1, later);
  }
  for (const auto& name : fs.list("/h"))
    if (name.ends_with(".xjs")) fs.remove("/h/" + name);
  History history(fs, "/h");
  EXPECT_EQ(seen(history, Summaries::instead), (Seen{5, 0, 15}));
  work_off(history, later);
  EXPECT_EQ(seen(history, Summaries::instead), (Seen{0, 1, 15}));
  // Where the samples are gone nothing can tell it again.
  const auto manifest = decode_manifest(io::read_whole(fs, "/h/manifest"));
  auto alone = manifest;
  alone.files.clear();
  io::write_whole(fs, "/h/manifest", encode(alone));
  fs.remove("/h/" + manifest.summaries.front().name);
  EXPECT_THROW(History(fs, "/h"), Fault);
}

// Whatever call fails while both files are written: afterwards as before or as after, and tried again.
TEST(SummaryInHistory, AFoldThatFailsAnywhereLeavesWhatWas) {
  const auto later = kStart + Duration{2 * kDay};
  for (std::uint64_t nth = 1;; ++nth) {
    fakes::PowerCutFs disk;
    {
      History history(disk, "/h");
      for (int part = 0; part < 3; ++part) {
        for (int i = 0; i < 5; ++i) add(history, part * kHourMs + i * 60'000, 1 + i);
        history.flush(static_cast<std::uint64_t>(part) + 1, kStart);
      }
    }
    fakes::FailingFs fs(disk);
    History history(fs, "/h");
    fs.fail_at(fs.calls() + nth);
    bool threw = false;
    try {
      history.settle(3, later);
    } catch (const io::IoFault&) {
      threw = true;
    }
    const bool failed = fs.failed();
    fs.fail_at(0);
    ASSERT_EQ(seen(history, Summaries::none), (Seen{15, 0, 45})) << nth;
    const auto now = seen(history, Summaries::instead);
    ASSERT_TRUE(now == (Seen{15, 0, 45}) || now == (Seen{0, 3, 45})) << nth;
    {
      History again(disk, "/h");
      const auto then = seen(again, Summaries::instead);
      ASSERT_TRUE(then == (Seen{15, 0, 45}) || then == (Seen{0, 3, 45})) << nth;
    }
    if (!failed) {
      EXPECT_FALSE(threw);
      EXPECT_GT(nth, 15U);
      break;
    }
    History once_more(disk, "/h");
    once_more.settle(3, later);
    ASSERT_EQ(seen(once_more, Summaries::instead), (Seen{0, 3, 45})) << nth;
  }
}

TEST(SummaryInHistory, EveryPowerCutInAFoldLeavesTheStateOfSomeManifest) {
  const auto later = kStart + Duration{2 * kDay};
  const auto before = [](fakes::PowerCutFs& fs) {
    History history(fs, "/h");
    for (int i = 0; i < 5; ++i) add(history, i * 600'000, 1 + i);
    history.flush(1, kStart);
  };
  std::uint64_t from = 0, operations = 0;
  {
    fakes::PowerCutFs fs;
    before(fs);
    from = fs.operations();
    History(fs, "/h").settle(1, later);
    operations = fs.operations();
  }
  ASSERT_GT(operations, from + 8);
  for (auto cut = from + 1; cut <= operations; ++cut)
    for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, 2 + cut}) {
      fakes::PowerCutFs fs;
      before(fs);
      fs.cut_at(cut);
      EXPECT_THROW(History(fs, "/h").settle(1, later), fakes::PowerCut);
      fs.restart(seed);
      History history(fs, "/h");
      const auto now = seen(history, Summaries::instead);
      ASSERT_TRUE(now == (Seen{5, 0, 15}) || now == (Seen{0, 1, 15})) << "cut at " << cut << " seed " << seed;
      history.settle(1, later);
      ASSERT_EQ(seen(history, Summaries::instead), (Seen{0, 1, 15})) << "cut at " << cut << " seed " << seed;
    }
}

}  // namespace
}  // namespace xj::collector
