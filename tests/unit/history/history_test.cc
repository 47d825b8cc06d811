#include "collector/history/history.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "tests/fakes/failing_fs.h"
#include "tests/fakes/power_cut_fs.h"

namespace xj::collector {
namespace {

constexpr std::int64_t kDay = 86'400'000;
constexpr auto kStart = from_ms(20'000 * kDay);
constexpr auto kEver = Timestamp::max();

HistoryOptions small() {
  HistoryOptions options;
  options.parts = 3;
  return options;
}

void add(History& history, const SeriesId& id, Timestamp slot, std::int64_t value, State state = State::ok) {
  history.add(history.handle(id.agent, id.check, id.item), slot, state, {}, {{"v", value}});
}

std::vector<std::int64_t> values(const std::vector<Sample>& samples) {
  std::vector<std::int64_t> out;
  for (const auto& s : samples) out.push_back(std::get<std::int64_t>(s.metrics.at(0).value));
  return out;
}

TEST(History, FindsAValueTheMomentItIsAddedAndAfterEveryStepOfItsLife) {
  fakes::PowerCutFs fs;
  const SeriesId id{"web-01", "c/s/disk", "/"};
  History history(fs, "/h", small());
  add(history, id, kStart, 1);
  EXPECT_EQ(values(history.range(id, Timestamp{}, kEver, 100)), (std::vector<std::int64_t>{1}));
  history.flush(7, kStart);
  EXPECT_EQ(history.durable_position(), 7u);
  add(history, id, kStart + Duration{60'000}, 2);
  EXPECT_EQ(values(history.range(id, Timestamp{}, kEver, 100)), (std::vector<std::int64_t>{1, 2}));
  history.flush(8, kStart);
  EXPECT_EQ(history.figures().files, 2u);
  history.settle(8, kStart + Duration{2 * kDay});
  EXPECT_EQ(history.figures().files, 1u) << "the day is over: one file";
  EXPECT_EQ(values(history.range(id, Timestamp{}, kEver, 100)), (std::vector<std::int64_t>{1, 2}));
  EXPECT_TRUE(history.range({"web-01", "c/s/disk", "/x"}, Timestamp{}, kEver, 100).empty());
  EXPECT_TRUE(history.range({"web-0", "c/s/disk", "/"}, Timestamp{}, kEver, 100).empty());
}

TEST(History, TheNewestOfARangeAcrossDays) {
  fakes::PowerCutFs fs;
  const SeriesId id{"a", "c", ""};
  History history(fs, "/h");
  for (int day = 0; day < 4; ++day)
    for (int i = 0; i < 3; ++i) add(history, id, kStart + Duration{day * kDay + i * 1'000}, day * 10 + i);
  history.flush(1, kStart);
  EXPECT_EQ(values(history.range(id, Timestamp{}, kEver, 4)), (std::vector<std::int64_t>{22, 30, 31, 32}));
  EXPECT_EQ(values(history.range(id, kStart + Duration{kDay}, kStart + Duration{2 * kDay}, 100)),
            (std::vector<std::int64_t>{10, 11, 12}));
  EXPECT_EQ(values(history.range(id, kStart + Duration{1'000}, kStart + Duration{2'000}, 100)),
            (std::vector<std::int64_t>{1}));
}

TEST(History, LateDataOfASealedDayIsReadInItsPlaceAndFoldedIn) {
  fakes::PowerCutFs fs;
  const SeriesId id{"a", "c", ""};
  History history(fs, "/h", small());
  add(history, id, kStart, 1);
  add(history, id, kStart + Duration{2'000}, 3);
  history.flush(1, kStart);
  const auto later = kStart + Duration{3 * kDay};
  history.settle(1, later);
  add(history, id, kStart + Duration{1'000}, 2);
  EXPECT_EQ(values(history.range(id, Timestamp{}, kEver, 9)), (std::vector<std::int64_t>{1, 2, 3}));
  history.flush(2, later);
  EXPECT_EQ(values(history.range(id, Timestamp{}, kEver, 9)), (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_EQ(history.figures().files, 2u);
  history.settle(2, later);
  EXPECT_EQ(history.figures().files, 2u) << "more may come late: not folded at once";
  history.settle(2, later + Duration{2 * 3600'000});
  EXPECT_EQ(history.figures().files, 1u);
  EXPECT_EQ(values(history.range(id, Timestamp{}, kEver, 9)), (std::vector<std::int64_t>{1, 2, 3}));
}

TEST(History, PartsOfARunningDayAreFolded) {
  fakes::PowerCutFs fs;
  const SeriesId id{"a", "c", ""};
  History history(fs, "/h", small());
  for (int i = 0; i < 10; ++i) {
    add(history, id, kStart + Duration{i * 1'000}, i);
    history.flush(static_cast<std::uint64_t>(i + 1), kStart + Duration{i * 1'000});
    history.settle(static_cast<std::uint64_t>(i + 1), kStart + Duration{i * 1'000});
    EXPECT_LE(history.figures().files, 3u);
  }
  EXPECT_EQ(values(history.range(id, Timestamp{}, kEver, 99)),
            (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST(History, OldDaysAreRemovedAsFiles) {
  fakes::PowerCutFs fs;
  HistoryOptions options;
  options.retention.keep = Duration{10 * kDay};
  History history(fs, "/h", options);
  for (int day = 0; day < 13; ++day) add(history, {"a", "c", ""}, kStart + Duration{day * kDay}, day);
  history.flush(1, kStart);
  history.settle(1, kStart + Duration{12 * kDay + 3'600'000});
  EXPECT_EQ(values(history.range({"a", "c", ""}, Timestamp{}, kEver, 99)).front(), 2);
  EXPECT_EQ(values(history.range({"a", "c", ""}, Timestamp{}, kEver, 99)).size(), 11u);
}

TEST(History, AClockThatJumpsAheadRemovesNothing) {
  fakes::PowerCutFs fs;
  const SeriesId id{"a", "c", ""};
  HistoryOptions options;
  options.retention.keep = Duration{10 * kDay};
  History history(fs, "/h", options);
  for (int day = 0; day < 11; ++day) add(history, id, kStart + Duration{day * kDay}, day);
  history.flush(1, kStart);
  const auto jumped = kStart + Duration{400 * kDay};
  history.settle(1, jumped);
  EXPECT_EQ(values(history.range(id, Timestamp{}, kEver, 99)).size(), 10u) << "its ten days stay";
  // What comes under the wrong clock is a day like others: it pushes out one, not all.
  add(history, id, jumped, 99);
  history.flush(2, jumped);
  history.settle(2, jumped);
  const auto left = values(history.range(id, Timestamp{}, kEver, 99));
  EXPECT_EQ(left.size(), 10u);
  EXPECT_EQ(left.front(), 2);
  history.settle(2, kStart + Duration{11 * kDay});
  EXPECT_EQ(values(history.range(id, Timestamp{}, kEver, 99)).size(), 10u) << "nor when it is set back";
}

TEST(History, AClockSetBackDoesNotPutOffTheFlush) {
  fakes::PowerCutFs fs;
  History history(fs, "/h", small());
  add(history, {"a", "c", ""}, kStart, 1);
  history.settle(1, kStart);
  history.settle(1, kStart - Duration{100 * kDay});
  history.settle(1, kStart - Duration{100 * kDay} + Duration{11 * 60'000});
  EXPECT_EQ(history.durable_position(), 1u);
}

// A plugin that names its metrics by process, say, at every run anew: no file may come of it that cannot be
// read.
TEST(History, MetricsThatAreNamedAnewEveryTimeStayReadable) {
  fakes::PowerCutFs fs;
  const SeriesId other{"a", "b", ""}, id{"a", "c", ""};
  constexpr int kRows = 3'000;
  {
    History history(fs, "/h", small());
    for (int row = 0; row < kRows; ++row) {
      std::vector<Metric> metrics;
      for (int i = 0; i < 4; ++i) metrics.push_back({"p" + std::to_string(row * 4 + i), std::int64_t{row}});
      history.add(history.handle(id.agent, id.check, id.item), kStart + Duration{row * 1'000}, State::ok, {},
                  metrics);
      if (row % 1'000 == 0) add(history, other, kStart + Duration{row * 1'000}, row);
      if (row == 999) history.flush(1, kStart);
    }
    EXPECT_EQ(history.range(id, Timestamp{}, kEver, SIZE_MAX).size(), std::size_t{kRows}) << "open";
    history.flush(2, kStart);
    history.settle(2, kStart + Duration{2 * kDay});
    EXPECT_EQ(history.figures().files, 1u);
  }
  History history(fs, "/h", small());
  const auto samples = history.range(id, Timestamp{}, kEver, SIZE_MAX);
  ASSERT_EQ(samples.size(), std::size_t{kRows});
  for (int row = 0; row < kRows; ++row) {
    const auto& sample = samples[static_cast<std::size_t>(row)];
    ASSERT_EQ(sample.slot, kStart + Duration{row * 1'000});
    ASSERT_EQ(sample.metrics.size(), 4u);
    ASSERT_EQ(sample.metrics[3], (Metric{"p" + std::to_string(row * 4 + 3), std::int64_t{row}}));
  }
  EXPECT_EQ(values(history.range(other, Timestamp{}, kEver, 9)),
            (std::vector<std::int64_t>{0, 1'000, 2'000}));
}

TEST(History, AFullOpenChunkIsFollowedByAnother) {
  fakes::PowerCutFs fs;
  const SeriesId id{"a", "c", ""};
  History history(fs, "/h", small());
  // While a flush cannot end, all of it stays open; rows of the day before come in between.
  const std::string text(60'000, 'x');
  for (int row = 0; row < 600; ++row)
    history.add(history.handle(id.agent, id.check, id.item),
                kStart + Duration{row * 1'000 - (row % 2 == 0 ? 0 : kDay)}, State::warning,
                Message::literal(text + std::to_string(row)), {{"v", std::int64_t{row}}});
  EXPECT_EQ(history.range(id, Timestamp{}, kEver, SIZE_MAX).size(), 600u);
  EXPECT_EQ(values(history.view(id)->range(kStart, kEver, SIZE_MAX)).size(), 300u);
  history.flush(1, kStart);
  history.settle(1, kStart + Duration{2 * kDay});
  const auto samples = history.range(id, kStart, kEver, SIZE_MAX);
  ASSERT_EQ(samples.size(), 300u);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    ASSERT_EQ(samples[i].metrics[0].value, Number(static_cast<std::int64_t>(2 * i)));
    ASSERT_EQ(samples[i].msg, Message::literal(text + std::to_string(2 * i)));
  }
}

TEST(History, AViewKeepsWhatItSawWhileFilesAreFoldedAway) {
  fakes::PowerCutFs fs;
  const SeriesId id{"a", "c", ""};
  History history(fs, "/h", small());
  add(history, id, kStart, 1);
  history.flush(1, kStart);
  add(history, id, kStart + Duration{1'000}, 2);
  auto view = history.view(id);
  add(history, id, kStart + Duration{2'000}, 3);
  history.flush(2, kStart);
  history.settle(2, kStart + Duration{2 * kDay});
  EXPECT_EQ(values(view->range(Timestamp{}, kEver, 9)), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(fs.list("/h").size(), 5u)
      << "both parts are kept beside the folded file, its hours and the manifest";
  const auto later = history.view(id);  // needs the folded one alone
  view.reset();
  history.settle(2, kStart + Duration{2 * kDay});
  EXPECT_EQ(fs.list("/h").size(), 3u);
  EXPECT_EQ(values(later->range(Timestamp{}, kEver, 9)), (std::vector<std::int64_t>{1, 2, 3}));
}

TEST(History, AViewOfADayThatIsRemovedReadsItToTheEnd) {
  fakes::PowerCutFs fs;
  const SeriesId id{"a", "c", ""};
  HistoryOptions options;
  options.retention.keep = Duration{kDay};
  std::unique_ptr<HistoryView> view;
  {
    History history(fs, "/h", options);
    add(history, id, kStart, 1);
    history.flush(1, kStart);
    view = history.view(id);
    add(history, id, kStart + Duration{2 * kDay}, 2);
    history.flush(2, kStart);
    history.settle(2, kStart + Duration{12 * kDay});
    EXPECT_EQ(values(history.range(id, Timestamp{}, kEver, 9)), (std::vector<std::int64_t>{2}));
    EXPECT_EQ(values(view->range(Timestamp{}, kEver, 9)), (std::vector<std::int64_t>{1}));
  }
  History again(fs, "/h", options);
  EXPECT_EQ(fs.list("/h").size(), 3u) << "what was kept for it is a left-over at the next start";
}

TEST(History, TheNewestFewRowsOpenTheNewestFilesOnly) {
  fakes::PowerCutFs disk;
  fakes::FailingFs fs(disk);
  const SeriesId id{"a", "c", ""};
  History history(fs, "/h");
  for (int day = 0; day < 5; ++day) {
    add(history, id, kStart + Duration{day * kDay}, day);
    history.flush(static_cast<std::uint64_t>(day) + 1, kStart);
  }
  const auto view = history.view(id);
  const auto files = disk.list("/h");  // by day, then the manifest
  ASSERT_EQ(files.size(), 6u);
  for (std::size_t i = 0; i < 4; ++i)  // the older ones cannot be read at all
    disk.open("/h/" + files[i], io::OpenMode::read_write)->truncate(0);
  EXPECT_EQ(values(view->range(Timestamp{}, kEver, 1)), (std::vector<std::int64_t>{4}));
  EXPECT_THROW(view->range(Timestamp{}, kEver, 9), Fault);
}

TEST(History, AFlushThatFailsLosesNothingAndIsTriedAgain) {
  fakes::PowerCutFs disk;
  fakes::FailingFs fs(disk);
  const SeriesId id{"a", "c", ""};
  History history(fs, "/h");
  add(history, id, kStart, 1);
  history.flush(1, kStart);
  add(history, id, kStart + Duration{1'000}, 2);
  fs.set_full(true);
  EXPECT_THROW(history.flush(2, kStart), io::IoFault);
  EXPECT_EQ(history.durable_position(), 1u);
  add(history, id, kStart + Duration{2'000}, 3);
  EXPECT_EQ(values(history.range(id, Timestamp{}, kEver, 9)), (std::vector<std::int64_t>{1, 2, 3}));
  fs.set_full(false);
  history.flush(3, kStart);
  EXPECT_EQ(history.durable_position(), 3u);
  EXPECT_EQ(values(history.range(id, Timestamp{}, kEver, 9)), (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_EQ(history.figures().open_series, 0u);
}

// What a fault leaves in doubt, as a manifest that was renamed and perhaps not synced, must stand a power cut
// while it is done again.
TEST(History, APowerCutWhileAFaultIsMendedLosesNothing) {
  const SeriesId id{"a", "c", ""};
  const auto later = kStart + Duration{2 * kDay};
  const std::vector<std::int64_t> all{1, 2, 3, 4};
  const auto work = [&](History& history) {
    history.flush(4, later);
    history.settle(4, later);
  };
  bool met = true;
  int cuts = 0;
  for (std::uint64_t nth = 1; met; ++nth) {
    bool cut = true;
    for (std::uint64_t at = 1; cut && met; ++at) {
      fakes::PowerCutFs disk;
      {
        History history(disk, "/h");
        for (int part = 1; part <= 3; ++part) {
          add(history, id, kStart + Duration{part}, part);
          history.flush(static_cast<std::uint64_t>(part), kStart);
        }
      }
      {
        fakes::FailingFs fs(disk);
        History history(fs, "/h");
        add(history, id, kStart + Duration{4}, 4);
        fs.fail_at(fs.calls() + nth);
        try {
          work(history);
        } catch (const io::IoFault&) {
        }
        met = fs.failed();
        fs.fail_at(0);
        disk.cut_at(disk.operations() + at);
        try {
          work(history);
        } catch (const fakes::PowerCut&) {
        }
      }
      cut = disk.cut();
      if (cut) disk.restart(at % 3), ++cuts;
      disk.cut_at(0);
      History history(disk, "/h");
      ASSERT_GE(history.durable_position(), 3u) << "fault " << nth << " cut " << at;
      if (history.durable_position() < 4) add(history, id, kStart + Duration{4}, 4);
      ASSERT_EQ(values(history.range(id, Timestamp{}, kEver, 9)), all) << "fault " << nth << " cut " << at;
    }
  }
  EXPECT_GT(cuts, 100);
}

TEST(History, ADamagedDayKeepsNoOtherFromBeingSealedAndLeavesNoHalfFile) {
  fakes::PowerCutFs fs;
  const SeriesId id{"a", "c", ""};
  History history(fs, "/h");
  for (int day = 0; day < 2; ++day)
    for (int part = 0; part < 2; ++part) {
      add(history, id, kStart + Duration{day * kDay + part}, 10 * day + part);
      history.flush(static_cast<std::uint64_t>(2 * day + part + 1), kStart);
    }
  const auto first = "/h/" + fs.list("/h").front();
  auto bytes = io::read_whole(fs, first);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  io::write_whole(fs, first, bytes);
  const auto later = kStart + Duration{5 * kDay};
  const auto files = fs.list("/h").size();
  EXPECT_THROW(history.settle(4, later), Fault);
  EXPECT_EQ(fs.list("/h").size(), files) << "half a day";
  history.settle(4, later);
  const auto manifest = decode_manifest(io::read_whole(fs, "/h/manifest"));
  ASSERT_EQ(manifest.files.size(), 3u);
  EXPECT_TRUE(manifest.files.back().sealed);
  EXPECT_EQ(manifest.files.back().day, utc_day(kStart) + 1);
}

TEST(History, DamageIsToldWithTheFileAndNeverReadAsData) {
  fakes::PowerCutFs fs;
  const SeriesId id{"a", "c", ""};
  {
    History history(fs, "/h");
    for (int i = 0; i < 50; ++i) add(history, id, kStart + Duration{i * 1'000}, i);
    history.flush(1, kStart);
  }
  std::string name;
  for (const auto& file : fs.list("/h"))
    if (file.ends_with(".xjh")) name = "/h/" + file;
  const auto whole = io::read_whole(fs, name);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    auto damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
    io::write_whole(fs, name, damaged);
    try {
      History history(fs, "/h");
      const auto got = history.range(id, Timestamp{}, kEver, 99);
      // The day in the head only names the file; everything else is covered by a checksum.
      EXPECT_TRUE(got.size() == 50 && i >= 8 && i < 16) << "byte " << i;
    } catch (const Fault& fault) {
      EXPECT_NE(std::string(fault.what()).find(name), std::string::npos) << i;
    }
  }
}

// The model: what was added up to the durable position must be found after any cut, and nothing twice once
// the rest is added again, as replay does.
TEST(History, EveryPowerCutLeavesTheStateOfSomeManifest) {
  struct Row {
    SeriesId id;
    Timestamp slot;
    std::int64_t value;
  };
  std::mt19937_64 random(5);
  std::vector<Row> rows;
  for (int i = 0; i < 35; ++i)
    rows.push_back({{"a" + std::to_string(random() % 2), "c", random() % 2 ? "i" : ""},
                    kStart + Duration{static_cast<std::int64_t>(random() % 3) * kDay + i},
                    i});
  const auto life = [&](io::FileSystem& fs, std::uint64_t& reached) {
    History history(fs, "/h", small());
    for (auto i = history.durable_position(); i < rows.size(); ++i) {
      add(history, rows[i].id, rows[i].slot, rows[i].value);
      const auto position = i + 1;
      if (position % 7 == 0)
        history.flush(position, kStart), reached = std::max<std::uint64_t>(reached, position);
      if (position % 14 == 0)
        history.settle(position, kStart + Duration{(position % 28 == 0 ? 5 : 0) * kDay});
    }
    history.flush(rows.size(), kStart + Duration{5 * kDay});
    history.settle(rows.size(), kStart + Duration{5 * kDay});
    reached = rows.size();
    std::vector<std::int64_t> found;
    history.for_each([&](const SeriesId& id, const std::vector<Sample>& samples) {
      for (const auto& s : samples) {
        const auto value = std::get<std::int64_t>(s.metrics.at(0).value);
        EXPECT_EQ(rows[static_cast<std::size_t>(value)].id, id);
        EXPECT_EQ(rows[static_cast<std::size_t>(value)].slot, s.slot);
        found.push_back(value);
      }
    });
    std::sort(found.begin(), found.end());
    ASSERT_EQ(found.size(), rows.size());
    for (std::size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i], static_cast<std::int64_t>(i));
  };
  std::uint64_t operations = 0;
  {
    fakes::PowerCutFs fs;
    std::uint64_t reached = 0;
    life(fs, reached);
    operations = fs.operations();
  }
  ASSERT_GT(operations, 50u);
  for (std::uint64_t cut = 1; cut <= operations; ++cut)
    for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, 2 + cut}) {
      fakes::PowerCutFs fs;
      std::uint64_t reached = 0;
      fs.cut_at(cut);
      EXPECT_THROW(life(fs, reached), fakes::PowerCut);
      fs.restart(seed);
      {
        History history(fs, "/h", small());
        ASSERT_GE(history.durable_position(), reached) << "cut at " << cut << " seed " << seed;
      }
      life(fs, reached);
      if (testing::Test::HasFatalFailure()) FAIL() << "cut at " << cut << " seed " << seed;
    }
}

}  // namespace
}  // namespace xj::collector
