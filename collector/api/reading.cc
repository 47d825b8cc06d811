// What people read.
#include "collector/api/json_views.h"
#include "collector/api/reply.h"

namespace xj::collector {
namespace {

http::Response results(Pipeline& pipeline, const http::Request& request, Timestamp now) {
  const SeriesId series{query_text(request, "host"), query_text(request, "check"),
                        query_text(request, "item")};
  if (series.agent.empty()) return bad_query("host", "NAME");
  if (series.check.empty()) return bad_query("check", "CONTRACT/SYSTEM/CHECK");
  const auto limit = query_number(request, "limit", 20, 1, 10'000);
  if (!limit) return bad_query("limit", "1-10000");
  Timestamp from = now - std::chrono::hours{24 * 400}, to = now + std::chrono::hours{24};
  for (const auto& [name, into] : {std::pair{"from", &from}, std::pair{"to", &to}})
    if (const auto text = query_text(request, name); !text.empty()) {
      const auto at = parse_iso(text);
      if (!at) return bad_query(name, "2026-09-30T16:30:00+08:00");
      *into = *at;
    }
  if (!pipeline.check(series.agent, series.check))
    return refusal(404, "no_check",
                   {"collector.api.no_check", {{"host", series.agent}, {"check", series.check}}});
  return json_reply(results_view(pipeline, series, from, to, static_cast<std::size_t>(*limit)));
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
      get("/api/v1/results", results),
      get("/api/v1/cases", cases),
      get("/api/v1/cases/{contract}/{number}", one_case),
      get("/api/v1/agents",
          [](Pipeline& p, const http::Request&, Timestamp now) { return json_reply(agents_view(p, now)); }),
  };
}

}  // namespace xj::collector
