// `xunjian deduction`: what the contracts' deductions come to, and what people put on record about them.
#include <charconv>
#include <set>

#include "cli/commands.h"
#include "cli/context.h"
#include "collector/domain/deduction.h"

namespace xj::cli {
namespace {

std::string minute(const Json& iso) {
  const auto text = iso.string_or("-");
  return text.size() < 16 ? text : text.substr(0, 10) + ' ' + text.substr(11, 5);
}

std::string yuan(const Json& cents) {
  auto text = domain::yuan_text(cents.int_or(0));
  return text.find('.') == std::string::npos ? text + ".00" : text;
}

// The case, or the record.
std::string about(const Json& line) {
  const auto number = line["case"].string_or("");
  if (!line["record"].is_null()) {
    const auto record = '#' + std::to_string(line["record"].int_or(0));
    return number.empty() ? record : number + ' ' + record;
  }
  return number + (line["run"].int_or(1) > 1 ? " (" + std::to_string(line["run"].int_or(1)) + ')' : "");
}

Cell amount(const Context& c, const Json& line) {
  const auto& cents = line["amount_cents"];
  if (cents.is_null()) return {"-", Colour::faint};
  return {yuan(cents) + (line["losses"].bool_or(false) ? " + " + c.t("money.plus_losses") : "")};
}

Cell state(const Context& c, const Json& line) {
  const auto word = line["state"].string_or("");
  Colour colour = Colour::faint;
  if (word == "counted") colour = Colour::bad;
  if (word == "base_open" || word == "to_judge") colour = Colour::notice;
  return {word.empty() ? "" : c.t("money.state." + word), colour};
}

void show_totals(const Context& c, const Json& contract) {
  for (const auto& total : contract["totals"].items()) {
    paragraph(c, c.out,
              c.say({"money.total",
                     {{"party", "@money.party." + total["party"].string_or("")},
                      {"sum", yuan(total["amount_cents"])},
                      {"counted", std::to_string(total["counted"].int_or(0))}}}));
    if (const auto open = total["base_open"].int_or(0); open > 0)
      paragraph(c, c.out, c.say({"money.total_open", {{"open", std::to_string(open)}}}), "  ", "  ");
    if (const auto judge = total["to_judge"].int_or(0); judge > 0)
      paragraph(c, c.out, c.say({"money.total_judge", {{"judge", std::to_string(judge)}}}), "  ", "  ");
  }
  std::set<std::string> ends;
  for (const auto& line : contract["lines"].items())
    if (line["ends"].bool_or(false) && ends.insert(line["name"].string_or("")).second)
      paragraph(c, c.out,
                c.say({"money.ends", {{"name", title_of(c, line["title"], line["name"].string_or(""))}}}));
}

void explain(const Context& c, const Json& line) {
  const auto name = line["name"].string_or("");
  c.out << minute(line["at"]) << "  " << name << "  " << about(line) << "  " << state(c, line).text << "  "
        << amount(c, line).text << '\n';
  paragraph(c, c.out, title_of(c, line["title"], name), "  ", "  ", Colour::strong);
  for (const auto& why : line["why"].items()) paragraph(c, c.out, words(c, why), "  ", "  ");
}

void show(const Context& c, const Json& json, bool in_sentences) {
  bool any = false;
  for (const auto& contract : json["contracts"].items()) {
    const auto& lines = contract["lines"];
    if (lines.size() == 0) continue;
    if (any) c.out << '\n';
    any = true;
    const auto heading = c.say({"money.section",
                                {{"contract", contract["contract"].string_or("")},
                                 {"from", minute(contract["from"])},
                                 {"to", minute(contract["to"])}}});
    if (in_sentences) {
      c.out << heading << '\n';
      for (const auto& line : lines.items()) explain(c, line);
    } else {
      Table table({{c.t("money.col.at")},
                   {c.t("money.col.name")},
                   {c.t("money.col.about")},
                   {c.t("money.col.state")},
                   {c.t("money.col.amount"), Fit::keep, true},
                   {c.t("money.col.title"), Fit::wrap}});
      table.section(heading);
      for (const auto& line : lines.items()) {
        const auto name = line["name"].string_or("");
        table.add({minute(line["at"]), name, about(line), state(c, line), amount(c, line),
                   title_of(c, line["title"], name)});
      }
      c.print(table);
    }
    show_totals(c, contract);
  }
  if (!any) c.out << c.t("money.none") << '\n';
}

Json asked(Context& c, const Arguments& a, const std::string& contract, const std::string& name) {
  for (const auto* option : {"--from", "--to"})
    if (const auto given = a.get(option);
        !given.empty() && !parse_iso(given) && !(given.size() == 10 && parse_wall(given + " 00:00", given)))
      throw CommandFailed({"calendar.bad_time", {{"option", option}, {"value", given}}}, {}, kUsage);
  return c.get(
      "/api/v1/deductions" +
      query({{"contract", contract}, {"name", name}, {"from", a.get("--from")}, {"to", a.get("--to")}}));
}

std::int64_t number_of(const std::string& word) {
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), n);
  if (error != std::errc{} || end != word.data() + word.size() || n < 1)
    throw CommandFailed({"duty.error.record_n", {{"value", word}}}, {}, kUsage);
  return n;
}

// CONTRACT/NAME as given, NAME of --contract, or of the only one there is.
std::pair<std::string, std::string> target(Context& c, const Arguments& a) {
  if (const auto contract = a.get("--contract"); !contract.empty()) return {contract, a.words[0]};
  return in_contract(c, a.words[0]);
}

Json put(Context& c, const std::string& contract, const char* verb, const Arguments& a, Json body) {
  if (a.get("--why").empty())
    throw CommandFailed({"calendar.option_missing", {{"option", "--why TEXT"}}}, {}, kUsage);
  for (const auto* name : {"--at", "--until"})
    if (const auto time = a.get(name); !time.empty() && !parse_iso(time) && !parse_wall(time, "2026-01-01") &&
                                       !(time.size() == 10 && parse_wall(time + " 00:00", time)))
      throw CommandFailed({"cli.error.at", {{"value", time}}}, {}, kUsage);
  body.set("verb", verb);
  for (const auto* name : {"at", "until", "as", "why", "case", "system", "price", "sum"})
    if (const auto value = a.get(std::string("--") + name); !value.empty()) body.set(name, value);
  if (a.has("--count")) body.set("count", number_of(a.get("--count")));
  return c.post("/api/v1/deductions/" + url_part(contract) + "/records", body);
}

// What it came to, with the reckoning.
int told(Context& c, const Json& json, const Message& what) {
  if (c.json) return c.print(json), kOk;
  c.out << c.say(what) << '\n';
  for (const auto& line : json["lines"].items()) explain(c, line);
  return kOk;
}

std::string record_n(const Json& json) { return std::to_string(json["record"]["n"].int_or(0)); }

}  // namespace

int run_deduction_list(Context& c, const Arguments& a) {
  const auto json = asked(c, a, a.get("--contract"), "");
  if (c.json) return c.print(json), kOk;
  show(c, json, a.has("--explain"));
  return kOk;
}

int run_deduction_show(Context& c, const Arguments& a) {
  const auto [contract, name] = target(c, a);
  const auto json = asked(c, a, contract, name);
  if (c.json) return c.print(json), kOk;
  show(c, json, true);
  return kOk;
}

int run_deduction_record(Context& c, const Arguments& a) {
  const auto [contract, name] = target(c, a);
  const auto json = put(c, contract, "record", a, Json().set("name", name));
  return told(c, json, {"money.recorded", {{"n", record_n(json)}}});
}

int run_deduction_waive(Context& c, const Arguments& a) {
  const auto [contract, name] = target(c, a);
  Json body;
  body.set("name", name).set("ground", a.has("--force-majeure") ? "force_majeure" : "client");
  if (a.has("--record")) body.set("of", number_of(a.get("--record")));
  const auto json = put(c, contract, "waive", a, std::move(body));
  return told(c, json, {"money.waived", {{"n", record_n(json)}}});
}

int run_deduction_withdraw(Context& c, const Arguments& a) {
  const auto [contract, word] = target(c, a);
  const auto of = number_of(word);
  const auto json = put(c, contract, "withdraw", a, Json().set("of", of));
  return told(c, json, {"money.withdrawn", {{"of", std::to_string(of)}}});
}

int run_deduction_records(Context& c, const Arguments& a) {
  const auto contract = a.words.empty() ? in_contract(c, "-").first : a.words[0];
  const auto json = c.get("/api/v1/deductions/" + url_part(contract) + "/records");
  if (c.json) return c.print(json), kOk;
  const auto& list = json["records"];
  if (list.size() == 0) return c.out << c.t("money.no_records") << '\n', kOk;
  Table table({{c.t("money.col.n"), Fit::keep, true},
               {c.t("money.col.at")},
               {c.t("money.col.kind")},
               {c.t("money.col.name")},
               {c.t("money.col.about")},
               {c.t("money.col.who"), Fit::drop},
               {c.t("money.col.why"), Fit::wrap}});
  for (const auto& one : list.items()) {
    const auto kind = one["kind"].string_or("");
    auto of = one["case"].string_or("");
    if (kind == "waived" && of.empty()) of = '#' + std::to_string(one["of"].int_or(0));
    const auto said = kind == "withdrawn"
                          ? c.say({"money.kind.withdrawn", {{"n", std::to_string(one["of"].int_or(0))}}})
                      : one["ground"].string_or("") == "force_majeure" ? c.t("money.kind.force_majeure")
                                                                       : c.t("money.kind." + kind);
    table.add({std::to_string(one["n"].int_or(0)), minute(one["at"]), said, one["name"].string_or(""),
               std::move(of), actor_of(one), one["why"].string_or("")});
  }
  c.print(table);
  return kOk;
}

}  // namespace xj::cli
