// The shipped collector is killed with SIGKILL while it works on files: while rows are written out, while
// days are folded and sealed, while the hours of a sealed day are told anew, while `xunjian db backup` copies
// its folder, and while it starts on what that left. What is half done is seen in the folder after the kill,
// so that no kill passes for one that it was not. In the end every acknowledged result is found exactly once,
// the hours say what the samples say, no half backup passes for a whole one, and a whole one holds the same.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "core/time.h"
#include "tests/e2e/collector_files.h"
#include "tests/e2e/history_folder.h"
#include "tests/e2e/lossy_agents.h"
#include "tests/e2e/people.h"
#include "tests/e2e/process.h"
#include "tests/fakes/contract_yaml.h"
#include "tests/fakes/held_port.h"

namespace xj::e2e {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

enum class During { flush, fold, hours, backup, start };
const char* to_text(During what) {
  switch (what) {
    case During::flush: return "flush";
    case During::fold: return "fold";
    case During::hours: return "hours";
    case During::backup: return "backup";
    case During::start: return "start";
  }
  return "";
}

constexpr int kAgents = 3;
// A day that is over is sealed as soon as it is written out, once. So each life of the collector gets days of
// its own, the newest of them long over and the oldest not too old to be taken.
constexpr int kLives = 16, kDaysOfALife = 2;
constexpr std::uint64_t kOfALife = 90, kResults = kLives * kOfALife;  // of each agent

LossyAgents::Plan plan() {
  LossyAgents::Plan plan;
  plan.name = "work";
  plan.agents = kAgents;
  plan.results = kResults;
  plan.patience = 300s;
  plan.result = [today = to_ms(SystemClock().now()) / 86'400'000](int, std::uint64_t number) {
    const auto n = static_cast<std::int64_t>(number);
    const auto life = (n - 1) / static_cast<std::int64_t>(kOfALife);
    const auto day = today - 33 + life * kDaysOfALife + n % kDaysOfALife;
    Result result;
    result.check = "local/work";
    result.slot = from_ms((day * 86'400 + n * 3'601 % 86'400) * 1'000);  // all over the day's hours
    result.metrics = {{"n", n}};
    return result;
  };
  return plan;
}

class KillAtWork : public testing::Test {
 protected:
  const TempDir dir;
  const test::HeldPort port, other_port;
  const std::string data = dir / "data", history = data + "/history", socket = dir / "socket";
  const std::string config = config_of("socket", "data", port);
  std::mt19937_64 random{static_cast<std::uint64_t>(::getpid())};
  Process collector;
  std::optional<LossyAgents> agents;
  int lives = 0, backups = 0;
  std::chrono::microseconds backup_takes{0}, start_takes{0};
  std::map<During, int> cut;
  std::map<During, std::chrono::microseconds> moments;

  std::string config_of(const std::string& name, const std::string& folder, const test::HeldPort& at) const {
    return write_files(dir, {.name = name,
                             .data = folder,
                             .agents = at.address(),
                             .contract = fakes::contract_yaml("life", R"(  app:
    title: 应用
    hosts: [other]
    checks:
      watched: {title: 观察, kind: cpu, interval: 1m}
)"),
                             // A disk that is nearly full takes no days away here.
                             .more = "retention: {history_min_free: 0}\n"});
  }
  std::string log() const { return read_file(dir / "collector.log"); }
  void begin() {
    collector = Process({program("xunjian-collector"), "serve", "--config", config}, dir / "collector.log");
  }
  void start() {
    begin();
    ASSERT_TRUE(wait_until([&] { return ready(socket); })) << log();
  }
  void stop() {
    collector.signal(SIGTERM);
    ASSERT_EQ(collector.wait(), 0) << log();
  }
  Output cli(const std::vector<std::string>& words) const {
    std::vector<std::string> argv{program("xunjian"), "--lang", "en", "--server", "unix:" + socket};
    argv.insert(argv.end(), words.begin(), words.end());
    return run(argv);
  }
  void expect_well(const std::vector<std::string>& words) const {
    const auto out = cli(words);
    EXPECT_EQ(out.code, 0) << testing::PrintToString(words) << '\n' << out.out << out.err;
  }
  void expect_refused(const std::vector<std::string>& words, const std::string& why) const {
    const auto out = cli(words);
    EXPECT_EQ(out.code, 1) << testing::PrintToString(words) << '\n' << out.out << out.err;
    EXPECT_NE((out.out + out.err).find(why), std::string::npos) << out.out << out.err;
  }

  // ---- kills ----

  void nap(std::chrono::microseconds most) {
    ::usleep(static_cast<useconds_t>(random() % static_cast<std::uint64_t>(most.count() + 1)));
  }
  // By the files that are half made: the parts of a flush have no hours, a fold makes a day and its hours in
  // this order, lost hours come alone.
  static bool is_in(During what, const HistoryFolder& now) {
    const bool day = !now.half_days.empty(), hours = !now.half_hours.empty();
    return what == During::flush ? day && !hours : what == During::fold ? day && hours : !day && hours;
  }
  static bool begins(During what, const std::string& name, const std::string& before) {
    const bool day = name.ends_with(".xjh"), behind_day = before.ends_with(".xjh");
    return what == During::flush ? day : !day && behind_day == (what == During::fold);
  }
  // As soon as it has begun after `act`, and a moment more; or when the collector has ended, or does not come
  // to it. Whether it was met; if not, the moment was too long.
  bool kill_in(During what, const std::function<void()>& act) {
    NewFiles made(history);
    act();
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    for (std::string before; collector.running() && std::chrono::steady_clock::now() < deadline;) {
      const auto name = made.next(20ms);
      if (name.empty()) continue;
      if (begins(what, name, before)) break;
      before = name;
    }
    auto& moment = moments.try_emplace(what, 1'500us).first->second;
    nap(moment);
    collector.kill_hard();
    const bool met = is_in(what, HistoryFolder::of(history));
    if (!met) moment /= 2;
    return met;
  }

  // An orderly stop writes out all that is open.
  bool kill_flush() {
    return kill_in(During::flush, [&] { collector.signal(SIGTERM); });
  }
  bool kill_fold() {
    stop();
    return kill_in(During::fold, [&] { begin(); });
  }
  // Of days whose summary somebody has lost.
  bool kill_hours() {
    stop();
    const auto lost = HistoryFolder::of(history).hours;
    for (const auto& name : lost) fs::remove(history + "/" + name);
    return !lost.empty() && kill_in(During::hours, [&] { begin(); });
  }
  bool kill_start() {
    collector.kill_hard();  // what was in memory is to be made again
    begin();
    nap(start_takes);
    collector.kill_hard();
    return true;
  }
  // Folds are under way then, too.
  bool kill_backup() {
    stop();
    start();
    const auto to = dir / ("backup-" + std::to_string(++backups)), said = to + ".log";
    Process backup(
        {program("xunjian"), "--lang", "en", "--server", "unix:" + socket, "db", "backup", "--to", to}, said);
    // One that is whole meanwhile has its list; before its first file the folder is as good as none.
    const auto begun = [&] { return fs::exists(to + "/backing-up") || fs::exists(to + "/backup.json"); };
    if (!wait_until(begun, 20s)) ADD_FAILURE() << read_file(said);
    nap(backup_takes);
    collector.kill_hard();
    const auto code = backup.wait();
    if (fs::exists(to + "/backup.json")) {
      expect_well({"db", "check", "--dir", to});
      backup_takes /= 2;
      return false;
    }
    EXPECT_EQ(code, 1) << read_file(said);
    EXPECT_NE(read_file(said).find("collector"), std::string::npos) << read_file(said);
    expect_no_backup(to);
    return true;
  }
  void expect_no_backup(const std::string& to) {
    expect_refused({"db", "restore", "--from", to, "--to", to + "-restored"}, "no whole backup");
    EXPECT_FALSE(fs::exists(to + "-restored"));
    expect_refused({"db", "backup", "--dir", to, "--to", to + "-copy"}, "was not finished");
    EXPECT_FALSE(fs::exists(to + "-copy"));
    if (fs::exists(to + "/journal")) expect_refused({"db", "check", "--dir", to}, "was not finished");
    const auto name = fs::path(to).filename().string();
    const auto on_it = run(
        {program("xunjian-collector"), "serve", "--config", config_of("half", name, other_port)}, {}, 20s);
    EXPECT_EQ(on_it.code, 1) << on_it.out << on_it.err;
    EXPECT_NE(on_it.err.find("was not finished"), std::string::npos) << on_it.out << on_it.err;
  }
  bool kill_during(During what) {
    switch (what) {
      case During::flush: return kill_flush();
      case During::fold: return kill_fold();
      case During::hours: return kill_hours();
      case During::backup: return kill_backup();
      case During::start: return kill_start();
    }
    return false;
  }

  // One life: it starts on what the last kill left, takes results, and is killed.
  void live_and_die(During what) {
    start();
    const auto before = agents->acknowledged();
    const auto share = kOfALife * static_cast<std::uint64_t>(++lives);
    agents->allow(share);
    // What is under way at a kill comes late to its days, and they are not folded or told anew so soon.
    const bool under_way = what != During::fold && what != During::hours;
    const auto enough = under_way ? before + kOfALife : kAgents * share;
    ASSERT_TRUE(wait_until([&] { return agents->acknowledged() >= enough; })) << log();
    cut[what] += kill_during(what) ? 1 : 0;
    expect_no_more_than_a_torn_tail();
  }
  // A kill may cut the write of a record short, which cannot be told from damage to it and is named.
  void expect_no_more_than_a_torn_tail() const {
    const auto out = cli({"db", "check", "--dir", data, "--json"});
    const auto parsed = parse_json(out.out);
    ASSERT_TRUE(std::holds_alternative<Json>(parsed)) << out.out << out.err;
    const auto& findings = std::get<Json>(parsed)["findings"];
    EXPECT_EQ(out.code, findings.size() == 0 ? 0 : 1) << out.out << out.err;
    std::size_t torn = 0;
    for (const auto& finding : findings.items()) {
      // The hours that were lost on purpose, and not yet told anew.
      if (finding["file"].string_or("").ends_with(".xjs") &&
          finding["mend"].string_or("").starts_with("Nothing is lost"))
        continue;
      ++torn;
      EXPECT_NE(finding["what"].string_or("").find("a write that was cut short"), std::string::npos)
          << out.out;
    }
    EXPECT_LE(torn, 1u) << out.out;
  }

  // ---- what is there ----

  void reckon(const std::string& at, Reckoning& reckoning) const {
    for (int agent = 0; agent < kAgents; ++agent) {
      std::multiset<std::uint64_t> found;
      const auto rows =
          get(at, "/api/v1/results?limit=10000&check=local/work&host=" + agents->name_of(agent));
      for (const auto& sample : rows["results"].items())
        found.insert(static_cast<std::uint64_t>(sample["metrics"]["n"].int_or(0)));
      agents->hold_against(found, agent, reckoning);
    }
  }
  // With whole hours as steps the summaries are read, with others the samples.
  double sum_by(const std::string& step) const {
    const auto out = cli({"query", "work.n", "--host", "work-*", "--from", "36d", "--step", step, "--over",
                          "sum", "--across", "sum", "--json"});
    EXPECT_EQ(out.code, 0) << out.err;
    const auto parsed = parse_json(out.out);
    const auto answer = std::holds_alternative<Json>(parsed) ? std::get<Json>(parsed) : Json{};
    double sum = 0;
    for (const auto& value : answer["lines"].at(0)["values"].items()) sum += value.number_or(0);
    return sum;
  }
  void expect_sums() const {
    const auto all = static_cast<double>(kAgents * kResults * (kResults + 1) / 2);
    EXPECT_EQ(sum_by("1d"), all);
    EXPECT_EQ(sum_by("7m"), all);
  }
  // Every day that is one file is sealed and has its hours. What came after its day was sealed waits for an
  // hour beside it, and so do the hours that somebody has lost meanwhile.
  bool all_sealed() const {
    const auto parsed = parse_json(read_file(history + "/manifest"));
    if (!std::holds_alternative<Json>(parsed)) return false;
    const auto& manifest = std::get<Json>(parsed);
    std::map<std::int64_t, std::vector<std::string>> days;
    for (const auto& file : manifest["files"].items())
      days[file["day"].int_or(0)].push_back(file["name"].string_or(""));
    std::set<std::string> told;
    for (const auto& summary : manifest["summaries"].items()) told.insert(summary["of"].string_or(""));
    return days.size() == kLives * kDaysOfALife && told.size() >= kDaysOfALife &&
           std::all_of(days.begin(), days.end(), [&](const auto& day) {
             return day.second.size() > 1 || told.contains(day.second.front());
           });
  }
  // By name, all that `db export` makes of the samples.
  std::map<std::string, std::string> exported(const std::string& folder) const {
    const auto to = folder + "-exported";
    expect_well({"db", "export", "--what", "samples", "--dir", folder, "--out", to});
    std::map<std::string, std::string> out;
    std::error_code error;
    for (fs::directory_iterator it(to + "/samples", error), end; !error && it != end; it.increment(error))
      out[it->path().filename().string()] = read_file(it->path().string());
    return out;
  }
};

TEST_F(KillAtWork, NothingIsLostDoubledOrHalf) {
  const auto began = std::chrono::steady_clock::now();
  start();
  start_takes =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
  agents.emplace(dir, data, port.text(), plan());
  expect_well({"db", "backup", "--to", dir / "first"});
  const auto report = get(socket, "/api/v1/backups");
  backup_takes = parse_iso(report["ended"].string_or("")).value_or(Timestamp{}) -
                 parse_iso(report["asked"].string_or("")).value_or(Timestamp{});
  ASSERT_GE(backup_takes.count(), 0);
  stop();

  std::vector<During> kills{During::flush, During::fold,  During::backup, During::hours, During::start,
                            During::fold,  During::flush, During::backup, During::hours, During::fold};
  for (std::size_t i = 0; i < kills.size() && !HasFatalFailure(); ++i) {
    const auto before = cut[kills[i]];
    live_and_die(kills[i]);
    if (cut[kills[i]] == before && kills.size() < kLives - 1) kills.push_back(kills[i]);
  }
  ASSERT_FALSE(HasFatalFailure());
  for (const auto what : {During::flush, During::fold, During::hours, During::backup})
    EXPECT_GE(cut[what], 1) << to_text(what) << ": never met";

  start();
  ASSERT_TRUE(agents->finish());
  Reckoning reckoning;
  reckon(socket, reckoning);
  expect_well({"db", "backup", "--to", dir / "last"});
  stop();
  expect_well({"db", "check", "--dir", data});
  start();
  ASSERT_TRUE(wait_until([&] { return all_sealed(); })) << read_file(history + "/manifest");
  reckon(socket, reckoning);
  expect_sums();
  stop();
  expect_well({"db", "check", "--dir", data});

  expect_well({"db", "check", "--dir", dir / "last"});
  expect_well({"db", "restore", "--from", dir / "last", "--to", dir / "restored"});
  Process second(
      {program("xunjian-collector"), "serve", "--config", config_of("second", "restored", other_port)},
      dir / "second.log");
  ASSERT_TRUE(wait_until([&] { return ready(dir / "second"); })) << read_file(dir / "second.log");
  reckon(dir / "second", reckoning);
  second.signal(SIGTERM);
  EXPECT_EQ(second.wait(), 0) << read_file(dir / "second.log");
  const auto mine = exported(data), theirs = exported(dir / "restored");
  EXPECT_EQ(mine.size(), static_cast<std::size_t>(kLives * kDaysOfALife));
  EXPECT_TRUE(mine == theirs) << "the backup holds other samples";
  reckoning.expect_each_once();
  std::printf("cut in flush=%d fold=%d hours=%d backup=%d start=%d\n", cut[During::flush], cut[During::fold],
              cut[During::hours], cut[During::backup], cut[During::start]);
  reckoning.print(static_cast<int>(kills.size()));
}

}  // namespace
}  // namespace xj::e2e
