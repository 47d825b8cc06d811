#include "collector/domain/duty_record.h"

#include <algorithm>
#include <set>

#include "collector/domain/explain.h"
#include "core/json.h"

namespace xj::domain {
namespace {

constexpr int kVersion = 1;
constexpr std::size_t kLongestText = 2'000;
constexpr std::size_t kNamed = 6;
constexpr std::size_t kMostShifts = 5'000;

bool about_duty(RecordKind kind) {
  return kind == RecordKind::duty_set || kind == RecordKind::roster_imported;
}

Rejection no(std::string id, Message::Args args = {}) { return {{std::move(id), std::move(args)}}; }

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size() && i < kNamed; ++i) out += (i == 0 ? "" : ", ") + words[i];
  return out + (words.size() > kNamed ? ", …" : "");
}

bool withdrawn(std::span<const DutyRecord> records, std::uint32_t n) {
  return std::any_of(records.begin(), records.end(),
                     [&](const DutyRecord& r) { return r.kind == RecordKind::withdrawn && r.of == n; });
}

std::vector<Instance> instances_of(const std::string& name, const Contract& contract,
                                   const std::vector<Happening>& happenings) {
  // What is due after the term is owed all the same.
  constexpr std::chrono::days margin{3 * 366};
  return instances_of(name, contract, happenings, contract.from - margin, contract.to + margin);
}

std::variant<DutyRecord, Rejection> accept_done(DutyRecord draft, const Contract& contract,
                                                std::span<const DutyRecord> before, Timestamp now) {
  if (draft.text.empty()) return no("duty.refuse.evidence");
  if (draft.at > now) return no("duty.refuse.future");
  const auto records = fold(before);
  const auto all = instances_of(draft.about, contract, records.happenings);
  if (all.empty()) {
    const auto spec = std::find_if(contract.obligations.begin(), contract.obligations.end(),
                                   [&](const Obligation& o) { return o.id == draft.about; });
    if (spec == contract.obligations.end()) {
      std::vector<std::string> known;
      for (const auto& o : contract.obligations) known.push_back(o.id);
      return no("duty.refuse.unknown", {{"name", draft.about}, {"known", joined(known)}});
    }
    if (spec->every == Every::event)
      return no("duty.refuse.not_happened", {{"name", draft.about}, {"word", spec->after}});
    return no("duty.refuse.never_owed", {{"name", draft.about}});
  }
  std::vector<std::string> open, not_done;
  for (const auto& one : all) {
    const auto how = standing(one, records, now).state;
    if (how == DutyState::done || how == DutyState::late || one.opens > now) continue;
    not_done.push_back(one.period);
    if (one.opens <= draft.at && (!one.due || draft.at <= *one.due)) open.push_back(one.period);
  }
  if (draft.period.empty()) {
    if (open.size() != 1)
      return no(not_done.empty() ? "duty.refuse.nothing_open" : "duty.refuse.which_period",
                {{"name", draft.about}, {"open", joined(not_done)}});
    draft.period = open.front();
  }
  const auto one =
      std::find_if(all.begin(), all.end(), [&](const Instance& i) { return i.period == draft.period; });
  if (one == all.end()) {
    std::vector<std::string> known;
    for (const auto& i : all)
      if (!i.due || *i.due >= draft.at) known.push_back(i.period);
    return no("duty.refuse.period",
              {{"name", draft.about}, {"period", draft.period}, {"known", joined(known)}});
  }
  if (one->times == 1)
    for (const auto& record : before)
      if (record.kind == RecordKind::done && record.about == draft.about && record.period == draft.period &&
          !withdrawn(before, record.n))
        return no("duty.refuse.done_already", {{"name", draft.about},
                                               {"period", draft.period},
                                               {"at", local_text(record.at, contract.zone)},
                                               {"n", std::to_string(record.n)}});
  return draft;
}

std::variant<DutyRecord, Rejection> accept_happened(DutyRecord draft, const Contract& contract,
                                                    std::span<const DutyRecord> before) {
  const auto words = happening_words(contract);
  if (std::find(words.begin(), words.end(), draft.about) == words.end())
    return words.empty() ? no("duty.refuse.no_words")
                         : no("duty.refuse.word", {{"word", draft.about}, {"known", joined(words)}});
  constexpr std::chrono::days margin{366};
  if (draft.at < contract.from - margin || draft.at > contract.to + margin) return no("duty.refuse.far");
  // Minutes name what follows from it.
  for (const auto& record : before)
    if (record.kind == RecordKind::happened && record.about == draft.about &&
        std::chrono::floor<std::chrono::minutes>(record.at) ==
            std::chrono::floor<std::chrono::minutes>(draft.at) &&
        !withdrawn(before, record.n))
      return no("duty.refuse.happened_already", {{"word", draft.about},
                                                 {"at", local_text(record.at, contract.zone)},
                                                 {"n", std::to_string(record.n)}});
  draft.period.clear();
  return draft;
}

std::variant<DutyRecord, Rejection> accept_withdrawn(DutyRecord draft, std::span<const DutyRecord> before) {
  if (draft.why.empty()) return no("duty.refuse.why");
  const auto of =
      std::find_if(before.begin(), before.end(), [&](const DutyRecord& r) { return r.n == draft.of; });
  if (of == before.end() || of->kind == RecordKind::withdrawn || about_duty(of->kind))
    return no("duty.refuse.no_record", {{"n", std::to_string(draft.of)}});
  if (withdrawn(before, draft.of)) return no("duty.refuse.withdrawn", {{"n", std::to_string(draft.of)}});
  draft.about = of->about, draft.period = of->period;
  return draft;
}

// `near_id` when something near is known, else `id` with all that is.
Rejection unknown(std::string id, std::string near_id, const std::string& value,
                  const std::vector<std::string>& known) {
  if (const auto near = did_you_mean(value, known); !near.empty())
    return no(std::move(near_id), {{"value", value}, {"near", near}});
  return no(std::move(id), {{"value", value}, {"known", joined(known)}});
}

std::variant<DutyRecord, Rejection> accept_duty(DutyRecord draft, const Contract& contract, Timestamp now) {
  const auto role = contract.roles.find(draft.about);
  if (role == contract.roles.end()) {
    std::vector<std::string> known;
    for (const auto& [id, unused] : contract.roles) known.push_back(id);
    return unknown("duty.refuse.role", "duty.refuse.role_near", draft.about, known);
  }
  const bool set = draft.kind == RecordKind::duty_set;
  if (set && draft.why.empty()) return no("duty.refuse.why");
  if (draft.shifts.empty() || draft.shifts.size() > kMostShifts || (set && draft.shifts.size() != 1))
    return no("duty.refuse.shifts", {{"most", std::to_string(kMostShifts)}});
  std::stable_sort(draft.shifts.begin(), draft.shifts.end(),
                   [](const Shift& a, const Shift& b) { return a.from < b.from; });
  for (auto& shift : draft.shifts) {
    shift.line = 0, shift.change = 0;
    if (shift.to <= shift.from) return no("duty.refuse.backwards");
    for (const auto* person : {&shift.a, &shift.b}) {
      if (person->empty() && person == &shift.b) continue;
      const auto& people = role->second.people;
      if (std::find(people.begin(), people.end(), *person) == people.end())
        return unknown("duty.refuse.person", "duty.refuse.person_near", *person, people);
    }
    if (shift.a == shift.b) return no("duty.roster.same", {{"person", shift.a}});
  }
  for (const auto& fault : roster_faults(draft.shifts))
    if (fault.overlap)
      return no("duty.roster.overlap", {{"from", local_text(fault.from, contract.zone)},
                                        {"to", local_text(fault.to, contract.zone)}});
  if (draft.shifts.back().to <= now) return no("duty.refuse.over");
  draft.period.clear();
  return draft;
}

}  // namespace

std::string_view to_text(RecordKind kind) {
  switch (kind) {
    case RecordKind::done: return "done";
    case RecordKind::happened: return "happened";
    case RecordKind::withdrawn: return "withdrawn";
    case RecordKind::duty_set: return "duty_set";
    case RecordKind::roster_imported: return "roster_imported";
  }
  return "";
}

std::optional<RecordKind> parse_record_kind(std::string_view text) {
  for (const auto kind : {RecordKind::done, RecordKind::happened, RecordKind::withdrawn, RecordKind::duty_set,
                          RecordKind::roster_imported})
    if (to_text(kind) == text) return kind;
  return std::nullopt;
}

std::string encode(const DutyRecord& r) {
  Json json;
  json.set("v", kVersion)
      .set("contract", r.contract)
      .set("n", std::int64_t{r.n})
      .set("kind", to_text(r.kind));
  json.set("about", r.about).set("period", r.period).set("at", to_iso(r.at)).set("known", to_iso(r.known));
  json.set("actor", r.actor).set("via", r.via).set("text", r.text).set("why", r.why);
  if (r.kind == RecordKind::withdrawn) json.set("of", std::int64_t{r.of});
  if (about_duty(r.kind)) {
    Json shifts{Json::Array{}};
    for (const auto& shift : r.shifts) {
      Json one;
      one.set("from", to_iso(shift.from)).set("to", to_iso(shift.to)).set("a", shift.a).set("b", shift.b);
      shifts.push(std::move(one));
    }
    json.set("shifts", std::move(shifts));
  }
  json.set("revision", r.revision).set("calendar", r.calendar);
  return json.canonical();
}

std::variant<DutyRecord, std::string> decode_duty_record(std::string_view body) {
  const auto parsed = parse_json(body);
  if (const auto* bad = std::get_if<JsonError>(&parsed)) return bad->what;
  const auto& json = std::get<Json>(parsed);
  if (json["v"].int_or(0) != kVersion)
    return "version " + std::to_string(json["v"].int_or(0)) + " is not known";
  const auto kind = parse_record_kind(json["kind"].as_string());
  if (!kind) return "kind \"" + json["kind"].string_or("") + "\" is not known";
  const auto at = parse_iso(json["at"].string_or("")), known = parse_iso(json["known"].string_or(""));
  if (!at || !known) return "a time cannot be read";
  const auto n = json["n"].int_or(0), of = json["of"].int_or(0);
  if (n < 1 || n > 1'000'000'000 || of < 0 || of > 1'000'000'000) return "a number is out of range";
  DutyRecord r;
  r.contract = json["contract"].string_or(""), r.n = static_cast<std::uint32_t>(n), r.kind = *kind;
  r.about = json["about"].string_or(""), r.period = json["period"].string_or("");
  r.at = *at, r.known = *known;
  r.actor = json["actor"].string_or(""), r.via = json["via"].string_or("");
  r.text = json["text"].string_or(""), r.why = json["why"].string_or("");
  r.of = static_cast<std::uint32_t>(of);
  r.revision = json["revision"].string_or(""), r.calendar = json["calendar"].string_or("");
  if (!about_duty(r.kind)) return r;
  for (const auto& one : json["shifts"].items()) {
    const auto from = parse_iso(one["from"].string_or("")), to = parse_iso(one["to"].string_or(""));
    if (!from || !to || *to <= *from || (!r.shifts.empty() && *from < r.shifts.back().to))
      return "a shift cannot be read";
    r.shifts.push_back({*from, *to, one["a"].string_or(""), one["b"].string_or("")});
  }
  return r;
}

Roster with_changes(Roster roster, std::string_view role, std::span<const DutyRecord> records) {
  for (const auto kind : {RecordKind::roster_imported, RecordKind::duty_set})
    for (const auto& record : records) {
      if (record.kind != kind || record.about != role || record.shifts.empty()) continue;
      auto over = record.shifts;
      for (auto& shift : over) shift.change = record.n;
      roster.shifts = overlaid(roster.shifts, over, over.front().from, over.back().to);
    }
  return roster;
}

DutyRecords fold(std::span<const DutyRecord> records) {
  std::set<std::uint32_t> gone;
  for (const auto& r : records)
    if (r.kind == RecordKind::withdrawn) gone.insert(r.of);
  DutyRecords out;
  for (const auto& r : records) {
    if (gone.contains(r.n)) continue;
    switch (r.kind) {
      case RecordKind::done:
        out.done.push_back({r.about, r.period, r.at, r.text,
                            r.actor.starts_with("person:") ? r.actor.substr(7) : std::string{}});
        break;
      case RecordKind::happened: out.happenings.push_back({r.about, r.at, r.known}); break;
      case RecordKind::withdrawn:
      case RecordKind::duty_set:
      case RecordKind::roster_imported: break;
    }
  }
  return out;
}

std::variant<DutyRecord, Rejection> accept(DutyRecord draft, const Contract& contract,
                                           std::span<const DutyRecord> before, Timestamp now) {
  for (const auto* words : {&draft.text, &draft.why})
    if (words->size() > kLongestText) return no("duty.refuse.long", {{"most", std::to_string(kLongestText)}});
  draft.contract = contract.id;
  draft.n = before.empty() ? 1 : before.back().n + 1;
  draft.known = now;
  draft.revision = contract.revision, draft.calendar = contract.calendar_edition;
  switch (draft.kind) {
    case RecordKind::done: return accept_done(std::move(draft), contract, before, now);
    case RecordKind::happened: return accept_happened(std::move(draft), contract, before);
    case RecordKind::duty_set:
    case RecordKind::roster_imported: return accept_duty(std::move(draft), contract, now);
    case RecordKind::withdrawn: break;
  }
  return accept_withdrawn(std::move(draft), before);
}

}  // namespace xj::domain
