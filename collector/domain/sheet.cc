#include "collector/domain/sheet.h"

#include <algorithm>
#include <charconv>

#include "collector/domain/explain.h"
#include "core/fault.h"

namespace xj::domain {
namespace {

constexpr std::size_t kLongestText = 2'000;
constexpr std::size_t kNamed = 8;
constexpr std::string_view kInspector = "inspector", kRecorder = "recorder";

Rejection no(std::string id, Message::Args args = {}) { return {{std::move(id), std::move(args)}}; }

template <typename List>
std::string joined(const List& words) {
  std::string out;
  std::size_t n = 0;
  for (const auto& word : words) {
    if (n == kNamed) return out + ", …";
    out += (n++ == 0 ? "" : ", ") + std::string(word);
  }
  return out;
}

bool one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool holds(const Contract& contract, const std::string& role, const std::string& person) {
  const auto it = contract.roles.find(role);
  return it != contract.roles.end() &&
         std::find(it->second.people.begin(), it->second.people.end(), person) != it->second.people.end();
}

bool holds_any(const Contract& contract, const std::vector<std::string>& roles, const std::string& person) {
  return std::any_of(roles.begin(), roles.end(),
                     [&](const std::string& role) { return holds(contract, role, person); });
}

std::vector<std::string> distinct(std::vector<std::string> roles) {
  std::vector<std::string> out;
  for (auto& role : roles)
    if (!role.empty() && std::find(out.begin(), out.end(), role) == out.end()) out.push_back(std::move(role));
  return out;
}

Rejection not_yours(const SheetAct& act, const std::vector<std::string>& roles) {
  return no("round.refuse.role", {{"person", act.person}, {"roles", joined(roles)}});
}

Rejection wrong_time(const SheetState& state) {
  switch (state.status) {
    case SheetStatus::draft: return no("round.refuse.is_draft");
    case SheetStatus::submitted: return no("round.refuse.is_submitted");
    case SheetStatus::reviewed: return no("round.refuse.is_reviewed");
    case SheetStatus::signed_off: return no("round.refuse.is_signed");
  }
  return no("round.refuse.is_signed");
}

const SheetItem* find_item(const SheetBase& base, const std::string& word,
                           std::optional<Rejection>& refused) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error == std::errc{} && end == word.data() + word.size()) {
    const auto* item = base.item(number);
    if (item == nullptr)
      refused = no("round.refuse.no_item", {{"item", word}, {"count", std::to_string(base.items.size())}});
    return item;
  }
  const SheetItem* found = nullptr;
  std::vector<std::string> lines;
  for (const auto& item : base.items)
    if (!word.empty() && (item.id == word || item.id.ends_with('/' + word)))
      found = &item, lines.push_back(std::to_string(item.no));
  if (lines.size() == 1) return found;
  refused = lines.empty()
                ? no("round.refuse.no_item", {{"item", word}, {"count", std::to_string(base.items.size())}})
                : no("round.refuse.which_item", {{"item", word}, {"lines", joined(lines)}});
  return nullptr;
}

std::variant<SheetEvent, Rejection> accept_filled(SheetEvent event, const SheetAct& act,
                                                  const SheetBase& base, const RoundSpec& round,
                                                  const Contract& contract) {
  const auto roles = distinct({round.inspector, round.recorder});
  if (!holds_any(contract, roles, act.person)) return not_yours(act, roles);
  std::optional<Rejection> refused;
  const auto* item = find_item(base, act.item, refused);
  if (refused) return *refused;
  // What a person saw long before is as stale as a result would be.
  if (event.at + round.freshness < base.made)
    return no("round.refuse.too_old", {{"made", local_text(base.made, contract.zone)}});
  if (item->manual) {
    if (!one_of(act.result, kManualResults))
      return no("round.refuse.result", {{"value", act.result}, {"known", joined(kManualResults)}});
    if (act.result != "ok" && act.text.empty()) return no("round.refuse.remark");
  } else {
    if (!act.result.empty()) return no("round.refuse.measured", {{"item", std::to_string(item->no)}});
    if (act.text.empty()) return no("round.refuse.remark_alone");
  }
  event.item = item->no;
  event.result = act.result;
  return event;
}

std::variant<SheetEvent, Rejection> accept_submitted(SheetEvent event, const SheetAct& act,
                                                     const SheetBase& base, const SheetState& state,
                                                     const RoundSpec& round, const Contract& contract) {
  const auto roles = distinct({round.inspector, round.recorder});
  if (!holds_any(contract, roles, act.person)) return not_yours(act, roles);
  std::vector<std::string> open;
  for (const auto item : unfilled(base, state)) open.push_back(std::to_string(item));
  if (!open.empty())
    return no("round.refuse.unfilled", {{"count", std::to_string(open.size())}, {"items", joined(open)}});
  return event;
}

std::variant<SheetEvent, Rejection> accept_judged(SheetEvent event, const SheetAct& act,
                                                  const SheetState& state, const RoundSpec& round,
                                                  const Contract& contract) {
  const bool back = act.kind == SheetEventKind::returned;
  if (back && act.text.empty()) return no("round.refuse.reason");
  if (!back && round.reviewer.empty()) return no("round.refuse.no_reviewer");
  // Who shall sign may say that it is not right; only the reviewer says that it is.
  std::vector<std::string> roles{round.reviewer};
  if (back)
    for (const auto& part : parts(round)) roles.push_back(part.role);
  roles = distinct(std::move(roles));
  if (!holds_any(contract, roles, act.person)) return not_yours(act, roles);
  if (!back && state.submitted && state.submitted->actor == event.actor) return no("round.refuse.own");
  return event;
}

std::variant<SheetEvent, Rejection> accept_signed(SheetEvent event, const SheetAct& act,
                                                  const SheetBase& base, const SheetState& state,
                                                  const RoundSpec& round, const Contract& contract) {
  if (!act.quality.empty() && !one_of(act.quality, kQualities))
    return no("round.refuse.quality", {{"value", act.quality}, {"known", joined(kQualities)}});
  const auto all = parts(round);
  const auto open = unsigned_parts(state, round);
  const auto is_open = [&](const SheetPart& part) {
    return std::find(open.begin(), open.end(), part.part) != open.end();
  };
  std::vector<const SheetPart*> mine;
  std::vector<std::string> roles;
  bool named_other = false;
  for (const auto& part : all) {
    if (!act.part.empty() && act.part != part.part && act.part != part.role) continue;
    roles.push_back(part.role);
    if (!holds(contract, part.role, act.person)) continue;
    // The sheet says who inspected: nobody else signs for that.
    const auto& named = part.part == kInspector  ? base.inspector
                        : part.part == kRecorder ? base.recorder
                                                 : std::string{};
    if (!named.empty() && named != event.name) {
      named_other = true;
      continue;
    }
    mine.push_back(&part);
  }
  if (roles.empty()) {
    std::vector<std::string> known;
    for (const auto& part : all) known.push_back(part.part);
    return no("round.refuse.no_part", {{"part", act.part}, {"known", joined(known)}});
  }
  if (mine.empty())
    return named_other ? no("round.refuse.other_named", {{"person", act.person}})
                       : not_yours(act, distinct(std::move(roles)));
  std::vector<std::string> left;
  const SheetPart* chosen = nullptr;
  for (const auto* part : mine)
    if (is_open(*part)) chosen = part, left.push_back(part->part);
  if (chosen == nullptr) return no("round.refuse.signed_already", {{"person", act.person}});
  if (left.size() > 1) return no("round.refuse.which_part", {{"parts", joined(left)}});
  const bool ours = chosen->part == kInspector || chosen->part == kRecorder;
  if (ours && !act.quality.empty()) return no("round.refuse.own_quality");
  event.part = chosen->part;
  if (!ours) event.title = contract.roles.at(chosen->role).title.in(base.lang);
  event.quality = act.quality;
  event.last = open.size() == 1;
  return event;
}

void must(bool holds, const SheetEvent& event) {
  if (!holds)
    throw Fault("event " + std::to_string(event.n) + " (" + std::string(to_text(event.kind)) + ") of sheet " +
                event.contract + '/' + event.number + " does not follow from what was before");
}

}  // namespace

std::string_view to_text(SheetEventKind kind) {
  switch (kind) {
    case SheetEventKind::filled: return "filled";
    case SheetEventKind::submitted: return "submitted";
    case SheetEventKind::returned: return "returned";
    case SheetEventKind::reviewed: return "reviewed";
    case SheetEventKind::signed_off: return "signed";
  }
  return "";
}

std::optional<SheetEventKind> parse_sheet_event_kind(std::string_view text) {
  for (const auto kind : {SheetEventKind::filled, SheetEventKind::submitted, SheetEventKind::returned,
                          SheetEventKind::reviewed, SheetEventKind::signed_off})
    if (to_text(kind) == text) return kind;
  return std::nullopt;
}

std::string_view to_text(SheetStatus status) {
  switch (status) {
    case SheetStatus::draft: return "draft";
    case SheetStatus::submitted: return "submitted";
    case SheetStatus::reviewed: return "reviewed";
    case SheetStatus::signed_off: return "signed";
  }
  return "";
}

std::optional<SheetStatus> parse_sheet_status(std::string_view text) {
  for (const auto status :
       {SheetStatus::draft, SheetStatus::submitted, SheetStatus::reviewed, SheetStatus::signed_off})
    if (to_text(status) == text) return status;
  return std::nullopt;
}

const SheetItem* SheetBase::item(std::int64_t no) const {
  const auto it = std::find_if(items.begin(), items.end(), [&](const SheetItem& i) { return i.no == no; });
  return it == items.end() ? nullptr : &*it;
}

SheetBase read_sheet(const Json& facts) {
  SheetBase base;
  base.contract = facts["contract"]["id"].string_or("");
  base.revision = facts["contract"]["revision"].string_or("");
  base.number = facts["number"].string_or("");
  base.made = parse_iso(facts["made"].string_or("")).value_or(Timestamp{});
  base.lang = facts["lang"].as_string() == "en" ? Lang::en : Lang::zh;
  base.inspector = facts["inspector"].string_or("");
  base.recorder = facts["recorder"].string_or("");
  for (const auto& system : facts["systems"].items())
    for (const auto& item : system["items"].items())
      base.items.push_back({item["no"].int_or(0), item["id"].string_or(""), item["item"].string_or(""),
                            item["target"].string_or(""), item["state"].as_string() == "manual"});
  return base;
}

const SheetState::Signature* SheetState::signature(std::string_view part) const {
  const auto it =
      std::find_if(signatures.begin(), signatures.end(), [&](const Signature& s) { return s.part == part; });
  return it == signatures.end() ? nullptr : &*it;
}

void apply(SheetState& state, const SheetEvent& event) {
  must(event.n == state.last_n + 1, event);
  switch (event.kind) {
    case SheetEventKind::filled:
      must(state.status == SheetStatus::draft && event.item > 0, event);
      state.filled[event.item] = {event.result, event.text, event.name, event.at};
      break;
    case SheetEventKind::submitted:
      must(state.status == SheetStatus::draft, event);
      state.status = SheetStatus::submitted;
      state.submitted = {event.actor, event.name, event.text, event.at};
      state.returned.reset();
      break;
    case SheetEventKind::returned:
      must(state.status == SheetStatus::submitted || state.status == SheetStatus::reviewed, event);
      state.status = SheetStatus::draft;
      state.returned = {event.actor, event.name, event.text, event.at};
      state.submitted.reset(), state.reviewed.reset();
      state.signatures.clear();
      break;
    case SheetEventKind::reviewed:
      must(state.status == SheetStatus::submitted, event);
      state.status = SheetStatus::reviewed;
      state.reviewed = {event.actor, event.name, event.text, event.at};
      break;
    case SheetEventKind::signed_off:
      must((state.status == SheetStatus::submitted || state.status == SheetStatus::reviewed) &&
               !event.part.empty() && state.signature(event.part) == nullptr,
           event);
      state.signatures.push_back(
          {event.part, event.title, event.actor, event.name, event.text, event.quality, event.at});
      if (event.last) state.status = SheetStatus::signed_off, state.signed_at = event.at;
      break;
  }
  state.last_n = event.n;
  state.last_at = event.at, state.last_known = event.known;
}

SheetState fold(std::span<const SheetEvent> events) {
  SheetState state;
  for (const auto& event : events) apply(state, event);
  return state;
}

const RoundSpec* round_of(const Contract& contract, std::string_view id) {
  const auto it = std::find_if(contract.rounds.begin(), contract.rounds.end(),
                               [&](const RoundSpec& r) { return r.id == id; });
  return it == contract.rounds.end() ? nullptr : &*it;
}

std::vector<SheetPart> parts(const RoundSpec& round) {
  std::vector<SheetPart> out{{std::string(kInspector), round.inspector},
                             {std::string(kRecorder), round.recorder}};
  for (const auto& role : round.signatures) out.push_back({role, role});
  return out;
}

std::vector<std::int64_t> unfilled(const SheetBase& base, const SheetState& state) {
  std::vector<std::int64_t> out;
  for (const auto& item : base.items)
    if (item.manual && !state.filled.contains(item.no)) out.push_back(item.no);
  return out;
}

std::string_view next_step(const SheetState& state, const RoundSpec& round) {
  switch (state.status) {
    case SheetStatus::draft: return "submit";
    case SheetStatus::submitted: return round.reviewer.empty() ? "sign" : "review";
    case SheetStatus::reviewed: return "sign";
    case SheetStatus::signed_off: return "";
  }
  return "";
}

std::vector<std::string> unsigned_parts(const SheetState& state, const RoundSpec& round) {
  std::vector<std::string> out;
  if (state.status == SheetStatus::signed_off) return out;
  for (const auto& part : parts(round))
    if (state.signature(part.part) == nullptr) out.push_back(part.part);
  return out;
}

std::variant<SheetEvent, Rejection> accept(const SheetAct& act, const SheetBase& base,
                                           const SheetState& state, const RoundSpec& round,
                                           const Contract& contract, Timestamp now) {
  for (const auto* words : {&act.text, &act.why})
    if (words->size() > kLongestText)
      return no("round.refuse.long", {{"most", std::to_string(kLongestText)}});
  if (act.at > now) return no("round.refuse.future");
  const bool right_time = [&] {
    switch (act.kind) {
      case SheetEventKind::filled:
      case SheetEventKind::submitted: return state.status == SheetStatus::draft;
      case SheetEventKind::reviewed: return state.status == SheetStatus::submitted;
      case SheetEventKind::returned:
        return state.status == SheetStatus::submitted || state.status == SheetStatus::reviewed;
      case SheetEventKind::signed_off:
        return state.status == SheetStatus::reviewed ||
               (state.status == SheetStatus::submitted && round.reviewer.empty());
    }
    return false;
  }();
  if (!right_time) return wrong_time(state);
  // A step is not older than the one it stands on.
  if (act.kind != SheetEventKind::filled) {
    auto before = base.made;
    for (const auto* step : {&state.submitted, &state.reviewed, &state.returned})
      if (*step) before = std::max(before, (*step)->at);
    for (const auto& [unused, filled] : state.filled) before = std::max(before, filled.at);
    // What is named to the minute lies anywhere in it.
    if (act.at < std::chrono::floor<std::chrono::minutes>(before))
      return no("round.refuse.before", {{"before", local_text(before, contract.zone)}});
  }
  const auto person = contract.people.find(act.person);
  SheetEvent event;
  event.contract = base.contract, event.number = base.number;
  event.n = state.last_n + 1;
  event.kind = act.kind;
  event.at = act.at, event.known = now;
  event.actor = "person:" + act.person, event.via = act.via;
  event.name = person == contract.people.end() ? act.person : person->second.name;
  event.text = act.text, event.why = act.why;
  event.revision = contract.revision;
  switch (act.kind) {
    case SheetEventKind::filled: return accept_filled(std::move(event), act, base, round, contract);
    case SheetEventKind::submitted:
      return accept_submitted(std::move(event), act, base, state, round, contract);
    case SheetEventKind::returned:
    case SheetEventKind::reviewed: return accept_judged(std::move(event), act, state, round, contract);
    case SheetEventKind::signed_off: break;
  }
  return accept_signed(std::move(event), act, base, state, round, contract);
}

std::string encode(const SheetEvent& e) {
  constexpr int version = 1;
  Json json;
  json.set("v", version).set("contract", e.contract).set("sheet", e.number).set("n", std::int64_t{e.n});
  json.set("kind", to_text(e.kind)).set("at", to_iso(e.at)).set("known", to_iso(e.known));
  json.set("actor", e.actor).set("name", e.name).set("via", e.via).set("text", e.text).set("why", e.why);
  switch (e.kind) {
    case SheetEventKind::filled: json.set("item", e.item).set("result", e.result); break;
    case SheetEventKind::signed_off:
      json.set("part", e.part).set("title", e.title).set("quality", e.quality).set("last", e.last);
      json.set("seal", e.seal);
      break;
    case SheetEventKind::submitted:
    case SheetEventKind::reviewed: json.set("seal", e.seal); break;
    case SheetEventKind::returned: break;
  }
  json.set("revision", e.revision);
  return json.canonical();
}

std::variant<SheetEvent, std::string> decode_sheet_event(std::string_view body) {
  const auto parsed = parse_json(body);
  if (const auto* bad = std::get_if<JsonError>(&parsed)) return bad->what;
  const auto& json = std::get<Json>(parsed);
  if (json["v"].int_or(0) != 1) return "version " + std::to_string(json["v"].int_or(0)) + " is not known";
  const auto kind = parse_sheet_event_kind(json["kind"].as_string());
  if (!kind) return "kind \"" + json["kind"].string_or("") + "\" is not known";
  const auto at = parse_iso(json["at"].string_or("")), known = parse_iso(json["known"].string_or(""));
  if (!at || !known) return "a time cannot be read";
  const auto n = json["n"].int_or(0);
  if (n < 1 || n > 1'000'000'000) return "a number is out of range";
  SheetEvent e;
  e.contract = json["contract"].string_or(""), e.number = json["sheet"].string_or("");
  e.n = static_cast<std::uint32_t>(n), e.kind = *kind;
  e.at = *at, e.known = *known;
  e.actor = json["actor"].string_or(""), e.name = json["name"].string_or("");
  e.via = json["via"].string_or("");
  e.text = json["text"].string_or(""), e.why = json["why"].string_or("");
  if (*kind == SheetEventKind::filled)
    e.item = json["item"].int_or(0), e.result = json["result"].string_or("");
  if (*kind == SheetEventKind::signed_off) {
    e.part = json["part"].string_or(""), e.title = json["title"].string_or("");
    e.quality = json["quality"].string_or(""), e.last = json["last"].bool_or(false);
  }
  if (*kind != SheetEventKind::filled && *kind != SheetEventKind::returned)
    e.seal = json["seal"].string_or("");
  e.revision = json["revision"].string_or("");
  return e;
}

Message describe(const SheetEvent& e, const SheetBase& base) {
  const auto* item = base.item(e.item);
  Message::Args args{{"who", e.name}, {"text", e.text}};
  switch (e.kind) {
    case SheetEventKind::filled:
      args.emplace_back("item", std::to_string(e.item));
      args.emplace_back("title", item == nullptr ? std::string{} : item->title);
      if (e.result.empty()) return {"round.says.remarked", std::move(args)};
      args.emplace_back("result", "@round.result." + e.result);
      return {e.text.empty() ? "round.says.filled" : "round.says.filled_why", std::move(args)};
    case SheetEventKind::submitted: return {"round.says.submitted", std::move(args)};
    case SheetEventKind::returned: return {"round.says.returned", std::move(args)};
    case SheetEventKind::reviewed: return {"round.says.reviewed", std::move(args)};
    case SheetEventKind::signed_off: break;
  }
  if (e.title.empty()) {
    args.emplace_back("part", "@round.part." + e.part);
    return {"round.says.signed", std::move(args)};
  }
  args.emplace_back("part", e.title);
  return {e.text.empty() ? "round.says.signed" : "round.says.signed_text", std::move(args)};
}

}  // namespace xj::domain
