#include "checks/http.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "checks/measure.h"
#include "checks/probe/certificate.h"
#include "checks/probe/curl.h"
#include "checks/probe/probe.h"

namespace xj::checks {
namespace {

struct Body {
  std::string text;
  std::size_t most;
  bool cut = false;
};

std::size_t take(char* data, std::size_t size, std::size_t count, void* into) {
  auto& body = *static_cast<Body*>(into);
  const auto bytes = size * count;
  const auto room = body.most - std::min(body.most, body.text.size());
  body.text.append(data, std::min(bytes, room));
  if (bytes <= room) return bytes;
  body.cut = true;
  return 0;  // enough seen: curl ends with CURLE_WRITE_ERROR
}

double milliseconds(CURL* c, CURLINFO what) {
  curl_off_t micros = 0;
  ::curl_easy_getinfo(c, what, &micros);
  return static_cast<double>(micros) / 1000.0;
}

void add_timings(CURL* c, std::vector<Metric>& metrics) {
  // curl counts each from the start; a person wants each step's own share.
  const double dns = milliseconds(c, CURLINFO_NAMELOOKUP_TIME_T);
  const double connect = milliseconds(c, CURLINFO_CONNECT_TIME_T);
  const double tls = milliseconds(c, CURLINFO_APPCONNECT_TIME_T);
  const double first_byte = milliseconds(c, CURLINFO_STARTTRANSFER_TIME_T);
  // A step that was not reached took no time that anybody measured.
  if (dns > 0) add(metrics, "dns_ms", dns);
  if (connect > 0) add(metrics, "connect_ms", std::max(0.0, connect - dns));
  if (tls > 0) add(metrics, "tls_ms", std::max(0.0, tls - connect));
  if (first_byte > 0) add(metrics, "first_byte_ms", first_byte);
  add(metrics, "total_ms", milliseconds(c, CURLINFO_TOTAL_TIME_T));
}

bool expected(const StatusRanges& ranges, long status) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const auto& r) { return status >= r.first && status <= r.second; });
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

// Everything that is asked of curl; strings it does not copy live in `params` and `headers`.
void prepare(CURL* c, const Params& params, CurlList& headers, CurlList& connect_to) {
  ::curl_easy_setopt(c, CURLOPT_URL, params.text("url").c_str());
  const auto method = params.text("method");
  if (method == "HEAD") ::curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
  if (params.has("body")) ::curl_easy_setopt(c, CURLOPT_COPYPOSTFIELDS, params.text("body").c_str());
  ::curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method.c_str());
  for (const auto& header : params.text_list("header")) append(headers, header);
  if (headers != nullptr) ::curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers.get());
  const auto redirects = params.integer("redirects");
  ::curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, redirects > 0 ? 1L : 0L);
  ::curl_easy_setopt(c, CURLOPT_MAXREDIRS, static_cast<long>(redirects));
  if (params.has("address")) {
    const auto address = params.text("address");
    const bool six = address.find(':') != std::string::npos && !address.starts_with('[');
    append(connect_to, "::" + (six ? "[" + address + "]" : address) + ":");
    ::curl_easy_setopt(c, CURLOPT_CONNECT_TO, connect_to.get());
  }
  if (!params.flag("verify")) {
    ::curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
    ::curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  set_trust(c, params.has("ca_file") ? params.text("ca_file") : std::string{});
}

CheckOutcome bad(CheckOutcome out, Message why) {
  out.state = State::critical;
  out.msg = std::move(why);
  return out;
}

class HttpTransfer final : public Transfer {
 public:
  HttpTransfer(const Params& params, ProbeContext& context)
      : params_(params),
        context_(context),
        body_{{}, static_cast<std::size_t>(params.bytes("max_body"))},
        curl_(make_curl(context.timeout)) {
    auto* c = curl_.get();
    prepare(c, params, headers_, connect_to_);
    ::curl_easy_setopt(c, CURLOPT_ERRORBUFFER, detail_.data());
    ::curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
    ::curl_easy_setopt(c, CURLOPT_WRITEDATA, &body_);
  }
  CURL* handle() override { return curl_.get(); }
  CheckOutcome finish(CURLcode code) override;

 private:
  const Params& params_;
  ProbeContext& context_;
  Body body_;
  std::array<char, CURL_ERROR_SIZE> detail_{};
  CurlList headers_, connect_to_;
  CurlHandle curl_;  // goes first: the others are what it looks at
};

CheckOutcome HttpTransfer::finish(CURLcode code) {
  const auto& params = params_;
  auto& context = context_;
  const auto& body = body_;
  auto* c = curl_.get();
  const auto url = params.text("url");
  const HttpLimits limits(params);
  const auto ranges = parse_status_ranges(params.text_list("status")).value_or(StatusRanges{{200, 399}});
  CheckOutcome out;
  add_timings(c, out.metrics);
  long status = 0;
  ::curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
  if (status > 0) add(out.metrics, "status", static_cast<std::uint64_t>(status));
  if (code == CURLE_SSL_CACERT_BADFILE && params.has("ca_file"))
    if (auto trouble = trust_trouble(params.text("ca_file")); !trouble.empty()) {
      out.state = State::unknown;
      out.msg = std::move(trouble);
      return out;
    }
  if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && body.cut))
    return bad(std::move(out), curl_failure(code, detail_.data(), url, context.timeout));
  add(out.metrics, "body_bytes", static_cast<std::uint64_t>(body.text.size()));

  if (!expected(ranges, status))
    return bad(
        std::move(out),
        {"checks.http.status",
         {{"url", url}, {"value", std::to_string(status)}, {"limit", joined(params.text_list("status"))}}});
  const auto shown = format(static_cast<double>(body.text.size()), Unit::bytes);
  if (params.has("contains") && body.text.find(params.text("contains")) == std::string::npos)
    return bad(std::move(out),
               {"checks.http.lacks", {{"url", url}, {"limit", params.text("contains")}, {"value", shown}}});
  if (params.has("lacks") && body.text.find(params.text("lacks")) != std::string::npos)
    return bad(std::move(out),
               {"checks.http.contains", {{"url", url}, {"limit", params.text("lacks")}, {"value", shown}}});

  const double total = milliseconds(c, CURLINFO_TOTAL_TIME_T);
  apply(limits.time, total, context.memory, "", out.state, out.msg);
  if (const auto chain = peer_chain(c); !chain.empty())
    if (const auto facts = read_certificates(chain.front()); !facts.empty()) {
      const auto now = context.clock.now();
      add(out.metrics, "certificate_days", days_left(facts.front(), now));
      judge_days(facts.front(), limits.days, now, context.memory, "", out.state, out.msg);
    }
  if (out.msg.empty())
    out.msg = {"checks.http.ok", {{"status", std::to_string(status)}, {"value", format(total, Unit::ms)}}};
  return out;
}

CheckOutcome run(const Params& params, ProbeContext& context) {
  HttpTransfer transfer(params, context);
  return perform(transfer);
}

std::unique_ptr<Transfer> transfer(const Params& params, ProbeContext& context) {
  return std::make_unique<HttpTransfer>(params, context);
}

}  // namespace

ProbeType http_probe();
ProbeType http_probe() { return {.name = "http", .run = run, .transfer = transfer}; }

}  // namespace xj::checks
