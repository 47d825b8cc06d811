#include <algorithm>

#include "cli/commands.h"
#include "cli/context.h"

namespace xj::cli {
namespace {

constexpr Duration kWait{30'000}, kMaxWait{600'000}, kLook{300};

Cell delivery_cell(const Context& c, const std::string& state) {
  const auto colour = state == "delivered" || state == "summed" ? Colour::good
                      : state == "waiting" || state == "held"   ? Colour::notice
                                                                : Colour::bad;
  const auto id = "notify.state." + state;
  return {has_text(id) ? c.t(id) : state, colour};
}

// What went wrong, or where it is said instead.
std::string remark(const Context& c, const Json& row) {
  const auto summary = row["summary"].string_or("");
  return summary.empty() ? row["error"].string_or("") : c.say({"notify.summed_in", {{"key", summary}}});
}

// Whom: the person of the contract, else the address.
std::string receiver(const Json& row) {
  const auto person = row["person"].string_or("");
  return person.empty() ? row["address"].string_or("") : person;
}

}  // namespace

int run_notify_list(Context& c, const Arguments& a) {
  const auto json =
      c.get("/api/v1/notifications" + query({{"state", a.get("--state")}, {"limit", a.get("--limit")}}));
  if (c.json) return c.print(json), kOk;
  const auto& rows = json["notifications"];
  if (rows.size() == 0) return c.out << c.t("notify.none") << '\n', kOk;
  const Times times(c, json);
  Table table({{times.title("notify.col.created")},
               {c.t("notify.col.state")},
               {c.t("notify.col.channel")},
               {c.t("notify.col.to")},
               {c.t("notify.col.attempts"), Fit::keep, true},
               {c.t("notify.col.subject"), Fit::wrap},
               {c.t("notify.col.error"), Fit::wrap}});
  for (const auto& row : rows.items())
    table.add({times.shown(row["created"]), delivery_cell(c, row["state"].string_or("")),
               row["channel"].string_or(""), receiver(row), std::to_string(row["attempts"].int_or(0)),
               words(c, row["subject"]), remark(c, row)});
  c.print(table);
  for (const auto& storm : json["storms"].items())
    if (storm["ended"].string_or("").empty())
      paragraph(c, c.out,
                c.say({"notify.storm",
                       {{"began", times.shown(storm["began"])},
                        {"person", storm["person"].string_or("")},
                        {"channel", storm["channel"].string_or("")}}}));
  return kOk;
}

int run_notify_test(Context& c, const Arguments& a) {
  auto wait = kWait;
  if (const auto given = a.get("--wait"); !given.empty()) {
    const auto time = given == "0" ? std::optional(Duration{0}) : parse_duration(given);
    if (!time || *time > kMaxWait)
      throw CommandFailed({"cli.error.wait", {{"value", given}, {"most", to_text(kMaxWait)}}}, {}, kUsage);
    wait = *time;
  }
  Json body;
  body.set("channel", a.words[0]).set("lang", c.lang == Lang::en ? "en" : "zh");
  if (const auto to = a.get("--to"); !to.empty()) body.set("to", to);
  auto row = c.post("/api/v1/notifications/test", body);
  const auto key = row["key"].string_or("");
  const auto until = c.clock.mono() + wait;
  // A first failure is the answer: the operator need not wait for the attempts that follow.
  while (row["state"].string_or("") == "waiting" && row["attempts"].int_or(0) == 0 &&
         c.clock.mono() < until) {
    c.pause(std::min(kLook, std::max(until - c.clock.mono(), Duration{1})));
    row = c.get("/api/v1/notifications" + query({{"key", key}}))["notifications"].at(0);
  }
  const auto state = row["state"].string_or("");
  const bool delivered = state == "delivered";
  if (c.json) {
    c.print(row);
  } else if (delivered) {
    c.out << c.say({"notify.delivered", {{"channel", a.words[0]}}}) << '\n';
  } else if (row["attempts"].int_or(0) == 0) {
    paragraph(c, c.err, c.say({"notify.not_yet", {{"channel", a.words[0]}, {"wait", to_text(wait)}}}));
  } else {
    paragraph(c, c.err,
              c.say({state == "waiting" ? "notify.failed" : "notify.refused",
                     {{"channel", a.words[0]}, {"why", row["error"].string_or("")}}}));
  }
  return delivered ? kOk : kFailed;
}

}  // namespace xj::cli
