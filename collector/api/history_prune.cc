// Days of history that a person removes.
#include "collector/api/reply.h"
#include "collector/pipeline.h"
#include "collector/safety/prune.h"
#include "core/io/log.h"

namespace xj::collector {
namespace {

http::Response prune(Pipeline& pipeline, const http::Request& request, Timestamp now) {
  auto read = read_body(request, {"before", "dry_run"});
  if (auto* refused = std::get_if<http::Response>(&read)) return std::move(*refused);
  const auto& body = std::get<Json>(read);
  const auto before = parse_day(body["before"].string_or(""));
  if (!before) return bad_query("before", "2026-08-01");
  const bool dry = body["dry_run"].bool_or(false);
  const auto done = pipeline.history().prune(*before, now, dry);
  if (done.refused) return refusal(409, "not_over", *done.refused);
  if (!dry && !done.days.empty())
    log::info("history: {} days before {} removed by {}", done.days.size(), day_text(*before),
              request.peer.os_user.empty() ? "somebody" : request.peer.os_user);
  return json_reply(prune_report(done.days, *before, dry));
}

}  // namespace

std::vector<http::Route> history_routes(Services& services) {
  return {{http::Access::local, "POST", "/api/v1/history/prune", on_engine(services, prune), 64u << 10}};
}

}  // namespace xj::collector
