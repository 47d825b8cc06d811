// What agents send and fetch. docs/wire.md.
#include "collector/api/reply.h"
#include "collector/ingest/submission.h"
#include "collector/pipeline.h"
#include "core/json.h"
#include "core/wire.h"

namespace xj::collector {
namespace {

http::Response reply_of(const IngestReply& reply) {
  if (const auto* answer = std::get_if<wire::Answer>(&reply)) {
    http::Response response;
    response.body = wire::encode(*answer);
    return response;
  }
  Duration wait{1'000};
  std::string detail;
  int status = 503;
  if (const auto* busy = std::get_if<Busy>(&reply)) wait = busy->retry_after, status = 429;
  if (const auto* unavailable = std::get_if<Unavailable>(&reply)) {
    wait = unavailable->retry_after;
    detail = unavailable->what;
  }
  return http::busy_response(status, "unavailable", detail, wait);
}

// What a sender does about it hangs on the status: docs/wire.md, "Status codes".
http::Response reply_of(const wire::Malformed& malformed) {
  if (malformed.code == "limit") return http::error_response(413, "body_too_large", malformed.detail);
  if (malformed.code != "version") return http::error_response(400, "malformed_batch", malformed.detail);
  auto response = http::error_response(426, "unsupported_version", malformed.detail);
  auto body = parse_json(response.body);
  if (auto* json = std::get_if<Json>(&body)) {
    Json supported{Json::Array{}}, error = (*json)["error"];
    supported.push(wire::kVersion);
    error.set("supported", std::move(supported));
    response.body = json->set("error", std::move(error)).dump();
  }
  return response;
}

}  // namespace

std::vector<http::Route> agent_routes(Services& services) {
  // Reading and checking a batch is the session's work; the engine only gets what is well-formed.
  const auto results = [&services](http::Request request, http::Done done) {
    const auto encoding = request.headers.find("content-encoding");
    const bool zstd = encoding != request.headers.end() && encoding->second == "zstd";
    auto read = read_submission(request.peer.agent, std::move(request.body), zstd);
    if (const auto* malformed = std::get_if<wire::Malformed>(&read)) return done(reply_of(*malformed));
    services.engine.submit(std::move(std::get<Submission>(read)),
                           [done](IngestReply reply) { done(reply_of(reply)); });
  };
  const auto assignment = [](Pipeline& pipeline, const http::Request& request, Timestamp) {
    const auto assigned = pipeline.assignment(request.peer.agent);
    http::Response response;
    if (query_text(request, "have") == assigned.revision) {
      response.status = 304;
      response.content_type.clear();
      return response;
    }
    response.body = wire::encode(assigned);
    return response;
  };
  return {
      {http::Access::agent, "POST", "/v1/results", results, wire::kMaxBody, false},
      {http::Access::agent, "GET", "/v1/assignment", on_engine(services, assignment)},
  };
}

}  // namespace xj::collector
