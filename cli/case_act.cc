#include "cli/commands.h"
#include "cli/context.h"

namespace xj::cli {
namespace {

int act(Context& c, const Arguments& a, std::string_view verb, Json more = Json(Json::Object{}),
        std::size_t text_word = 1) {
  const auto which = find_case(c, a.words[0]);
  Json body = std::move(more);
  body.set("verb", verb);
  if (a.words.size() > text_word) body.set("text", a.words[text_word]);
  for (const auto* name : {"at", "as", "to"})
    if (const auto value = a.get(std::string("--") + name); !value.empty()) body.set(name, value);
  const auto json = c.post(which.target() + "/events", body);
  if (c.json) return c.print(json), kOk;
  for (const auto& event : json["events"].items())
    c.out << which.number << "  " << words(c, event["says"]) << '\n';
  return kOk;
}

}  // namespace

int run_case_ack(Context& c, const Arguments& a) { return act(c, a, "acknowledge"); }
int run_case_report(Context& c, const Arguments& a) { return act(c, a, "report"); }
int run_case_arrive(Context& c, const Arguments& a) { return act(c, a, "arrive"); }
int run_case_note(Context& c, const Arguments& a) { return act(c, a, "note"); }
int run_case_recover(Context& c, const Arguments& a) { return act(c, a, "recover"); }
int run_case_close(Context& c, const Arguments& a) { return act(c, a, "close"); }
int run_case_grade(Context& c, const Arguments& a) {
  return act(c, a, "grade", Json(Json::Object{{"grade", Json(a.words[1])}}), 2);
}

}  // namespace xj::cli
