// Sheets of rounds: which there are and what they lack, one of them whole, and what persons do with it.
#include <algorithm>

#include "collector/api/desk_request.h"
#include "collector/api/json_views.h"
#include "collector/api/reply.h"
#include "collector/domain/sheet_telling.h"
#include "collector/sheet_desk.h"
#include "collector/sheet_facts.h"

namespace xj::collector {
namespace {

// What a list says of a sheet. Of a round the contract has no more only what is stored.
Json row_json(const SheetRow& row, const domain::Contract& contract, const domain::RoundSpec* round) {
  Json json;
  json.set("contract", row.contract).set("number", row.number).set("round", row.round);
  if (round != nullptr) json.set("title", title_json(round->title));
  Json systems{Json::Array{}};
  for (const auto& system : contract.systems)
    if (round != nullptr && (round->systems.empty() || std::find(round->systems.begin(), round->systems.end(),
                                                                 system.id) != round->systems.end()))
      systems.push(Json(system.id));
  json.set("systems", std::move(systems)).set("made", local_iso(row.made, contract.zone));
  json.set("state", row.state).set("manual", row.manual).set("unfilled", row.unfilled);
  Json lacking{Json::Array{}};
  std::string next;
  if (round != nullptr) {
    domain::SheetState state;
    state.status = domain::parse_sheet_status(row.state).value_or(domain::SheetStatus::draft);
    next = domain::next_step(state, *round);
    const auto signed_as = ',' + row.parts + ',';
    if (state.status != domain::SheetStatus::signed_off)
      for (const auto& part : domain::parts(*round))
        if (signed_as.find(',' + part.part + ',') == std::string::npos) lacking.push(Json(part.part));
  }
  json.set("next", next.empty() ? Json() : Json(next)).set("unsigned", std::move(lacking));
  if (row.signed_at) json.set("signed", local_iso(*row.signed_at, contract.zone));
  return json;
}

// Whom it waits for, by name.
Json waits_json(const domain::SheetBase& base, const domain::SheetState& state,
                const domain::RoundSpec& round, const domain::Contract& contract, Timestamp now) {
  Json out{Json::Array{}};
  for (const auto& wait : domain::waits_for(base, state, round, contract, now)) {
    Json people{Json::Array{}}, one;
    for (const auto& id : wait.people)
      if (const auto person = contract.people.find(id); person != contract.people.end())
        people.push(Json().set("id", id).set("name", person->second.name));
    one.set("step", wait.step).set("part", wait.part).set("role", wait.role).set("people", std::move(people));
    out.push(std::move(one));
  }
  return out;
}

Json event_json(const domain::SheetEvent& event, const domain::SheetBase& base, const domain::Zone& zone) {
  Json json;
  json.set("n", std::int64_t{event.n}).set("kind", domain::to_text(event.kind));
  json.set("at", local_iso(event.at, zone)).set("known", local_iso(event.known, zone));
  json.set("actor", event.actor).set("name", event.name).set("via", event.via);
  json.set("text", event.text).set("why", event.why);
  if (event.kind == domain::SheetEventKind::filled) json.set("item", event.item).set("result", event.result);
  if (event.kind == domain::SheetEventKind::signed_off)
    json.set("part", event.part).set("quality", event.quality).set("last", event.last);
  if (!event.seal.empty()) json.set("seal", event.seal);
  json.set("says", message_json(domain::describe(event, base)));
  return json;
}

Json sheet_json(const SheetView& sheet, Timestamp now) {
  const auto& zone = sheet.contract->zone;
  auto json = row_json(row_of(sheet.base, sheet.state), *sheet.contract, sheet.round);
  json.set("waits_for", waits_json(sheet.base, sheet.state, *sheet.round, *sheet.contract, now));
  const auto facts = sheet_facts(sheet.made, sheet.state, zone);
  json.set("counts", facts["counts"]).set("completeness", facts["completeness"]);
  Json items{Json::Array{}};
  for (const auto& system : facts["systems"].items())
    for (const auto& item : system["items"].items()) {
      Json one;
      one.set("no", item["no"]).set("id", item["id"]).set("system", system["title"]);
      one.set("item", item["item"]).set("target", item["target"]).set("state", item["state"]);
      const auto* base = sheet.base.item(item["no"].int_or(0));
      one.set("manual", base != nullptr && base->manual);
      for (const auto* name : {"remark", "by"})
        if (!item[name].is_null()) one.set(name, item[name]);
      items.push(std::move(one));
    }
  json.set("items", std::move(items));
  Json parts{Json::Array{}};
  for (const auto& part : domain::parts(*sheet.round)) {
    Json one;
    one.set("part", part.part).set("role", part.role);
    if (const auto* signature = sheet.state.signature(part.part))
      one.set("by", signature->name).set("at", local_iso(signature->at, zone));
    parts.push(std::move(one));
  }
  json.set("parts", std::move(parts));
  if (!sheet.round->reviewer.empty()) json.set("reviewer", sheet.round->reviewer);
  if (sheet.state.returned) json.set("returned", sheet.state.returned->text);
  Json events{Json::Array{}};
  for (const auto& event : sheet.events) events.push(event_json(event, sheet.base, zone));
  json.set("events", std::move(events));
  Json frozen{Json::Array{}};
  for (const auto& each : sheet.frozen)
    frozen.push(Json(Json::Object{{"n", Json(std::int64_t{each.n})},
                                  {"state", Json(each.state)},
                                  {"frozen", Json(local_iso(each.frozen, zone))},
                                  {"hash", Json(each.hash)}}));
  json.set("frozen", std::move(frozen)).set("hash", sheet.document.hash);
  return json;
}

// From the row alone: a list reads no facts, but of what is open who is named in them.
Json listed(Sheets sheets, const SheetRow& row, const domain::Contract& contract, Timestamp now) {
  const auto* round = domain::round_of(contract, row.round);
  auto json = row_json(row, contract, round);
  if (round == nullptr) return json;
  domain::SheetState state;
  state.status = domain::parse_sheet_status(row.state).value_or(domain::SheetStatus::draft);
  const auto signed_as = ',' + row.parts + ',';
  for (const auto& part : domain::parts(*round))
    if (signed_as.find(',' + part.part + ',') != std::string::npos) {
      state.signatures.emplace_back();
      state.signatures.back().part = part.part;
    }
  domain::SheetBase base;
  if (state.status != domain::SheetStatus::signed_off) {
    const auto named = sheets.named(row.contract, row.number);
    base.inspector = named.inspector, base.recorder = named.recorder;
    if (state.status == domain::SheetStatus::submitted) state.submitted = {named.submitted, {}, {}, {}};
  }
  json.set("waits_for", waits_json(base, state, *round, contract, now));
  return json;
}

http::Response list(Pipeline& pipeline, const http::Request& request, Timestamp now) {
  const auto id = query_text(request, "contract");
  const auto open = query_text(request, "open");
  if (!open.empty() && open != "true" && open != "false") return bad_query("open", "true, false");
  const auto limit = query_number(request, "limit", 100, 1, 10'000);
  if (!limit) return bad_query("limit", "1-10000");
  if (!id.empty() && pipeline.contract(id) == nullptr) return no_contract(id);
  Json out{Json::Array{}};
  for (const auto& contract : pipeline.contracts()) {
    if (!id.empty() && contract->id != id) continue;
    for (const auto& row :
         Sheets(pipeline.db()).list({contract->id, open == "true", static_cast<std::size_t>(*limit)}))
      out.push(listed(Sheets(pipeline.db()), row, *contract, now));
  }
  return json_reply(Json(Json::Object{{"rounds", std::move(out)}}));
}

std::variant<SheetView, http::Response> asked_sheet(Pipeline& pipeline, const http::Request& request) {
  const auto& contract = request.params.at("contract");
  const auto& number = request.params.at("number");
  auto sheet = find_sheet(pipeline, contract, number);
  if (sheet) return std::move(*sheet);
  return refusal(404, "no_sheet", {"round.no_sheet", {{"contract", contract}, {"number", number}}});
}

http::Response show(Pipeline& pipeline, const http::Request& request, Timestamp now) {
  const auto sheet = asked_sheet(pipeline, request);
  if (const auto* refused = std::get_if<http::Response>(&sheet)) return *refused;
  return json_reply(sheet_json(std::get<SheetView>(sheet), now));
}

http::Response act(Pipeline& pipeline, const http::Request& request, Timestamp now) {
  auto body = read_body(request, sheet_members());
  if (auto* refused = std::get_if<http::Response>(&body)) return std::move(*refused);
  const auto& json = std::get<Json>(body);
  auto found = asked_sheet(pipeline, request);
  if (auto* refused = std::get_if<http::Response>(&found)) return std::move(*refused);
  auto& sheet = std::get<SheetView>(found);
  auto asked = read_sheet_act(json, *sheet.contract, now);
  if (const auto* bad = std::get_if<BadAct>(&asked)) return refusal(400, bad->code, bad->what);
  auto& what = std::get<domain::SheetAct>(asked);
  auto person = acting_person(*sheet.contract, request.peer, json["as"].string_or(""));
  if (auto* refused = std::get_if<http::Response>(&person)) return std::move(*refused);
  what.person = std::get<std::string>(person);
  // Whose hands it was stays in the record, also when it was entered for somebody else.
  what.via = "socket:" + request.peer.os_user;
  const auto outcome = act_on_sheet(pipeline, std::move(sheet), what, now);
  if (const auto* rejected = std::get_if<domain::Rejection>(&outcome)) return refusal(*rejected);
  const auto& after = std::get<SheetView>(outcome);
  auto out = row_json(row_of(after.base, after.state), *after.contract, after.round);
  out.set("event", event_json(after.events.back(), after.base, after.contract->zone));
  return json_reply(out, 201);
}

}  // namespace

std::vector<http::Route> round_routes(Services& services) {
  using http::Access;
  return {
      {Access::people, "GET", "/api/v1/rounds", on_engine(services, list)},
      {Access::people, "GET", "/api/v1/rounds/{contract}/{number}", on_engine(services, show)},
      {Access::local, "POST", "/api/v1/rounds/{contract}/{number}/events", on_engine(services, act),
       64u << 10},
  };
}

}  // namespace xj::collector
