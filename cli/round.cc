#include "cli/commands.h"
#include "cli/context.h"

namespace xj::cli {

int run_round(Context& c, const Arguments& a) {
  const auto [contract, round] = in_contract(c, a.words[0]);
  Json body;
  body.set("contract", contract).set("round", round);
  for (const auto* name : {"inspector", "recorder", "analysis"})
    if (const auto value = a.get(std::string("--") + name); !value.empty()) body.set(name, value);
  if (const auto lang = a.get("--form-lang"); !lang.empty()) body.set("lang", lang);
  const auto output = a.get("--output");
  if (!output.empty() && !output.ends_with(".pdf") && !output.ends_with(".html"))
    throw CommandFailed({"cli.error.output", {{"file", output}}}, {}, kUsage);
  auto json = c.post("/api/v1/rounds", body);
  const auto number = json["number"].string_or("");
  if (!output.empty()) {
    const auto* format = output.ends_with(".pdf") ? "pdf" : "html";
    write_file(output, c.get_raw("/api/v1/documents/" + url_part(contract) + '/' + url_part(number) +
                                 "?format=" + format));
    json.set("file", output);
  }
  if (c.json) return c.print(json), kOk;
  const auto& counts = json["counts"];
  const auto count = [&](const char* name) { return std::to_string(counts[name].int_or(0)); };
  c.out << c.say({"cli.round.made", {{"contract", contract}, {"number", number}, {"total", count("total")}}})
        << '\n';
  Table table({{c.t("cli.col.state")}, {c.t("cli.col.count"), Fit::keep, true}});
  for (const auto* state : {"ok", "warning", "critical", "unknown", "missing", "manual"})
    if (counts[state].int_or(0) > 0) table.add({state_cell(c, state), count(state)});
  c.print(table);
  if (!output.empty())
    c.out << output << '\n';
  else
    c.out << c.say({"cli.round.next", {{"contract", contract}, {"number", number}}}) << '\n';
  return kOk;
}

}  // namespace xj::cli
