// What the contracts demand by calendar and how it stands, and what people put on record about it.
#include "collector/api/act_request.h"
#include "collector/api/json_views.h"
#include "collector/api/reply.h"
#include "collector/domain/explain.h"
#include "collector/domain/obligation_json.h"

namespace xj::collector {
namespace {

constexpr std::chrono::days kBack{30}, kAhead{7}, kWidest{366};

// An instant, or a day of the contract's zone: its beginning, or with `end` its end.
std::optional<Timestamp> bound(const std::string& text, const domain::Zone& zone, bool end) {
  if (const auto at = parse_iso(text)) return at;
  const auto wall = text.size() == 10 ? parse_wall(text + " 00:00", text) : std::nullopt;
  if (!wall) return std::nullopt;
  const std::chrono::local_time<Duration> local{wall->time_since_epoch()};
  return zone.to_utc(end ? local + std::chrono::hours{24} : local);
}

Json record_json(const domain::DutyRecord& record, const domain::Contract& contract) {
  Json json;
  json.set("contract", record.contract)
      .set("n", std::int64_t{record.n})
      .set("kind", domain::to_text(record.kind));
  json.set("about", record.about).set("period", record.period).set("at", local_iso(record.at, contract.zone));
  json.set("known", local_iso(record.known, contract.zone)).set("actor", record.actor).set("via", record.via);
  json.set("actor_name", domain::actor_argument(record.actor, contract));
  json.set("text", record.text).set("why", record.why);
  if (record.kind == domain::RecordKind::withdrawn) json.set("of", std::int64_t{record.of});
  return json;
}

http::Response list(Pipeline& pipeline, const http::Request& request, Timestamp now) {
  const auto id = query_text(request, "contract");
  const auto open = query_text(request, "open");
  if (!open.empty() && open != "true" && open != "false") return bad_query("open", "true, false");
  const auto limit = query_number(request, "limit", 2'000, 1, 20'000);
  if (!limit) return bad_query("limit", "1-20000");
  if (!id.empty() && pipeline.contract(id) == nullptr) return no_contract(id);
  Json out{Json::Array{}}, counts{Json::Array{}};
  bool cut = false;
  for (const auto& contract : pipeline.contracts()) {
    if (!id.empty() && contract->id != id) continue;
    auto from = now - kBack, to = now + kAhead;
    for (const auto& [name, into, end] : {std::tuple{"from", &from, false}, std::tuple{"to", &to, true}})
      if (const auto text = query_text(request, name); !text.empty()) {
        const auto at = bound(text, contract->zone, end);
        if (!at) return bad_query(name, "2026-09-30, 2026-09-30T16:30:00+08:00");
        *into = *at;
      }
    if (to < from || to - from > kWidest) return bad_query("to", "0-366 days after from");
    const auto known = pipeline.duties().known(*contract);
    for (const auto& one : domain::standings(*contract, known, from, to, now)) {
      const bool over = one.state == domain::DutyState::done || one.state == domain::DutyState::late;
      if (open == "true" && over) continue;
      cut = out.size() >= static_cast<std::size_t>(*limit);
      if (cut) break;
      out.push(domain::to_json(one, *contract, true));
    }
    for (const auto& year : domain::year_counts(*contract, known, now))
      counts.push(domain::to_json(year, *contract));
  }
  Json json;
  json.set("obligations", std::move(out)).set("counts", std::move(counts));
  if (cut) json.set("more", true);
  return json_reply(json);
}

http::Response records(Pipeline& pipeline, const http::Request& request, Timestamp) {
  const auto& id = request.params.at("contract");
  const auto contract = pipeline.contract(id);
  if (contract == nullptr) return no_contract(id);
  Json out{Json::Array{}};
  for (const auto& record : pipeline.duties().records(id))
    if (record.shifts.empty()) out.push(record_json(record, *contract));  // those stand in /duty
  return json_reply(Json(Json::Object{{"records", std::move(out)}}));
}

http::Response put_on_record(Pipeline& pipeline, const http::Request& request, Timestamp now) {
  auto body = read_body(request, record_members());
  if (auto* refused = std::get_if<http::Response>(&body)) return std::move(*refused);
  const auto& json = std::get<Json>(body);
  const auto& id = request.params.at("contract");
  const auto contract = pipeline.contract(id);
  if (contract == nullptr) return no_contract(id);
  auto asked = read_record(json, *contract, now);
  if (const auto* bad = std::get_if<BadAct>(&asked)) return refusal(400, bad->code, bad->what);
  auto& draft = std::get<domain::DutyRecord>(asked);
  auto person = acting_person(*contract, request.peer, json["as"].string_or(""));
  if (auto* refused = std::get_if<http::Response>(&person)) return std::move(*refused);
  draft.actor = "person:" + std::get<std::string>(person);
  // Whose hands it was stays in the record, also when it was entered for somebody else.
  draft.via = "socket:" + request.peer.os_user;

  const auto outcome = pipeline.duties().record(*contract, std::move(draft), now);
  if (const auto* rejected = std::get_if<domain::Rejection>(&outcome)) return refusal(*rejected);
  const auto& record = std::get<domain::DutyRecord>(outcome);
  Json out;
  out.set("record", record_json(record, *contract));
  // What it made of the obligation.
  if (record.kind == domain::RecordKind::done) {
    const auto known = pipeline.duties().known(*contract);
    constexpr std::chrono::days margin{3 * 366};
    for (const auto& one :
         domain::standings(*contract, known, contract->from - margin, contract->to + margin, now))
      if (one.what.id == record.about && one.what.period == record.period)
        out.set("obligation", domain::to_json(one, *contract, true));
  }
  return json_reply(out, 201);
}

}  // namespace

std::vector<http::Route> obligation_routes(Services& services) {
  using http::Access;
  return {
      {Access::people, "GET", "/api/v1/obligations", on_engine(services, list)},
      {Access::people, "GET", "/api/v1/obligations/{contract}/records", on_engine(services, records)},
      {Access::local, "POST", "/api/v1/obligations/{contract}/records", on_engine(services, put_on_record),
       64u << 10},
  };
}

}  // namespace xj::collector
