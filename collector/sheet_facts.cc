#include "collector/sheet_facts.h"

#include <algorithm>
#include <array>
#include <map>

namespace xj::collector {
namespace {

using domain::SheetState;

constexpr std::array kStates{"ok", "warning", "critical", "unknown", "missing", "manual", "fault", "skipped"};
// These were not there when the first sheets were made, so they are said only where there are any.
constexpr std::array kRare{"fault", "skipped"};

class Printed {
 public:
  Printed(const Json& made, const SheetState& state, const domain::Zone& zone)
      : made_(made), state_(state), zone_(zone) {}

  Json facts() {
    Json out = made_;
    out.set("made", local(state_.last_known)).set("status", domain::to_text(state_.status));
    for (const auto& finding : made_["findings"].items()) findings_.push_back(finding);
    out.set("systems", systems());
    out.set("counts", counts());
    out.set("findings", findings());
    if (state_.submitted) {
      out.set("submitted", step(*state_.submitted));
      if (!state_.submitted->text.empty()) out.set("analysis", state_.submitted->text);
    }
    if (state_.returned) {
      auto returned = step(*state_.returned);
      out.set("returned", std::move(returned.set("text", state_.returned->text)));
    }
    for (const auto* part : {"inspector", "recorder"})
      if (const auto* signature = state_.signature(part)) {
        if (made_[part].string_or("").empty()) out.set(part, signature->name);
        out.set(std::string(part) + "_signed", stamp(signature->name, signature->at));
      }
    if (state_.reviewed) {
      auto review = made_["review"];
      review.set("who", state_.reviewed->name).set("at", local(state_.reviewed->at));
      if (!state_.reviewed->text.empty()) review.set("text", state_.reviewed->text);
      if (review["title"].is_null()) review.set("title", "");
      out.set("review", std::move(review));
    }
    if (auto all = opinions(); all.size() > 0) out.set("opinions", std::move(all));
    return out;
  }

 private:
  std::string local(Timestamp t) const { return to_iso(t, zone_.offset_at(t)); }
  Json stamp(const std::string& who, Timestamp at) const {
    return Json(Json::Object{{"who", Json(who)}, {"at", Json(local(at))}});
  }
  Json step(const SheetState::Step& done) const { return stamp(done.name, done.at); }

  Json systems() {
    Json out{Json::Array{}};
    for (const auto& system : made_["systems"].items()) {
      Json items{Json::Array{}};
      for (const auto& item : system["items"].items()) items.push(filled(item, system["title"]));
      Json one = system;
      one.set("items", std::move(items));
      out.push(std::move(one));
    }
    return out;
  }

  Json filled(Json item, const Json& system) {
    const auto no = item["no"].int_or(0);
    if (const auto it = state_.filled.find(no); it != state_.filled.end()) {
      const auto& [result, remark, by, at] = it->second;
      // What was measured is no person's to change.
      if (item["state"].as_string() == "manual" && !result.empty()) {
        item.set("state", result);
        if (result != "ok") found(item, system, remark);
      }
      if (!remark.empty()) item.set("remark", remark);
      item.set("by", by);
    }
    ++counts_[item["state"].string_or("")];
    return item;
  }

  void found(const Json& item, const Json& system, const std::string& remark) {
    Json one;
    one.set("no", 0).set("ref", item["no"]).set("system", system).set("item", item["item"]);
    one.set("target", item["target"]).set("state", item["state"]);
    if (!remark.empty()) one.set("note", remark);
    findings_.push_back(std::move(one));
  }

  Json counts() const {
    Json out;
    out.set("total", made_["counts"]["total"]);
    for (const auto* state : kStates) {
      const auto it = counts_.find(state);
      const auto count = it == counts_.end() ? 0 : it->second;
      const bool rare = std::find(kRare.begin(), kRare.end(), std::string_view(state)) != kRare.end();
      if (!rare || count > 0) out.set(state, count);
    }
    return out;
  }

  Json findings() {
    std::stable_sort(findings_.begin(), findings_.end(),
                     [](const Json& a, const Json& b) { return a["ref"].int_or(0) < b["ref"].int_or(0); });
    Json out{Json::Array{}};
    for (auto& one : findings_) out.push(std::move(one.set("no", static_cast<std::int64_t>(out.size()) + 1)));
    return out;
  }

  // Of the roles that sign besides: those with a blank on the sheet first, in its order.
  Json opinions() const {
    Json out{Json::Array{}};
    std::vector<std::string> there;
    for (const auto& blank : made_["opinions"].items()) {
      const auto role = blank["role"].string_or("");
      there.push_back(role);
      const auto* signature = state_.signature(role);
      out.push(signature == nullptr ? blank : opinion(blank, *signature));
    }
    for (const auto& signature : state_.signatures) {
      if (signature.part == "inspector" || signature.part == "recorder" ||
          std::find(there.begin(), there.end(), signature.part) != there.end())
        continue;
      Json blank;
      blank.set("role", signature.part).set("title", signature.title);
      out.push(opinion(std::move(blank), signature));
    }
    return out;
  }

  Json opinion(Json blank, const SheetState::Signature& signature) const {
    blank.set("who", signature.name).set("at", local(signature.at));
    if (!signature.text.empty()) blank.set("text", signature.text);
    if (!signature.quality.empty()) blank.set("quality", signature.quality);
    return blank;
  }

  const Json& made_;
  const SheetState& state_;
  const domain::Zone& zone_;
  std::map<std::string, std::int64_t> counts_;
  std::vector<Json> findings_;
};

std::string title_of(const domain::Contract& contract, const std::string& role, Lang lang) {
  const auto it = contract.roles.find(role);
  return it == contract.roles.end() ? role : it->second.title.in(lang);
}

}  // namespace

void add_blanks(Json& facts, const domain::RoundSpec& round, const domain::Contract& contract, Lang lang) {
  if (!round.reviewer.empty())
    facts.set("review", Json(Json::Object{{"title", Json(title_of(contract, round.reviewer, lang))}}));
  if (round.signatures.empty()) return;
  Json list{Json::Array{}};
  for (const auto& role : round.signatures)
    list.push(Json(Json::Object{{"role", Json(role)}, {"title", Json(title_of(contract, role, lang))}}));
  facts.set("opinions", std::move(list));
}

Json sheet_facts(const Json& made, const domain::SheetState& state, const domain::Zone& zone) {
  return state.last_n == 0 ? made : Printed(made, state, zone).facts();
}

}  // namespace xj::collector
