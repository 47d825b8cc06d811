#include "checks/cpu.h"

#include "checks/measure.h"
#include "checks/scan.h"

namespace xj::checks {

std::optional<CpuStat> parse_cpu_stat(std::string_view text) {
  Scanner s(text);
  if (s.word() != "cpu") return std::nullopt;
  CpuStat stat;
  auto& t = stat.times;
  if (!s.number(t.user) || !s.number(t.nice) || !s.number(t.system) || !s.number(t.idle)) return std::nullopt;
  // The later columns came one by one with kernels; absent ones are zero.
  for (auto* column : {&t.iowait, &t.irq, &t.softirq, &t.steal})
    if (!s.number(*column)) break;
  s.next_line();
  while (!s.done() && s.word().starts_with("cpu")) {
    ++stat.cores;
    s.next_line();
  }
  return stat;
}

std::optional<CpuUse> cpu_use(const CpuTimes& a, const CpuTimes& b) {
  const auto user = grown(a.user, b.user) + grown(a.nice, b.nice);
  const auto system = grown(a.system, b.system) + grown(a.irq, b.irq) + grown(a.softirq, b.softirq);
  const auto steal = grown(a.steal, b.steal);
  const auto iowait = grown(a.iowait, b.iowait);
  const auto total = static_cast<double>(user + system + steal + iowait + grown(a.idle, b.idle));
  if (total <= 0) return std::nullopt;
  const auto percent = [&](std::uint64_t ticks) { return share(static_cast<double>(ticks), total); };
  return CpuUse{percent(user + system + steal), percent(user), percent(system), percent(iowait),
                percent(steal)};
}

namespace {

constexpr ParamSpec kParams[] = {
    {"warn", ParamType::percent, "85%", "checks.param.warn"},
    {"crit", ParamType::percent, "95%", "checks.param.crit"},
    {"clear", ParamType::percent, "5%", "checks.param.clear"},
    {"iowait_warn", ParamType::percent, "", "checks.param.iowait_warn"},
    {"iowait_crit", ParamType::percent, "", "checks.param.iowait_crit"},
    {"steal_warn", ParamType::percent, "", "checks.param.steal_warn"},
    {"steal_crit", ParamType::percent, "", "checks.param.steal_crit"},
};

struct Limits {
  explicit Limits(const Params& p)
      : used(percent_threshold(p, "warn", "crit", "clear", "checks.what.cpu")),
        iowait(percent_threshold(p, "iowait_warn", "iowait_crit", "clear", "checks.what.iowait")),
        steal(percent_threshold(p, "steal_warn", "steal_crit", "clear", "checks.what.steal")) {}
  Threshold used, iowait, steal;
};

class Cpu final : public Check {
 public:
  Cpu(const Params& params, const Environment& environment)
      : limits_(params), file_(environment.host.proc("stat")) {}

  CheckOutcome run(const RunContext&) override {
    const auto text = file_.read();
    if (!text) return unreadable(file_.path(), file_.error_number());
    const auto stat = parse_cpu_stat(*text);
    if (!stat) return not_understood(file_.path());
    const auto use = previous_ ? cpu_use(*previous_, stat->times) : std::nullopt;
    if (!previous_ || use) previous_ = stat->times;
    if (!use) return first_sample();

    CheckOutcome out;
    add(out.metrics, "used_percent", use->used);
    add(out.metrics, "user_percent", use->user);
    add(out.metrics, "system_percent", use->system);
    add(out.metrics, "iowait_percent", use->iowait);
    add(out.metrics, "steal_percent", use->steal);
    add(out.metrics, "cores", stat->cores);
    apply(limits_.used, use->used, memory_, "", out.state, out.msg);
    apply(limits_.iowait, use->iowait, memory_, "", out.state, out.msg);
    apply(limits_.steal, use->steal, memory_, "", out.state, out.msg);
    if (out.msg.empty()) out.msg = {"checks.cpu.ok", {{"value", format(use->used, Unit::percent)}}};
    return out;
  }

 private:
  Limits limits_;
  HostFile file_;
  std::optional<CpuTimes> previous_;
  ThresholdMemory memory_;
};

void validate(const Params& params, const Place& place, Problems& problems) {
  const Limits limits(params);
  check_order(limits.used, "warn", "crit", place, problems);
  check_order(limits.iowait, "iowait_warn", "iowait_crit", place, problems);
  check_order(limits.steal, "steal_warn", "steal_crit", place, problems);
}

}  // namespace

CheckType cpu_check();
CheckType cpu_check() {
  return {.name = "cpu",
          .help_id = "checks.cpu.help",
          .params = kParams,
          .make = [](const Params& p, const Environment& e) -> std::unique_ptr<Check> {
            return std::make_unique<Cpu>(p, e);
          },
          .validate = validate};
}

}  // namespace xj::checks
