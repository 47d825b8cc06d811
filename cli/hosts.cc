#include "cli/commands.h"
#include "cli/context.h"

namespace xj::cli {

int run_hosts(Context& c, const Arguments&) {
  const auto json = c.get("/api/v1/hosts");
  if (c.json) return c.print(json), kOk;
  if (json["hosts"].size() == 0) return c.out << c.t("cli.hosts.none") << '\n', kOk;
  Table table({{c.t("cli.col.host")},
               {c.t("cli.col.state")},
               {c.t("cli.col.heard"), Fit::keep, true},
               {c.t("cli.col.problems"), Fit::keep, true},
               {c.t("cli.col.checks"), Fit::keep, true},
               {c.t("cli.col.offset"), Fit::keep, true},
               {c.t("cli.col.systems"), Fit::wrap}});
  for (const auto& row : json["hosts"].items()) {
    std::string systems;
    for (const auto& system : row["systems"].items())
      systems += (systems.empty() ? "" : " ") + system.string_or("");
    const auto problems = row["problems"].int_or(0);
    const bool heard = row["heard"].is_string();
    table.add({row["name"].string_or(""),
               state_cell(c, row["state"].string_or("")),
               heard ? ago(c, row["heard"]) : "-",
               {std::to_string(problems), problems > 0 ? Colour::bad : Colour::none},
               heard ? std::to_string(row["checks"].int_or(0)) : "-",
               heard ? std::to_string(row["offset_ms"].int_or(0)) + "ms" : "-",
               systems});
  }
  c.print(table);
  return kOk;
}

}  // namespace xj::cli
