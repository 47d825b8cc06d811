#include "cli/commands.h"
#include "cli/context.h"

namespace xj::cli {
namespace {

// The day a term ends: what the API gives is the instant behind it.
std::string last_day(const std::string& iso) {
  const auto end = parse_iso(iso);
  if (!end) return iso;
  // As if that instant's wall clock were UTC's: only the date is wanted.
  const auto wall = parse_iso(iso.substr(0, 19) + "Z");
  return to_iso((wall ? *wall : *end) - Duration{1}).substr(0, 10);
}

}  // namespace

int run_status(Context& c, const Arguments&) {
  const auto json = c.get("/api/v1/status");
  if (c.json) return c.print(json), kOk;
  for (const auto& contract : json["contracts"].items())
    c.out << coloured(contract["title"].string_or(""), Colour::strong, c.colours) << "  "
          << contract["id"].string_or("") << "  " << contract["from"].string_or("").substr(0, 10) << " – "
          << last_day(contract["to"].string_or("")) << "  " << contract["calendar"].string_or("") << '\n';
  const auto& hosts = json["hosts"];
  const auto number = [](const Json& n) { return std::to_string(n.int_or(0)); };
  const auto silent = hosts["silent"].int_or(0), never = hosts["never"].int_or(0);
  c.out << c.say({"cli.status.hosts",
                  {{"heard", number(hosts["heard"])},
                   {"silent",
                    coloured(number(hosts["silent"]), silent > 0 ? Colour::bad : Colour::none, c.colours)},
                   {"never",
                    coloured(number(hosts["never"]), never > 0 ? Colour::notice : Colour::none, c.colours)}}})
        << '\n';
  const auto& cases = json["cases"];
  const auto open = cases["open"].int_or(0), problems = cases["problems"].int_or(0);
  const auto colour = problems > 0 ? Colour::bad : open > 0 ? Colour::notice : Colour::good;
  c.out << c.say({"cli.status.cases",
                  {{"open", coloured(number(cases["open"]), colour, c.colours)},
                   {"problems", coloured(number(cases["problems"]), problems > 0 ? Colour::bad : Colour::none,
                                         c.colours)}}})
        << '\n';
  for (const auto& row : cases["by_grade"].items())
    c.out << "  " << title_of(c, row["kind_title"], row["kind"].string_or("")) << "  "
          << title_of(c, row["grade_title"], row["grade"].string_or("-")) << "  " << row["count"].int_or(0)
          << '\n';
  if (json["next_due"].size() > 0) {
    const Times times(c, json["next_due"]);
    Table table({{c.t("cli.col.number")},
                 {c.t("cli.col.clock"), Fit::fold},
                 {times.title("cli.col.due")},
                 {c.t("cli.col.left"), Fit::keep, true}});
    for (const auto& row : json["next_due"].items()) {
      const bool late = row["status"].string_or("") == "breached";
      table.add({row["number"].string_or(""),
                 title_of(c, row["title"], row["clock"].string_or("")),
                 times.shown(row["due"]),
                 {left(c, row["due"]), late ? Colour::bad : Colour::none}});
    }
    c.out << '\n';
    c.print(table);
  }
  for (const auto& warning : json["warnings"].items())
    c.out << '\n' << coloured(words(c, warning), Colour::notice, c.colours) << '\n';
  if (const auto fault = json["engine"]["fault"].string_or(""); !fault.empty())
    c.out << '\n'
          << coloured(c.say({"cli.status.fault", {{"fault", fault}}}), Colour::bad, c.colours) << '\n';
  return kOk;
}

}  // namespace xj::cli
