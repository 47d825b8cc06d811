#include "collector/safety/export.h"

#include <gtest/gtest.h>

#include <bit>
#include <map>
#include <random>
#include <sstream>

#include "collector/history/retention.h"
#include "collector/safety/export_file.h"
#include "collector/safety/prune.h"
#include "core/io/pki.h"
#include "core/json.h"
#include "core/wire.h"
#include "tests/unit/collector/data_folder.h"

namespace xj::collector {
namespace {

namespace fs = std::filesystem;

// RFC 4180, read by a reader of its own.
std::vector<std::vector<std::string>> read_csv(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row{""};
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char ch = text[i];
    if (inside) {
      if (ch == '"' && i + 1 < text.size() && text[i + 1] == '"')
        row.back() += '"', ++i;
      else if (ch == '"')
        inside = false;
      else
        row.back() += ch;
    } else if (ch == '"') {
      inside = true;
    } else if (ch == ',') {
      row.emplace_back();
    } else if (ch == '\r') {
      continue;
    } else if (ch == '\n') {
      rows.push_back(std::move(row));
      row = {""};
    } else {
      row.back() += ch;
    }
  }
  return rows;
}

std::string unpacked(const std::string& packed) {
  // Frames one behind the other, as the zstd program takes them.
  std::string out;
  for (std::size_t from = 0; from < packed.size();) {
    auto to = packed.find("\x28\xb5\x2f\xfd", from + 4);
    if (to == std::string::npos) to = packed.size();
    const auto plain = wire::inflate(std::string_view(packed).substr(from, to - from));
    out += std::get<std::string>(plain);
    from = to;
  }
  return out;
}

using Key = std::tuple<std::int64_t, std::string, std::string, std::string, std::string, std::string>;
using Table = std::multimap<Key, Number>;  // exact, kind and bits

class ExportTest : public testing::Test {
 protected:
  static constexpr const char* kOut = "/out";
  std::string out() const { return folder_.root + kOut; }

  // Numbers of every sort over five days, several parts a day, names that need quoting.
  void make(int days = 5) {
    folder_.start();
    auto& history = folder_.pipeline->history();
    std::mt19937_64 random(5);
    const std::vector<SeriesId> ids{{"web1", "office-oa/oa/http", ""},
                                    {"web1", "office-oa/oa/disk", "/data, \"old\""},
                                    {"web2", "office-oa/oa/disk", "/"},
                                    {"网关", "local/x", "行\n二"}};
    for (int day = days; day > 0; --day) {
      for (const auto& id : ids)
        for (int i = 0; i < 50; ++i) {
          const auto slot = folder_.now - day * 24h + i * 61'007ms;
          std::vector<Metric> metrics;
          if (i % 10 != 0) {
            double odd = 0;
            do odd = std::bit_cast<double>(random());
            while (!std::isfinite(odd));
            metrics = {{"v", odd}, {"n", static_cast<std::int64_t>(random())}};
            if (i % 7 == 0) metrics.push_back({"w", static_cast<double>(i)});
            if (i % 11 == 0) metrics.push_back({"z", -0.0});
          }
          const auto state = static_cast<State>(random() % 4);
          history.add(history.handle(id.agent, id.check, id.item), slot, state, {}, metrics);
          Key key{to_ms(slot), id.agent, id.check, id.item, std::string(to_text(state)), ""};
          if (metrics.empty()) all_.emplace(key, Number{});
          for (const auto& m : metrics) {
            std::get<5>(key) = m.name;
            all_.emplace(key, m.value);
          }
        }
      history.flush(history.durable_position(), folder_.now);
    }
    folder_.stop();
  }

  Exported run(ExportAsk ask = {}, std::string from = {}) {
    return export_data(folder_.fs, {from.empty() ? folder_.dir : from, {}}, ask, out(), folder_.now, {});
  }

  Table read_back() {
    Table table;
    for (const auto& entry : fs::directory_iterator(out() + "/samples")) {
      auto text = io::read_whole(folder_.fs, entry.path().string());
      if (entry.path().extension() == ".zst") text = unpacked(text);
      const auto rows = read_csv(text);
      EXPECT_EQ(rows.at(0),
                (std::vector<std::string>{"time", "host", "check", "item", "state", "metric", "value"}));
      for (std::size_t i = 1; i < rows.size(); ++i) {
        const auto& r = rows[i];
        EXPECT_EQ(r.size(), 7u);
        const auto at = parse_iso(r[0]);
        EXPECT_EQ(entry.path().filename().string().substr(0, 10), day_text(utc_day(*at)));
        const auto value = r[6].empty() ? Number{} : parse_json_number(r[6]).value();
        table.emplace(Key{to_ms(*at), r[1], r[2], r[3], r[4], r[5]}, value);
      }
    }
    return table;
  }
  static void expect_same(const Table& a, const Table& b) {
    ASSERT_EQ(a.size(), b.size());
    for (auto x = a.begin(), y = b.begin(); x != a.end(); ++x, ++y) {
      ASSERT_EQ(x->first, y->first);
      ASSERT_EQ(x->second.index(), y->second.index()) << "an integer stays one";
      if (const auto* d = std::get_if<double>(&x->second))
        ASSERT_EQ(std::bit_cast<std::uint64_t>(*d),
                  std::bit_cast<std::uint64_t>(std::get<double>(y->second)));
      else
        ASSERT_EQ(std::get<std::int64_t>(x->second), std::get<std::int64_t>(y->second));
    }
  }
  std::vector<std::string> lines(const std::string& name) {
    std::vector<std::string> out_lines;
    std::istringstream in(io::read_whole(folder_.fs, out() + "/" + name));
    for (std::string line; std::getline(in, line);) out_lines.push_back(line);
    return out_lines;
  }

  DataFolder folder_;
  Table all_;
};

TEST_F(ExportTest, EverySampleComesBackToTheLastBit) {
  make();
  const auto done = run();
  EXPECT_EQ(done.samples, all_.size());
  EXPECT_EQ(done.behind, 0u);
  expect_same(read_back(), all_);
}

TEST_F(ExportTest, PackedToo) {
  make();
  ExportAsk ask;
  ask.zst = true;
  run(ask);
  expect_same(read_back(), all_);
}

TEST_F(ExportTest, OnlyWhatIsAskedFor) {
  make();
  ExportAsk ask;
  ask.state = false;
  ask.which.agent = "web*", ask.which.check = "disk", ask.metric = "n";
  ask.which.from = folder_.now - 3 * 24h + 10min, ask.which.to = folder_.now - 24h;
  run(ask);
  Table wanted;
  for (const auto& [key, value] : all_)
    if (std::get<1>(key).starts_with("web") && std::get<2>(key).ends_with("/disk") &&
        std::get<5>(key) == "n" && from_ms(std::get<0>(key)) >= ask.which.from &&
        from_ms(std::get<0>(key)) < ask.which.to)
      wanted.emplace(key, value);
  ASSERT_GT(wanted.size(), 50u);
  expect_same(read_back(), wanted);
  EXPECT_FALSE(fs::exists(out() + "/events.jsonl"));
}

TEST_F(ExportTest, EveryEventAsItWasWritten) {
  folder_.start();
  for (std::uint64_t n = 1; n <= 3; ++n) {
    std::vector<Submission> batches;
    wire::Batch batch;
    batch.epoch = "e1", batch.sent = folder_.now;
    batch.results = {World::result(n, World::kLogin, folder_.now, n == 2 ? State::ok : State::critical)};
    batches.push_back(make_submission("web1", batch));
    folder_.pipeline->take(std::move(batches), folder_.now);
    folder_.pipeline->apply(folder_.now);
    folder_.now += 1min;
  }
  std::vector<std::string> bodies;
  {
    const auto rows = folder_.db->prepare("select body from events order by seq");
    while (rows->step()) bodies.push_back(rows->text_at(0));
  }
  ASSERT_GT(bodies.size(), 2u);
  folder_.stop();
  const auto done = run();
  EXPECT_EQ(lines("events.jsonl"), bodies);
  for (const auto& entry : fs::directory_iterator(out())) {
    if (entry.path().extension() != ".jsonl") continue;
    for (const auto& line : lines(entry.path().filename().string())) {
      EXPECT_TRUE(std::holds_alternative<Json>(parse_json(line))) << line;
    }
  }
  EXPECT_GT(done.records, bodies.size()) << "the contract, too";
  // And the list says what is there.
  const auto list = decode_backup_list(io::read_whole(folder_.fs, out() + "/" + kExportList));
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(out())) files += entry.is_regular_file() ? 1 : 0;
  EXPECT_EQ(list.files.size() + 1, files);
  for (const auto& file : list.files) {
    const auto bytes = io::read_whole(folder_.fs, out() + "/" + file.name);
    EXPECT_EQ(file.bytes, bytes.size());
    EXPECT_EQ(file.sha256, io::sha256_hex(bytes)) << file.name;
  }
}

TEST_F(ExportTest, ADaysFileByItself) {
  make();
  fs::create_directory(folder_.root + "/copied");
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder_.dir + "/history"))
    if (entry.path().extension() == ".xjh") {
      files.push_back(folder_.root + "/copied/" + entry.path().filename().string());
      fs::copy_file(entry.path(), files.back());
    }
  std::sort(files.begin(), files.end());
  ASSERT_GT(files.size(), 4u);
  const auto done = export_data(folder_.fs, {"", files}, {}, out(), folder_.now, {});
  expect_same(read_back(), all_);
  EXPECT_EQ(done.records, 0u);
}

TEST_F(ExportTest, AFolderThatHoldsSomethingIsRefusedAndLeftAlone) {
  make();
  fs::create_directory(out());
  std::ofstream(out() + "/mine") << "x";
  EXPECT_THROW(run(), Fault);
  EXPECT_TRUE(fs::exists(out() + "/mine"));
  EXPECT_FALSE(fs::exists(out() + "/samples"));
}

TEST_F(ExportTest, RecordsThatHistoryDoesNotHoldAreCounted) {
  folder_.start();
  std::vector<Submission> batches;
  wire::Batch batch;
  batch.epoch = "e1", batch.sent = folder_.now;
  batch.results = {World::result(1, World::kHttp, folder_.now, State::ok)};
  batches.push_back(make_submission("web1", batch));
  folder_.pipeline->take(std::move(batches), folder_.now);
  folder_.pipeline->apply(folder_.now);
  folder_.crash();
  EXPECT_EQ(run().behind, 1u);
}

// Of a folder that a crash has left state.db is copied to be read: not where nothing of it is asked for.
TEST_F(ExportTest, SamplesAloneNeedNoCopyOfTheState) {
  make(2);
  folder_.start();
  const auto reader = io::open_sqlite(folder_.dir + "/state.db");  // so that its log stays
  reader->prepare("select 1 from position")->run();
  folder_.live(1);
  ASSERT_TRUE(folder_.pipeline->snapshot());  // state.db hears of it
  folder_.crash();
  ASSERT_GT(folder_.read("state.db-wal").size(), 0u);
  const auto* was = std::getenv("TMPDIR");
  const std::string kept = was == nullptr ? "" : was;
  ::setenv("TMPDIR", (folder_.root + "/absent").c_str(), 1);
  ExportAsk ask;
  ask.state = false;
  EXPECT_GT(export_data(folder_.fs, {folder_.dir, {}}, ask, out(), folder_.now, {}).behind, 0u);
  was == nullptr ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", kept.c_str(), 1);
}

// Whichever call fails, there is a whole export or nothing.
TEST_F(ExportTest, ACallThatFailsLeavesNothing) {
  make(2);
  for (std::uint64_t call = 1;; ++call) {
    fakes::FailingFs failing(folder_.fs);
    failing.fail_at(call, call % 2 == 0 ? ENOSPC : EIO);
    bool thrown = false;
    try {
      (void)export_data(failing, {folder_.dir, {}}, {}, out(), folder_.now, {});
    } catch (const Fault&) {
      thrown = true;
    }
    const bool whole = fs::exists(out() + "/" + kExportList);
    ASSERT_EQ(thrown, failing.failed()) << call;
    if (thrown) {
      std::size_t files = 0;
      if (fs::exists(out()))
        for (const auto& entry : fs::recursive_directory_iterator(out()))
          files += entry.is_regular_file() ? 1 : 0;
      ASSERT_TRUE(files == 0) << "call " << call << ": " << files;
    } else {
      ASSERT_TRUE(whole);
      EXPECT_GT(call, 40u);
      break;
    }
    fs::remove_all(out());
  }
}

// A power cut takes nobody's turn to tidy up: what is left has no list.
TEST(ExportFiles, APowerCutLeavesNoListOrAWholeExport) {
  for (std::uint64_t operation = 1;; ++operation) {
    bool reached = false;
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      fakes::PowerCutFs disk;
      disk.cut_at(operation);
      try {
        auto folder = std::make_unique<ExportFolder>(disk, "/out");
        for (const auto* name : {"samples/2026-11-20.csv", "events.jsonl"}) {
          ExportFile file(*folder, name);
          file.add(std::string(2'000'000, 'x'));
          file.finish();
        }
        (void)folder->finish(Timestamp{});
      } catch (const fakes::PowerCut&) {
      }
      reached = reached || disk.cut();
      disk.restart(seed);
      if (!disk.exists("/out/export.json")) continue;
      const auto list = decode_backup_list(io::read_whole(disk, "/out/export.json"));
      ASSERT_EQ(list.files.size(), 2u);
      for (const auto& file : list.files)
        ASSERT_EQ(io::sha256_hex(io::read_whole(disk, "/out/" + file.name)), file.sha256)
            << operation << ' ' << seed;
    }
    if (!reached) break;
  }
}

TEST_F(ExportTest, PruneOfAFolderThatIsStopped) {
  make();
  const auto later = folder_.now + 2 * 24h;
  const auto before = utc_day(folder_.now) - 2;
  const auto yesterday = prune_folder(folder_.fs, folder_.dir, utc_day(folder_.now), folder_.now, true);
  ASSERT_TRUE(yesterday.refused);
  EXPECT_EQ(yesterday.refused->id, "safety.prune.not_sealed");
  folder_.now = later;
  folder_.start();
  folder_.pipeline->history().settle(folder_.pipeline->history().durable_position(), later);
  folder_.stop();
  const auto would = prune_folder(folder_.fs, folder_.dir, before, later, true);
  EXPECT_EQ(would.days.size(), 3u);
  EXPECT_EQ(prune_folder(folder_.fs, folder_.dir, before, later, false).days, would.days);
  run();
  Table left;
  for (const auto& [key, value] : all_)
    if (utc_day(from_ms(std::get<0>(key))) >= before) left.emplace(key, value);
  expect_same(read_back(), left);
  EXPECT_EQ(prune_report(would.days, before, true)["days"].items().size(), 3u);
  std::ofstream(folder_.dir + "/backup.json") << "{}";
  EXPECT_THROW((void)prune_folder(folder_.fs, folder_.dir, before, later, false), Fault)
      << "a backup stays whole";
}

TEST(PruneDays, AreWrittenOneWay) {
  EXPECT_EQ(parse_day("1970-01-02"), 1);
  for (const auto* bad : {"", "2026-13-01", "2026-02-30", "2026-2-3", "2026-11-20T00", "yesterday"})
    EXPECT_FALSE(parse_day(bad)) << bad;
}

}  // namespace
}  // namespace xj::collector
