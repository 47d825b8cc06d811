#include "checks/diskio.h"

#include <unistd.h>

#include <algorithm>

#include "checks/measure.h"
#include "checks/scan.h"
#include "checks/thresholds.h"
#include "core/glob.h"

namespace xj::checks {

void parse_diskstats(std::string_view text, std::vector<DiskLine>& into) {
  into.clear();
  for (Scanner s(text); !s.done() && into.size() < kMaxDevices; s.next_line()) {
    std::uint64_t major = 0, minor = 0, merged = 0;
    DiskLine line;
    auto& c = line.counters;
    if (!s.number(major) || !s.number(minor)) continue;
    line.name = s.word();
    if (line.name.empty() || line.name.size() > 64) continue;
    if (s.number(c.reads) && s.number(merged) && s.number(c.read_sectors) && s.number(c.read_ms) &&
        s.number(c.writes) && s.number(merged) && s.number(c.written_sectors) && s.number(c.write_ms) &&
        s.number(c.in_flight) && s.number(c.busy_ms) && s.number(c.weighted_ms))
      into.push_back(line);
  }
}

DiskRates disk_rates(const DiskCounters& a, const DiskCounters& b, double seconds) {
  DiskRates r;
  if (seconds <= 0) return r;
  constexpr double kSector = 512;  // the unit of this file, whatever the device's own is
  const auto reads = static_cast<double>(grown(a.reads, b.reads));
  const auto writes = static_cast<double>(grown(a.writes, b.writes));
  r.reads = reads / seconds;
  r.writes = writes / seconds;
  r.read_bytes = static_cast<double>(grown(a.read_sectors, b.read_sectors)) * kSector / seconds;
  r.written_bytes = static_cast<double>(grown(a.written_sectors, b.written_sectors)) * kSector / seconds;
  r.util = std::min(100.0, static_cast<double>(grown(a.busy_ms, b.busy_ms)) / (seconds * 10.0));
  const auto waited = static_cast<double>(grown(a.read_ms, b.read_ms) + grown(a.write_ms, b.write_ms));
  if (reads + writes > 0) r.await_ms = waited / (reads + writes);
  r.queue = static_cast<double>(grown(a.weighted_ms, b.weighted_ms)) / (seconds * 1000.0);
  return r;
}

namespace {

constexpr ParamSpec kParams[] = {
    {"include", ParamType::text_list, "", "checks.param.device_include"},
    {"exclude", ParamType::text_list, "loop*, ram*, zram*, sr*, fd*, nbd*", "checks.param.device_exclude"},
    {"await_warn", ParamType::duration, "200ms", "checks.param.await_warn"},
    {"await_crit", ParamType::duration, "1s", "checks.param.await_crit"},
    {"util_warn", ParamType::percent, "", "checks.param.util_warn"},
    {"util_crit", ParamType::percent, "", "checks.param.util_crit"},
    {"clear", ParamType::percent, "5%", "checks.param.clear_util"},
};

// Below this, one slow request is the whole mean: it is shown, not judged.
constexpr double kJudgedRequests = 1.0;  // a second

struct Limits {
  explicit Limits(const Params& p)
      : await(duration_threshold(p, "await_warn", "await_crit", "checks.what.await", Unit::ms)),
        util(percent_threshold(p, "util_warn", "util_crit", "clear", "checks.what.util")) {
    if (await.warn) await.clear = *await.warn / 10;
  }
  Threshold await, util;
};

class DiskIo final : public Check {
 public:
  DiskIo(const Params& params, const Environment& environment)
      : limits_(params),
        include_(params.text_list("include")),
        exclude_(params.text_list("exclude")),
        blocks_(environment.host.sys("block/")),
        file_(environment.host.proc("diskstats")) {}

  CheckOutcome run(const RunContext& context) override {
    const auto text = file_.read();
    if (!text) return unreadable(file_.path(), file_.error_number());
    parse_diskstats(*text, lines_);
    const double seconds = static_cast<double>((context.mono - at_).count()) / 1000.0;
    const bool first = !sampled_ || seconds <= 0;
    CheckOutcome out;
    next_.clear();
    for (const auto& line : lines_) {
      if (!wanted(line.name)) continue;
      const auto* before = first ? nullptr : find_previous(line.name);
      if (before != nullptr) judge_device(line, *before, seconds, out);
      next_.push_back({std::string(line.name), line.counters});
    }
    previous_.swap(next_);
    at_ = context.mono;
    sampled_ = true;
    if (first) return first_sample();
    memory_.keep_only(out.items);
    summarize_items(out);
    if (out.msg.empty()) out.msg = {"checks.diskio.ok", {{"count", std::to_string(out.items.size())}}};
    return out;
  }

 private:
  struct Sample {
    std::string name;
    DiskCounters counters;
  };

  // Whole devices only: partitions are the same requests again. /sys/block has exactly the whole ones.
  bool wanted(std::string_view name) {
    for (const auto& [known, answer] : wanted_)
      if (known == name) return answer;
    std::string path = blocks_;
    for (const char c : name) path += c == '/' ? '!' : c;
    bool answer = false;
    if (!include_.empty())
      answer = any_glob_matches(include_, name);
    else
      answer = ::access(path.c_str(), F_OK) == 0;
    answer = answer && !any_glob_matches(exclude_, name);
    if (wanted_.size() >= kMaxDevices) wanted_.clear();
    wanted_.emplace_back(name, answer);
    return answer;
  }

  const DiskCounters* find_previous(std::string_view name) const {
    // The order hardly ever changes: the next one is the one.
    const auto guess = next_.size();
    if (guess < previous_.size() && previous_[guess].name == name) return &previous_[guess].counters;
    for (const auto& sample : previous_)
      if (sample.name == name) return &sample.counters;
    return nullptr;
  }

  void judge_device(const DiskLine& line, const DiskCounters& before, double seconds, CheckOutcome& out) {
    const auto rates = disk_rates(before, line.counters, seconds);
    Item& item = out.items.emplace_back();
    item.key = line.name;
    item.metrics.reserve(7);
    add(item.metrics, "reads_per_s", rates.reads);
    add(item.metrics, "writes_per_s", rates.writes);
    add(item.metrics, "read_bytes_per_s", rates.read_bytes);
    add(item.metrics, "write_bytes_per_s", rates.written_bytes);
    add(item.metrics, "util_percent", rates.util);
    add(item.metrics, "await_ms", rates.await_ms);
    add(item.metrics, "queue", rates.queue);
    const bool busy = rates.reads + rates.writes >= kJudgedRequests;
    apply(limits_.await, busy ? rates.await_ms : 0.0, memory_, item.key, item.state, item.msg);
    apply(limits_.util, rates.util, memory_, item.key, item.state, item.msg);
  }

  Limits limits_;
  std::vector<std::string> include_, exclude_;
  std::string blocks_;
  HostFile file_;
  std::vector<DiskLine> lines_;
  std::vector<std::pair<std::string, bool>> wanted_;
  std::vector<Sample> previous_, next_;
  MonoTime at_{};
  bool sampled_ = false;
  ThresholdMemory memory_;
};

void validate(const Params& params, const Place& place, Problems& problems) {
  const Limits limits(params);
  check_order(limits.await, "await_warn", "await_crit", place, problems);
  check_order(limits.util, "util_warn", "util_crit", place, problems);
}

}  // namespace

CheckType diskio_check();
CheckType diskio_check() {
  return {.name = "diskio",
          .help_id = "checks.diskio.help",
          .params = kParams,
          .make = [](const Params& p, const Environment& e) -> std::unique_ptr<Check> {
            return std::make_unique<DiskIo>(p, e);
          },
          .validate = validate};
}

}  // namespace xj::checks
