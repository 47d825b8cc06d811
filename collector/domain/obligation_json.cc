#include "collector/domain/obligation_json.h"

namespace xj::domain {
namespace {

Json title_json(const Title& title) {
  Json json;
  json.set("zh", title.zh).set("en", title.in(Lang::en));
  return json;
}

}  // namespace

Json to_json(const DutyStanding& standing, const Contract& contract, bool recorded) {
  const auto iso = [&](Timestamp t) { return to_iso(t, contract.zone.offset_at(t)); };
  const auto& what = standing.what;
  Json json;
  json.set("contract", contract.id).set("name", what.id).set("title", title_json(what.title));
  json.set("period", what.period).set("opens", iso(what.opens));
  json.set("due", what.due ? Json(iso(*what.due)) : Json()).set("calendar", what.calendar);
  if (!what.by.empty()) {
    json.set("by", what.by);
    if (const auto role = contract.roles.find(what.by); role != contract.roles.end())
      json.set("by_title", title_json(role->second.title));
  }
  json.set("times", static_cast<std::int64_t>(what.times));
  if (!what.round.empty()) json.set("round", what.round);
  Json evidence{Json::Array{}};
  for (const auto& one : what.evidence) evidence.push(title_json(one));
  json.set("evidence", std::move(evidence));
  if (what.leaves_cover) json.set("leaves_cover", true);
  if (!recorded) return json;
  json.set("state", to_text(standing.state));
  Json proofs{Json::Array{}};
  for (const auto& proof : standing.proofs) {
    Json one;
    one.set("at", iso(proof.at)).set("evidence", proof.evidence);
    if (!proof.person.empty()) one.set("person", proof.person);
    proofs.push(std::move(one));
  }
  json.set("proofs", std::move(proofs));
  if (standing.done) json.set("done", iso(*standing.done));
  if (standing.overdue) json.set("overdue_ms", static_cast<std::int64_t>(standing.overdue->count()));
  return json;
}

Json to_json(const YearCount& year, const Contract& contract) {
  const auto iso = [&](Timestamp t) { return to_iso(t, contract.zone.offset_at(t)); };
  Json json;
  json.set("contract", contract.id).set("name", year.id).set("title", title_json(year.title));
  json.set("from", iso(year.from))
      .set("to", iso(year.to))
      .set("least", static_cast<std::int64_t>(year.least));
  json.set("owed", static_cast<std::int64_t>(year.owed)).set("done", static_cast<std::int64_t>(year.done));
  return json;
}

}  // namespace xj::domain
