// What people put on record about obligations, and the list of it.
#include <algorithm>
#include <charconv>

#include "cli/commands.h"
#include "cli/context.h"

namespace xj::cli {
namespace {

Json put(Context& c, const std::string& contract, std::string_view verb, const Arguments& a, Json body) {
  const auto at = a.get("--at");
  // Refused here, before anything is asked: the place is known.
  if (a.has("--at") && !parse_iso(at) && !parse_wall(at, "2026-01-01"))
    throw CommandFailed({"cli.error.at", {{"value", at}}}, {}, kUsage);
  body.set("verb", verb);
  for (const auto* name : {"at", "as", "why", "period"})
    if (const auto value = a.get(std::string("--") + name); !value.empty()) body.set(name, value);
  return c.post("/api/v1/obligations/" + url_part(contract) + "/records", body);
}

std::string minute(const Json& iso) {
  const auto text = iso.string_or("-");
  return text.size() < 16 ? text : text.substr(0, 10) + ' ' + text.substr(11, 5);
}

}  // namespace

int run_obligations_done(Context& c, const Arguments& a) {
  if (a.get("--evidence").empty())
    throw CommandFailed({"calendar.option_missing", {{"option", "--evidence TEXT"}}}, {}, kUsage);
  const auto [contract, name] = in_contract(c, a.words[0]);
  Json body;
  body.set("name", name).set("text", a.get("--evidence"));
  const auto json = put(c, contract, "done", a, std::move(body));
  if (c.json) return c.print(json), kOk;
  const auto& one = json["obligation"];
  const auto state = one["state"].string_or("due");
  const auto times = one["times"].int_or(1);
  c.out << c.say({state == "late"   ? "duty.done.late"
                  : state == "done" ? "duty.done.done"
                                    : "duty.done.more",
                  {{"n", std::to_string(json["record"]["n"].int_or(0))},
                   {"title", title_of(c, one["title"], name)},
                   {"period", json["record"]["period"].string_or("")},
                   {"late", to_text(Duration{one["overdue_ms"].int_or(0)})},
                   {"count", std::to_string(one["proofs"].size())},
                   {"times", std::to_string(times)}}})
        << '\n';
  return kOk;
}

int run_obligations_happened(Context& c, const Arguments& a) {
  const auto [contract, word] = in_contract(c, a.words[0]);
  Json body;
  body.set("name", word);
  if (const auto text = a.get("--note"); !text.empty()) body.set("text", text);
  const auto json = put(c, contract, "happened", a, std::move(body));
  if (c.json) return c.print(json), kOk;
  c.out << c.say({"duty.happened",
                  {{"n", std::to_string(json["record"]["n"].int_or(0))},
                   {"word", word},
                   {"at", minute(json["record"]["at"])}}})
        << '\n';
  return kOk;
}

int run_obligations_withdraw(Context& c, const Arguments& a) {
  const auto [contract, word] = in_contract(c, a.words[0]);
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), n);
  if (error != std::errc{} || end != word.data() + word.size() || n < 1)
    throw CommandFailed({"duty.error.record_n", {{"value", word}}}, {}, kUsage);
  if (a.get("--why").empty())
    throw CommandFailed({"calendar.option_missing", {{"option", "--why TEXT"}}}, {}, kUsage);
  Json body;
  body.set("n", n);
  const auto json = put(c, contract, "withdraw", a, std::move(body));
  if (c.json) return c.print(json), kOk;
  c.out << c.say({"duty.withdrawn",
                  {{"n", std::to_string(n)}, {"about", json["record"]["about"].string_or("")}}})
        << '\n';
  return kOk;
}

int run_obligations_records(Context& c, const Arguments& a) {
  std::string contract;
  if (!a.words.empty())
    contract = a.words[0];
  else
    contract = in_contract(c, "-").first;
  const auto json = c.get("/api/v1/obligations/" + url_part(contract) + "/records");
  if (c.json) return c.print(json), kOk;
  const auto& list = json["records"];
  if (list.size() == 0) return c.out << c.t("duty.no_records") << '\n', kOk;
  Table table({{c.t("duty.col.n"), Fit::keep, true},
               {c.t("duty.col.at")},
               {c.t("duty.col.kind")},
               {c.t("duty.col.about")},
               {c.t("duty.col.period")},
               {c.t("duty.col.who"), Fit::drop},
               {c.t("duty.col.text"), Fit::wrap}});
  for (const auto& one : list.items()) {
    const auto kind = one["kind"].string_or("");
    auto text = one["text"].string_or("");
    if (const auto why = one["why"].string_or(""); !why.empty()) text += (text.empty() ? "" : " — ") + why;
    const auto said = kind == "withdrawn"
                          ? c.say({"duty.kind.withdrawn", {{"n", std::to_string(one["of"].int_or(0))}}})
                          : c.t("duty.kind." + kind);
    table.add({std::to_string(one["n"].int_or(0)), minute(one["at"]), said, one["about"].string_or(""),
               one["period"].string_or(""), actor_of(one), std::move(text)});
  }
  c.print(table);
  return kOk;
}

}  // namespace xj::cli
