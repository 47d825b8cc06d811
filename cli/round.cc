#include <algorithm>

#include "cli/commands.h"
#include "cli/context.h"

namespace xj::cli {
namespace {

constexpr Duration kWait{60'000}, kMaxWait{600'000}, kLook{500};

Duration wait_of(const Arguments& a) {
  if (!a.has("--wait")) return kWait;
  const auto given = a.get("--wait");
  if (given == "0") return Duration{0};
  const auto time = parse_duration(given);
  if (!time || *time > kMaxWait)
    throw CommandFailed({"cli.error.wait", {{"value", given}, {"most", to_text(kMaxWait)}}}, {}, kUsage);
  return *time;
}

// Has every check of the round run now, and waits for the results. What does not come in time counts as it
// was last seen.
Json run_checks(Context& c, const Json& body, Duration wait) {
  auto run = c.post("/api/v1/runs", body);
  const auto away = run["away"];
  const auto id = run["run"].string_or("");
  if (!c.json && run["expected"].int_or(0) > 0)
    paragraph(c, c.err,
              c.say({"cli.round.asked",
                     {{"count", std::to_string(run["expected"].int_or(0))},
                      {"hosts", std::to_string(run["hosts"].int_or(0))},
                      {"wait", to_text(wait)}}}));
  const auto until = c.clock.mono() + wait;
  while (run["arrived"].int_or(0) < run["expected"].int_or(0) && c.clock.mono() < until) {
    c.pause(std::min(kLook, std::max(until - c.clock.mono(), Duration{1})));
    run = c.get("/api/v1/runs/" + url_part(id));
  }
  run.set("away", away);
  return run;
}

void tell_run(Context& c, const Json& run) {
  constexpr std::size_t most_named = 5;
  const auto expected = run["expected"].int_or(0), arrived = run["arrived"].int_or(0);
  if (arrived < expected) {
    std::string names;
    const auto& waiting = run["waiting"];
    for (std::size_t i = 0; i < waiting.size() && i < most_named; ++i)
      names += (i == 0 ? "" : ", ") + waiting.at(i)["host"].string_or("") + ' ' +
               waiting.at(i)["check"].string_or("");
    if (waiting.size() > most_named) names += ", …";
    paragraph(c, c.err,
              c.say({"cli.round.late",
                     {{"arrived", std::to_string(arrived)},
                      {"expected", std::to_string(expected)},
                      {"names", names}}}));
  }
  for (const auto& host : run["away"].items())
    paragraph(c, c.err,
              c.say({"cli.round.away",
                     {{"host", host["host"].string_or("")},
                      {"why", words(c, host["why"])},
                      {"count", std::to_string(host["checks"].int_or(0))}}}));
}

}  // namespace

int run_round(Context& c, const Arguments& a) {
  const auto wait = wait_of(a);
  const auto [contract, round] = in_contract(c, a.words[0]);
  Json body;
  body.set("contract", contract).set("round", round);
  for (const auto* name : {"inspector", "recorder", "analysis"})
    if (const auto value = a.get(std::string("--") + name); !value.empty()) body.set(name, value);
  if (const auto lang = a.get("--form-lang"); !lang.empty()) body.set("lang", lang);
  const auto output = a.get("--output");
  if (!output.empty() && !output.ends_with(".pdf") && !output.ends_with(".html"))
    throw CommandFailed({"cli.error.output", {{"file", output}}}, {}, kUsage);
  Json run;
  if (wait > Duration{0}) {
    Json which;
    which.set("contract", contract).set("round", round);
    run = run_checks(c, which, wait);
    if (!c.json) tell_run(c, run);
    body.set("run", run["run"].string_or(""));
  }
  auto json = c.post("/api/v1/rounds", body);
  if (!run.is_null()) json.set("run", run);
  const auto number = json["number"].string_or("");
  if (!output.empty()) {
    const auto* format = output.ends_with(".pdf") ? "pdf" : "html";
    write_file(output, c.get_raw("/api/v1/documents/" + url_part(contract) + '/' + url_part(number) +
                                 "?format=" + format));
    json.set("file", output);
  }
  if (c.json) return c.print(json), kOk;
  const auto& counts = json["counts"];
  const auto count = [&](const char* name) { return std::to_string(counts[name].int_or(0)); };
  c.out << c.say({"cli.round.made", {{"contract", contract}, {"number", number}, {"total", count("total")}}})
        << '\n';
  Table table({{c.t("cli.col.state")}, {c.t("cli.col.count"), Fit::keep, true}});
  for (const auto* state : {"ok", "warning", "critical", "unknown", "missing", "manual"})
    if (counts[state].int_or(0) > 0) table.add({state_cell(c, state), count(state)});
  c.print(table);
  if (!output.empty())
    c.out << output << '\n';
  else
    c.out << c.say({"cli.round.next", {{"contract", contract}, {"number", number}}}) << '\n';
  return kOk;
}

}  // namespace xj::cli
