#include <unistd.h>

#include "checks/measure.h"
#include "checks/memory.h"
#include "checks/scan.h"
#include "checks/thresholds.h"

namespace xj::checks {

std::optional<SwapTraffic> parse_swap_traffic(std::string_view vmstat) {
  SwapTraffic traffic;
  bool in = false, out = false;
  for (Scanner s(vmstat); !s.done() && !(in && out); s.next_line()) {
    const auto name = s.word();
    if (name == "pswpin") in = s.number(traffic.pages_in);
    if (name == "pswpout") out = s.number(traffic.pages_out);
  }
  if (!in || !out) return std::nullopt;
  return traffic;
}

namespace {

constexpr ParamSpec kParams[] = {
    {"warn", ParamType::percent, "50%", "checks.param.warn"},
    {"crit", ParamType::percent, "80%", "checks.param.crit"},
    {"clear", ParamType::percent, "5%", "checks.param.clear"},
};

Threshold limits(const Params& p) {
  return percent_threshold(p, "warn", "crit", "clear", "checks.what.swap");
}

class Swap final : public Check {
 public:
  Swap(const Params& params, const Environment& environment)
      : limit_(limits(params)),
        meminfo_(environment.host.proc("meminfo")),
        vmstat_(environment.host.proc("vmstat")) {}

  CheckOutcome run(const RunContext& context) override {
    const auto text = meminfo_.read();
    if (!text) return unreadable(meminfo_.path(), meminfo_.error_number());
    const auto m = parse_meminfo(*text);
    if (!m) return not_understood(meminfo_.path());
    CheckOutcome out;
    add(out.metrics, "total_bytes", m->swap_total);
    if (m->swap_total == 0) {
      out.msg = {"checks.swap.none", {}};
      return out;
    }
    const auto free = m->swap_free < m->swap_total ? m->swap_free : m->swap_total;
    const auto used = m->swap_total - free;
    const double percent = share(static_cast<double>(used), static_cast<double>(m->swap_total));
    add(out.metrics, "used_percent", percent);
    add(out.metrics, "used_bytes", used);
    add_traffic(context, out);
    apply(limit_, percent, memory_, "", out.state, out.msg);
    if (out.msg.empty())
      out.msg = {"checks.swap.ok",
                 {{"value", format(percent, Unit::percent)},
                  {"total", format(static_cast<double>(m->swap_total), Unit::bytes)}}};
    return out;
  }

 private:
  // Nothing is judged by it, so the first run goes without rather than waiting for a second sample.
  void add_traffic(const RunContext& context, CheckOutcome& out) {
    const auto text = vmstat_.read();
    const auto traffic = text ? parse_swap_traffic(*text) : std::nullopt;
    if (traffic && previous_ && context.mono > at_) {
      const double seconds = static_cast<double>((context.mono - at_).count()) / 1000.0;
      const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
      add(out.metrics, "in_bytes_per_s",
          static_cast<double>(grown(previous_->pages_in, traffic->pages_in)) * page / seconds);
      add(out.metrics, "out_bytes_per_s",
          static_cast<double>(grown(previous_->pages_out, traffic->pages_out)) * page / seconds);
    }
    previous_ = traffic;
    at_ = context.mono;
  }

  Threshold limit_;
  HostFile meminfo_;
  HostFile vmstat_;
  std::optional<SwapTraffic> previous_;
  MonoTime at_{};
  ThresholdMemory memory_;
};

void validate(const Params& params, const Place& place, Problems& problems) {
  check_order(limits(params), "warn", "crit", place, problems);
}

}  // namespace

CheckType swap_check();
CheckType swap_check() {
  return {.name = "swap",
          .help_id = "checks.swap.help",
          .params = kParams,
          .make = [](const Params& p, const Environment& e) -> std::unique_ptr<Check> {
            return std::make_unique<Swap>(p, e);
          },
          .validate = validate};
}

}  // namespace xj::checks
