// What the contracts' deductions come to, and what people put on record about them.
#include "collector/deductions.h"
#include "collector/api/json_views.h"
#include "collector/api/money_request.h"
#include "collector/api/reply.h"
#include "collector/domain/deduction_json.h"
#include "core/fault.h"

namespace xj::collector {
namespace {

// An instant, or a day of the contract's zone: its beginning, or with `end` its end.
std::optional<Timestamp> bound(const std::string& text, const domain::Zone& zone, bool end) {
  if (const auto at = parse_iso(text)) return at;
  const auto wall = text.size() == 10 ? parse_wall(text + " 00:00", text) : std::nullopt;
  if (!wall) return std::nullopt;
  const std::chrono::local_time<Duration> local{wall->time_since_epoch()};
  return zone.to_utc(end ? local + std::chrono::hours{24} : local);
}

Json line_json(const domain::CostLine& line) {
  auto json = domain::to_json(line);
  json.set("why", messages_json(line.why));
  return json;
}

http::Response unknown_name(const std::string& name, const std::vector<std::string>& known) {
  if (const auto near = did_you_mean(name, known); !near.empty())
    return refusal(404, "no_deduction", {"money.refuse.near", {{"value", name}, {"near", near}}});
  std::string list;
  for (const auto& one : known) list += (list.empty() ? "" : ", ") + one;
  return refusal(404, "no_deduction", {"money.refuse.unknown", {{"value", name}, {"known", list}}});
}

http::Response list(Pipeline& pipeline, const http::Request& request, Timestamp now) {
  const auto id = query_text(request, "contract"), name = query_text(request, "name");
  if (!id.empty() && pipeline.contract(id) == nullptr) return no_contract(id);
  Json out{Json::Array{}};
  std::vector<std::string> known;
  bool found = name.empty();
  for (const auto& contract : pipeline.contracts()) {
    if (!id.empty() && contract->id != id) continue;
    for (const auto& deduction : contract->deductions) {
      known.push_back(deduction.id);
      found = found || deduction.id == name;
    }
    auto from = contract->from, to = now;
    for (const auto& [option, into, end] : {std::tuple{"from", &from, false}, std::tuple{"to", &to, true}})
      if (const auto text = query_text(request, option); !text.empty()) {
        const auto at = bound(text, contract->zone, end);
        if (!at) return bad_query(option, "2026-09-30, 2026-09-30T16:30:00+08:00");
        *into = *at;
      }
    const bool asked_from = !query_text(request, "from").empty(),
               asked_to = !query_text(request, "to").empty();
    if (to < from && asked_from && asked_to) return bad_query("to", "from or later");
    // The term has not begun, or only one end was given: there is nothing in it, and no fault of who asks.
    if (to < from && asked_to) from = to;
    if (to < from) to = from;
    // What is only just so belongs to it.
    auto costs = costs_of(pipeline, contract, from, to == now ? now + Duration{1} : to, now);
    if (!name.empty()) {
      std::erase_if(costs.lines, [&](const auto& line) { return line.what.deduction != name; });
      costs.totals.clear();
      found = found || !costs.lines.empty();  // of an earlier revision
    }
    Json lines{Json::Array{}}, totals{Json::Array{}};
    for (const auto& line : costs.lines) lines.push(line_json(line));
    for (const auto& total : costs.totals) totals.push(domain::to_json(total));
    Json one;
    one.set("contract", contract->id).set("title", contract->title);
    one.set("from", local_iso(from, contract->zone)).set("to", local_iso(to, contract->zone));
    one.set("now", local_iso(now, contract->zone)).set("lines", std::move(lines));
    if (name.empty()) one.set("totals", std::move(totals));
    out.push(std::move(one));
  }
  if (!found) return unknown_name(name, known);
  return json_reply(Json(Json::Object{{"contracts", std::move(out)}}));
}

http::Response records(Pipeline& pipeline, const http::Request& request, Timestamp) {
  const auto& id = request.params.at("contract");
  const auto contract = pipeline.contract(id);
  if (contract == nullptr) return no_contract(id);
  Json out{Json::Array{}};
  for (const auto& record : money_records(pipeline, id)) out.push(domain::to_json(record, *contract));
  return json_reply(Json(Json::Object{{"records", std::move(out)}}));
}

http::Response put_on_record(Pipeline& pipeline, const http::Request& request, Timestamp now) {
  auto body = read_body(request, money_members());
  if (auto* refused = std::get_if<http::Response>(&body)) return std::move(*refused);
  const auto& json = std::get<Json>(body);
  const auto& id = request.params.at("contract");
  const auto contract = pipeline.contract(id);
  if (contract == nullptr) return no_contract(id);
  auto asked = read_money_record(json, *contract, now);
  if (const auto* bad = std::get_if<BadAct>(&asked)) return refusal(400, bad->code, bad->what);
  auto& draft = std::get<domain::MoneyRecord>(asked);
  auto person = acting_person(*contract, request.peer, json["as"].string_or(""));
  if (auto* refused = std::get_if<http::Response>(&person)) return std::move(*refused);
  draft.actor = domain::actor_person(std::get<std::string>(person));
  draft.via = "socket:" + request.peer.os_user;

  const auto outcome = record_money(pipeline, contract, std::move(draft), now);
  if (const auto* rejected = std::get_if<domain::Rejection>(&outcome)) return refusal(*rejected);
  const auto& record = std::get<domain::MoneyRecord>(outcome);
  Json out, lines{Json::Array{}};
  out.set("record", domain::to_json(record, *contract));
  // What it made of what it is about; no line speaks of a withdrawal.
  std::vector<domain::CostLine> all;
  if (record.kind != domain::MoneyRecordKind::withdrawn) all = costs_of(pipeline, contract, now).lines;
  for (const auto& line : all)
    if (line.what.deduction == record.about &&
        (line.what.record == record.n || line.what.judged == record.n || line.what.waived == record.n))
      lines.push(line_json(line));
  out.set("lines", std::move(lines));
  return json_reply(out, 201);
}

}  // namespace

std::vector<http::Route> deduction_routes(Services& services) {
  using http::Access;
  return {
      {Access::people, "GET", "/api/v1/deductions", on_engine(services, list)},
      {Access::people, "GET", "/api/v1/deductions/{contract}/records", on_engine(services, records)},
      {Access::local, "POST", "/api/v1/deductions/{contract}/records", on_engine(services, put_on_record),
       64u << 10},
  };
}

}  // namespace xj::collector
