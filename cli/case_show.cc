#include "cli/commands.h"
#include "cli/context.h"

namespace xj::cli {
namespace {

Colour of_clock(const std::string& status) {
  if (status == "met") return Colour::good;
  if (status == "breached") return Colour::bad;
  if (status == "running") return Colour::notice;
  return Colour::none;
}

}  // namespace

int run_case_show(Context& c, const Arguments& a) {
  const auto json = c.get(find_case(c, a.words[0]).target());
  if (c.json) return c.print(json), kOk;
  c.out << coloured(json["number"].string_or(""), Colour::strong, c.colours) << "  "
        << title_of(c, json["kind_title"], json["kind"].string_or("")) << "  "
        << title_of(c, json["grade_title"], json["grade"].string_or("-")) << "  "
        << title_of(c, json["system_title"], json["system"].string_or("")) << "  "
        << c.t("domain.status." + json["status"].string_or("none")) << "\n\n";
  Table problems({{c.t("cli.col.problem"), false, true},
                  {c.t("cli.col.state")},
                  {c.t("cli.col.since")},
                  {c.t("cli.col.says"), false, true}});
  for (const auto& row : json["problems"].items()) {
    auto state = state_cell(c, row["state"].string_or(""));
    if (row["cleared"].bool_or(false)) state = {c.t("cli.cleared"), Colour::good};
    problems.add(
        {words(c, row["says"]), std::move(state), shown_time(row["since"]), words(c, row["message"])});
  }
  if (!problems.empty()) c.print(problems), c.out << '\n';
  Table clocks({{c.t("cli.col.clock")},
                {c.t("cli.col.status")},
                {c.t("cli.col.limit"), true},
                {c.t("cli.col.started")},
                {c.t("cli.col.due")},
                {c.t("cli.col.done")},
                {c.t("cli.col.left"), true}});
  for (const auto& row : json["clocks"].items()) {
    const auto status = row["status"].string_or("");
    const auto run = row["run"].int_or(1);
    clocks.add(
        {title_of(c, row["title"], row["name"].string_or("")) + (run > 1 ? " #" + std::to_string(run) : ""),
         {c.t("cli.clock." + status), of_clock(status)},
         row["limit"].string_or(""),
         shown_time(row["start"]),
         shown_time(row["due"]),
         shown_time(row["stop"]),
         status == "running" || (status == "breached" && !row["stop"].is_string()) ? left(c, row["due"])
                                                                                   : ""});
  }
  if (!clocks.empty()) c.print(clocks), c.out << '\n';
  Table events({{"#", true}, {c.t("cli.col.at")}, {c.t("cli.col.event"), false, true}});
  for (const auto& row : json["events"].items()) {
    auto says = words(c, row["says"]);
    if (row["entered_later"].bool_or(false))
      says += ' ' + c.say({"cli.entered_later", {{"known", shown_time(row["known"])}}});
    events.add({std::to_string(row["n"].int_or(0)), shown_time(row["at"]), says});
  }
  c.print(events);
  return kOk;
}

}  // namespace xj::cli
