// Thirty days of one metric a minute of a hundred hosts (argument: of so many), written and sealed by History
// itself: the average of each hour of each host, and the sum over the hosts. A fresh process asks, so that
// its memory is that of the queries alone. Fails when an answer is not what was written.
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "collector/history/history.h"
#include "collector/query_run.h"
#include "tests/bench/collector_run.h"
#include "tests/bench/series_data.h"

namespace {

using namespace xj;
using namespace xj::collector;

constexpr std::int64_t kDay = 86'400'000, kMinute = 60'000;
constexpr int kDays = 30, kRuns = 7;
constexpr auto kStart = from_ms(20'000 * kDay);

std::string host(int n) {
  const auto digits = std::to_string(n);
  return "host-" + std::string(4 - std::min<std::size_t>(digits.size(), 4), '0') + digits;
}

void write(const std::string& dir, int hosts) {
  io::PosixFileSystem fs;
  History history(fs, dir);
  std::vector<History::Handle> series;
  for (int n = 0; n < hosts; ++n) series.push_back(history.handle(host(n), "gov/oa/cpu", ""));
  for (int day = 0; day < kDays; ++day) {
    for (int n = 0; n < hosts; ++n)
      for (std::int64_t minute = day * 1'440; minute < (day + 1) * 1'440; ++minute)
        history.add(series[static_cast<std::size_t>(n)], kStart + Duration{minute * kMinute}, State::ok, {},
                    {{"used_percent", bench::busy_percent(n, minute)}});
    const auto position = static_cast<std::uint64_t>(day + 1);
    const auto now = kStart + Duration{(day + 1) * kDay + 2 * 60 * kMinute};
    history.flush(position, now);
    history.settle(position, now);
  }
  const auto figures = history.figures();
  bench::figure("query_data_mib", static_cast<double>(figures.file_bytes) / (1 << 20), "MiB");
  bench::figure("query_summaries_mib", static_cast<double>(figures.summary_bytes) / (1 << 20), "MiB");
  bench::figure("query_summary_bytes_a_metric_and_day",
                static_cast<double>(figures.summary_bytes) / (static_cast<double>(hosts) * kDays), "B");
}

double peak_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1'024;
  throw Fault("no VmHWM");
}

struct Asked {
  std::vector<query::Line> lines;
  double ms = 0, cpu_ms = 0;  // medians
};

double cpu_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}
double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

Asked ask(History& history, const query::Words& words) {
  const auto now = kStart + Duration{kDays * kDay};
  const auto query = std::get<query::Query>(query::parse_query(words, now, {}));
  Asked asked;
  std::vector<double> took, cpu;
  for (int run = 0; run < kRuns; ++run) {
    const auto began = std::chrono::steady_clock::now();
    const auto cpu_before = cpu_ms();
    const auto scan = history.scan(scan_of(query, {}));
    auto found = run_query(query, now, {}, *scan, [] { return false; }, {});
    took.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count());
    cpu.push_back(cpu_ms() - cpu_before);
    if (auto* lines = std::get_if<std::vector<query::Line>>(&found)) asked.lines = std::move(*lines);
  }
  asked.ms = median(took), asked.cpu_ms = median(cpu);
  return asked;
}

bool near(double a, double b) { return std::fabs(a - b) <= 1e-9 * std::fabs(b); }

// Every hour of every host.
bool right(const Asked& hourly, const Asked& sum, int hosts) {
  const auto hours = static_cast<std::size_t>(kDays) * 24;
  if (hourly.lines.size() != static_cast<std::size_t>(hosts) || sum.lines.size() != 1) return false;
  std::vector<double> together(hours, 0);
  for (int n = 0; n < hosts; ++n) {
    const auto& line = hourly.lines[static_cast<std::size_t>(n)];
    if (line.label.host != host(n) || line.values.size() != hours) return false;
    for (std::size_t hour = 0; hour < hours; ++hour) {
      double all = 0;
      for (int minute = 0; minute < 60; ++minute)
        all += bench::busy_percent(n, static_cast<std::int64_t>(hour) * 60 + minute);
      if (!near(line.values[hour], all / 60)) return false;
      together[hour] += all / 60;
    }
  }
  for (std::size_t hour = 0; hour < hours; ++hour)
    if (!near(sum.lines[0].values[hour], together[hour])) return false;
  return true;
}

int read(const std::string& dir, int hosts) {
  io::PosixFileSystem fs;
  History history(fs, dir);
  const query::Words words{{"what", "cpu.used_percent"}, {"from", "30d"}, {"step", "1h"}};
  const auto hourly = ask(history, words);
  auto summed = words;
  summed["across"] = "sum";
  const auto sum = ask(history, summed);
  const auto peak = peak_mib();
  bench::figure("query_30d_hourly_ms", hourly.ms, "ms");
  bench::figure("query_30d_hourly_cpu_ms", hourly.cpu_ms, "ms");
  bench::figure("query_30d_sum_ms", sum.ms, "ms");
  bench::figure("query_30d_sum_cpu_ms", sum.cpu_ms, "ms");
  bench::figure("query_rss_mib", peak, "MiB");
  if (right(hourly, sum, hosts)) return 0;
  std::fprintf(stderr, "an answer is not what was written\n");
  return 1;
}

int write_and_ask(int hosts) {
  char dir[] = "/tmp/xunjian-bench-XXXXXX";
  if (::mkdtemp(dir) == nullptr) throw Fault("no temporary folder");
  int status = 1;
  try {
    write(dir, hosts);
    const auto child = ::fork();
    if (child == 0) {
      ::execl("/proc/self/exe", "query_bench", "--read", dir, std::to_string(hosts).c_str(), nullptr);
      ::_exit(127);
    }
    if (child < 0 || ::waitpid(child, &status, 0) != child) status = 1;
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
  }
  std::error_code ignored;
  std::filesystem::remove_all(dir, ignored);
  return status == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 4 && std::string(argv[1]) == "--read") return read(argv[2], std::atoi(argv[3]));
    return write_and_ask(argc > 1 ? std::max(std::atoi(argv[1]), 1) : 100);
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
    return 1;
  }
}
