// The certificate kind as configuration knows it; checks/probe/certificate.cc does it.
#include "checks/thresholds.h"

namespace xj::checks {
namespace {

constexpr ParamSpec kParams[] = {
    {"host", ParamType::text, "", "checks.param.cert_host"},
    {"port", ParamType::integer, "443", "checks.param.port"},
    {"name", ParamType::text, "", "checks.param.cert_name"},
    {"files", ParamType::text_list, "", "checks.param.cert_files"},
    {"verify", ParamType::flag, "true", "checks.param.verify"},
    {"ca_file", ParamType::text, "", "checks.param.ca_file"},
    {"warn", ParamType::duration, "30d", "checks.param.cert_warn"},
    {"crit", ParamType::duration, "7d", "checks.param.cert_crit"},
};

void validate(const Params& params, const Place& place, Problems& problems) {
  auto days = duration_threshold(params, "warn", "crit", "checks.what.certificate_days", Unit::days);
  days.above = false;
  check_order(days, "warn", "crit", place, problems);
  if (params.has("host") == params.has("files"))
    problems.push_back({place, {"checks.either", {{"name", "host"}, {"other", "files"}}}});
  check_range(params, "port", 1, 65535, place, problems);
  if (params.has("ca_file")) check_absolute("ca_file", params.text("ca_file"), place, problems);
  for (const auto& pattern : params.text_list("files")) check_absolute("files", pattern, place, problems);
}

}  // namespace

CheckType certificate_check();
CheckType certificate_check() {
  return {.name = "certificate",
          .help_id = "checks.certificate.help",
          .params = kParams,
          .where = Where::probe,
          .validate = validate,
          .shares_worker = [](const Params& p) { return p.has("host"); }};
}

}  // namespace xj::checks
