// A reader that knows docs/storage.md alone (tests/reader, in Python) finds in a collector's folder what the
// shipped programs find in it: every value, state and text of its days, what stands in the journal alone, and
// every hour of its summaries. What is damaged it refuses.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <sstream>
#include <tuple>

#include "core/io/http_client.h"
#include "core/json.h"
#include "core/time.h"
#include "core/wire.h"
#include "tests/e2e/collector_files.h"
#include "tests/e2e/people.h"
#include "tests/e2e/process.h"
#include "tests/fakes/contract_yaml.h"
#include "tests/fakes/held_port.h"
#include "tests/fakes/identity.h"
#include "tests/fakes/places.h"

namespace xj::e2e {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMinute = 60'000, kHour = 60 * kMinute, kDay = 24 * kHour;
const std::vector<std::string> kOvers{"count", "sum", "min", "max", "last", "p50", "p95", "p99"};

Output read_folder(const std::string& folder, const std::vector<std::string>& words = {}) {
  std::vector<std::string> argv{"/usr/bin/python3", source_dir() + "/tests/reader/read.py", folder};
  argv.insert(argv.end(), words.begin(), words.end());
  return run(argv);
}
std::string found(const std::string& folder, const std::vector<std::string>& words) {
  const auto out = read_folder(folder, words);
  EXPECT_EQ(out.code, 0) << out.err;
  return out.out;
}
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}
Json json_of(const std::string& text) {
  const auto parsed = parse_json(text);
  EXPECT_TRUE(std::holds_alternative<Json>(parsed)) << text;
  return std::holds_alternative<Json>(parsed) ? std::get<Json>(parsed) : Json{};
}
std::string day_text(std::int64_t day) { return to_iso(from_ms(day * kDay)).substr(0, 10); }

// By name, what `db export` makes of the samples.
std::map<std::string, std::string> exported(const std::string& folder, const std::string& to,
                                            std::int64_t* journal_behind = nullptr) {
  const auto out = run({program("xunjian"), "db", "export", "--what", "samples", "--dir", folder, "--out", to,
                        "--json", "--lang", "en"});
  EXPECT_EQ(out.code, 0) << out.err;
  if (journal_behind != nullptr) *journal_behind = json_of(out.out)["journal_behind"].int_or(-1);
  std::map<std::string, std::string> days;
  std::error_code error;
  for (fs::directory_iterator it(to + "/samples", error), end; !error && it != end; it.increment(error))
    days[it->path().stem().string()] = read_file(it->path().string());
  return days;
}
void expect_read_alike(const std::string& folder, const std::map<std::string, std::string>& days) {
  for (const auto& [day, csv] : days) {
    const auto theirs = lines_of(csv), ours = lines_of(found(folder, {"samples", day}));
    const auto [a, b] = std::mismatch(theirs.begin(), theirs.end(), ours.begin(), ours.end());
    EXPECT_TRUE(a == theirs.end() && b == ours.end())
        << day << ", line " << a - theirs.begin() + 1 << "\nexported: " << (a == theirs.end() ? "" : *a)
        << "\nread:     " << (b == ours.end() ? "" : *b);
  }
}
std::multiset<std::string> rows_of(const std::string& csv) {
  const auto lines = lines_of(csv);
  return {lines.begin() + (lines.empty() ? 0 : 1), lines.end()};
}

class AnotherReader : public testing::Test {
 protected:
  const TempDir dir;
  const test::HeldPort port;
  const std::string data = dir / "data", manifest = data + "/history/manifest", socket = dir / "socket";
  // Long over, and none too old to be taken.
  const std::int64_t first_day = to_ms(SystemClock().now()) / kDay - 9;
  std::mt19937_64 random{20'260'101};
  Process collector;
  std::map<std::string, std::uint64_t> numbers;  // the last given, by host
  std::map<std::string, std::unique_ptr<io::HttpClient>> clients;

  std::string log() const { return read_file(dir / "collector.log"); }
  void start(const std::string& retention = "history_min_free: 0") {
    const auto config = write_files(dir, {.name = "socket",
                                          .data = "data",
                                          .agents = port.address(),
                                          .contract = fakes::contract_yaml("reader", R"(  app:
    title: 应用
    hosts: [reader-0]
    checks:
      watched: {title: 观察, kind: cpu, interval: 1m}
)"),
                                          .more = "retention: {" + retention + "}\n"});
    clients.clear();
    collector = Process({program("xunjian-collector"), "serve", "--config", config}, dir / "collector.log");
    ASSERT_TRUE(wait_until([&] { return ready(socket); })) << log();
  }
  void stop() {
    collector.signal(SIGTERM);
    ASSERT_EQ(collector.wait(), 0) << log();
  }
  Json now_in_manifest() const { return json_of(read_file(manifest)); }

  // `ahead`: how far the host's clock is.
  void send(const std::string& host, std::vector<Result> results, bool zstd = false, Duration ahead = {}) {
    auto& client = clients[host];
    if (!client)
      client = io::make_http_client("https://localhost:" + port.text(),
                                    fakes::make_identity(fakes::authority_of(data), data, host, dir.path()));
    wire::Batch batch;
    batch.epoch = "reader-1";
    batch.sent = SystemClock().now() + ahead;
    batch.results = std::move(results);
    for (auto& result : batch.results) {
      result.n = ++numbers[host];
      result.slot += ahead;
    }
    io::HttpRequest request{
        "POST", "/v1/results", {{"Content-Type", "application/json"}}, wire::encode(batch)};
    if (zstd) {
      request.body = wire::deflate(request.body);
      request.headers.emplace_back("Content-Encoding", "zstd");
    }
    const auto got = client->send(request, Duration{60'000});
    const auto* response = std::get_if<io::HttpResponse>(&got);
    ASSERT_TRUE(response != nullptr && response->status == 200) << (response ? response->body : "no answer");
    const auto answer = wire::decode_answer(response->body);
    ASSERT_TRUE(std::holds_alternative<wire::Answer>(answer)) << response->body;
    ASSERT_TRUE(std::get<wire::Answer>(answer).refused.empty()) << response->body;
  }

  // ---- results of every shape ----

  double uneven() { return std::ldexp(static_cast<double>(random()), -70) - 0.5; }
  static Result at(const std::string& check, std::int64_t slot) {
    Result result;
    result.check = check;
    result.slot = from_ms(slot);
    return result;
  }
  Result numbers_at(std::int64_t slot, std::int64_t n) {
    static const std::vector<double> kEdges{0.0,   -0.0,   5e-324, 1e-300,    -1e-299,      100'000.0,
                                            1e21,  0.0001, -0.5,   0x1p70,    9.999999e-5,  1e16 + 2,
                                            1e300, 12.34,  -1e300, 1.0 / 3.0, 123'456.5e-9, 0x1.8p-1000};
    auto result = at("local/numbers", slot);
    result.metrics = {{"constant", std::int64_t{4}},
                      {"counter", n * 1'000 + static_cast<std::int64_t>(random() % 50)},
                      {"far", static_cast<std::int64_t>(random())},
                      {"decimals", static_cast<double>(random() % 10'000) / 100},
                      {"uneven", uneven()},
                      {"edges", kEdges[static_cast<std::size_t>(n) % kEdges.size()]}};
    if (n % 97 == 1) result.metrics[2].value = std::numeric_limits<std::int64_t>::min();
    if (n % 97 == 2) result.metrics[2].value = std::numeric_limits<std::int64_t>::max();
    if (n % 3 == 0)
      result.metrics.push_back({"kinds", n});
    else
      result.metrics.push_back({"kinds", uneven()});
    if (n % 7 > 4) result.metrics.push_back({"seldom", n * n});
    if (n % 60 < 2) result.metrics.push_back({"huge", 1.7e308});  // no double holds the sum
    if (n % 41 == 0) std::swap(result.metrics.front(), result.metrics.back());
    return result;
  }
  static Result states_at(std::int64_t slot, std::int64_t n) {
    static constexpr State kStates[]{State::ok, State::warning, State::critical, State::unknown};
    auto result = at("local/states", slot);
    result.state = kStates[n / 5 % 4];
    if (n % 2 == 0) result.msg = Message::literal("第 " + std::to_string(n / 6) + " 次, \"原样\"\r\n");
    if (n % 11 == 0) result.msg = {"checks.disk.space", {{"value", "97.1%"}, {"threshold", "95%"}}};
    return result;
  }
  Result items_at(std::int64_t slot, std::int64_t n) {
    auto result = at("local/items", slot);
    for (const auto* key : {"/", "/data, \"old\"", "盘 一"}) {
      auto& item = result.items.emplace_back();
      item.key = key;
      item.metrics = {{"used_percent", static_cast<double>(random() % 1'000) / 10}, {"used_bytes", n << 20}};
    }
    if (n % 4 == 0) {
      result.items[1].state = result.state = State::critical;
      result.items[1].msg = {"checks.disk.space", {{"value", std::to_string(n)}, {"threshold", "95%"}}};
    }
    if (n % 9 == 0) result.items.pop_back();
    return result;
  }
  // A plugin that names its metrics anew at every run: the series has several chunks, the last of which
  // reaches back, and no hours.
  std::vector<Result> many_names() const {
    std::vector<Result> out;
    for (const std::int64_t n : {3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 2, 1, 0}) {
      auto& result = out.emplace_back(at("local/names", first_day * kDay + n * kHour));
      for (int i = 0; i < 250; ++i)
        result.metrics.push_back(
            {"p" + std::to_string(n) + '_' + std::to_string(i), static_cast<double>(n) + i / 8.0});
    }
    return out;
  }
  void send_day(std::int64_t day) {
    std::vector<Result> early, late, ahead;
    for (std::int64_t n = 0; n < 1'440; ++n) {
      const auto slot = day * kDay + n * kMinute;
      auto& into = n < 700 ? early : late;
      into.push_back(numbers_at(slot, n));
      if (n % 5 == 0) into.push_back(states_at(slot, n));
      if (n % 15 == 0) into.push_back(items_at(slot, n));
      if (n % 200 == 0) into.push_back(numbers_at(slot, n + 1));  // twice for a slot
      if (n >= 60 && n < 1'300) ahead.push_back(numbers_at(slot + n % 3, n));
    }
    send("reader-0", std::move(late), true);
    send("reader-0", std::move(early));
    send("reader-1", std::move(ahead), true, Duration{kHour});
  }
  bool all_sealed(std::size_t days) const {
    const auto now = now_in_manifest();
    return now["files"].size() == days && now["summaries"].size() == days &&
           std::all_of(now["files"].items().begin(), now["files"].items().end(),
                       [](const Json& file) { return file["sealed"].bool_or(false); });
  }
  // Three days, sealed, and to the first of them what came late.
  void make_days() {
    start();
    for (int day = 0; day < 3; ++day) send_day(first_day + day);
    send("reader-0", many_names());
    stop();
    start();
    ASSERT_TRUE(wait_until([&] { return all_sealed(3); })) << read_file(manifest);
    std::vector<Result> late;
    for (std::int64_t n = 0; n < 38; ++n)
      late.push_back(numbers_at(first_day * kDay + n * 37 * kMinute + n % 2, n));
    send("reader-0", std::move(late));
  }

  // ---- what the programs say ----

  using Told = std::map<std::tuple<std::string, std::string, std::string>, std::vector<std::string>>;
  // Of each series the slot, state and message of the results that have one.
  Told texts_told() {
    Told out;
    for (const auto& [check, item] : std::vector<std::pair<std::string, std::string>>{
             {"local/states", ""}, {"local/items", "%2Fdata%2C%20%22old%22"}}) {
      const auto answer = get(socket, "/api/v1/results?limit=10000&host=reader-0&check=" + check +
                                          "&item=" + item + "&from=" + day_text(first_day) + "T00:00:00Z");
      auto& told = out[{"reader-0", check, answer["item"].string_or("")}];
      for (const auto& one : answer["results"].items())
        if (!one["message"].is_null())
          told.push_back(std::to_string(to_ms(parse_iso(one["slot"].string_or("")).value_or(Timestamp{}))) +
                         ' ' + one["state"].string_or("") + ' ' + one["message"].dump());
      std::reverse(told.begin(), told.end());
      EXPECT_GT(told.size(), 50u) << check;
    }
    return out;
  }
  Told texts_read() const {
    Told out;
    for (int day = 0; day < 3; ++day)
      for (const auto& line : lines_of(found(data, {"texts", day_text(first_day + day)}))) {
        const auto one = json_of(line);
        out[{one["host"].string_or(""), one["check"].string_or(""), one["item"].string_or("")}].push_back(
            std::to_string(one["slot"].int_or(0)) + ' ' + one["state"].string_or("") + ' ' +
            one["message"].dump());
      }
    return out;
  }

  // By host, check, item, metric and hour of the day what it came to, one for each of kOvers.
  using Hours = std::map<std::tuple<std::string, std::string, std::string, std::string, std::int64_t>,
                         std::map<std::string, double>>;
  Hours hours_told(std::int64_t day, bool estimated) {
    static const std::vector<std::string> kMetrics{
        "local/numbers.constant",   "local/numbers.counter", "local/numbers.far",
        "local/numbers.decimals",   "local/numbers.uneven",  "local/numbers.edges",
        "local/numbers.kinds",      "local/numbers.seldom",  "local/numbers.huge",
        "local/items.used_percent", "local/items.used_bytes"};
    Hours out;
    for (const auto& what : kMetrics)
      for (const auto& over : kOvers) {
        const auto answer =
            get(socket, "/api/v1/query?what=" + what + "&step=1h&over=" + over + "&from=" + day_text(day) +
                            "T00:00:00Z&to=" + day_text(day + 1) + "T00:00:00Z");
        EXPECT_EQ(answer["points"].int_or(0), 24) << what << ' ' << over;
        EXPECT_EQ(answer["estimated"].bool_or(false), estimated && over.front() == 'p') << what << over;
        for (const auto& line : answer["lines"].items())
          for (std::int64_t hour = 0; hour < 24; ++hour)
            if (const auto& value = line["values"].at(static_cast<std::size_t>(hour)); !value.is_null())
              out[{line["host"].string_or(""), line["check"].string_or(""), line["item"].string_or(""),
                   what.substr(what.find('.') + 1), hour}][over] = value.number_or(0);
      }
    return out;
  }
  Hours hours_read(std::int64_t day) const {
    Hours out;
    for (const auto& line : lines_of(found(data, {"hours", day_text(day)}))) {
      const auto one = json_of(line);
      if (one["metric"].is_null()) continue;  // it has rows, and no hours
      auto& into = out[{one["host"].string_or(""), one["check"].string_or(""), one["item"].string_or(""),
                        one["metric"].string_or(""), one["hour"].int_or(-1)}];
      for (const auto& over : kOvers)
        if (!one[over].is_null()) into[over] = one[over].number_or(std::nan(""));
    }
    return out;
  }
  // `exact`: percentiles told of the results themselves, which a sketch may miss by 1 %.
  static void expect_alike(const Hours& told, const Hours& read, bool exact) {
    EXPECT_GT(told.size(), 400u);
    EXPECT_EQ(told.size(), read.size());
    bool beyond = false;  // what a double holds
    for (const auto& [key, values] : told) {
      const auto it = read.find(key);
      const auto name = testing::PrintToString(key);
      if (it == read.end()) {
        ADD_FAILURE() << name << " is not read";
        continue;
      }
      for (const auto& over : kOvers) {
        ASSERT_EQ(values.contains(over), it->second.contains(over)) << name << ' ' << over;
        if (!values.contains(over)) {
          EXPECT_EQ(over, "sum") << name;
          beyond = true;
          continue;
        }
        const auto a = values.at(over), b = it->second.at(over);
        if (over.front() != 'p') {
          EXPECT_EQ(a, b) << name << ' ' << over;
        } else {
          EXPECT_LE(std::fabs(a - b), std::fabs(a) * (exact ? 0.01 : 1e-9) + 1e-300) << name << ' ' << over;
        }
      }
    }
    EXPECT_TRUE(beyond);
  }

  void expect_refused(const std::string& file) const {
    const auto out = read_folder(data);
    EXPECT_EQ(out.code, 1) << out.out;
    EXPECT_NE(out.err.find("damaged: "), std::string::npos) << out.err;
    EXPECT_NE(out.err.find(file), std::string::npos) << out.err;
  }
  // A bit of one byte at a time, all over the file.
  void expect_flips_refused(const std::string& path) const {
    const auto whole = read_file(path);
    const auto file = fs::path(path).filename().string();
    for (std::size_t part = 0; part <= 8; ++part) {
      auto bytes = whole;
      const auto place = std::min(bytes.size() - 1, bytes.size() * part / 8 + part % 3);
      bytes[place] = static_cast<char>(bytes[place] ^ (1 << part % 8));
      SCOPED_TRACE(file + ", byte " + std::to_string(place));
      dir.write(fs::relative(path, dir.path()).string(), bytes);
      expect_refused(file);
    }
    dir.write(fs::relative(path, dir.path()).string(), whole);
  }
};

TEST_F(AnotherReader, FindsInAFolderWhatTheProgramsFind) {
  ASSERT_NO_FATAL_FAILURE(make_days());
  const auto told = texts_told();
  const auto exact = hours_told(first_day + 1, false);
  stop();
  EXPECT_TRUE(texts_read() == told);
  expect_alike(exact, hours_read(first_day + 1), true);
  EXPECT_EQ(now_in_manifest()["files"].size(), 4u);
  EXPECT_NE(found(data, {"hours", day_text(first_day)}).find(R"("check": "local/names", "item": ""})"),
            std::string::npos);
  const auto days = exported(data, dir / "exported");
  EXPECT_EQ(days.size(), 3u);
  expect_read_alike(data, days);

  for (const auto* kind : {"files", "summaries"})
    expect_flips_refused(data + "/history/" + now_in_manifest()[kind].at(0)["name"].string_or(""));
  expect_flips_refused(manifest);

  // Of days whose results are gone the programs know the hours alone, too.
  start("history: 1d, history_min_free: 0");
  ASSERT_TRUE(wait_until([&] { return now_in_manifest()["files"].size() == 1; })) << read_file(manifest);
  const auto first = hours_told(first_day, true), second = hours_told(first_day + 1, true);
  stop();
  EXPECT_EQ(found(data, {"samples", day_text(first_day)}), "time,host,check,item,state,metric,value\r\n");
  expect_alike(first, hours_read(first_day), false);
  expect_alike(second, hours_read(first_day + 1), false);
}

TEST_F(AnotherReader, FindsWhatIsInTheJournalAlone) {
  ASSERT_NO_FATAL_FAILURE(make_days());
  stop();
  start();
  send_day(first_day + 3);
  send_day(first_day + 1);
  collector.kill_hard();
  std::int64_t told = 0;
  const auto before = exported(data, dir / "before", &told);
  expect_read_alike(data, before);
  EXPECT_EQ(json_of(found(data, {}))["journal_behind"].int_or(-2), told);
  const auto behind = rows_of(found(data, {"journal"}));
  EXPECT_GT(behind.size(), 20'000u);

  start();
  stop();
  const auto after = exported(data, dir / "after", &told);
  expect_read_alike(data, after);
  EXPECT_EQ(told, 0);
  EXPECT_TRUE(rows_of(found(data, {"journal"})).empty());
  auto together = behind;
  std::multiset<std::string> all;
  for (const auto& [day, csv] : before) together.merge(rows_of(csv));
  for (const auto& [day, csv] : after) all.merge(rows_of(csv));
  EXPECT_TRUE(together == all) << together.size() << " rows of files and journal, " << all.size()
                               << " when all is in files";
}

// Its journal has records that no collector writes: results that were counted, and ticks that found silence.
TEST_F(AnotherReader, ReplaysTheJournalOfASimulation) {
  const auto out =
      run({program("xunjian"), "simulate", source_dir() + "/tests/scenarios/dependency-line.yaml", "--out",
           dir / "played", "--lang", "en"});
  ASSERT_EQ(out.code, 0) << out.out << out.err;
  const auto days = exported(dir / "played", dir / "exported");
  EXPECT_FALSE(days.empty());
  expect_read_alike(dir / "played", days);
  std::multiset<std::string> all;
  for (const auto& [day, csv] : days) all.merge(rows_of(csv));
  EXPECT_TRUE(rows_of(found(dir / "played", {"journal", "0"})) == all);
}

}  // namespace
}  // namespace xj::e2e
