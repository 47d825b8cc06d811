#include "collector/api/act_request.h"

#include <algorithm>

#include "collector/domain/explain.h"

namespace xj::collector {
namespace {

struct Told {
  Timestamp at;
  Duration within{0};
};

// With an offset an instant; without one, the contract's wall clock: "2026-09-30 16:30", "16:30" today.
std::optional<Told> told(const std::string& text, const domain::Zone& zone, Timestamp now) {
  if (const auto time = parse_iso(text)) return Told{*time, {}};
  const auto wall = parse_wall(text, domain::local_text(now, zone).substr(0, 10));
  if (!wall) return std::nullopt;
  Duration within{0};
  if (text.find('.') == std::string::npos)
    within = std::count(text.begin(), text.end(), ':') == 1 ? Duration{60'000} : Duration{1'000};
  return Told{zone.to_utc(std::chrono::local_time<Duration>{wall->time_since_epoch()}), within};
}

BadAct bad_value(std::string name, std::string accepts) {
  return {"query", {"collector.api.bad_query", {{"name", std::move(name)}, {"accepts", std::move(accepts)}}}};
}

}  // namespace

std::optional<Timestamp> read_time(const std::string& text, const domain::Zone& zone, Timestamp now) {
  const auto time = told(text, zone, now);
  return time ? std::optional(time->at) : std::nullopt;
}

std::span<const std::string_view> act_members() {
  static constexpr std::string_view members[] = {"verb",  "text",  "at",     "as",  "why",   "to",
                                                 "about", "grade", "reason", "n",   "field", "value",
                                                 "into",  "items", "rule",   "how", "part"};
  return members;
}

std::variant<domain::Act, BadAct> read_act(const Json& json, const domain::Contract& contract,
                                           Timestamp now) {
  domain::Act what;
  const auto verb = domain::parse_verb(json["verb"].string_or(""));
  if (!verb) {
    std::string known;
    for (int i = 0; i < domain::kVerbs; ++i)
      known += (i == 0 ? "" : ", ") + std::string(domain::to_text(static_cast<domain::Verb>(i)));
    return BadAct{"verb", {"collector.api.verb", {{"verb", json["verb"].string_or("")}, {"known", known}}}};
  }
  what.verb = *verb;
  if (const auto at = json["at"].string_or(""); !at.empty()) {
    const auto time = told(at, contract.zone, now);
    if (!time) return bad_value("at", "2026-09-30T16:30:00+08:00");
    what.at = time->at, what.within = time->within;
  }
  what.text = json["text"].string_or(json["why"].string_or(""));
  what.to = json["to"].string_or("");
  what.about = json["about"].string_or("");
  what.rule = json["rule"].string_or("");
  what.part = json["part"].string_or("");
  what.how = json["how"].string_or("");
  what.grade = json["grade"].string_or("");
  what.reason = json["reason"].string_or("");
  const auto n = json["n"].int_or(0);
  if (n < 0 || n > 1'000'000) return bad_value("n", "1-1000000");
  what.n = static_cast<std::uint32_t>(n);
  what.into = json["into"].string_or("");
  if (const auto one = json["items"].string_or(""); !one.empty()) what.items.push_back(one);
  for (const auto& item : json["items"].items()) {
    if (!item.is_string()) return bad_value("items", "[CHECK@HOST:ITEM, …]");
    what.items.push_back(item.string_or(""));
  }
  what.field = json["field"].string_or("");
  what.value = json["value"].string_or("");
  if (const auto time = told(what.value, contract.zone, now))
    what.value = to_iso(time->at), what.within = time->within;
  return what;
}

std::span<const std::string_view> opening_members() {
  static constexpr std::string_view members[] = {"kind", "system", "text", "grade", "at", "as", "why"};
  return members;
}

std::variant<domain::Opening, BadAct> read_opening(const Json& json, const domain::Contract& contract,
                                                   Timestamp now) {
  domain::Opening what;
  if (const auto at = json["at"].string_or(""); !at.empty()) {
    const auto time = told(at, contract.zone, now);
    if (!time) return bad_value("at", "2026-09-30T16:30:00+08:00");
    what.at = time->at;
  }
  what.case_kind = json["kind"].string_or("");
  what.system = json["system"].string_or("");
  what.text = json["text"].string_or(json["why"].string_or(""));
  what.grade = json["grade"].string_or("");
  return what;
}

std::span<const std::string_view> record_members() {
  static constexpr std::string_view members[] = {"verb", "name", "period", "text", "at", "as", "why", "n"};
  return members;
}

std::variant<domain::DutyRecord, BadAct> read_record(const Json& json, const domain::Contract& contract,
                                                     Timestamp now) {
  domain::DutyRecord draft;
  const auto verb = json["verb"].string_or("");
  if (verb == "done")
    draft.kind = domain::RecordKind::done;
  else if (verb == "happened")
    draft.kind = domain::RecordKind::happened;
  else if (verb == "withdraw")
    draft.kind = domain::RecordKind::withdrawn;
  else
    return BadAct{"verb", {"collector.api.verb", {{"verb", verb}, {"known", "done, happened, withdraw"}}}};
  draft.about = json["name"].string_or(""), draft.period = json["period"].string_or("");
  draft.text = json["text"].string_or(""), draft.why = json["why"].string_or("");
  draft.at = now;
  if (const auto text = json["at"].string_or(""); !text.empty()) {
    const auto at = read_time(text, contract.zone, now);
    if (!at) return bad_value("at", "2026-09-30T16:30:00+08:00");
    draft.at = *at;
  }
  const auto n = json["n"].int_or(0);
  if (n < 0 || n > 1'000'000'000) return bad_value("n", "1-1000000000");
  draft.of = static_cast<std::uint32_t>(n);
  return draft;
}

}  // namespace xj::collector
