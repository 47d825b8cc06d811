#include "cli/commands.h"
#include "cli/context.h"

namespace xj::cli {
namespace {

// "cpu" is enough where one check of the host ends in it.
std::string whole_check_id(Context& c, const std::string& host, const std::string& given) {
  if (given.find('/') != std::string::npos) return given;
  std::vector<std::string> found;
  std::string all;
  const auto json = c.get("/api/v1/checks" + query({{"host", host}}));
  for (const auto& row : json["checks"].items()) {
    const auto id = row["check"].string_or("");
    all += (all.empty() ? "" : ", ") + id;
    if (id.ends_with('/' + given)) found.push_back(id);
  }
  if (found.size() == 1) return found.front();
  if (all.empty()) throw CommandFailed({"cli.no_host", {{"host", host}}}, {"cli.mend.hosts", {}});
  throw CommandFailed({"cli.which_check", {{"check", given}, {"host", host}, {"known", all}}}, {}, kUsage);
}

}  // namespace

int run_results(Context& c, const Arguments& a) {
  const auto& host = a.words[0];
  const auto check = whole_check_id(c, host, a.words[1]);
  const auto json = c.get(
      "/api/v1/results" +
      query({{"host", host}, {"check", check}, {"item", a.get("--item")}, {"limit", a.get("--limit")}}));
  if (c.json) return c.print(json), kOk;
  if (json["results"].size() == 0)
    return c.out << c.say({"cli.results.none", {{"host", host}, {"check", check}}}) << '\n', kOk;
  const Times times(c, json);
  Table table({{times.title("cli.col.slot")},
               {c.t("cli.col.state")},
               {c.t("cli.col.says"), Fit::wrap},
               {c.t("cli.col.values"), Fit::wrap}});
  for (const auto& row : json["results"].items()) {
    std::string values;
    for (const auto& [name, value] : row["metrics"].fields())
      values += (values.empty() ? "" : " ") + name + '=' + value.dump();
    table.add({times.shown(row["slot"]), state_cell(c, row["state"].string_or("")), words(c, row["message"]),
               values});
  }
  c.print(table);
  return kOk;
}

}  // namespace xj::cli
