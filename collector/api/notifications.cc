// What was told to whom and how it went; and a message to try a channel with.
#include "collector/api/json_views.h"
#include "collector/api/reply.h"

namespace xj::collector {
namespace {

constexpr int kStorms = 20;  // the newest

Json row_json(const OutboxRow& row) {
  Json json;
  json.set("key", row.key).set("channel", row.channel).set("person", row.person);
  json.set("address", row.address).set("lang", row.lang == Lang::en ? "en" : "zh");
  json.set("subject", message_json(row.subject)).set("lines", messages_json(row.lines));
  auto event = parse_json(row.event);
  if (auto* parsed = std::get_if<Json>(&event)) json.set("event", std::move(*parsed));
  json.set("created", to_iso(row.created)).set("state", to_text(row.state));
  json.set("attempts", static_cast<std::int64_t>(row.attempts)).set("error", row.last_error);
  if (row.state == OutboxState::waiting) json.set("next", to_iso(row.due));
  if (row.done) json.set("done", to_iso(*row.done));
  if (!row.summary.empty()) json.set("summary", row.summary);
  return json;
}

Json storm_json(const Storm& storm) {
  Json json;
  json.set("contract", storm.contract).set("person", storm.person).set("channel", storm.channel);
  json.set("began", to_iso(storm.began));
  if (storm.ended) json.set("ended", to_iso(*storm.ended));
  json.set("held", storm.held).set("summaries", storm.summaries);
  return json;
}

http::Response list(Pipeline& pipeline, const http::Request& request, Timestamp) {
  const auto limit = query_number(request, "limit", 50, 1, 10'000);
  if (!limit) return bad_query("limit", "1-10000");
  std::vector<OutboxRow> rows;
  if (const auto key = query_text(request, "key"); !key.empty()) {
    if (auto row = pipeline.outbox().find(key)) rows.push_back(std::move(*row));
  } else {
    std::optional<OutboxState> state;
    if (const auto text = query_text(request, "state"); !text.empty()) {
      state = parse_outbox_state(text);
      if (!state) return bad_query("state", "waiting, delivered, refused, expired, held, summed");
    }
    rows = pipeline.outbox().recent(static_cast<int>(*limit), state);
  }
  Json out{Json::Array{}};
  for (const auto& row : rows) out.push(row_json(row));
  Json storms{Json::Array{}};
  for (const auto& storm : pipeline.storms().recent(kStorms)) storms.push(storm_json(storm));
  return json_reply(Json(Json::Object{{"notifications", std::move(out)}, {"storms", std::move(storms)}}));
}

http::Response test(Pipeline& pipeline, const http::Request& request, Timestamp now) {
  auto body = read_body(request, {"channel", "to", "lang"});
  if (auto* refused = std::get_if<http::Response>(&body)) return std::move(*refused);
  const auto& json = std::get<Json>(body);
  const auto lang = json["lang"].string_or("zh");
  if (lang != "zh" && lang != "en") return bad_query("lang", "zh, en");
  const auto made = pipeline.test_channel(json["channel"].string_or(""), json["to"].string_or(""),
                                          lang == "en" ? Lang::en : Lang::zh, request.peer.os_user, now);
  if (const auto* rejected = std::get_if<domain::Rejection>(&made)) return refusal(*rejected);
  return json_reply(row_json(*pipeline.outbox().find(std::get<std::string>(made))), 201);
}

}  // namespace

std::vector<http::Route> notification_routes(Services& services) {
  return {
      {http::Access::people, "GET", "/api/v1/notifications", on_engine(services, list)},
      {http::Access::local, "POST", "/api/v1/notifications/test", on_engine(services, test), 64u << 10},
  };
}

}  // namespace xj::collector
