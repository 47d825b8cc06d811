#include "collector/api/reply.h"

#include <algorithm>
#include <charconv>

#include "collector/api/json_views.h"
#include "core/io/log.h"

namespace xj::collector {

http::Response json_reply(const Json& json, int status) {
  http::Response response;
  response.status = status;
  response.body = json.dump();
  return response;
}

http::Response refusal(int status, std::string_view code, const Message& message) {
  Json error;
  error.set("code", code).set("message", message_json(message)).set("detail", render(message, Lang::en));
  return json_reply(Json(Json::Object{{"error", std::move(error)}}), status);
}

http::Response refusal(const domain::Rejection& rejection) { return refusal(409, "refused", rejection.why); }

http::Response no_contract(const std::string& id) {
  return refusal(404, "no_contract", {"collector.no_contract", {{"contract", id}}});
}

http::Response busy() { return http::busy_response(503, "unavailable", "", Duration{1'000}); }

http::Handler over_engine(Services& services, OverEngine handle) {
  return [&services, handle = std::move(handle)](http::Request request, http::Done done) {
    const bool posted =
        services.engine.post([&services, handle, request = std::move(request), done](Pipeline& pipeline) {
          try {
            handle(pipeline, request, services.clock.now(), done);
          } catch (const std::exception& e) {
            log::error("{} {}: {}", request.method, request.path, e.what());
            done(http::error_response(500, "internal", ""));
          }
        });
    if (!posted) done(busy());
  };
}

http::Handler on_engine(Services& services, OnEngine handle) {
  return over_engine(services, [handle = std::move(handle)](Pipeline& pipeline, const http::Request& request,
                                                            Timestamp now, const http::Done& done) {
    done(handle(pipeline, request, now));
  });
}

std::variant<Json, http::Response> read_body(const http::Request& request,
                                             std::span<const std::string_view> known) {
  auto parsed = parse_json(request.body);
  if (const auto* error = std::get_if<JsonError>(&parsed))
    return refusal(
        400, "json",
        {"collector.api.json", {{"offset", std::to_string(error->offset)}, {"what", error->what}}});
  auto& json = std::get<Json>(parsed);
  if (!json.is_object()) return refusal(400, "json", {"collector.api.not_object", {}});
  std::string names;
  for (const auto name : known) names += (names.empty() ? "" : ", ") + std::string(name);
  for (const auto& [name, value] : json.fields())
    if (std::find(known.begin(), known.end(), name) == known.end())
      return refusal(400, "field", {"collector.api.unknown_field", {{"name", name}, {"known", names}}});
  return std::move(json);
}

std::optional<std::int64_t> query_number(const http::Request& request, const std::string& name,
                                         std::int64_t fallback, std::int64_t min, std::int64_t max) {
  const auto it = request.query.find(name);
  if (it == request.query.end() || it->second.empty()) return fallback;
  std::int64_t value = 0;
  const auto& text = it->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < min || value > max)
    return std::nullopt;
  return value;
}

http::Response bad_query(const std::string& name, std::string_view accepts) {
  return refusal(400, "query",
                 {"collector.api.bad_query", {{"name", name}, {"accepts", std::string(accepts)}}});
}

std::string query_text(const http::Request& request, const std::string& name) {
  const auto it = request.query.find(name);
  return it == request.query.end() ? std::string{} : it->second;
}

}  // namespace xj::collector
