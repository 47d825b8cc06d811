#include "cli/commands.h"
#include "cli/context.h"

namespace xj::cli {
namespace {

int list(Context& c, const Arguments& a, const std::string& kind) {
  const auto json = c.get("/api/v1/cases" + query({{"kind", kind},
                                                   {"contract", a.get("--contract")},
                                                   {"open", a.has("--all") ? "" : "true"},
                                                   {"limit", a.get("--limit")}}));
  if (c.json) return c.print(json), kOk;
  if (json["cases"].size() == 0)
    return c.out << c.t(a.has("--all") ? "cli.cases.none" : "cli.cases.none_open") << '\n', kOk;
  Table table({{c.t("cli.col.number")},
               {c.t("cli.col.grade")},
               {c.t("cli.col.status"), false, true},
               {c.t("cli.col.opened")},
               {c.t("cli.col.next")},
               {c.t("cli.col.left"), true},
               {c.t("cli.col.system"), false, true},
               {c.t("cli.col.problem"), false, true}});
  for (const auto& row : json["cases"].items()) {
    const auto& next = row["next"];
    const bool late = next["status"].string_or("") == "breached";
    table.add({row["number"].string_or(""),
               title_of(c, row["grade_title"], row["grade"].string_or("-")),
               c.t("domain.status." + row["status"].string_or("none")),
               shown_time(row["opened"]),
               title_of(c, next["title"], next["clock"].string_or("")),
               {next["due"].is_string() ? left(c, next["due"]) : "", late ? Colour::bad : Colour::none},
               title_of(c, row["system_title"], row["system"].string_or("")),
               words(c, row["problem"])});
  }
  c.print(table);
  return kOk;
}

}  // namespace

int run_case_list(Context& c, const Arguments& a) { return list(c, a, a.get("--kind")); }
int run_incidents(Context& c, const Arguments& a) { return list(c, a, "incident"); }

}  // namespace xj::cli
