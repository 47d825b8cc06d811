#include "cli/commands.h"
#include "cli/context.h"

namespace xj::cli {

int run_agent_list(Context& c, const Arguments&) {
  const auto json = c.get("/api/v1/agents");
  if (c.json) return c.print(json), kOk;
  if (json["agents"].size() == 0) return c.out << c.t("cli.agents.none") << '\n', kOk;
  Table table({{c.t("cli.col.agent")},
               {c.t("cli.col.certificate")},
               {c.t("cli.col.until")},
               {c.t("cli.col.enrolled"), Fit::drop},
               {c.t("cli.col.heard"), Fit::keep, true},
               {c.t("cli.col.serial"), Fit::drop}});
  for (const auto& row : json["agents"].items())
    table.add({row["name"].string_or(""), state_cell(c, row["state"].string_or("")),
               row["not_after"].string_or("").substr(0, 10), row["enrolled"].string_or("").substr(0, 10),
               ago(c, row["heard"]), row["serial"].string_or("")});
  c.print(table);
  return kOk;
}

int run_agent_revoke(Context& c, const Arguments& a) {
  const auto json = c.post("/api/v1/agents/" + url_part(a.words[0]) + "/revoke", Json(Json::Object{}));
  if (c.json) return c.print(json), kOk;
  c.out << c.say({"cli.agent.revoked", {{"name", a.words[0]}}}) << '\n';
  return kOk;
}

int run_token_create(Context& c, const Arguments& a) {
  const auto agent = a.get("--agent");
  if (agent.empty()) throw CommandFailed({"cli.error.missing_option", {{"option", "--agent"}}}, {}, kUsage);
  Json body;
  body.set("agent", agent);
  if (const auto life = a.get("--life"); !life.empty()) body.set("life", life);
  const auto json = c.post("/api/v1/tokens", body);
  if (c.json) return c.print(json), kOk;
  // Only the token on standard output, so that it can be piped; what it is for beside it.
  c.out << json["token"].string_or("") << '\n';
  c.err << c.say({"cli.token.made", {{"agent", agent}, {"life", left(c, json["expires"])}}}) << '\n';
  return kOk;
}

}  // namespace xj::cli
