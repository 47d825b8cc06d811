#include "collector/domain/deduction_json.h"

#include "collector/domain/explain.h"

namespace xj::domain {
namespace {

Json title_json(const Title& title) {
  Json json;
  json.set("zh", title.zh).set("en", title.in(Lang::en));
  return json;
}
const char* word(Per per) {
  switch (per) {
    case Per::time: return "time";
    case Per::day: return "day";
    case Per::item: return "item";
  }
  return "";
}

}  // namespace

Json to_json(const CostLine& line) {
  const auto& w = line.what;
  const auto& contract = *w.contract;
  const auto time = [&](const std::optional<Timestamp>& t) {
    return t ? Json(to_iso(*t, contract.zone.offset_at(*t))) : Json();
  };
  const auto cents = [](const std::optional<std::int64_t>& c) { return c ? Json(*c) : Json(); };
  Json json;
  json.set("contract", contract.id).set("name", w.deduction).set("title", title_json(line.title));
  json.set("party", line.party).set("state", to_text(line.state)).set("at", time(w.at));
  if (!w.number.empty()) json.set("case", w.number);
  if (w.run != 0) json.set("run", w.run);
  if (w.record != 0) json.set("record", std::int64_t{w.record});
  if (!w.system.empty()) json.set("system", w.system);
  if (!w.clock.empty()) json.set("clock", w.clock);
  if (!w.grade.empty()) json.set("grade", w.grade);
  json.set("per", word(line.per)).set("nth", line.nth).set("units", line.units);
  json.set("rate_cents", cents(line.rate.cents)).set("rate_ppm", cents(line.rate.ppm));
  if (!line.base.empty()) json.set("base", line.base).set("base_cents", cents(line.base_cents));
  if (!line.base_of.empty()) json.set("price", line.base_of);
  json.set("amount_cents", cents(line.cents));
  if (line.capped_cents != 0) json.set("capped_cents", line.capped_cents);
  if (w.since) {
    json.set("since", time(w.since)).set("due", time(w.due)).set("until", time(w.until));
    json.set("length_ms", static_cast<std::int64_t>(w.length.count())).set("running", w.running);
    if (w.paused > Duration{0}) json.set("paused_ms", static_cast<std::int64_t>(w.paused.count()));
  }
  Json events{Json::Array{}};
  for (const auto n : w.events) events.push(std::int64_t{n});
  json.set("events", std::move(events));
  if (w.judged != 0) json.set("judged", std::int64_t{w.judged});
  if (w.waived != 0) json.set("waived", std::int64_t{w.waived});
  if (line.losses) json.set("losses", true);
  if (line.ends) json.set("ends", true);
  if (!line.also.empty()) {
    Json also{Json::Array{}};
    for (const auto& name : line.also) also.push(name);
    json.set("also", std::move(also));
  }
  return json;
}

Json to_json(const CostTotal& total) {
  Json json;
  json.set("party", total.party).set("amount_cents", total.cents).set("counted", total.counted);
  json.set("base_open", total.open).set("to_judge", total.to_judge);
  return json;
}

Json to_json(const MoneyRecord& record, const Contract& contract) {
  const auto iso = [&](Timestamp t) { return to_iso(t, contract.zone.offset_at(t)); };
  Json json;
  json.set("contract", record.contract).set("n", std::int64_t{record.n}).set("kind", to_text(record.kind));
  json.set("name", record.about).set("case", record.number).set("system", record.system);
  if (record.run != 0) json.set("run", record.run);
  json.set("price", record.price).set("count", std::int64_t{record.count});
  json.set("sum_cents", record.sum_cents ? Json(*record.sum_cents) : Json());
  json.set("at", iso(record.at)).set("until", record.until ? Json(iso(*record.until)) : Json());
  json.set("known", iso(record.known)).set("actor", record.actor).set("via", record.via);
  json.set("actor_name", actor_argument(record.actor, contract));
  if (record.kind == MoneyRecordKind::waived) json.set("ground", to_text(record.ground));
  if (record.of != 0) json.set("of", std::int64_t{record.of});
  json.set("why", record.why);
  return json;
}

}  // namespace xj::domain
