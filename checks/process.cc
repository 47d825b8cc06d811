#include "checks/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "checks/measure.h"
#include "checks/scan.h"
#include "checks/thresholds.h"
#include "core/glob.h"

namespace xj::checks {

namespace {
constexpr std::uint64_t kKernelThread = 0x00200000;  // PF_KTHREAD of the kernel's sched.h
}

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
  const auto open = text.find('(');
  const auto close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  ProcessStat p;
  if (!Scanner(text.substr(0, open)).number(p.pid)) return std::nullopt;
  p.name = text.substr(open + 1, close - open - 1);
  Scanner s(text.substr(close + 1));
  const auto state = s.word();
  if (state.size() != 1) return std::nullopt;
  p.state = state.front();
  for (int field = 4; field <= 8; ++field) s.word();  // ppid to tpgid
  std::uint64_t flags = 0;
  if (!s.number(flags)) return std::nullopt;
  p.kernel = (flags & kKernelThread) != 0;
  for (int field = 10; field <= 13; ++field) s.word();  // minflt to cmajflt
  std::uint64_t user = 0, system = 0;
  if (!s.number(user) || !s.number(system)) return std::nullopt;
  p.ticks = user + system;
  for (int field = 16; field <= 19; ++field) s.word();  // cutime, cstime, priority, nice: may be negative
  if (!s.number(p.threads)) return std::nullopt;
  s.word();
  if (!s.number(p.start)) return std::nullopt;
  s.word();  // vsize
  s.number(p.rss_pages);
  return p;
}

void command_line(std::string_view raw, std::size_t limit, std::string& into) {
  while (!raw.empty() && raw.back() == '\0') raw.remove_suffix(1);
  into.assign(raw.substr(0, limit));
  std::replace(into.begin(), into.end(), '\0', ' ');
}

std::string_view program_name(std::string_view raw) {
  auto first = raw.substr(0, raw.find('\0'));
  // "nginx: master process …": programs that write their title over the arguments.
  first = first.substr(0, first.find(": "));
  const auto slash = first.rfind('/');
  return slash == std::string_view::npos ? first : first.substr(slash + 1);
}

namespace {

constexpr ParamSpec kParams[] = {
    {"name", ParamType::text, "", "checks.param.process_name"},
    {"cmdline", ParamType::text, "", "checks.param.process_cmdline"},
    {"min", ParamType::integer, "", "checks.param.process_min"},
    {"max", ParamType::integer, "", "checks.param.process_max"},
    {"total_warn", ParamType::number, "", "checks.param.total_warn"},
    {"total_crit", ParamType::number, "", "checks.param.total_crit"},
    {"zombies_warn", ParamType::number, "20", "checks.param.zombies_warn"},
    {"zombies_crit", ParamType::number, "", "checks.param.zombies_crit"},
    {"memory_warn", ParamType::bytes, "", "checks.param.process_memory_warn"},
    {"memory_crit", ParamType::bytes, "", "checks.param.process_memory_crit"},
    {"top", ParamType::integer, "5", "checks.param.process_top"},
};

constexpr std::size_t kNameKept = 15;  // bytes of a name in the kernel
constexpr std::size_t kMaxCommandLine = 4096;
constexpr std::size_t kMaxTop = 50;

struct Limits {
  explicit Limits(const Params& p)
      : total(number_threshold(p, "total_warn", "total_crit", "", "checks.what.processes", Unit::count)),
        zombies(number_threshold(p, "zombies_warn", "zombies_crit", "", "checks.what.zombies", Unit::count)),
        memory(bytes_threshold(p, "memory_warn", "memory_crit", "checks.what.process_memory", Unit::bytes)) {
    few.what_id = many.what_id = "checks.what.matching";
    few.unit = many.unit = Unit::count;
    few.above = false;
    const bool chosen = p.has("name") || p.has("cmdline");
    if (p.has("min")) few.crit = static_cast<double>(p.integer("min"));
    if (p.has("max")) many.crit = static_cast<double>(p.integer("max"));
    // Naming a process and no number means: it must be there.
    if (chosen && !few.crit && !many.crit) few.crit = 1.0;
  }
  Threshold few, many, total, zombies, memory;
};

struct Sample {
  std::uint64_t pid = 0, start = 0, ticks = 0;
};
struct Top {
  std::uint64_t pid = 0;
  char name[64] = {};
  double cpu = 0;
  std::uint64_t rss = 0;
};

void keep_top(std::vector<Top>& list, std::size_t most, const ProcessStat& p, double cpu, std::uint64_t rss,
              bool (*before)(const Top&, const Top&)) {
  Top entry;
  entry.pid = p.pid;
  entry.cpu = cpu;
  entry.rss = rss;
  if (list.size() == most && !before(entry, list.back())) return;
  const auto n = std::min(p.name.size(), sizeof entry.name - 1);
  std::memcpy(entry.name, p.name.data(), n);
  if (list.size() == most) list.pop_back();
  list.insert(std::upper_bound(list.begin(), list.end(), entry, before), entry);
}

class Process final : public Check {
 public:
  Process(const Params& params, const Environment& environment)
      : limits_(params),
        name_(params.has("name") ? params.text("name") : std::string{}),
        cmdline_(params.has("cmdline") ? params.text("cmdline") : std::string{}),
        name_begins_(std::string_view(name_).substr(0, name_.find_first_of("*?["))),
        top_(static_cast<std::size_t>(std::clamp<std::int64_t>(params.integer("top"), 0, kMaxTop))),
        proc_(environment.host.root + "/proc"),
        page_(static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))),
        ticks_per_second_(static_cast<double>(::sysconf(_SC_CLK_TCK))) {}
  ~Process() override {
    if (dir_ >= 0) ::close(dir_);
  }

  CheckOutcome run(const RunContext& context) override {
    if (dir_ < 0) dir_ = ::open(proc_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir_ < 0) return unreadable(proc_, errno);
    seconds_ = static_cast<double>((context.mono - at_).count()) / 1000.0;
    const bool first = !sampled_ || seconds_ <= 0;
    if (first) seconds_ = 0;
    counts_ = {};
    by_cpu_.clear();
    by_rss_.clear();
    next_.clear();
    cursor_ = 0;
    if (const int error = walk(); error != 0) return unreadable(proc_, error);
    if (counts_.total == 0) return not_understood(proc_);
    previous_.swap(next_);
    if (!std::is_sorted(previous_.begin(), previous_.end(), by_pid))
      std::sort(previous_.begin(), previous_.end(), by_pid);
    at_ = context.mono;
    sampled_ = true;
    if (first && (top_ > 0 || choosing())) return first_sample();
    return judge_all();
  }

 private:
  struct Counts {
    std::uint64_t total = 0, running = 0, blocked = 0, zombies = 0, threads = 0;
    std::uint64_t matching = 0, matching_rss = 0;
    double matching_cpu = 0;
  };
  static bool by_pid(const Sample& a, const Sample& b) { return a.pid < b.pid; }
  bool choosing() const { return !name_.empty() || !cmdline_.empty(); }

  // Returns an errno, 0 when all was seen. A process that goes while it is looked at is none.
  int walk() {
    if (::lseek(dir_, 0, SEEK_SET) < 0) return errno;
    alignas(dirent64) std::array<char, 16384> buffer;
    while (true) {
      const auto n = ::syscall(SYS_getdents64, dir_, buffer.data(), buffer.size());
      if (n < 0) return errno;
      if (n == 0) return 0;
      for (long at = 0; at < n;) {
        const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
        at += entry->d_reclen;
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9') look_at(entry->d_name);
      }
    }
  }

  std::string_view read_of(const char* pid, const char* file, char* into, std::size_t size) const {
    char path[48];
    const auto length = std::strlen(pid);
    if (length > 20) return {};
    std::memcpy(path, pid, length);
    std::strcpy(path + length, file);
    const int fd = ::openat(dir_, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return {};
    const auto n = ::read(fd, into, size);
    ::close(fd);
    return n > 0 ? std::string_view{into, static_cast<std::size_t>(n)} : std::string_view{};
  }

  void look_at(const char* pid) {
    char buffer[1024];
    const auto stat = parse_process_stat(read_of(pid, "/stat", buffer, sizeof buffer));
    if (!stat) return;
    ++counts_.total;
    counts_.threads += stat->threads;
    if (stat->state == 'R') ++counts_.running;
    if (stat->state == 'D') ++counts_.blocked;
    if (stat->state == 'Z') ++counts_.zombies;
    next_.push_back({stat->pid, stat->start, stat->ticks});
    const double cpu = cpu_percent(*stat);
    const auto rss = stat->rss_pages * page_;
    if (top_ > 0) {
      if (cpu > 0)
        keep_top(by_cpu_, top_, *stat, cpu, rss, [](const Top& a, const Top& b) { return a.cpu > b.cpu; });
      if (rss > 0)
        keep_top(by_rss_, top_, *stat, cpu, rss, [](const Top& a, const Top& b) { return a.rss > b.rss; });
    }
    // A zombie is no service, whatever its name.
    if (choosing() && stat->state != 'Z' && matches(pid, *stat)) {
      ++counts_.matching;
      counts_.matching_cpu += cpu;
      counts_.matching_rss += rss;
    }
  }

  bool matches(const char* pid, const ProcessStat& stat) {
    // Only a name the kernel may have cut, and only when the cut one is how the wanted begins: each command
    // line that need not be read is a third of what looking at a process costs.
    const bool cut = stat.name.size() == kNameKept && !stat.kernel &&
                     stat.name.starts_with(name_begins_.substr(0, kNameKept));
    const bool name_fits = name_.empty() || glob_match(name_, stat.name);
    if (cmdline_.empty() && (name_fits || !cut)) return name_fits;
    if (!name_fits && !cut) return false;
    char buffer[kMaxCommandLine];
    const auto raw = read_of(pid, "/cmdline", buffer, sizeof buffer);
    if (!name_fits && !glob_match(name_, program_name(raw))) return false;
    if (cmdline_.empty()) return true;
    command_line(raw, kMaxCommandLine, line_);
    return glob_match(cmdline_, line_);
  }

  double cpu_percent(const ProcessStat& stat) {
    if (seconds_ <= 0) return 0;
    // /proc lists by rising pid, and so is previous_: both walk forward together.
    while (cursor_ < previous_.size() && previous_[cursor_].pid < stat.pid) ++cursor_;
    if (cursor_ == previous_.size() || previous_[cursor_].pid != stat.pid) return 0;
    const auto& before = previous_[cursor_];
    if (before.start != stat.start) return 0;
    return 100.0 * static_cast<double>(grown(before.ticks, stat.ticks)) / ticks_per_second_ / seconds_;
  }

  CheckOutcome judge_all() {
    CheckOutcome out;
    add(out.metrics, "total", counts_.total);
    add(out.metrics, "running", counts_.running);
    add(out.metrics, "blocked", counts_.blocked);
    add(out.metrics, "zombies", counts_.zombies);
    add(out.metrics, "threads", counts_.threads);
    if (choosing()) {
      add(out.metrics, "matching", counts_.matching);
      add(out.metrics, "matching_cpu_percent", counts_.matching_cpu);
      add(out.metrics, "matching_rss_bytes", counts_.matching_rss);
      const auto matching = static_cast<double>(counts_.matching);
      apply(limits_.few, matching, memory_, "few", out.state, out.msg);
      apply(limits_.many, matching, memory_, "many", out.state, out.msg);
      apply(limits_.memory, static_cast<double>(counts_.matching_rss), memory_, "", out.state, out.msg);
      if (!out.msg.empty()) {
        out.msg.id += ".of";
        out.msg.args.emplace_back("item", name_.empty() ? cmdline_ : name_);
        out.msg.args.emplace_back("more", "");
      }
    }
    apply(limits_.total, static_cast<double>(counts_.total), memory_, "", out.state, out.msg);
    apply(limits_.zombies, static_cast<double>(counts_.zombies), memory_, "", out.state, out.msg);
    if (out.msg.empty() && choosing())
      out.msg = {"checks.process.ok_matching",
                 {{"count", std::to_string(counts_.matching)}, {"name", name_.empty() ? cmdline_ : name_}}};
    if (out.msg.empty()) out.msg = {"checks.process.ok", {{"count", std::to_string(counts_.total)}}};
    add_rows(out);
    return out;
  }

  void add_rows(CheckOutcome& out) const {
    if (by_cpu_.empty() && by_rss_.empty()) return;
    out.rows.push_back({"top", "pid", "name", "cpu", "rss"});
    const auto row = [&](const char* by, const Top& t) {
      out.rows.push_back({by, std::to_string(t.pid), t.name, format(t.cpu, Unit::percent),
                          format(static_cast<double>(t.rss), Unit::bytes)});
    };
    for (const auto& t : by_cpu_) row("cpu", t);
    for (const auto& t : by_rss_) row("rss", t);
  }

  Limits limits_;
  std::string name_, cmdline_;
  std::string_view name_begins_;  // of name_: up to its first wildcard
  std::size_t top_;
  std::string proc_;
  std::uint64_t page_;
  double ticks_per_second_;
  int dir_ = -1;
  Counts counts_;
  std::vector<Sample> previous_, next_;
  std::size_t cursor_ = 0;
  std::vector<Top> by_cpu_, by_rss_;
  std::string line_;
  MonoTime at_{};
  double seconds_ = 0;
  bool sampled_ = false;
  ThresholdMemory memory_;
};

void validate(const Params& params, const Place& place, Problems& problems) {
  const Limits limits(params);
  check_order(limits.total, "total_warn", "total_crit", place, problems);
  check_order(limits.zombies, "zombies_warn", "zombies_crit", place, problems);
  check_order(limits.memory, "memory_warn", "memory_crit", place, problems);
  const bool chosen = params.has("name") || params.has("cmdline");
  for (const auto* name : {"min", "max", "memory_warn", "memory_crit"})
    if (!chosen && params.has(name))
      problems.push_back({place, {"checks.needs", {{"name", name}, {"other", "name, cmdline"}}}});
}

}  // namespace

CheckType process_check();
CheckType process_check() {
  return {.name = "process",
          .help_id = "checks.process.help",
          .params = kParams,
          .make = [](const Params& p, const Environment& e) -> std::unique_ptr<Check> {
            return std::make_unique<Process>(p, e);
          },
          .validate = validate};
}

}  // namespace xj::checks
