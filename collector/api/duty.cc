// Who is on duty, and what people put on top of the rosters: swaps, and rosters of their own.
#include "collector/api/desk_request.h"
#include "collector/api/json_views.h"
#include "collector/api/reply.h"
#include "collector/domain/key_duty.h"

namespace xj::collector {
namespace {

constexpr std::int64_t kMostDays = 366;

std::string name_of(const domain::Contract& contract, const std::string& id) {
  const auto person = contract.people.find(id);
  return person == contract.people.end() ? id : person->second.name;
}

Json shift_json(const domain::Contract& contract, const domain::Shift& shift,
                const std::vector<domain::DutyRecord>& records) {
  Json json;
  json.set("from", local_iso(shift.from, contract.zone)).set("to", local_iso(shift.to, contract.zone));
  json.set("a", shift.a).set("a_name", name_of(contract, shift.a));
  if (!shift.b.empty()) json.set("b", shift.b).set("b_name", name_of(contract, shift.b));
  for (const auto& record : records) {
    if (record.n != shift.change) continue;
    const auto person = record.actor.starts_with("person:") ? record.actor.substr(7) : record.actor;
    Json change;
    change.set("n", std::int64_t{record.n}).set("kind", domain::to_text(record.kind));
    change.set("by", person).set("by_name", name_of(contract, person));
    change.set("known", local_iso(record.known, contract.zone)).set("why", record.why);
    json.set("change", std::move(change));
  }
  return json;
}

// What key periods ask of the duty and the rosters do not give: those that run in the asked time, and what
// begins within a month of it.
Json periods_json(const domain::Contract& contract, Timestamp from, Timestamp to) {
  Json out{Json::Array{}};
  for (const auto& one : domain::duty_periods(contract, from, to)) {
    Json json;
    json.set("period", one.period->id).set("title", title_json(one.period->title));
    json.set("from", local_iso(one.from, contract.zone)).set("to", local_iso(one.to, contract.zone));
    json.set("onsite", one.period->onsite).set("persons", one.period->persons);
    json.set("pairs", one.period->pairs);
    Json roles{Json::Array{}}, missing{Json::Array{}};
    for (const auto& role : one.roles) roles.push(Json(role));
    for (const auto& gap : one.missing) {
      Json each;
      each.set("role", gap.role).set("from", local_iso(gap.from, contract.zone));
      each.set("to", local_iso(gap.to, contract.zone)).set("persons", gap.persons);
      missing.push(std::move(each));
    }
    json.set("roles", std::move(roles)).set("missing", std::move(missing));
    out.push(std::move(json));
  }
  return out;
}

http::Response show(Pipeline& pipeline, const http::Request& request, Timestamp now) {
  const auto id = query_text(request, "contract");
  if (!id.empty() && pipeline.contract(id) == nullptr) return no_contract(id);
  const auto days = query_number(request, "days", 0, 0, kMostDays);
  if (!days) return bad_query("days", "0-366");
  Json out{Json::Array{}};
  for (const auto& contract : pipeline.contracts()) {
    if (!id.empty() && contract->id != id) continue;
    auto at = now;
    if (const auto text = query_text(request, "at"); !text.empty()) {
      const auto time = read_time(text, contract->zone, now);
      if (!time) return bad_query("at", "2026-09-30T16:30:00+08:00");
      at = *time;
    }
    const auto records = pipeline.duties().records(contract->id);
    Json roles{Json::Array{}};
    for (const auto& [role_id, role] : contract->roles) {
      Json shifts{Json::Array{}}, people{Json::Array{}};
      for (const auto& person : role.people)
        people.push(Json().set("id", person).set("name", name_of(*contract, person)));
      if (*days > 0)
        for (const auto& shift : domain::shifts_between(role.roster, at, at + std::chrono::hours{24 * *days}))
          shifts.push(shift_json(*contract, shift, records));
      else if (const auto* shift = domain::on_duty(role.roster, at))
        shifts.push(shift_json(*contract, *shift, records));
      Json one;
      one.set("role", role_id).set("title", title_json(role.title)).set("people", std::move(people));
      one.set("roster", !role.roster.shifts.empty()).set("shifts", std::move(shifts));
      roles.push(std::move(one));
    }
    Json one;
    one.set("contract", contract->id).set("zone", contract->zone.name);
    one.set("at", local_iso(at, contract->zone)).set("roles", std::move(roles));
    one.set("periods",
            periods_json(*contract, at, at + std::chrono::hours{24 * std::max<std::int64_t>(*days, 31)}));
    out.push(std::move(one));
  }
  return json_reply(Json(Json::Object{{"contracts", std::move(out)}}));
}

http::Response change(Pipeline& pipeline, const http::Request& request, Timestamp now) {
  auto body = read_body(request, duty_members());
  if (auto* refused = std::get_if<http::Response>(&body)) return std::move(*refused);
  const auto& json = std::get<Json>(body);
  const auto contract = pipeline.contract(request.params.at("contract"));
  if (contract == nullptr) return no_contract(request.params.at("contract"));
  auto asked = read_duty_change(json, request.params.at("role"), *contract, now);
  if (const auto* bad = std::get_if<BadAct>(&asked)) return refusal(400, bad->code, bad->what);
  auto& draft = std::get<domain::DutyRecord>(asked);
  auto person = acting_person(*contract, request.peer, json["as"].string_or(""));
  if (auto* refused = std::get_if<http::Response>(&person)) return std::move(*refused);
  draft.actor = "person:" + std::get<std::string>(person);
  draft.via = "socket:" + request.peer.os_user;

  const auto outcome = pipeline.duties().record(*contract, std::move(draft), now);
  if (const auto* rejected = std::get_if<domain::Rejection>(&outcome)) return refusal(*rejected);
  const auto& record = std::get<domain::DutyRecord>(outcome);
  pipeline.follow_duty(now);
  Json shifts{Json::Array{}};
  for (auto shift : record.shifts) {
    shift.change = record.n;
    shifts.push(shift_json(*contract, shift, {record}));
  }
  Json out;
  out.set("contract", contract->id).set("role", record.about).set("n", std::int64_t{record.n});
  out.set("shifts", std::move(shifts));
  return json_reply(out, 201);
}

}  // namespace

std::vector<http::Route> duty_routes(Services& services) {
  using http::Access;
  return {
      {Access::people, "GET", "/api/v1/duty", on_engine(services, show)},
      {Access::local, "POST", "/api/v1/duty/{contract}/{role}", on_engine(services, change), 1u << 20},
  };
}

}  // namespace xj::collector
