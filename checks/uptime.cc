#include "checks/uptime.h"

#include <algorithm>

#include "checks/measure.h"
#include "checks/scan.h"
#include "checks/thresholds.h"

namespace xj::checks {

std::optional<double> parse_uptime(std::string_view text) {
  Scanner s(text);
  double seconds = 0;
  if (!s.decimal(seconds) || seconds > 1e11) return std::nullopt;
  return seconds;
}

namespace {

constexpr ParamSpec kParams[] = {
    {"recent", ParamType::duration, "10m", "checks.param.recent"},
    {"max", ParamType::duration, "", "checks.param.uptime_max"},
};

class Uptime final : public Check {
 public:
  Uptime(const Params& params, const Environment& environment)
      : recent_(static_cast<double>(params.duration("recent").count()) / 1000.0),
        longest_(duration_threshold(params, "max", "", "checks.what.uptime", Unit::seconds)),
        file_(environment.host.proc("uptime")) {}

  CheckOutcome run(const RunContext& context) override {
    const auto text = file_.read();
    if (!text) return unreadable(file_.path(), file_.error_number());
    const auto seconds = parse_uptime(*text);
    if (!seconds) return not_understood(file_.path());
    const auto booted = context.now - Duration{static_cast<std::int64_t>(*seconds * 1000.0)};
    CheckOutcome out;
    add(out.metrics, "uptime_seconds", static_cast<std::uint64_t>(*seconds));
    add(out.metrics, "boot_time_seconds",
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, to_ms(booted) / 1000)));
    if (*seconds < recent_) {
      out.state = State::warning;
      out.msg = {"checks.uptime.restarted",
                 {{"value", format(*seconds, Unit::seconds)},
                  {"limit", format(recent_, Unit::seconds)},
                  {"at", to_iso(std::chrono::floor<std::chrono::seconds>(booted))}}};
    }
    apply(longest_, *seconds, memory_, "", out.state, out.msg);
    if (out.msg.empty())
      out.msg = {"checks.uptime.ok", {{"value", format(std::floor(*seconds / 60) * 60, Unit::seconds)}}};
    return out;
  }

 private:
  double recent_;
  Threshold longest_;
  HostFile file_;
  ThresholdMemory memory_;
};

}  // namespace

CheckType uptime_check();
CheckType uptime_check() {
  return {.name = "uptime",
          .help_id = "checks.uptime.help",
          .params = kParams,
          .make = [](const Params& p, const Environment& e) -> std::unique_ptr<Check> {
            return std::make_unique<Uptime>(p, e);
          }};
}

}  // namespace xj::checks
