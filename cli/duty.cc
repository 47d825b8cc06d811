// `xunjian duty show`: who a roster puts on duty, from the contract's file alone.
#include "collector/domain/duty.h"
#include "cli/calendars.h"

namespace xj::cli {
namespace {

constexpr Duration kWeek = std::chrono::hours{24 * 7};

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

}  // namespace

int run_duty_show(Context& c, const Arguments& a) {
  if (a.get("--contract").empty())
    throw CommandFailed({"calendar.option_missing", {{"option", "--contract PATH"}}}, {}, kUsage);
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
      std::string all;
      for (const auto& person : role.people) all += (all.empty() ? "" : ", ") + name_of(*contract, person);
      table.section("  " + c.say({"duty.show.gap", {{"people", all}}}));
    }
    Json one;
    one.set("role", id).set("shifts", std::move(shifts));
    roles.push(std::move(one));
  }
  Json json;
  json.set("at", iso_in(contract->zone, at)).set("roles", roles);
  if (c.json) return c.print(json), kOk;
  if (roles.size() == 0)
    c.out << c.t("duty.show.none") << '\n';
  else
    c.print(table);
  return kOk;
}

}  // namespace xj::cli
