// Sheets of rounds: which there are, one of them, and what a person does with it.
#include <algorithm>

#include "cli/commands.h"
#include "cli/context.h"

namespace xj::cli {
namespace {

std::string minute(const Json& iso) {
  const auto text = iso.string_or("-");
  return text.size() < 16 ? text : text.substr(0, 10) + ' ' + text.substr(11, 5);
}

Cell sheet_state(const Context& c, const std::string& state) {
  Colour colour = Colour::notice;
  if (state == "signed") colour = Colour::good;
  if (state == "draft") colour = Colour::none;
  const auto id = "round.state." + state;
  return {has_text(id) ? c.t(id) : state, colour};
}

// A manual result in the words of a sheet, what was measured in those of everywhere.
Cell result_cell(const Context& c, const std::string& state, bool manual) {
  if (!manual || state == "manual") return state_cell(c, state);
  const auto id = "round.result." + state;
  return {has_text(id) ? c.t(id) : state, state == "ok" ? Colour::good : Colour::bad};
}

std::string part_name(const Context& c, const std::string& part) {
  const auto id = "round.part." + part;
  return has_text(id) ? c.t(id) : part;
}

// "3 items; signatures: inspector, recorder"
std::string lacking(const Context& c, const Json& sheet) {
  std::string out;
  const auto add = [&](const std::string& what) {
    out += (out.empty() ? "" : c.t("round.separator")) + what;
  };
  if (const auto count = sheet["unfilled"].int_or(0); count > 0)
    add(c.say({"round.lacks.unfilled", {{"count", std::to_string(count)}}}));
  const auto next = sheet["next"].string_or("");
  if (next == "submit") add(c.t("round.lacks.submit"));
  if (next == "review") add(c.t("round.lacks.review"));
  std::vector<std::string> parts;
  for (const auto& part : sheet["unsigned"].items()) parts.push_back(part_name(c, part.string_or("")));
  if (!parts.empty()) add(c.say({"round.lacks.sign", {{"parts", joined(c, parts)}}}));
  return out;
}

// "李工、王工", each once.
std::string waiting(const Context& c, const Json& sheet) {
  std::vector<std::string> names;
  for (const auto& wait : sheet["waits_for"].items())
    for (const auto& person : wait["people"].items())
      if (auto name = person["name"].string_or("");
          std::find(names.begin(), names.end(), name) == names.end())
        names.push_back(std::move(name));
  return joined(c, names);
}

struct SheetName {
  std::string contract, number;
  std::string target() const { return "/api/v1/rounds/" + url_part(contract) + '/' + url_part(number); }
};
SheetName find_sheet(Context& c, const std::string& given) {
  auto [contract, number] = in_contract(c, given);
  return {std::move(contract), std::move(number)};
}

int act(Context& c, const Arguments& a, std::string_view verb, Json body) {
  const auto at = a.get("--at");
  // Refused here, before anything is asked: the place is known.
  if (a.has("--at") && !parse_iso(at) && !parse_wall(at, "2026-01-01"))
    throw CommandFailed({"cli.error.at", {{"value", at}}}, {}, kUsage);
  body.set("verb", verb);
  for (const auto* name : {"at", "as", "why"})
    if (const auto value = a.get(std::string("--") + name); !value.empty()) body.set(name, value);
  const auto which = find_sheet(c, a.words[0]);
  Json json;
  try {
    json = c.post(which.target() + "/events", body);
  } catch (CommandFailed& refused) {
    if (refused.mend.empty() && refused.message.id.starts_with("round.refuse."))
      refused.mend = {"round.mend.show", {{"number", a.words[0]}}};
    throw;
  }
  if (c.json) return c.print(json), kOk;
  c.out << which.number << "  " << words(c, json["event"]["says"]) << '\n';
  const auto state = c.say(
      {"round.now", {{"number", which.number}, {"state", sheet_state(c, json["state"].string_or("")).text}}});
  const auto what = lacking(c, json);
  c.out << state;
  if (!what.empty()) c.out << c.t("round.separator") << c.say({"round.lacks", {{"what", what}}});
  c.out << '\n';
  return kOk;
}

Json with_text(const Arguments& a, std::size_t word) {
  Json body{Json::Object{}};
  if (a.words.size() > word) body.set("text", a.words[word]);
  return body;
}

}  // namespace

int run_round_list(Context& c, const Arguments& a) {
  const auto json = c.get("/api/v1/rounds" + query({{"contract", a.get("--contract")},
                                                    {"open", a.has("--open") ? "true" : ""},
                                                    {"limit", a.get("--limit")}}));
  if (c.json) return c.print(json), kOk;
  const auto& list = json["rounds"];
  if (list.size() == 0) return c.out << c.t("round.none") << '\n', kOk;
  std::string first = list.at(0)["contract"].string_or("");
  const bool several = std::any_of(list.items().begin(), list.items().end(),
                                   [&](const Json& one) { return one["contract"].string_or("") != first; });
  Table table({{c.t("round.col.number")},
               {c.t("round.col.round"), Fit::fold},
               {c.t("round.col.systems"), Fit::drop},
               {c.t("round.col.made")},
               {c.t("round.col.state")},
               {c.t("round.col.lacks"), Fit::wrap},
               {c.t("round.col.waits"), Fit::wrap}});
  for (const auto& one : list.items()) {
    std::vector<std::string> systems;
    for (const auto& system : one["systems"].items()) systems.push_back(system.string_or(""));
    auto number = one["number"].string_or("");
    if (several) number = one["contract"].string_or("") + '/' + number;
    table.add({std::move(number), title_of(c, one["title"], one["round"].string_or("")), joined(c, systems),
               minute(one["made"]), sheet_state(c, one["state"].string_or("")), lacking(c, one),
               waiting(c, one)});
  }
  c.print(table);
  return kOk;
}

int run_round_show(Context& c, const Arguments& a) {
  const auto which = find_sheet(c, a.words[0]);
  const auto json = c.get(which.target());
  if (c.json) return c.print(json), kOk;
  c.out << c.say({"round.heading",
                  {{"number", which.number},
                   {"title", title_of(c, json["title"], json["round"].string_or(""))},
                   {"made", minute(json["made"])},
                   {"state", sheet_state(c, json["state"].string_or("")).text}}})
        << '\n';
  if (const auto what = lacking(c, json); !what.empty())
    paragraph(c, c.out, c.say({"round.lacks", {{"what", what}}}));
  if (const auto text = json["returned"].string_or(""); !text.empty())
    paragraph(c, c.out, c.say({"round.returned", {{"text", text}}}));
  Table table({{c.t("round.col.no"), Fit::keep, true},
               {c.t("round.col.item"), Fit::fold},
               {c.t("round.col.target"), Fit::fold},
               {c.t("round.col.result")},
               {c.t("round.col.remark"), Fit::wrap},
               {c.t("round.col.by"), Fit::drop}});
  std::string system;
  for (const auto& one : json["items"].items()) {
    if (const auto title = one["system"].string_or(""); title != system) {
      system = title;
      table.section(title);
    }
    table.add({std::to_string(one["no"].int_or(0)), one["item"].string_or(""), one["target"].string_or(""),
               result_cell(c, one["state"].string_or(""), one["manual"].bool_or(false)),
               one["remark"].string_or(""), one["by"].string_or("")});
  }
  c.print(table);
  for (const auto& event : json["events"].items())
    paragraph(c, c.out, minute(event["at"]) + "  " + words(c, event["says"]), "", "  ");
  return kOk;
}

int run_round_fill(Context& c, const Arguments& a) {
  Json body;
  body.set("item", a.words[1]);
  if (const auto result = a.get("--result"); !result.empty()) body.set("result", result);
  if (const auto remark = a.get("--remark"); !remark.empty()) body.set("text", remark);
  return act(c, a, "fill", std::move(body));
}

int run_round_submit(Context& c, const Arguments& a) { return act(c, a, "submit", with_text(a, 1)); }

int run_round_review(Context& c, const Arguments& a) {
  if (a.has("--accept") == a.has("--reject"))
    throw CommandFailed({"cli.error.accept_or_reject", {}}, {}, kUsage);
  return act(c, a, a.has("--accept") ? "review" : "return", with_text(a, 1));
}

int run_round_sign(Context& c, const Arguments& a) {
  auto body = with_text(a, 1);
  for (const auto* name : {"part", "quality"})
    if (const auto value = a.get(std::string("--") + name); !value.empty()) body.set(name, value);
  return act(c, a, "sign", std::move(body));
}

}  // namespace xj::cli
