#include <algorithm>
#include <charconv>

#include "cli/commands.h"
#include "cli/context.h"

namespace xj::cli {
namespace {

// TEXT or --why: two ways to the same words.
std::string text_of(const Arguments& a, std::size_t word) {
  const auto why = a.get("--why");
  if (a.words.size() <= word) return why;
  if (a.has("--why")) throw CommandFailed({"cli.error.text_and_why", {}}, {}, kUsage);
  return a.words[word];
}

// What mends a refusal of the case's own rules.
Message way_out(const std::string& id, const std::string& number) {
  if (id == "domain.refuse.text" || id == "domain.refuse.why" || id == "domain.refuse.standing")
    return {"cli.mend.why", {}};
  if (id == "collector.api.no_person" || id == "collector.api.no_case" || id == "cli.unreachable") return {};
  return {"cli.mend.case_show", {{"number", number}}};
}

// Refused here, before the collector is asked: the place is known.
std::string time_of(const Arguments& a) {
  const auto at = a.get("--at");
  if (a.has("--at") && !parse_iso(at) && !parse_wall(at, "2026-01-01"))
    throw CommandFailed({"cli.error.at", {{"value", at}}}, {}, kUsage);
  return at;
}

// 1, 2, 3 … as `case show` prints them.
std::int64_t number_of(const std::string& word, const char* error_id, const std::string& number) {
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), n);
  if (error != std::errc{} || end != word.data() + word.size() || n < 1 || n > 1'000'000)
    throw CommandFailed({error_id, {{"value", word}}}, {"cli.mend.case_show", {{"number", number}}}, kUsage);
  return n;
}

// Without --step the collector chooses.
Json step_of(const Arguments& a) {
  Json out{Json::Object{}};
  if (a.has("--step")) out.set("n", number_of(a.get("--step"), "cli.error.step", a.words[0]));
  return out;
}

int act(Context& c, const Arguments& a, std::string_view verb, Json more = Json(Json::Object{}),
        std::size_t text_word = 1) {
  const auto text = text_of(a, text_word);
  (void)time_of(a);
  const auto which = find_case(c, a.words[0]);
  Json body = std::move(more);
  body.set("verb", verb);
  if (!text.empty()) body.set("text", text);
  for (const auto* name : {"at", "as", "to", "about", "how", "part"})
    if (const auto value = a.get(std::string("--") + name); !value.empty()) body.set(name, value);
  Json json;
  try {
    json = c.post(which.target() + "/events", body);
  } catch (CommandFailed& refused) {
    if (refused.mend.empty()) refused.mend = way_out(refused.message.id, which.number);
    throw;
  }
  if (c.json) return c.print(json), kOk;
  for (const auto& event : json["events"].items())
    c.out << event["case"].string_or(which.number) << "  " << words(c, event["says"]) << '\n';
  return kOk;
}

}  // namespace

int run_case_open(Context& c, const Arguments& a) {
  const auto text = text_of(a, 1);
  const auto at = time_of(a);
  if (text.empty()) throw CommandFailed({"domain.refuse.text", {}}, {"cli.mend.why", {}}, kUsage);
  const auto [contract, system] = in_contract(c, a.words[0]);
  Json body;
  body.set("system", system).set("text", text);
  if (!at.empty()) body.set("at", at);
  for (const auto* name : {"kind", "grade", "as"})
    if (const auto value = a.get(std::string("--") + name); !value.empty()) body.set(name, value);
  const auto json = c.post("/api/v1/cases/" + url_part(contract), body);
  if (c.json) return c.print(json), kOk;
  for (const auto& event : json["events"].items())
    c.out << json["number"].string_or("") << "  " << words(c, event["says"]) << '\n';
  return kOk;
}
int run_case_ack(Context& c, const Arguments& a) { return act(c, a, "acknowledge"); }
int run_case_register(Context& c, const Arguments& a) { return act(c, a, "register"); }
int run_case_report(Context& c, const Arguments& a) { return act(c, a, "report"); }
int run_case_arrive(Context& c, const Arguments& a) { return act(c, a, "arrive"); }
int run_case_note(Context& c, const Arguments& a) { return act(c, a, "note"); }
int run_case_resume(Context& c, const Arguments& a) { return act(c, a, "resume"); }
int run_case_recover(Context& c, const Arguments& a) { return act(c, a, "recover"); }
int run_case_reopen(Context& c, const Arguments& a) { return act(c, a, "reopen"); }
int run_case_false_alarm(Context& c, const Arguments& a) { return act(c, a, "false_alarm"); }
int run_case_close(Context& c, const Arguments& a) { return act(c, a, "close"); }
int run_case_grade(Context& c, const Arguments& a) {
  return act(c, a, "grade", Json(Json::Object{{"grade", Json(a.words[1])}}), 2);
}
int run_case_sign(Context& c, const Arguments& a) { return act(c, a, "sign"); }
int run_case_told(Context& c, const Arguments& a) {
  return act(c, a, "told", Json(Json::Object{{"rule", Json(a.words[1])}}), 2);
}
int run_case_pause(Context& c, const Arguments& a) {
  return act(c, a, "pause", Json(Json::Object{{"reason", Json(a.words[1])}}), 2);
}

int run_case_request_close(Context& c, const Arguments& a) { return act(c, a, "request_close"); }
int run_case_confirm(Context& c, const Arguments& a) {
  const auto n = number_of(a.words[1], "cli.error.condition", a.words[0]);
  return act(c, a, "confirm", Json(Json::Object{{"n", Json(n)}}), 2);
}
int run_case_verify(Context& c, const Arguments& a) {
  if (a.has("--accept") == a.has("--reject"))
    throw CommandFailed({"cli.error.accept_or_reject", {}}, {}, kUsage);
  return act(c, a, a.has("--accept") ? "verify" : "reject");
}

int run_case_merge(Context& c, const Arguments& a) {
  if (!a.has("--into")) throw CommandFailed({"cli.error.missing_option", {{"option", "--into"}}}, {}, kUsage);
  return act(c, a, "merge", Json(Json::Object{{"into", Json(a.get("--into"))}}));
}
int run_case_split(Context& c, const Arguments& a) {
  if (!a.has("--item")) throw CommandFailed({"cli.error.missing_option", {{"option", "--item"}}}, {}, kUsage);
  Json items{Json::Array{}};
  for (const auto& item : a.all("--item")) items.push(Json(item));
  return act(c, a, "split", Json(Json::Object{{"items", std::move(items)}}));
}

int run_case_escalate(Context& c, const Arguments& a) { return act(c, a, "escalate", step_of(a)); }
int run_case_approve(Context& c, const Arguments& a) {
  return act(c, a, a.has("--reject") ? "disapprove" : "approve", step_of(a));
}

// --at is what the event's time shall be; the mending itself happens now.
int run_case_amend(Context& c, const Arguments& a) {
  const auto n = number_of(a.words[1], "cli.error.event_n", a.words[0]);
  if (!a.has("--at")) throw CommandFailed({"cli.error.missing_option", {{"option", "--at"}}}, {}, kUsage);
  Json more;
  more.set("n", n).set("field", "at").set("value", a.get("--at"));
  return act(c, a, "amend", std::move(more), 2);
}

}  // namespace xj::cli
