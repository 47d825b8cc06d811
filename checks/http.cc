#include "checks/http.h"

#include "checks/scan.h"

namespace xj::checks {

HttpLimits::HttpLimits(const Params& p)
    : time(duration_threshold(p, "warn", "crit", "checks.what.response_time", Unit::ms)),
      days(duration_threshold(p, "cert_warn", "cert_crit", "checks.what.certificate_days", Unit::days)) {
  if (time.warn) time.clear = *time.warn / 10;
  days.above = false;
}

std::optional<StatusRanges> parse_status_ranges(const std::vector<std::string>& texts) {
  StatusRanges out;
  for (const auto& text : texts) {
    Scanner s(text);
    std::uint64_t from = 0, to = 0;
    if (!s.number(from)) return std::nullopt;
    if (from < 10 && s.accept('x') && s.accept('x')) {
      from *= 100;
      to = from + 99;
    } else {
      to = from;
      if (s.accept('-') && !s.number(to)) return std::nullopt;
    }
    if (!s.done() || from < 100 || to > 599 || from > to) return std::nullopt;
    out.emplace_back(static_cast<int>(from), static_cast<int>(to));
  }
  if (out.empty()) return std::nullopt;
  return out;
}

namespace {

constexpr ParamSpec kParams[] = {
    {"url", ParamType::text, "", "checks.param.url", true},
    {"method", ParamType::text, "GET", "checks.param.method"},
    {"status", ParamType::text_list, "200-399", "checks.param.status"},
    {"contains", ParamType::text, "", "checks.param.contains"},
    {"lacks", ParamType::text, "", "checks.param.lacks"},
    {"header", ParamType::text_list, "", "checks.param.header"},
    {"body", ParamType::text, "", "checks.param.body"},
    {"redirects", ParamType::integer, "5", "checks.param.redirects"},
    {"address", ParamType::text, "", "checks.param.address"},
    {"verify", ParamType::flag, "true", "checks.param.verify"},
    {"ca_file", ParamType::text, "", "checks.param.ca_file"},
    {"warn", ParamType::duration, "2s", "checks.param.time_warn"},
    {"crit", ParamType::duration, "5s", "checks.param.time_crit"},
    {"cert_warn", ParamType::duration, "30d", "checks.param.cert_warn"},
    {"cert_crit", ParamType::duration, "7d", "checks.param.cert_crit"},
    {"max_body", ParamType::bytes, "1MiB", "checks.param.max_body"},
};

void validate(const Params& params, const Place& place, Problems& problems) {
  const HttpLimits limits(params);
  check_order(limits.time, "warn", "crit", place, problems);
  check_order(limits.days, "cert_warn", "cert_crit", place, problems);
  const auto one_of = [&](const char* name, std::string value, const char* known) {
    problems.push_back(not_one_of(name, std::move(value), known, place));
  };
  const auto url = params.text("url");
  if (!url.starts_with("http://") && !url.starts_with("https://")) one_of("url", url, "http://…, https://…");
  if (!parse_status_ranges(params.text_list("status"))) {
    std::string all;
    for (const auto& s : params.text_list("status")) all += (all.empty() ? "" : ", ") + s;
    one_of("status", all, "200, 200-399, 2xx");
  }
  check_range(params, "redirects", 0, 50, place, problems);
  check_size(params, "max_body", 1024, 64 << 20, place, problems);  // of each of many at a time
  if (params.has("ca_file")) check_absolute("ca_file", params.text("ca_file"), place, problems);
  const auto method = params.text("method");
  for (const char c : method)
    if (c < 'A' || c > 'Z') {
      one_of("method", method, "GET, HEAD, POST, PUT, …");
      break;
    }
  for (const auto& header : params.text_list("header"))
    if (header.find(':') == std::string::npos || header.find_first_of("\r\n") != std::string::npos)
      one_of("header", header, "Name: value");
}

}  // namespace

CheckType http_check();
CheckType http_check() {
  return {.name = "http",
          .help_id = "checks.http.help",
          .params = kParams,
          .where = Where::probe,
          .validate = validate,
          .shares_worker = [](const Params&) { return true; }};
}

}  // namespace xj::checks
