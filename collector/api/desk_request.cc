#include "collector/api/desk_request.h"

namespace xj::collector {
namespace {

std::optional<domain::SheetEventKind> kind_of(std::string_view verb) {
  if (verb == "fill") return domain::SheetEventKind::filled;
  if (verb == "submit") return domain::SheetEventKind::submitted;
  if (verb == "review") return domain::SheetEventKind::reviewed;
  if (verb == "return") return domain::SheetEventKind::returned;
  if (verb == "sign") return domain::SheetEventKind::signed_off;
  return std::nullopt;
}

BadAct bad_time(const std::string& name, std::string accepts) {
  return {"query", {"collector.api.bad_query", {{"name", name}, {"accepts", std::move(accepts)}}}};
}

}  // namespace

std::span<const std::string_view> sheet_members() {
  static constexpr std::string_view members[] = {"verb",    "item", "result", "text", "part",
                                                 "quality", "at",   "as",     "why"};
  return members;
}

std::variant<domain::SheetAct, BadAct> read_sheet_act(const Json& json, const domain::Contract& contract,
                                                      Timestamp now) {
  const auto kind = kind_of(json["verb"].as_string());
  if (!kind)
    return BadAct{"verb",
                  {"round.no_verb",
                   {{"verb", json["verb"].string_or("")}, {"known", "fill, submit, review, return, sign"}}}};
  domain::SheetAct what;
  what.kind = *kind;
  what.at = now;
  if (const auto at = json["at"].string_or(""); !at.empty()) {
    const auto time = read_time(at, contract.zone, now);
    if (!time) return bad_time("at", "2026-09-30T16:30:00+08:00");
    what.at = *time;
  }
  what.text = json["text"].string_or(""), what.why = json["why"].string_or("");
  what.item = json["item"].is_int() ? std::to_string(json["item"].int_or(0)) : json["item"].string_or("");
  what.result = json["result"].string_or("");
  what.part = json["part"].string_or(""), what.quality = json["quality"].string_or("");
  return what;
}

std::span<const std::string_view> duty_members() {
  static constexpr std::string_view members[] = {"verb", "shifts", "why", "as"};
  return members;
}

std::variant<domain::DutyRecord, BadAct> read_duty_change(const Json& json, const std::string& role,
                                                          const domain::Contract& contract, Timestamp now) {
  domain::DutyRecord draft;
  const auto verb = json["verb"].string_or("");
  if (verb != "set" && verb != "import")
    return BadAct{"verb", {"collector.api.verb", {{"verb", verb}, {"known", "set, import"}}}};
  draft.kind = verb == "set" ? domain::RecordKind::duty_set : domain::RecordKind::roster_imported;
  draft.about = role, draft.why = json["why"].string_or(""), draft.at = now;
  for (const auto& one : json["shifts"].items()) {
    domain::Shift shift;
    for (const auto& [name, into] : {std::pair{"from", &shift.from}, {"to", &shift.to}}) {
      const auto time = read_time(one[name].string_or(""), contract.zone, now);
      if (!time) return bad_time(name, "2026-11-20 08:00, 2026-11-20T08:00:00+08:00");
      *into = *time;
    }
    shift.a = one["a"].string_or(""), shift.b = one["b"].string_or("");
    draft.shifts.push_back(std::move(shift));
  }
  return draft;
}

}  // namespace xj::collector
