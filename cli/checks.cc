#include "cli/commands.h"
#include "cli/context.h"

namespace xj::cli {

int run_checks(Context& c, const Arguments& a) {
  auto json = c.get("/api/v1/checks" + query({{"host", a.words.empty() ? "" : a.words.front()}}));
  if (a.has("--problems")) {
    Json kept{Json::Array{}};
    for (const auto& row : json["checks"].items())
      if (row["state"].string_or("") != "ok" || row["problem"].bool_or(false)) kept.push(row);
    json.set("checks", std::move(kept));
  }
  if (c.json) return c.print(json), kOk;
  Table table({{c.t("cli.col.host"), false, true},
               {c.t("cli.col.check"), false, true},
               {c.t("cli.col.title"), false, true},
               {c.t("cli.col.state")},
               {c.t("cli.col.slot")},
               {c.t("cli.col.says"), false, true}});
  for (const auto& row : json["checks"].items()) {
    const auto state = row["state"].string_or("");
    table.add({row["host"].string_or(""), row["check"].string_or(""), title_of(c, row["title"], ""),
               state_cell(c, state), shown_time(row["slot"]), words(c, row["message"])});
    for (const auto& item : row["items"].items())
      if (item["state"].string_or("ok") != "ok")
        table.add({"", "", "  " + item["key"].string_or(""), state_cell(c, item["state"].string_or("")), "",
                   words(c, item["message"])});
  }
  c.print(table);
  return kOk;
}

}  // namespace xj::cli
