// Prometheus, VictoriaMetrics and the collector, fed the same generated values one after the other on the
// same machine, with what the disk and SQLite alone can do in the same minutes. Two data sets: the peers' mix
// and host traces. No batch is sent twice; each run ends by counting what each server has, and fails where
// ours differs from what was acknowledged. bench_peers [RUNS]: medians of so many, 5 by default.
#include <fcntl.h>
#include <sqlite3.h>

#include <functional>
#include <map>
#include <span>

#include "tests/bench/peers/peer_load.h"
#include "tests/bench/peers/query_peers.h"

namespace {

using namespace xj;
using Steady = std::chrono::steady_clock;

constexpr int kDay = 1'440, kBeforeKill = 12;  // samples of each series

// A figure's name → its runs; a server's name → its figures.
using Runs = std::map<std::string, std::vector<double>>;
using Figures = std::map<std::string, Runs>;

constexpr const char *kRate = "values_per_s", *kCpu = "cpu_s_per_million_values", *kBytes = "bytes_per_value",
                     *kRss = "peak_rss_mib", *kFound = "found_after_kill_percent";
struct Column {
  const char *name, *title;
};
constexpr Column kLoad[] = {{kRate, "values/s"},
                            {kCpu, "CPU s/million"},
                            {kBytes, "bytes/value"},
                            {kRss, "peak MiB"},
                            {kFound, "found %"}};
constexpr const char *kHourly = "query_30d_hourly_ms", *kSum = "query_30d_sum_ms",
                     *kQueryRss = "query_rss_mib";
constexpr Column kQuery[] = {{kHourly, "each hour, ms"}, {kSum, "sum of hosts, ms"}, {kQueryRss, "RSS MiB"}};
struct Server {
  const char *name, *title;
};
constexpr Server kServers[] = {{"xunjian", "Xunjian"},
                               {"victoriametrics", "VictoriaMetrics"},
                               {"prometheus", "Prometheus"},
                               {"floor_sqlite", "floor: SQLite"},
                               {"floor_fdatasync", "floor: fdatasync"}};

std::unique_ptr<bench::SeriesData> data_of(bool traces, int seed) {
  if (traces) return std::make_unique<bench::HostTraces>(seed, bench::kSeries);
  return std::make_unique<bench::PeersMix>(seed, bench::kSeries);
}

double seconds_since(Steady::time_point began) {
  return std::chrono::duration<double>(Steady::now() - began).count();
}

bool ours(bool traces, int seed, Runs& out) {
  const bench::Shape shape{2, 200, kDay};
  bool whole = true;
  {
    bench::CollectorLoad load(shape);
    const auto data = data_of(traces, seed);
    load.send(*data);
    const auto got = load.finish();
    whole = got.whole();
    out[kRate].push_back(got.values_per_s);
    out[kCpu].push_back(got.cpu_s / static_cast<double>(got.acknowledged) * 1e6);
    out[kBytes].push_back(got.bytes_per_value);
    out[kRss].push_back(got.peak_rss_mib);
  }
  bench::CollectorLoad load({2, 200, kBeforeKill});
  const auto data = data_of(traces, seed);
  load.send(*data);
  load.kill_and_restart();
  const auto got = load.finish();
  out[kFound].push_back(100.0 * static_cast<double>(got.distinct) / static_cast<double>(got.acknowledged));
  return whole && got.whole();
}

void peer(bench::PeerKind kind, bool traces, int seed, Runs& out) {
  {
    bench::Peer server(kind);
    bench::PeerLoad load(server, kDay);
    const auto data = data_of(traces, seed);
    load.send(*data);
    server.settle();
    const auto found = load.found();
    if (found != load.acknowledged())
      std::fprintf(stderr, "%s has %llu of %llu values\n", bench::Peer::name(kind),
                   static_cast<unsigned long long>(found),
                   static_cast<unsigned long long>(load.acknowledged()));
    const double rss = server.peak_rss_mib(), cpu = server.cpu_seconds();
    const auto bytes = server.bytes_kept();
    const auto values = static_cast<double>(load.acknowledged());
    out[kRate].push_back(load.values_per_s());
    // Without its merging for the figure of bytes.
    out[kCpu].push_back(cpu / values * 1e6);
    out[kBytes].push_back(static_cast<double>(bytes) / values);
    out[kRss].push_back(rss);
  }
  bench::Peer server(kind);
  bench::PeerLoad load(server, kBeforeKill);
  const auto data = data_of(traces, seed);
  load.send(*data);
  server.kill_and_restart();
  server.settle();
  out[kFound].push_back(100.0 * static_cast<double>(load.found()) / static_cast<double>(load.acknowledged()));
}

// SQLite alone: WAL, one row a blob of 200 values, ascending key, five rows a commit, synchronous=FULL.
void sqlite_floor(Runs& out) {
  char dir[] = "/tmp/xunjian-peer-XXXXXX";
  if (::mkdtemp(dir) == nullptr) throw Fault("no temporary folder");
  sqlite3* db = nullptr;
  const auto must = [&](int code) {
    if (code != SQLITE_OK && code != SQLITE_DONE) throw Fault("SQLite: " + std::string(::sqlite3_errmsg(db)));
  };
  must(::sqlite3_open((std::string(dir) + "/floor.db").c_str(), &db));
  const auto run = [&](const char* sql) { must(::sqlite3_exec(db, sql, nullptr, nullptr, nullptr)); };
  run("pragma journal_mode=wal; pragma synchronous=full; create table v(k integer primary key, b blob)");
  sqlite3_stmt* insert = nullptr;
  must(::sqlite3_prepare_v2(db, "insert into v values(?, ?)", -1, &insert, nullptr));
  constexpr int kRows = 10'000, kValues = 200;
  const std::string blob(kValues * 20, 'x');
  const auto began = Steady::now();
  for (int row = 0; row < kRows; ++row) {
    if (row % 5 == 0) run("begin");
    must(::sqlite3_bind_int(insert, 1, row));
    must(::sqlite3_bind_blob(insert, 2, blob.data(), static_cast<int>(blob.size()), SQLITE_STATIC));
    must(::sqlite3_step(insert));
    must(::sqlite3_reset(insert));
    if (row % 5 == 4) run("commit");
  }
  out[kRate].push_back(kRows * kValues / seconds_since(began));
  ::sqlite3_finalize(insert);
  ::sqlite3_close(db);
  std::filesystem::remove_all(dir);
}

// An append of the 4 KiB that a batch of ours comes to, and its sync.
void disk_floor(Runs& out) {
  char name[] = "/tmp/xunjian-peer-XXXXXX";
  const int file = ::mkostemp(name, O_CLOEXEC);
  if (file < 0) throw Fault("no temporary file");
  ::unlink(name);
  const std::string page(4'096, 'x');
  constexpr int kAppends = 2'000;
  const auto began = Steady::now();
  for (int i = 0; i < kAppends; ++i)
    if (::write(file, page.data(), page.size()) != 4'096 || ::fdatasync(file) != 0)
      throw Fault("cannot write");
  out[kRate].push_back(kAppends * 1'000 / seconds_since(began));
  ::close(file);
}

double median(std::vector<double> runs) {
  std::sort(runs.begin(), runs.end());
  return runs[runs.size() / 2];
}

void print(const char* title, const Figures& figures, std::span<const Column> columns) {
  std::printf("\n%s\n%-17s", title, "");
  for (const auto& column : columns) std::printf("%19s", column.title);
  std::printf("\n");
  for (const auto& server : kServers) {
    if (!figures.contains(server.name)) continue;
    std::printf("%-17s", server.title);
    const auto& its = figures.at(server.name);
    for (const auto& column : columns) {
      const auto runs = its.find(column.name);
      if (runs == its.end()) continue;
      const double value = median(runs->second), ours = median(figures.at("xunjian").at(column.name));
      char ratio[16] = "";
      if (&server != kServers) std::snprintf(ratio, sizeof ratio, "x%.2f", value / ours);
      std::printf(value >= 1'000 ? "%12.0f %6s" : "%12.3g %6s", value, ratio);
    }
    std::printf("\n");
  }
}

void print_lines(const std::string& prefix, const Figures& figures) {
  for (const auto& [server, its] : figures)
    for (const auto& [name, values] : its) bench::figure(prefix + server + '_' + name, median(values), "");
}

// Whether we have all that we acknowledged.
bool load_each(int runs) {
  bool whole = true;
  std::map<bool, Figures> all;
  for (int run = 1; run <= runs; ++run)
    for (const bool traces : {false, true}) {
      std::fprintf(stderr, "run %d of %d, %s\n", run, runs, traces ? "host traces" : "the peers' mix");
      auto& figures = all[traces];
      sqlite_floor(figures["floor_sqlite"]);
      disk_floor(figures["floor_fdatasync"]);
      whole = ours(traces, run, figures["xunjian"]) && whole;
      for (const auto kind : {bench::PeerKind::victoria_metrics, bench::PeerKind::prometheus})
        peer(kind, traces, run, figures[bench::Peer::name(kind)]);
    }
  std::printf("medians of %d; x: how many times ours\n", runs);
  print("The peers' mix: 10,000 series, a day at one sample a minute", all.at(false), kLoad);
  print("Host traces: 10,000 series, a day at one sample a minute", all.at(true), kLoad);
  std::printf("\n");
  print_lines("peers_mix_", all.at(false));
  print_lines("peers_traces_", all.at(true));
  return whole;
}

void query_each(int runs) {
  const bench::ThirtyDays days;
  Figures asked;
  for (int run = 1; run <= runs; ++run) {
    std::fprintf(stderr, "run %d of %d, a question\n", run, runs);
    const auto put = [&](const char* server, const bench::QueryFigures& got) {
      auto& its = asked[server];
      its[kHourly].push_back(got.hourly_ms), its[kSum].push_back(got.sum_ms);
      its[kQueryRss].push_back(got.rss_mib);
    };
    put("xunjian", days.ours());
    for (const auto kind : {bench::PeerKind::victoria_metrics, bench::PeerKind::prometheus})
      put(bench::Peer::name(kind), days.of(kind));
  }
  std::printf("medians of %d; x: how many times ours\n", runs);
  print("A question: 30 days at one sample a minute of 100 hosts, the average of each hour", asked, kQuery);
  std::printf("\n");
  print_lines("peers_", asked);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const int runs = argc > 1 ? std::stoi(argv[1]) : 5;
    const std::string part = argc > 2 ? argv[2] : "";
    if (runs < 1 || runs > 99 || (!part.empty() && part != "load" && part != "query"))
      throw Fault("not understood", "bench_peers [1 to 99 runs [load|query]]");
    ::curl_global_init(CURL_GLOBAL_DEFAULT);
    const bool whole = part == "query" || load_each(runs);
    if (part != "load") query_each(runs);
    if (!whole) std::fprintf(stderr, "the collector did not have what it acknowledged\n");
    return whole ? 0 : 1;
  } catch (const Fault& fault) {
    std::fprintf(stderr, "%s\n%s\n", fault.what(), fault.hint().c_str());
    return 1;
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
    return 1;
  }
}
