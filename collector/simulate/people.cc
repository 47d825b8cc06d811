#include "collector/simulate/people.h"

#include <algorithm>

#include "collector/api/desk_request.h"
#include "collector/api/money_request.h"
#include "collector/contract/roster.h"
#include "collector/domain/key_duty.h"

namespace xj::collector {
namespace {

using config::MapReader;
using config::Value;

// Proves that `name` is among `known`, whose elements have an `id`.
template <typename List>
bool known_id(const Value& value, std::string_view what, const std::string& name, const List& list) {
  std::vector<std::string> known;
  for (const auto& one : list) {
    if (one.id == name) return true;
    known.push_back(one.id);
  }
  unknown_name(value, what, name, known);
  return false;
}

bool known_person(const Value& value, const std::string& person, const domain::Contract& contract) {
  if (contract.people.contains(person)) return true;
  std::vector<std::string> known;
  for (const auto& [id, unused] : contract.people) known.push_back(id);
  unknown_name(value, "simulate.what.person", person, known);
  return false;
}

bool read_person(MapReader& m, const domain::Contract& contract, std::string& into) {
  const auto as = m["as"];
  return as.required().text(into) && known_person(as, into, contract);
}

// What can be owed: obligations, and what key periods ask for.
std::vector<std::string> obligation_names(const domain::Contract& contract) {
  std::vector<std::string> names;
  for (const auto& one : contract.obligations) names.push_back(one.id);
  for (const auto& period : contract.key_periods)
    for (std::size_t n = 1; n <= period.rounds.size(); ++n) names.push_back(domain::key_round_id(period, n));
  for (const auto& period : contract.key_periods) {
    for (std::size_t n = 1; n <= period.tasks.size(); ++n) names.push_back(domain::key_task_id(period, n));
    if (domain::wants_duty(period)) names.push_back(domain::key_duty_id(period));
  }
  return names;
}

// A text as it stands into the object that the API would be sent.
bool read_member(MapReader& m, std::string_view key, std::string_view member, Json& into) {
  const auto value = m[key];
  if (!value.given()) return true;
  std::string text;
  if (!value.text(text)) return false;
  into.set(std::string(member), text);
  return true;
}

bool read_number(MapReader& m, Json& into) {
  const auto value = m["n"];
  if (!value.given()) return true;
  std::int64_t n = 0;
  if (!value.integer(n, 0, 1'000'000)) return false;
  into.set("n", n);
  return true;
}

// When it happened by the person's word; `at` is when it is entered.
bool read_told(MapReader& m, Json& into) { return read_member(m, "told", "at", into); }

bool read_refused(MapReader& m, bool& into) {
  const auto refused = m["refused"];
  return !refused.given() || refused.flag(into);
}

}  // namespace

void unknown_name(const Value& value, std::string_view what, const std::string& name,
                  const std::vector<std::string>& known) {
  std::string list;
  for (const auto& one : known) list += (list.empty() ? "" : ", ") + one;
  value.problem(
      {"simulate.unknown",
       {{"name", value.name()}, {"what", "@" + std::string(what)}, {"value", name}, {"known", list}}});
}

std::vector<std::string_view> keys_of_people() {
  std::vector<std::string_view> keys{"case", "as",   "told", "refused", "inspector", "recorder", "analysis",
                                     "of",   "role", "from", "a",       "b",         "file"};
  for (const auto members :
       {act_members(), opening_members(), record_members(), money_members(), sheet_members()})
    for (const auto member : members)
      if (member != "at" && std::find(keys.begin(), keys.end(), member) == keys.end()) keys.push_back(member);
  return keys;
}

bool read_act_step(const Value& value, MapReader& m, const domain::Contract& contract, const When& when,
                   StagedAct& into) {
  std::string verb;
  bool good = value.text(verb);
  if (good && !domain::parse_verb(verb)) {
    std::vector<std::string> known;
    for (int i = 0; i < domain::kVerbs; ++i)
      known.emplace_back(domain::to_text(static_cast<domain::Verb>(i)));
    unknown_name(value, "simulate.what.verb", verb, known);
    good = false;
  }
  into.json.set("verb", verb);
  for (const auto member : act_members())
    if (member != "verb" && member != "at" && member != "as" && member != "n")
      good = read_member(m, member, member, into.json) && good;
  good = read_number(m, into.json) && good;
  good = read_told(m, into.json) && good;
  good = read_person(m, contract, into.person) && good;
  const auto which = m["case"];
  into.case_name = when.case_name;
  if (which.given())
    good = which.text(into.case_name) && good;
  else if (into.case_name.empty())
    which.required(), good = false;
  return read_refused(m, into.refused) && good;
}

bool read_opening_step(const Value& value, MapReader& m, const domain::Contract& contract,
                       StagedOpening& into) {
  std::string kind, system, grade;
  bool good = value.text(kind) && known_id(value, "simulate.what.kind", kind, contract.kinds);
  into.json.set("kind", kind);
  const auto where = m["system"], graded = m["grade"], text = m["text"], why = m["why"];
  good = where.required().text(system) && known_id(where, "simulate.what.system", system, contract.systems) &&
         good;
  into.json.set("system", system);
  if (graded.given()) {
    const auto* known = contract.kind(kind);
    good = graded.text(grade) &&
           (known == nullptr || known_id(graded, "simulate.what.grade", grade, known->grades)) && good;
    into.json.set("grade", grade);
  }
  if (!text.given() && !why.given()) text.required(), good = false;
  good = read_member(m, "text", "text", into.json) && good;
  good = read_member(m, "why", "why", into.json) && good;
  good = read_told(m, into.json) && good;
  good = read_person(m, contract, into.person) && good;
  return read_refused(m, into.refused) && good;
}

bool read_record_step(const Value& value, MapReader& m, const domain::Contract& contract,
                      StagedRecord& into) {
  std::string verb, about;
  bool good = value.text(verb);
  const bool done = verb == "done", happened = verb == "happened", withdraw = verb == "withdraw";
  if (good && !done && !happened && !withdraw) {
    unknown_name(value, "simulate.what.record", verb, {"done", "happened", "withdraw"});
    good = false;
  }
  into.json.set("verb", verb);
  const auto name = m["name"], n = m["n"], text = m["text"], why = m["why"];
  if (done || happened) {
    const auto known = done ? obligation_names(contract) : domain::happening_words(contract);
    if (!name.required().text(about)) {
      good = false;
    } else if (std::find(known.begin(), known.end(), about) == known.end()) {
      unknown_name(name, done ? "simulate.what.obligation" : "simulate.what.word", about, known);
      good = false;
    }
  }
  // What the API would refuse whatever the time is.
  if (done && !text.given()) text.required(), good = false;
  if (withdraw && !n.given()) n.required(), good = false;
  if (withdraw && !why.given()) why.required(), good = false;
  for (const auto* member : {"name", "period", "text", "why"})
    good = read_member(m, member, member, into.json) && good;
  good = read_number(m, into.json) && good;
  good = read_told(m, into.json) && good;
  good = read_person(m, contract, into.person) && good;
  return read_refused(m, into.refused) && good;
}

bool read_money_step(const Value& value, MapReader& m, const domain::Contract& contract, const When& when,
                     StagedMoney& into) {
  std::string verb, about;
  bool good = value.text(verb);
  const bool withdraw = verb == "withdraw";
  if (good && verb != "record" && verb != "waive" && !withdraw) {
    unknown_name(value, "simulate.what.record", verb, {"record", "waive", "withdraw"});
    good = false;
  }
  into.json.set("verb", verb);
  const auto name = m["name"], why = m["why"], of = m["of"];
  if (!withdraw && (!name.required().text(about) ||
                    !known_id(name, "simulate.what.deduction", about, contract.deductions)))
    good = false;
  // What the API would refuse whatever the time is.
  if (!why.given()) why.required(), good = false;
  if (withdraw && !of.given()) of.required(), good = false;
  for (const auto* member : {"name", "case", "system", "price", "sum", "until", "ground", "why"})
    good = read_member(m, member, member, into.json) && good;
  // The case that says when is the one it is about, unless it is about a record.
  if (!withdraw && !of.given() && !m["case"].given() && !when.case_name.empty())
    into.json.set("case", when.case_name);
  for (const auto* member : {"of", "count"})
    if (const auto given = m[member]; given.given()) {
      std::int64_t n = 0;
      good = given.integer(n, 1, 10'000) && good;
      into.json.set(member, n);
    }
  good = read_told(m, into.json) && good;
  good = read_person(m, contract, into.person) && good;
  return read_refused(m, into.refused) && good;
}

bool read_round_step(const Value& value, MapReader& m, const domain::Contract& contract, StagedRound& into) {
  bool good = value.text(into.round) && known_id(value, "simulate.what.round", into.round, contract.rounds);
  for (const auto& [key, person] : {std::pair{"inspector", &into.inspector}, {"recorder", &into.recorder}}) {
    const auto given = m[key];
    if (given.given()) good = given.text(*person) && known_person(given, *person, contract) && good;
  }
  m["analysis"].text(into.analysis);
  return good;
}

bool read_sheet_step(const Value& value, MapReader& m, const domain::Contract& contract, StagedSheet& into) {
  std::string verb;
  bool good = value.text(verb);
  const std::vector<std::string> known{"fill", "submit", "review", "return", "sign"};
  if (good && std::find(known.begin(), known.end(), verb) == known.end()) {
    unknown_name(value, "simulate.what.sheet_step", verb, known);
    good = false;
  }
  Json json;
  json.set("verb", verb);
  const auto of = m["of"], item = m["item"];
  good = of.required().text(into.number) && good;
  for (const auto member : sheet_members())
    if (member != "verb" && member != "at" && member != "as" && member != "item")
      good = read_member(m, member, member, json) && good;
  good = read_told(m, json) && good;
  good = read_person(m, contract, into.person) && good;
  if (item.given()) {
    std::vector<std::string> items;
    good = item.texts(items) && good;
    for (auto& one : items) into.json.push_back(Json(json).set("item", std::move(one)));
  } else {
    if (verb == "fill") item.required(), good = false;
    into.json.push_back(std::move(json));
  }
  return read_refused(m, into.refused) && good;
}

namespace {

// One shift, as it stands in the step.
bool read_shift(MapReader& m, Json& shifts) {
  bool good = true;
  Json shift;
  for (const auto& [key, member] : {std::pair{"from", "from"}, {"until", "to"}, {"a", "a"}}) {
    const auto given = m[key];
    if (!given.given()) given.required(), good = false;
    good = read_member(m, key, member, shift) && good;
  }
  good = read_member(m, "b", "b", shift) && good;
  shifts.push(std::move(shift));
  return good;
}

// Those of a roster's file.
bool read_shifts(MapReader& m, const domain::Contract& contract, const std::string& role, Json& shifts,
                 Problems& problems) {
  std::string path;
  const auto known = contract.roles.find(role);
  if (!m["file"].required().path(path) || known == contract.roles.end()) return false;
  Problems own;
  const auto roster = load_roster(path, contract.zone, known->second.people, own);
  problems.insert(problems.end(), own.begin(), own.end());
  for (const auto& one : roster.shifts) {
    Json shift;
    shift.set("from", to_iso(one.from)).set("to", to_iso(one.to)).set("a", one.a).set("b", one.b);
    shifts.push(std::move(shift));
  }
  return !has_errors(own);
}

}  // namespace

bool read_duty_step(const Value& value, MapReader& m, const domain::Contract& contract, StagedDuty& into,
                    Problems& problems) {
  std::string verb;
  bool good = value.text(verb);
  const bool import = verb == "import";
  if (good && verb != "set" && !import) {
    unknown_name(value, "simulate.what.duty_step", verb, {"set", "import"});
    good = false;
  }
  const auto role = m["role"];
  if (!role.required().text(into.role)) {
    good = false;
  } else if (!contract.roles.contains(into.role)) {
    std::vector<std::string> known;
    for (const auto& [id, unused] : contract.roles) known.push_back(id);
    unknown_name(role, "simulate.what.role", into.role, known);
    good = false;
  }
  Json shifts{Json::Array{}};
  good = (import ? read_shifts(m, contract, into.role, shifts, problems) : read_shift(m, shifts)) && good;
  into.json.set("verb", verb).set("shifts", std::move(shifts));
  good = read_member(m, "why", "why", into.json) && good;
  good = read_person(m, contract, into.person) && good;
  return read_refused(m, into.refused) && good;
}

}  // namespace xj::collector
