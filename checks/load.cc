#include "checks/load.h"

#include <algorithm>

#include <fmt/format.h>

#include "checks/measure.h"
#include "checks/scan.h"
#include "checks/thresholds.h"

namespace xj::checks {

std::optional<LoadAverage> parse_loadavg(std::string_view text) {
  Scanner s(text);
  LoadAverage load;
  if (!s.decimal(load.one) || !s.decimal(load.five) || !s.decimal(load.fifteen)) return std::nullopt;
  if (s.number(load.runnable) && s.accept('/')) s.number(load.threads);
  return load;
}

std::uint64_t count_cpu_list(std::string_view text) {
  Scanner s(text);
  std::uint64_t count = 0;
  do {
    std::uint64_t from = 0, to = 0;
    if (!s.number(from)) return 0;
    to = from;
    if (s.accept('-') && !s.number(to)) return 0;
    if (to < from || to > 1'000'000) return 0;
    count += to - from + 1;
    if (count > 1'000'000) return 0;
  } while (s.accept(','));
  return count;
}

namespace {

constexpr ParamSpec kParams[] = {
    {"warn", ParamType::number, "2", "checks.param.load_warn"},
    {"crit", ParamType::number, "4", "checks.param.load_crit"},
    {"clear", ParamType::number, "0.2", "checks.param.load_clear"},
    {"minutes", ParamType::integer, "5", "checks.param.load_minutes"},
};

Threshold limits(const Params& p) {
  return number_threshold(p, "warn", "crit", "clear", "checks.what.load_per_core", Unit::number);
}

class Load final : public Check {
 public:
  Load(const Params& params, const Environment& environment)
      : limit_(limits(params)),
        minutes_(params.integer("minutes")),
        file_(environment.host.proc("loadavg")),
        online_(environment.host.sys("devices/system/cpu/online")) {}

  CheckOutcome run(const RunContext&) override {
    const auto text = file_.read();
    if (!text) return unreadable(file_.path(), file_.error_number());
    const auto load = parse_loadavg(*text);
    if (!load) return not_understood(file_.path());
    const auto list = online_.read();
    const auto cores = list ? count_cpu_list(*list) : 0;
    if (cores == 0) return not_understood(online_.path());

    CheckOutcome out;
    const double chosen = minutes_ == 1 ? load->one : minutes_ == 15 ? load->fifteen : load->five;
    const double per_core = chosen / static_cast<double>(cores);
    add(out.metrics, "load1", load->one);
    add(out.metrics, "load5", load->five);
    add(out.metrics, "load15", load->fifteen);
    add(out.metrics, "per_core", per_core);
    add(out.metrics, "cores", cores);
    add(out.metrics, "runnable", load->runnable);
    add(out.metrics, "threads", load->threads);
    apply(limit_, per_core, memory_, "", out.state, out.msg);
    if (out.msg.empty())
      out.msg = {"checks.load.ok",
                 {{"load", fmt::format("{:.2f} {:.2f} {:.2f}", load->one, load->five, load->fifteen)},
                  {"cores", std::to_string(cores)}}};
    return out;
  }

 private:
  Threshold limit_;
  std::int64_t minutes_;
  HostFile file_;
  HostFile online_;
  ThresholdMemory memory_;
};

void validate(const Params& params, const Place& place, Problems& problems) {
  check_order(limits(params), "warn", "crit", place, problems);
  const auto minutes = params.integer("minutes");
  if (minutes != 1 && minutes != 5 && minutes != 15)
    problems.push_back(not_one_of("minutes", std::to_string(minutes), "1, 5, 15", place));
}

}  // namespace

CheckType load_check();
CheckType load_check() {
  return {.name = "load",
          .help_id = "checks.load.help",
          .params = kParams,
          .make = [](const Params& p, const Environment& e) -> std::unique_ptr<Check> {
            return std::make_unique<Load>(p, e);
          },
          .validate = validate};
}

}  // namespace xj::checks
