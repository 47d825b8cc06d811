#include "cli/commands.h"
#include "cli/context.h"

namespace xj::cli {
namespace {

// "contract/system" of "contract/system/check"; the agent's own are "local/check".
std::string group_of(const std::string& check) {
  const auto slash = check.rfind('/');
  return slash == std::string::npos ? std::string{} : check.substr(0, slash);
}

// "National day asks more until 10-08 00:00: every 30s, warn 70%".
std::string tightened_words(const Context& c, const Times& times, const Json& tightened) {
  const auto and_then = c.t("cli.and");
  std::string by, until;
  for (const auto& one : tightened["by"].items()) {
    by += (by.empty() ? "" : and_then) + title_of(c, one["title"], one["period"].string_or(""));
    const auto end = times.shown(one["until"]);
    if (until.empty() || until.find(end) == std::string::npos) until += (until.empty() ? "" : and_then) + end;
  }
  auto what = c.say({"cli.checks.every", {{"interval", tightened["interval"].string_or("")}}});
  for (const auto& [name, value] : tightened["params"].fields())
    what += and_then + name + ' ' + value.string_or("");
  return c.say({tightened["runs"].bool_or(false) ? "cli.checks.tightened" : "cli.checks.to_be_tightened",
                {{"by", by}, {"until", until}, {"what", what}}});
}

}  // namespace

int run_checks(Context& c, const Arguments& a) {
  const auto only_host = a.words.empty() ? std::string{} : a.words.front();
  auto json = c.get("/api/v1/checks" + query({{"host", only_host}}));
  if (a.has("--problems")) {
    Json kept{Json::Array{}};
    for (const auto& row : json["checks"].items())
      if (row["state"].string_or("") != "ok" || row["problem"].bool_or(false)) kept.push(row);
    json.set("checks", std::move(kept));
  }
  if (c.json) return c.print(json), kOk;
  if (json["checks"].size() == 0)
    return c.out << c.t(a.has("--problems") ? "cli.checks.none_bad" : "cli.checks.none") << '\n', kOk;
  const Times times(c, json);
  // On a terminal what a host's checks have in common stands once above them; in a pipe every line has it.
  const bool grouped = c.width > 0;
  std::vector<Column> columns{{c.t("cli.col.check")},
                              {c.t("cli.col.title"), Fit::drop},
                              {c.t("cli.col.state")},
                              {times.title("cli.col.slot")},
                              {c.t("cli.col.says"), Fit::wrap}};
  if (!grouped) columns.insert(columns.begin(), Column{c.t("cli.col.host")});
  Table table(std::move(columns));
  const auto add = [&](const std::string& host, std::vector<Cell> row) {
    if (!grouped) row.insert(row.begin(), Cell(host));
    table.add(std::move(row));
  };
  std::string above;
  for (const auto& row : json["checks"].items()) {
    const auto host = row["host"].string_or(""), check = row["check"].string_or("");
    auto shown = check;
    if (grouped) {
      const auto group = group_of(check);
      if (auto heading = only_host.empty() ? host + "  " + group : group; heading != above)
        table.section(heading), above = std::move(heading);
      shown = "  " + (group.empty() ? check : check.substr(group.size() + 1));
    }
    auto says = words(c, row["message"]);
    if (const auto held = words(c, row["held"]); !held.empty()) says += (says.empty() ? "" : " · ") + held;
    if (row["tightened"].is_object())
      says += (says.empty() ? "" : " · ") + tightened_words(c, times, row["tightened"]);
    add(host, {shown, title_of(c, row["title"], ""), state_cell(c, row["state"].string_or("")),
               times.shown(row["slot"]), says});
    for (const auto& item : row["items"].items())
      if (item["state"].string_or("ok") != "ok")
        add(host, {grouped ? "    " + item["key"].string_or("") : check + ' ' + item["key"].string_or(""), "",
                   state_cell(c, item["state"].string_or("")), "", words(c, item["message"])});
  }
  c.print(table);
  return kOk;
}

}  // namespace xj::cli
