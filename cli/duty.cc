// `xunjian duty show`: whom a roster puts on duty, from the contract's file alone or as the collector has it;
// `set` and `import` put something on top of it.
#include "collector/domain/duty.h"

#include <filesystem>

#include "cli/calendars.h"
#include "collector/contract/calendars.h"
#include "collector/contract/roster.h"
#include "collector/domain/key_duty.h"

namespace xj::cli {
namespace {

constexpr Duration kWeek = std::chrono::hours{24 * 7}, kMonth = std::chrono::hours{24 * 31};

// "2026-11-20 08:00"
std::string wall(const domain::Zone& zone, Timestamp t) {
  auto text = iso_in(zone, t).substr(0, 16);
  text[10] = ' ';
  return text;
}

std::string name_of(const domain::Contract& contract, const std::string& id) {
  const auto person = contract.people.find(id);
  return person == contract.people.end() ? id : person->second.name;
}

Json shift_json(const domain::Contract& contract, const domain::Shift& shift) {
  Json json;
  json.set("from", iso_in(contract.zone, shift.from)).set("to", iso_in(contract.zone, shift.to));
  json.set("a", shift.a);
  if (!shift.b.empty()) json.set("b", shift.b);
  return json;
}

// "2026-11-20 08:00" of "2026-11-20T08:00:00+08:00".
std::string minute(const Json& iso) {
  const auto text = iso.string_or("-");
  return text.size() < 16 ? text : text.substr(0, 10) + ' ' + text.substr(11, 5);
}

std::string changed(const Context& c, const Json& change) {
  if (!change.is_object()) return {};
  const bool set = change["kind"].string_or("") == "duty_set";
  auto says = c.say({set ? "duty.show.set" : "duty.show.imported",
                     {{"by", change["by_name"].string_or("")}, {"at", minute(change["known"])}}});
  if (const auto why = change["why"].string_or(""); !why.empty())
    says = c.say({"duty.show.why", {{"what", says}, {"why", why}}});
  return says;
}

// Of key periods that run or begin within a month: what they ask of the duty, and what the rosters lack of
// it.
void show_periods(Context& c, const Json& periods) {
  for (const auto& period : periods.items()) {
    const auto id = period["period"].string_or("");
    std::vector<std::string> wants;
    if (const auto persons = period["persons"].int_or(0); persons > 0)
      wants.push_back(c.say({"duty.key.persons", {{"count", std::to_string(persons)}}}));
    if (period["pairs"].bool_or(false)) wants.push_back(c.t("duty.key.pairs"));
    if (period["onsite"].bool_or(false)) wants.push_back(c.t("duty.key.onsite"));
    c.out << c.say({"duty.key.period",
                    {{"title", title_of(c, period["title"], id)},
                     {"from", minute(period["from"])},
                     {"to", minute(period["to"])},
                     {"wants", joined(c, wants)}}})
          << '\n';
    for (const auto& gap : period["missing"].items()) {
      const auto role = gap["role"].string_or("");
      const auto persons = gap["persons"].int_or(0);
      const Message::Args args{{"role", role},
                               {"from", minute(gap["from"])},
                               {"to", minute(gap["to"])},
                               {"count", std::to_string(persons)}};
      c.out << "  "
            << c.say({role.empty()   ? "duty.key.no_roster"
                      : persons == 0 ? "duty.key.nobody"
                                     : "duty.key.short",
                      args})
            << '\n';
    }
  }
}

int show_of_collector(Context& c, const Arguments& a) {
  if (const auto at = a.get("--at"); !at.empty() && !parse_iso(at) && !parse_wall(at, "2026-01-01"))
    throw CommandFailed({"cli.error.at", {{"value", at}}}, {}, kUsage);
  const auto json = c.get("/api/v1/duty" + query({{"contract", a.get("--contract")},
                                                  {"at", a.get("--at")},
                                                  {"days", a.has("--week") ? "7" : ""}}));
  if (c.json) return c.print(json), kOk;
  Table table({{c.t("duty.col.from")},
               {c.t("duty.col.to")},
               {c.t("duty.col.a"), Fit::fold},
               {c.t("duty.col.b"), Fit::fold},
               {c.t("duty.col.changed"), Fit::wrap}});
  bool any = false;
  for (const auto& contract : json["contracts"].items())
    for (const auto& role : contract["roles"].items()) {
      if (!role["roster"].bool_or(false)) continue;
      any = true;
      const auto id = role["role"].string_or("");
      const auto title = title_of(c, role["title"], id);
      table.section((json["contracts"].size() > 1 ? contract["contract"].string_or("") + "  " : "") +
                    (title == id ? id : title + " (" + id + ')'));
      for (const auto& shift : role["shifts"].items())
        table.add({minute(shift["from"]), minute(shift["to"]), shift["a_name"].string_or(""),
                   shift["b_name"].string_or(""), changed(c, shift["change"])});
      if (role["shifts"].size() > 0) continue;
      std::vector<std::string> all;
      for (const auto& person : role["people"].items()) all.push_back(person["name"].string_or(""));
      table.section("  " + c.say({"duty.show.gap", {{"people", joined(c, all)}}}));
    }
  if (!any)
    c.out << c.t("duty.show.none") << '\n';
  else
    c.print(table);
  for (const auto& contract : json["contracts"].items()) show_periods(c, contract["periods"]);
  return kOk;
}

std::string needed(const Arguments& a, const char* option, const char* what) {
  if (auto value = a.get(option); !value.empty()) return value;
  throw CommandFailed({"calendar.option_missing", {{"option", std::string(option) + ' ' + what}}}, {},
                      kUsage);
}

std::string target_of(const std::string& contract, const std::string& role) {
  return "/api/v1/duty/" + url_part(contract) + '/' + url_part(role);
}

}  // namespace

int run_duty_set(Context& c, const Arguments& a) {
  const auto contract = needed(a, "--contract", "CONTRACT"), role = needed(a, "--role", "ROLE");
  Json shift, body, shifts{Json::Array{}};
  for (const auto* name : {"--from", "--to"}) {
    const auto time = needed(a, name, "TIME");
    if (!parse_iso(time) && !parse_wall(time, "2026-01-01"))
      throw CommandFailed({"cli.error.at", {{"value", time}}}, {}, kUsage);
    shift.set(name + 2, time);
  }
  shift.set("a", needed(a, "--a", "PERSON")).set("b", a.get("--b"));
  shifts.push(std::move(shift));
  body.set("verb", "set").set("shifts", std::move(shifts)).set("why", needed(a, "--why", "TEXT"));
  if (const auto as = a.get("--as"); !as.empty()) body.set("as", as);
  const auto json = c.post(target_of(contract, role), body);
  if (c.json) return c.print(json), kOk;
  const auto& kept = json["shifts"].at(0);
  c.out << c.say({kept["b"].is_null() ? "duty.set" : "duty.set_pair",
                  {{"role", role},
                   {"from", minute(kept["from"])},
                   {"to", minute(kept["to"])},
                   {"a", kept["a_name"].string_or("")},
                   {"b", kept["b_name"].string_or("")}}})
        << '\n';
  return kOk;
}

int run_duty_import(Context& c, const Arguments& a) {
  const auto contract = needed(a, "--contract", "CONTRACT"), role = needed(a, "--role", "ROLE");
  const auto known = c.get("/api/v1/duty" + query({{"contract", contract}}))["contracts"].at(0);
  const auto zone = collector::load_zone(known["zone"].string_or(""));
  if (!zone) throw CommandFailed({"duty.import.zone", {{"zone", known["zone"].string_or("")}}});
  std::vector<std::string> roles, people;
  for (const auto& one : known["roles"].items()) {
    roles.push_back(one["role"].string_or(""));
    if (roles.back() == role)
      for (const auto& person : one["people"].items()) people.push_back(person["id"].string_or(""));
  }
  if (people.empty()) {
    const auto near = did_you_mean(role, roles);
    throw CommandFailed(near.empty()
                            ? Message{"duty.refuse.role", {{"value", role}, {"known", joined(c, roles)}}}
                            : Message{"duty.refuse.role_near", {{"value", role}, {"near", near}}});
  }
  Problems problems;
  const auto roster = collector::load_roster(a.words[0], *zone, people, problems);
  if (!problems.empty()) c.err << render(problems, c.lang);
  if (has_errors(problems)) return kFailed;
  Json body, shifts{Json::Array{}};
  for (const auto& shift : roster.shifts) {
    Json one;
    one.set("from", to_iso(shift.from)).set("to", to_iso(shift.to)).set("a", shift.a).set("b", shift.b);
    shifts.push(std::move(one));
  }
  body.set("verb", "import").set("shifts", std::move(shifts));
  for (const auto* name : {"--why", "--as"})
    if (const auto value = a.get(name); !value.empty()) body.set(name + 2, value);
  const auto json = c.post(target_of(contract, role), body);
  if (c.json) return c.print(json), kOk;
  const auto& kept = json["shifts"];
  c.out << c.say({"duty.imported",
                  {{"role", role},
                   {"count", std::to_string(kept.size())},
                   {"from", minute(kept.at(0)["from"])},
                   {"to", minute(kept.at(kept.size() - 1)["to"])}}})
        << '\n';
  return kOk;
}

int run_duty_show(Context& c, const Arguments& a) {
  // A path is the contract's file, and no collector is asked; anything else is what the collector calls it.
  const auto which = a.get("--contract");
  std::error_code ignored;
  if (which.find('/') == std::string::npos && (which.empty() || !std::filesystem::exists(which, ignored)))
    return show_of_collector(c, a);
  const auto at = a.has("--at") ? time_of("--at", a.get("--at")) : c.clock.now();
  const auto contract = find_contract(c, a, find_holidays(c, a));
  const bool week = a.has("--week");
  Json roles{Json::Array{}};
  Table table({{c.t("duty.col.from")},
               {c.t("duty.col.to")},
               {c.t("duty.col.a"), Fit::fold},
               {c.t("duty.col.b"), Fit::fold}});
  for (const auto& [id, role] : contract->roles) {
    if (role.roster.file.empty()) continue;
    Json shifts{Json::Array{}};
    const auto& title = role.title.in(c.lang);
    table.section(title.empty() || title == id ? id : title + " (" + id + ')');
    const auto add = [&](const domain::Shift& shift) {
      shifts.push(shift_json(*contract, shift));
      table.add({wall(contract->zone, shift.from), wall(contract->zone, shift.to),
                 name_of(*contract, shift.a), shift.b.empty() ? "" : name_of(*contract, shift.b)});
    };
    if (week)
      for (const auto& shift : domain::shifts_between(role.roster, at, at + kWeek)) add(shift);
    else if (const auto* shift = domain::on_duty(role.roster, at))
      add(*shift);
    if (shifts.size() == 0) {
      // Then everybody is told.
      std::vector<std::string> all;
      for (const auto& person : role.people) all.push_back(name_of(*contract, person));
      table.section("  " + c.say({"duty.show.gap", {{"people", joined(c, all)}}}));
    }
    Json one;
    one.set("role", id).set("shifts", std::move(shifts));
    roles.push(std::move(one));
  }
  Json json, periods{Json::Array{}};
  for (const auto& period : domain::duty_periods(*contract, at, at + kMonth)) {
    Json one;
    one.set("period", period.period->id);
    one.set("title", Json(Json::Object{{"zh", Json(period.period->title.zh)},
                                       {"en", Json(period.period->title.in(Lang::en))}}));
    one.set("from", iso_in(contract->zone, period.from)).set("to", iso_in(contract->zone, period.to));
    one.set("onsite", period.period->onsite).set("persons", period.period->persons);
    one.set("pairs", period.period->pairs);
    Json missing{Json::Array{}};
    for (const auto& gap : period.missing) {
      Json each;
      each.set("role", gap.role).set("from", iso_in(contract->zone, gap.from));
      each.set("to", iso_in(contract->zone, gap.to)).set("persons", gap.persons);
      missing.push(std::move(each));
    }
    one.set("missing", std::move(missing));
    periods.push(std::move(one));
  }
  json.set("at", iso_in(contract->zone, at)).set("roles", roles).set("periods", periods);
  if (c.json) return c.print(json), kOk;
  if (roles.size() == 0)
    c.out << c.t("duty.show.none") << '\n';
  else
    c.print(table);
  show_periods(c, periods);
  return kOk;
}

}  // namespace xj::cli
