// `xunjian knowledge …`: what earlier cases taught.
#include "cli/commands.h"
#include "cli/context.h"
#include "core/width.h"

namespace xj::cli {
namespace {

std::string entry_target(const CaseName& name) {
  return "/api/v1/knowledge/" + url_part(name.contract) + '/' + url_part(name.number);
}

Cell entry_state(const Context& c, const std::string& state) {
  Colour colour = Colour::notice;
  if (state == "approved") colour = Colour::good;
  if (state == "withdrawn") colour = Colour::faint;
  return {c.t("knowledge.state." + state), colour};
}

std::string minute(const Json& iso) {
  const auto text = iso.string_or("-");
  return text.size() < 16 ? text : text.substr(0, 10) + ' ' + text.substr(11, 5);
}

std::string who(const Context& c, const Json& actor) {
  const auto text = actor.string_or("");
  return text.starts_with("person:") ? text.substr(7) : c.t("knowledge.by_itself");
}

// A text of several lines, each a paragraph of its own.
void lines(const Context& c, std::string_view text) {
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    paragraph(c, c.out, printable(line), "  ", "  ");
  }
}

int revise(Context& c, const Arguments& a, std::string_view verb, const char* said) {
  const auto name = find_case(c, a.words[0]);
  Json body;
  body.set("verb", verb);
  for (const auto* field : {"title", "cause", "course", "method", "as", "why"})
    if (const auto option = std::string("--") + field; a.has(option)) body.set(field, a.get(option));
  const auto json = c.post(entry_target(name), body);
  if (c.json) return c.print(json), kOk;
  c.out << c.say({said,
                  {{"id", json["entry"]["id"].string_or("")},
                   {"n", std::to_string(json["entry"]["n"].int_or(0))}}})
        << '\n';
  return kOk;
}

}  // namespace

int run_knowledge_find(Context& c, const Arguments& a) {
  std::string question;
  for (const auto& word : a.words) question += (question.empty() ? "" : " ") + word;
  const auto json = c.get("/api/v1/knowledge" + query({{"words", question},
                                                       {"contract", a.get("--contract")},
                                                       {"system", a.get("--system")},
                                                       {"state", a.get("--state")},
                                                       {"limit", a.get("--limit")}}));
  if (c.json) return c.print(json), kOk;
  const auto& list = json["entries"];
  if (list.size() == 0)
    return c.out << c.t(question.empty() ? "knowledge.empty" : "knowledge.nothing") << '\n', kOk;
  std::string first;
  bool several = false;
  for (const auto& one : list.items()) {
    const auto contract = one["contract"].string_or("");
    if (first.empty()) first = contract;
    several = several || contract != first;
  }
  Table table({{c.t("cli.col.number")},
               {c.t("cli.col.state")},
               {c.t("cli.col.system"), Fit::drop},
               {c.t("knowledge.col.title"), Fit::wrap},
               {c.t("knowledge.col.method"), Fit::wrap}});
  for (const auto& one : list.items()) {
    const auto id = one["id"].string_or("");
    auto method = one["method"].string_or("");
    for (auto& ch : method)
      if (ch == '\n') ch = ' ';
    table.add({printable(several ? one["contract"].string_or("") + '/' + id : id),
               entry_state(c, one["state"].string_or("")), printable(one["system_title"].string_or("")),
               printable(one["title"].string_or("")), printable(method)});
  }
  c.print(table);
  if (json["more"].bool_or(false)) c.out << c.t("knowledge.more") << '\n';
  return kOk;
}

int run_knowledge_show(Context& c, const Arguments& a) {
  const auto json = c.get(entry_target(find_case(c, a.words[0])));
  if (c.json) return c.print(json), kOk;
  const auto& entry = json["entry"];
  const auto state = entry_state(c, entry["state"].string_or(""));
  c.out << coloured(printable(entry["id"].string_or("")), Colour::strong, c.colours) << "  "
        << printable(entry["system_title"].string_or("")) << "  "
        << coloured(state.text, state.colour, c.colours) << "\n";
  paragraph(c, c.out, printable(entry["title"].string_or("")));
  for (const auto* field : {"cause", "course", "method"}) {
    c.out << '\n'
          << coloured(c.t(std::string("knowledge.field.") + field), Colour::strong, c.colours) << '\n';
    const auto text = entry[field].string_or("");
    if (text.empty())
      c.out << "  " << coloured(c.t("knowledge.blank"), Colour::faint, c.colours) << '\n';
    else
      lines(c, text);
  }
  c.out << '\n';
  Table table({{c.t("knowledge.col.n"), Fit::keep, true},
               {c.t("knowledge.col.at")},
               {c.t("knowledge.col.who")},
               {c.t("cli.col.state")},
               {c.t("knowledge.col.why"), Fit::wrap}});
  for (const auto& one : json["revisions"].items())
    table.add({std::to_string(one["n"].int_or(0)), minute(one["at"]), who(c, one["actor"]),
               entry_state(c, one["state"].string_or("")), printable(one["why"].string_or(""))});
  c.print(table);
  return kOk;
}

int run_knowledge_edit(Context& c, const Arguments& a) {
  if (!a.has("--title") && !a.has("--cause") && !a.has("--course") && !a.has("--method"))
    throw CommandFailed({"calendar.option_missing", {{"option", "--cause TEXT / --method TEXT"}}}, {},
                        kUsage);
  return revise(c, a, "edit", "knowledge.edited");
}
int run_knowledge_approve(Context& c, const Arguments& a) {
  return revise(c, a, "approve", "knowledge.approved");
}
int run_knowledge_withdraw(Context& c, const Arguments& a) {
  if (a.get("--why").empty())
    throw CommandFailed({"calendar.option_missing", {{"option", "--why TEXT"}}}, {}, kUsage);
  return revise(c, a, "withdraw", "knowledge.withdrawn");
}

}  // namespace xj::cli
