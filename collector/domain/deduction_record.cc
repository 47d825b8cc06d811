#include "collector/domain/deduction_record.h"

#include <algorithm>
#include <set>

#include "collector/domain/deduction.h"
#include "collector/domain/explain.h"
#include "core/json.h"

namespace xj::domain {
namespace {

constexpr int kVersion = 1;
constexpr std::size_t kLongestText = 2'000;
constexpr int kMostCount = 10'000;
constexpr int kMostRuns = 1'000'000;
constexpr std::chrono::days kAround{366};  // of the term

Rejection no(std::string id, Message::Args args = {}) { return {{std::move(id), std::move(args)}}; }

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}
Rejection unknown(std::string_view value, const std::vector<std::string>& known) {
  if (const auto near = did_you_mean(value, known); !near.empty())
    return no("money.refuse.near", {{"value", std::string(value)}, {"near", near}});
  return no("money.refuse.unknown", {{"value", std::string(value)}, {"known", joined(known)}});
}
template <typename List>
std::vector<std::string> ids(const List& list) {
  std::vector<std::string> out;
  for (const auto& one : list) out.push_back(one.id);
  return out;
}
template <typename List>
bool has(const List& list, std::string_view id) {
  return std::any_of(list.begin(), list.end(), [&](const auto& one) { return one.id == id; });
}

bool withdrawn(std::span<const MoneyRecord> records, std::uint32_t n) {
  return std::any_of(records.begin(), records.end(),
                     [&](const MoneyRecord& r) { return r.kind == MoneyRecordKind::withdrawn && r.of == n; });
}

bool of_same_run(const MoneyRecord& record, int run) { return record.run == 0 || record.run == run; }

// The run that somebody means who names a case: the newest in which there is something to judge or to waive.
int run_meant(const MoneyRecord& draft, std::span<const CostLine> lines, int case_run) {
  const bool waives = draft.kind == MoneyRecordKind::waived;
  int newest = 0, waiting = 0;
  for (const auto& line : lines) {
    if (line.what.deduction != draft.about || line.what.number != draft.number) continue;
    newest = std::max(newest, line.what.run);
    const bool says_price =
        line.state == CostState::base_open && line.what.judged == 0 && !draft.price.empty();
    const bool waits = waives ? line.what.waived == 0 && line.state != CostState::not_counting
                              : line.state == CostState::to_judge || says_price;
    if (waits) waiting = std::max(waiting, line.what.run);
  }
  return waiting != 0 ? waiting : newest != 0 ? newest : case_run;
}

std::optional<Rejection> refuse_record(const MoneyRecord& draft, const Contract& contract,
                                       std::span<const MoneyRecord> before, std::span<const CostLine> lines,
                                       int case_run, Timestamp now) {
  const auto d = std::find_if(contract.deductions.begin(), contract.deductions.end(),
                              [&](const Deduction& one) { return one.id == draft.about; });
  if (d == contract.deductions.end()) return unknown(draft.about, ids(contract.deductions));
  if (!draft.number.empty() && case_run == 0) return no("money.refuse.no_case", {{"number", draft.number}});
  if (draft.until.value_or(now) > now) return no("money.refuse.future");
  if (draft.at < contract.from - kAround || draft.at > contract.to + kAround) return no("money.refuse.far");
  if (!draft.system.empty() && contract.system(draft.system) == nullptr)
    return unknown(draft.system, ids(contract.systems));
  if (!draft.price.empty() && !has(contract.prices, draft.price))
    return unknown(draft.price, ids(contract.prices));
  if (draft.count < 0 || draft.count > kMostCount)
    return no("money.refuse.count", {{"most", std::to_string(kMostCount)}});
  if (draft.until && !asks_how_long(*d)) return no("money.refuse.until", {{"name", d->id}});
  if (draft.until && draft.count > 0 && d->per == Per::day) return no("money.refuse.days_twice");
  if (draft.until && *draft.until < draft.at) return no("money.refuse.backwards");
  if (draft.sum_cents && (d->base != "overdue" || *draft.sum_cents <= 0))
    return no("money.refuse.sum", {{"name", d->id}});
  for (const auto& line : lines) {
    if (draft.number.empty() || line.what.run == 0 || line.what.number != draft.number ||
        line.what.deduction != draft.about || !of_same_run(draft, line.what.run))
      continue;
    if (line.what.judged != 0) return no("money.refuse.already", {{"n", std::to_string(line.what.judged)}});
    // The machine does not see which of a system's prices it is.
    const bool says_price = line.state == CostState::base_open && !draft.price.empty() &&
                            (d->base == "item" || d->base == "system");
    if (line.state != CostState::to_judge && !says_price)
      return no("money.refuse.by_itself", {{"name", d->id}, {"number", draft.number}});
  }
  for (const auto* other : holding(before, MoneyRecordKind::recorded))
    if (other->about == draft.about && other->number == draft.number && of_same_run(*other, draft.run) &&
        other->at == draft.at && other->system == draft.system && other->price == draft.price)
      return no("money.refuse.already", {{"n", std::to_string(other->n)}});
  return std::nullopt;
}

std::optional<Rejection> refuse_waiver(const MoneyRecord& draft, std::span<const CostLine> lines) {
  if (draft.number.empty() == (draft.of == 0)) return no("money.refuse.waive_what");
  bool found = false;
  for (const auto& line : lines) {
    const auto& w = line.what;
    const bool meant = w.deduction == draft.about && line.state != CostState::not_counting &&
                       (draft.of != 0 ? w.record == draft.of
                                      : w.number == draft.number && w.run != 0 && of_same_run(draft, w.run));
    if (meant && w.waived != 0) return no("money.refuse.waived", {{"n", std::to_string(w.waived)}});
    found = found || meant;
  }
  if (!found)
    return no(
        "money.refuse.nothing",
        {{"name", draft.about}, {"what", draft.of != 0 ? '#' + std::to_string(draft.of) : draft.number}});
  return std::nullopt;
}

}  // namespace

std::string_view to_text(MoneyRecordKind kind) {
  switch (kind) {
    case MoneyRecordKind::recorded: return "recorded";
    case MoneyRecordKind::waived: return "waived";
    case MoneyRecordKind::withdrawn: return "withdrawn";
  }
  return "";
}

std::optional<MoneyRecordKind> parse_money_record_kind(std::string_view text) {
  for (const auto kind : {MoneyRecordKind::recorded, MoneyRecordKind::waived, MoneyRecordKind::withdrawn})
    if (to_text(kind) == text) return kind;
  return std::nullopt;
}

std::string_view to_text(WaiverGround ground) {
  switch (ground) {
    case WaiverGround::client: return "client";
    case WaiverGround::force_majeure: return "force_majeure";
  }
  return "";
}

std::string encode(const MoneyRecord& r) {
  Json json;
  json.set("v", kVersion).set("contract", r.contract).set("n", std::int64_t{r.n});
  json.set("kind", to_text(r.kind)).set("about", r.about).set("number", r.number);
  if (r.run != 0) json.set("run", std::int64_t{r.run});
  json.set("system", r.system).set("price", r.price).set("count", std::int64_t{r.count});
  if (r.sum_cents) json.set("sum_cents", *r.sum_cents);
  json.set("at", to_iso(r.at)).set("known", to_iso(r.known));
  if (r.until) json.set("until", to_iso(*r.until));
  json.set("actor", r.actor).set("via", r.via).set("why", r.why);
  if (r.kind == MoneyRecordKind::waived) json.set("ground", to_text(r.ground));
  if (r.of != 0) json.set("of", std::int64_t{r.of});
  json.set("revision", r.revision).set("calendar", r.calendar);
  return json.canonical();
}

std::variant<MoneyRecord, std::string> decode_money_record(std::string_view body) {
  const auto parsed = parse_json(body);
  const auto* json = std::get_if<Json>(&parsed);
  if (json == nullptr || !json->is_object()) return "not a JSON object";
  const auto& j = *json;
  if (j["v"].int_or(0) != kVersion) return "version " + std::to_string(j["v"].int_or(0));
  const auto kind = parse_money_record_kind(j["kind"].string_or(""));
  if (!kind) return "kind: " + j["kind"].string_or("");
  const auto at = parse_iso(j["at"].string_or("")), known = parse_iso(j["known"].string_or(""));
  if (!at || !known) return std::string("a time cannot be read");
  MoneyRecord r;
  const auto n = j["n"].int_or(0), of = j["of"].int_or(0), count = j["count"].int_or(-1);
  if (n < 1 || n > UINT32_MAX || of < 0 || of > UINT32_MAX) return std::string("a number is out of range");
  if (count < 0 || count > kMostCount) return std::string("count is out of range");
  r.contract = j["contract"].string_or(""), r.n = static_cast<std::uint32_t>(n), r.kind = *kind;
  r.about = j["about"].string_or(""), r.number = j["number"].string_or("");
  r.system = j["system"].string_or(""), r.price = j["price"].string_or("");
  const auto run = j["run"].int_or(0);
  if (run < 0 || run > kMostRuns) return std::string("run is out of range");
  r.count = static_cast<int>(count), r.run = static_cast<int>(run);
  if (!j["sum_cents"].is_null()) {
    if (!j["sum_cents"].is_int() || j["sum_cents"].int_or(0) <= 0) return std::string("sum_cents is no sum");
    r.sum_cents = j["sum_cents"].int_or(0);
  }
  r.at = *at, r.known = *known;
  if (!j["until"].is_null()) {
    r.until = parse_iso(j["until"].string_or(""));
    if (!r.until) return std::string("until cannot be read");
  }
  r.actor = j["actor"].string_or(""), r.via = j["via"].string_or(""), r.why = j["why"].string_or("");
  if (r.kind == MoneyRecordKind::waived) {
    const auto ground = j["ground"].string_or("");
    if (ground != to_text(WaiverGround::client) && ground != to_text(WaiverGround::force_majeure))
      return "ground: " + ground;
    r.ground = ground == to_text(WaiverGround::client) ? WaiverGround::client : WaiverGround::force_majeure;
  }
  r.of = static_cast<std::uint32_t>(of);
  r.revision = j["revision"].string_or(""), r.calendar = j["calendar"].string_or("");
  return r;
}

std::vector<const MoneyRecord*> holding(std::span<const MoneyRecord> records, MoneyRecordKind kind) {
  std::set<std::uint32_t> gone;
  for (const auto& r : records)
    if (r.kind == MoneyRecordKind::withdrawn) gone.insert(r.of);
  std::vector<const MoneyRecord*> out;
  for (const auto& r : records)
    if (r.kind == kind && !gone.contains(r.n)) out.push_back(&r);
  return out;
}

bool asks_how_long(const Deduction& d) { return d.per == Per::day || d.over || d.up_to || d.ends_after; }

std::variant<MoneyRecord, Rejection> accept(MoneyRecord draft, const Contract& contract,
                                            std::span<const MoneyRecord> before,
                                            std::span<const CostLine> lines, int case_run, Timestamp now) {
  if (draft.why.empty()) return no("money.refuse.why");
  if (draft.why.size() > kLongestText)
    return no("money.refuse.long", {{"most", std::to_string(kLongestText)}});
  draft.contract = contract.id;
  draft.n = before.empty() ? 1 : before.back().n + 1;
  draft.known = now;
  draft.revision = contract.revision, draft.calendar = contract.calendar_edition;
  draft.run = draft.number.empty() ? 0 : run_meant(draft, lines, case_run);
  if (draft.at > now) return no("money.refuse.future");
  if (draft.kind != MoneyRecordKind::recorded) {
    // Nobody reads them there: they are not kept unproved.
    draft.system.clear(), draft.price.clear(), draft.count = 0;
    draft.sum_cents.reset(), draft.until.reset();
  }
  switch (draft.kind) {
    case MoneyRecordKind::recorded:
      draft.of = 0;
      if (auto why = refuse_record(draft, contract, before, lines, case_run, now)) return *why;
      return draft;
    case MoneyRecordKind::waived:
      if (auto why = refuse_waiver(draft, lines)) return *why;
      return draft;
    case MoneyRecordKind::withdrawn: break;
  }
  const auto of =
      std::find_if(before.begin(), before.end(), [&](const MoneyRecord& r) { return r.n == draft.of; });
  if (of == before.end() || of->kind == MoneyRecordKind::withdrawn)
    return no("money.refuse.no_record", {{"n", std::to_string(draft.of)}});
  if (withdrawn(before, draft.of)) return no("money.refuse.withdrawn", {{"n", std::to_string(draft.of)}});
  draft.about = of->about, draft.number = of->number, draft.run = of->run;
  return draft;
}

}  // namespace xj::domain
