#include "cli/commands.h"
#include "cli/context.h"
#include "collector/domain/limit.h"
#include "core/width.h"

namespace xj::cli {
namespace {

// "4h" as it is; a day rule, which the API writes as the contract does, in the reader's language.
std::string limit_words(const Context& c, const std::string& limit) {
  const auto parsed = domain::parse_limit(limit);
  return parsed && parsed->rule ? c.say({"calendar.limit", {{"limit", domain::limit_argument(*parsed)}}})
                                : limit;
}

Colour of_clock(const std::string& status) {
  if (status == "met") return Colour::good;
  if (status == "breached") return Colour::bad;
  if (status == "running") return Colour::notice;
  return Colour::none;
}

// The sentence without its time and "entered later", which have places of their own here.
std::string what_happened(const Context& c, const Json& says) {
  auto message = message_of(says);
  if (!message.id.empty())
    for (auto& [name, value] : message.args)
      if (name == "at" || name == "late") value.clear();
  auto out = printable(c.say(message));
  out.erase(0, out.find_first_not_of(' '));
  return out;
}

// Of "portal (host): cleared" what comes before the state, which has a column.
std::string which_item(const Context& c, const Json& says) {
  for (const auto& [name, value] : message_of(says).args)
    if (name == "item") return printable(c.say({"cli.item", {{"item", value}}}));
  return words(c, says);
}

Colour of_telling(const std::string& status) {
  if (status == "told") return Colour::good;
  if (status == "late" || status == "overdue") return Colour::bad;
  return status == "owed" ? Colour::notice : Colour::none;
}

// Whom and how, a role once: "Lead (telephone, form)". Of what is half done only what is left.
std::string told_to(const Context& c, const Json& row) {
  std::size_t done = 0;
  for (const auto& part : row["parts"].items()) done += part["told"].is_string() ? 1 : 0;
  const bool half = done > 0 && done < row["parts"].size();
  std::vector<std::pair<std::string, std::vector<std::string>>> roles;
  for (const auto& part : row["parts"].items()) {
    if (half && part["told"].is_string()) continue;
    auto to = title_of(c, part["to_title"], part["to"].string_or(""));
    if (roles.empty() || roles.back().first != to)
      roles.emplace_back(std::move(to), std::vector<std::string>{});
    if (const auto how = part["how"].string_or(""); !how.empty())
      roles.back().second.push_back(c.t("domain.how." + how));
  }
  std::vector<std::string> out;
  for (auto& [to, ways] : roles) {
    if (!ways.empty()) to += c.say({"cli.tell.how", {{"how", joined(c, ways)}}});
    out.push_back(std::move(to));
  }
  auto text = joined(c, out);
  return half ? c.say({"cli.tell.rest", {{"to", text}}}) : text;
}

void add_telling(const Context& c, Table& table, const Times& times, const Json& row,
                 const std::string& status) {
  const auto turn = row["turn"].int_or(1), run = row["run"].int_or(1);
  auto what = title_of(c, row["what"], row["rule"].string_or(""));
  if (what != row["rule"].string_or("")) what += " [" + printable(row["rule"].string_or("")) + ']';
  if (turn > 1) what += " ×" + std::to_string(turn);
  if (run > 1) what += " #" + std::to_string(run);
  table.add({{c.t("cli.tell." + status), of_telling(status)},
             times.shown(row["due"]),
             times.shown(row["told"]),
             (status == "owed" || status == "overdue") && row["due"].is_string() ? left(c, row["due"]) : "",
             what + c.t("cli.colon") + told_to(c, row)});
}

// Whose signature stands and, of those that do not, who may give it.
void show_signatures(Context& c, const Json& signatures, const Times& times) {
  Table table({{c.t("cli.col.signature"), Fit::wrap},
               {c.t("cli.col.status")},
               {times.title("cli.col.at"), Fit::drop},
               {c.t("cli.col.who"), Fit::wrap}});
  for (const auto& row : signatures.items()) {
    const bool given = row["by"].is_string();
    std::vector<std::string> who;
    if (given) who.push_back(row["by_name"].string_or(""));
    for (const auto& person : row["people"].items()) who.push_back(person["name"].string_or(""));
    if (who.empty()) continue;  // it ended otherwise: nobody is to sign
    table.add(
        {title_of(c, row, row["role"].string_or("")),
         {c.t(given ? "cli.signature.given" : "cli.signature.open"), given ? Colour::good : Colour::notice},
         times.shown(row["at"]),
         joined(c, who)});
  }
  if (!table.empty()) c.print(table), c.out << '\n';
}

}  // namespace

int run_case_show(Context& c, const Arguments& a) {
  const auto json = c.get(find_case(c, a.words[0]).target());
  if (c.json) return c.print(json), kOk;
  int at = 0;
  const auto head = [&](const Cell& cell) {
    const auto wide = display_width(cell.text);
    if (at > 0 && c.width > 0 && at + 2 + wide > c.width)
      c.out << "\n  ", at = 2;
    else if (at > 0)
      c.out << "  ", at += 2;
    c.out << coloured(cell.text, cell.colour, c.colours);
    at += wide;
  };
  head({printable(json["number"].string_or("")), Colour::strong});
  head(title_of(c, json["kind_title"], json["kind"].string_or("")));
  head(title_of(c, json["grade_title"], json["grade"].string_or("-")));
  head(title_of(c, json["system_title"], json["system"].string_or("")));
  head(status_cell(c, json["status"].string_or("")));
  c.out << "\n\n";
  const Times times(c, json);
  Table problems({{c.t("cli.col.problem"), Fit::wrap},
                  {c.t("cli.col.state")},
                  {times.title("cli.col.since")},
                  {c.t("cli.col.says"), Fit::wrap}});
  for (const auto& row : json["problems"].items()) {
    auto state = state_cell(c, row["state"].string_or(""));
    if (row["cleared"].bool_or(false)) state = {c.t("cli.cleared"), Colour::good};
    if (const auto to = row["moved_to"].string_or(""); !to.empty())
      state = {"→ " + printable(to), Colour::faint};
    problems.add(
        {which_item(c, row["says"]), std::move(state), times.shown(row["since"]), words(c, row["message"])});
  }
  if (!problems.empty()) c.print(problems), c.out << '\n';
  Table clocks({{c.t("cli.col.clock"), Fit::fold},
                {c.t("cli.col.status")},
                {c.t("cli.col.limit"), Fit::keep, true},
                {times.title("cli.col.started"), Fit::drop},
                {times.title("cli.col.due")},
                {times.title("cli.col.done")},
                {c.t("cli.col.left"), Fit::keep, true}});
  for (const auto& row : json["clocks"].items()) {
    const auto status = row["status"].string_or("");
    const auto run = row["run"].int_or(1);
    clocks.add(
        {title_of(c, row["title"], row["name"].string_or("")) + (run > 1 ? " #" + std::to_string(run) : ""),
         {c.t("cli.clock." + status), of_clock(status)},
         limit_words(c, row["limit"].string_or("")),
         times.shown(row["start"]),
         times.shown(row["due"]),
         times.shown(row["stop"]),
         status == "running" || (status == "breached" && !row["stop"].is_string()) ? left(c, row["due"])
                                                                                   : ""});
  }
  if (!clocks.empty()) c.print(clocks), c.out << '\n';
  Table tellings({{c.t("cli.col.status")},
                  {times.title("cli.col.due")},
                  {times.title("cli.col.told"), Fit::drop},
                  {c.t("cli.col.left"), Fit::keep, true},
                  {c.t("cli.col.tell"), Fit::wrap}});
  for (const auto& row : json["tellings"].items()) {
    const auto state = row["status"].string_or("");
    // Of one that repeats what is over and done is in the course.
    if (state == "ended" && row["turn"].int_or(1) > 1) continue;
    add_telling(c, tellings, times, row, state);
  }
  if (!tellings.empty()) c.print(tellings), c.out << '\n';
  const auto status = json["status"].string_or("");
  if (status != "open" && status != "acknowledged") {
    Table closing({{"#", Fit::keep, true},
                   {c.t("cli.col.closing"), Fit::wrap},
                   {c.t("cli.col.status")},
                   {c.t("cli.col.says"), Fit::wrap}});
    for (const auto& row : json["closing"].items()) {
      if (!row["n"].is_int()) continue;
      const bool met = row["met"].bool_or(false);
      closing.add({std::to_string(row["n"].int_or(0)),
                   title_of(c, row, ""),
                   {c.t(met ? "cli.closing.met" : "cli.closing.open"), met ? Colour::good : Colour::notice},
                   words(c, row["why"])});
    }
    if (!closing.empty()) c.print(closing), c.out << '\n';
  }
  show_signatures(c, json["signatures"], times);
  Table events({{"#", Fit::keep, true}, {times.title("cli.col.at")}, {c.t("cli.col.event"), Fit::wrap}});
  for (const auto& row : json["events"].items()) {
    auto says = what_happened(c, row["says"]);
    if (row["entered_later"].bool_or(false))
      says += (c.lang == Lang::en ? " " : "") +
              c.say({"cli.entered_later", {{"known", times.shown(row["known"])}}});
    events.add({std::to_string(row["n"].int_or(0)), times.shown(row["at"]), says});
  }
  c.print(events);
  return kOk;
}

}  // namespace xj::cli
