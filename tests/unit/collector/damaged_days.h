#pragma once
// Some days of history on a disk in memory, to be damaged.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "collector/history/history.h"
#include "collector/history/manifest_file.h"
#include "collector/safety/prune_damaged.h"
#include "collector/safety/survey_history.h"
#include "tests/unit/collector/data_folder.h"

namespace xj::collector::damaged {

inline constexpr std::int64_t kDay = 86'400'000, kHour = 3'600'000, kFirst = 20'000;
inline const std::string kDir = "/data", kHistory = kDir + "/history";
inline const SeriesId kId{"a", "c/s/cpu", ""};

inline Timestamp at(std::int64_t day, std::int64_t ms = 0) { return from_ms((kFirst + day) * kDay + ms); }
inline const Timestamp kOver = at(5);

inline void add(History& history, std::int64_t day, std::int64_t ms, double value) {
  history.add(history.handle(kId.agent, kId.check, kId.item), at(day, ms), State::ok, {}, {{"v", value}});
}

// As the engine does, what can wait as well.
inline void work_off(History& history, std::uint64_t position, Timestamp now) {
  history.flush(position, now);
  while (auto job = history.prepare(position, now)) {
    job->run();
    history.finish(*job);
  }
}

// Sums of what is found by day.
using Sums = std::map<std::int64_t, double>;
inline Sums sums(History& history, Summaries summaries) {
  Sums out;
  ScanAsk ask{"*", "cpu", "", "v", Timestamp{}, Timestamp::max()};
  ask.summaries = summaries;
  history.scan(ask)->run(
      [&](const SeriesId&, const Rows& rows) {
        for (std::size_t i = 0; i < rows.slots.size(); ++i)
          out[utc_day(from_ms(rows.slots[i])) - kFirst] += rows.values[i];
        return true;
      },
      [&](const SeriesId&, const std::vector<Hour>& hours) {
        for (const auto& hour : hours) out[utc_day(from_ms(hour.start)) - kFirst] += hour.sum;
        return true;
      },
      [] { return true; });
  return out;
}

// Four sealed days with their hours; a late part of the second waits to be folded in.
struct Days {
  Days() {
    History history(disk, kHistory);
    for (int day = 0; day < 4; ++day)
      for (int i = 0; i < 10; ++i) add(history, day, i * 600'000, 100 * (day + 1) + i);
    work_off(history, 1, kOver);
    add(history, 1, 2 * kHour, 7);
    history.flush(2, kOver);
    before = history.hold().manifest;
    whole = sums(history, Summaries::none);
    EXPECT_EQ(whole, (Sums{{0, 1'045}, {1, 2'052}, {2, 3'045}, {3, 4'045}}));
  }

  const HistoryFile& part(std::int64_t day, bool late = false) const {
    const auto is = [&](const HistoryFile& f) { return f.day == kFirst + day && f.sealed != late; };
    return *std::find_if(before.files.begin(), before.files.end(), is);
  }
  std::string samples(std::int64_t day) const { return part(day).name; }
  std::string hours(std::int64_t day) const { return summary_of(before, kFirst + day)->name; }

  std::string read(const std::string& name) { return io::read_whole(disk, kHistory + "/" + name); }
  void write(const std::string& name, const std::string& bytes) {
    io::write_whole(disk, kHistory + "/" + name, bytes);
  }
  void flip(const std::string& name, std::size_t at) {
    auto bytes = read(name);
    bytes.at(at) = static_cast<char>(bytes.at(at) ^ 4);
    write(name, bytes);
  }
  void lose(const std::string& name) { disk.remove(kHistory + "/" + name); }

  DamagedHistory prune(io::FileSystem& fs) {
    auto found = find_damaged(fs, kDir, {});
    take_out(fs, kDir, found);
    return found;
  }
  Manifest manifest() { return *ManifestFile(disk, kHistory).read(); }
  std::string wrong() { return told(survey_history(disk, kDir, manifest(), {})); }
  Sums answers(Summaries summaries) {
    History history(disk, kHistory);
    return sums(history, summaries);
  }

  fakes::PowerCutFs disk;
  Manifest before;
  Sums whole;
};

}  // namespace xj::collector::damaged
