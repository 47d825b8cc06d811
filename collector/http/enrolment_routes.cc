// The two addresses through which agents get certificates: from HTTP to Enrolment and back.
#include <memory>

#include "collector/http/enrolment.h"
#include "collector/http/rate_limit.h"
#include "core/io/log.h"
#include "core/json.h"

namespace xj::http {

namespace {

constexpr std::size_t kMaxBody = 16u << 10;
constexpr double kAtOnce = 10, kPerMinute = 10;

Response response_of(const std::variant<Issued, Refused>& outcome) {
  if (const auto* issued = std::get_if<Issued>(&outcome)) {
    Json body;
    body.set("agent", issued->agent).set("certificate", issued->certificate).set("ca", issued->ca);
    Response response;
    response.body = body.dump();
    return response;
  }
  switch (std::get<Refused>(outcome)) {
    // Which of these it was stands in our log: a guesser must not learn how near he was.
    case Refused::token_malformed:
    case Refused::token_unknown:
    case Refused::token_wrong:
    case Refused::token_used: return error_response(403, "enrolment_refused", "the token was not accepted");
    case Refused::token_expired: return error_response(403, "enrolment_expired", "the token has expired");
    case Refused::name: return error_response(409, "enrolment_name", "the token is for another name");
    case Refused::csr: return error_response(400, "enrolment_request", "ECDSA P-256 with a valid signature");
    case Refused::revoked: return error_response(403, "certificate_revoked", "this certificate was revoked");
    case Refused::too_often: break;  // renewals alone, which know for how long
  }
  return error_response(500, "internal", "");
}

Response busy() { return busy_response(503, "unavailable", "too much is waiting", Duration{5'000}); }

// The body's fields, or an empty object on anything that is no JSON object.
Json body_of(const Request& request) {
  auto parsed = parse_json(request.body, {4, kMaxBody});
  auto* json = std::get_if<Json>(&parsed);
  return json != nullptr && json->is_object() ? std::move(*json) : Json(Json::Object{});
}

}  // namespace

std::vector<Route> enrolment_routes(Post post, const Clock& clock) {
  const auto limit = std::make_shared<RateLimit>(kAtOnce, kPerMinute);
  // Runs `work` where the Enrolment lives; a fault there is ours, not the caller's.
  const auto run = [post = std::move(post)](const Done& done, auto work) {
    const bool taken = post([done, work = std::move(work)](Enrolment& enrolment, Timestamp now) {
      try {
        done(work(enrolment, now));
      } catch (const std::exception& e) {
        log::error("enrolment: {}", e.what());
        done(error_response(500, "internal", "the request failed; the collector's log says why"));
      }
    });
    if (!taken) done(busy());
  };

  const auto enrol = [run, limit, &clock](const Request& request, const Done& done) {
    if (request.peer.address != "unix" && !limit->take(request.peer.address, clock.mono())) {
      return done(busy_response(429, "too_many_requests", "enrolments from one address are limited",
                                Duration{60'000}));
    }
    const auto body = body_of(request);
    if (!body["token"].is_string() || !body["csr"].is_string())
      return done(
          error_response(400, "malformed_request", "expected {\"token\": \"...\", \"csr\": \"PEM\"}"));
    run(done, [token = body["token"].string_or(""), csr = body["csr"].string_or(""),
               from = request.peer.address](Enrolment& enrolment, Timestamp now) {
      return response_of(enrolment.enrol(token, csr, from, now));
    });
  };
  const auto renew = [run](const Request& request, const Done& done) {
    const auto body = body_of(request);
    if (!body["csr"].is_string())
      return done(error_response(400, "malformed_request", "expected {\"csr\": \"PEM\"}"));
    run(done, [agent = request.peer.agent, serial = request.peer.certificate,
               csr = body["csr"].string_or("")](Enrolment& enrolment, Timestamp now) {
      const auto outcome = enrolment.renew(agent, serial, csr, now);
      if (const auto* why = std::get_if<Refused>(&outcome); why != nullptr && *why == Refused::too_often)
        return busy_response(429, "too_many_requests", "renewals of one agent are limited",
                             enrolment.next_renewal(agent, now));
      return response_of(outcome);
    });
  };
  return {{Access::open, "POST", "/v1/enroll", enrol, kMaxBody},
          {Access::agent, "POST", "/v1/renew", renew, kMaxBody}};
}

}  // namespace xj::http
