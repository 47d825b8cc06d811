#include <set>

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
  if (json["cases"].size() == 0) {
    const auto* none = a.has("--all")       ? "cli.cases.none"
                       : kind == "incident" ? "cli.incidents.none_open"
                                            : "cli.cases.none_open";
    return c.out << c.t(none) << '\n', kOk;
  }
  const Times times(c, json);
  std::set<std::string> contracts;
  for (const auto& row : json["cases"].items()) contracts.insert(row["contract"].string_or(""));
  Table table({{c.t("cli.col.number")},
               {c.t("cli.col.grade")},
               {c.t("cli.col.system"), Fit::fold},
               {c.t("cli.col.status")},
               {c.t("cli.col.next"), Fit::fold},
               {c.t("cli.col.left"), Fit::keep, true},
               {times.title("cli.col.opened"), Fit::drop},
               {c.t("cli.col.problem"), Fit::wrap}});
  for (const auto& row : json["cases"].items()) {
    const auto& next = row["next"];
    const bool late = next["status"].string_or("") == "breached";
    const auto number = row["number"].string_or("");
    // Two contracts may have the same number.
    table.add({contracts.size() > 1 ? row["contract"].string_or("") + '/' + number : number,
               title_of(c, row["grade_title"], row["grade"].string_or("-")),
               title_of(c, row["system_title"], row["system"].string_or("")),
               status_cell(c, row["status"].string_or("")),
               title_of(c, next["title"], next["clock"].string_or("")),
               {next["due"].is_string() ? left(c, next["due"]) : "", late ? Colour::bad : Colour::none},
               times.shown(row["opened"]),
               words(c, row["problem"])});
  }
  c.print(table);
  return kOk;
}

}  // namespace

int run_case_list(Context& c, const Arguments& a) { return list(c, a, a.get("--kind")); }
int run_incidents(Context& c, const Arguments& a) { return list(c, a, "incident"); }

}  // namespace xj::cli
