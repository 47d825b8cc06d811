// What people read.
#include <memory>

#include "collector/api/json_views.h"
#include "collector/api/reply.h"
#include "core/io/log.h"

namespace xj::collector {
namespace {

struct ResultsAsk {
  SeriesId series;
  Timestamp from, to;
  std::size_t limit = 0;
};

std::variant<ResultsAsk, http::Response> results_ask(const http::Request& request, Timestamp now) {
  ResultsAsk ask;
  ask.series = {query_text(request, "host"), query_text(request, "check"), query_text(request, "item")};
  if (ask.series.agent.empty()) return bad_query("host", "NAME");
  if (ask.series.check.empty()) return bad_query("check", "CONTRACT/SYSTEM/CHECK");
  const auto limit = query_number(request, "limit", 20, 1, 10'000);
  if (!limit) return bad_query("limit", "1-10000");
  ask.limit = static_cast<std::size_t>(*limit);
  ask.from = now - std::chrono::hours{24 * 400}, ask.to = now + std::chrono::hours{24};
  for (const auto& [name, into] : {std::pair{"from", &ask.from}, std::pair{"to", &ask.to}})
    if (const auto text = query_text(request, name); !text.empty()) {
      const auto at = parse_iso(text);
      if (!at) return bad_query(name, "2026-09-30T16:30:00+08:00");
      *into = *at;
    }
  return ask;
}

// The engine only says what is open in memory and which files there are; reading a year of them is not its
// work.
http::Handler results(Services& services) {
  const auto read = [](const ResultsAsk& ask, HistoryView& view, const domain::Zone& zone) {
    try {
      return json_reply(results_view(ask.series, view.range(ask.from, ask.to, ask.limit), zone));
    } catch (const std::exception& e) {
      log::error("results of {} on {}: {}", ask.series.check, ask.series.agent, e.what());
      return http::error_response(500, "internal", "");
    }
  };
  return over_engine(services, [&services, read](Pipeline& pipeline, const http::Request& request,
                                                 Timestamp now, http::Done done) {
    auto asked = results_ask(request, now);
    if (auto* refused = std::get_if<http::Response>(&asked)) return done(std::move(*refused));
    auto& ask = std::get<ResultsAsk>(asked);
    const auto check = pipeline.check(ask.series.agent, ask.series.check);
    if (!check)
      return done(
          refusal(404, "no_check",
                  {"collector.api.no_check", {{"host", ask.series.agent}, {"check", ask.series.check}}}));
    const auto zone = check->contract != nullptr ? check->contract->zone : domain::Zone{};
    const std::shared_ptr<HistoryView> view = pipeline.history().view(ask.series);
    if (!services.background(
            [read, ask = std::move(ask), view, zone, done] { done(read(ask, *view, zone)); }))
      done(busy());
  });
}

http::Response cases(Pipeline& pipeline, const http::Request& request, Timestamp now) {
  CaseFilter filter;
  filter.contract = query_text(request, "contract");
  filter.kind = query_text(request, "kind");
  filter.system = query_text(request, "system");
  const auto open = query_text(request, "open");
  if (!open.empty() && open != "true" && open != "false") return bad_query("open", "true, false");
  filter.open_only = open == "true";
  const auto limit = query_number(request, "limit", 200, 1, 10'000);
  if (!limit) return bad_query("limit", "1-10000");
  filter.limit = static_cast<std::size_t>(*limit);
  return json_reply(cases_view(pipeline, filter, now));
}

http::Response one_case(Pipeline& pipeline, const http::Request& request, Timestamp now) {
  const domain::CaseRef which{request.params.at("contract"), request.params.at("number")};
  auto json = case_view(pipeline, which, now);
  if (json.is_null())
    return refusal(404, "no_case",
                   {"collector.api.no_case", {{"contract", which.contract}, {"number", which.number}}});
  return json_reply(json);
}

}  // namespace

std::vector<http::Route> reading_routes(Services& services) {
  const auto get = [&](std::string pattern, OnEngine handle) {
    return http::Route{http::Access::people, "GET", std::move(pattern),
                       on_engine(services, std::move(handle))};
  };
  return {
      get("/api/v1/status",
          [&services](Pipeline& p, const http::Request&, Timestamp now) {
            return json_reply(status_view(p, services.engine.health(), now));
          }),
      get("/api/v1/hosts",
          [](Pipeline& p, const http::Request&, Timestamp) { return json_reply(hosts_view(p)); }),
      get("/api/v1/checks", [](Pipeline& p, const http::Request& r,
                               Timestamp) { return json_reply(checks_view(p, query_text(r, "host"))); }),
      {http::Access::people, "GET", "/api/v1/results", results(services)},
      get("/api/v1/cases", cases),
      get("/api/v1/cases/{contract}/{number}", one_case),
      get("/api/v1/agents",
          [](Pipeline& p, const http::Request&, Timestamp now) { return json_reply(agents_view(p, now)); }),
  };
}

}  // namespace xj::collector
