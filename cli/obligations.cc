// `xunjian obligations`: what a contract demands by calendar. From a file it says when; the collector also
// knows what became of it.
#include <algorithm>
#include <filesystem>
#include <set>

#include "cli/calendars.h"
#include "collector/domain/obligation_json.h"

namespace xj::cli {
namespace {

constexpr Duration kWeek = std::chrono::hours{24 * 7}, kLongest = std::chrono::hours{24 * 366};

Duration ahead(const Arguments& a) {
  if (!a.has("--due")) return kWeek;
  const auto given = a.get("--due");
  const auto time = parse_duration(given);
  if (!time || *time > kLongest)
    throw CommandFailed({"duty.error.due", {{"value", given}, {"most", to_text(kLongest)}}}, {}, kUsage);
  return *time;
}

// A day of the contract's zone: its beginning, or with `end` its end; or an instant.
std::optional<Timestamp> bound(const std::string& option, const std::string& given, const domain::Zone& zone,
                               bool end) {
  if (given.empty()) return std::nullopt;
  const auto wall = given.size() == 10 ? parse_wall(given + " 00:00", given) : std::nullopt;
  if (!wall) return time_of(option, given);
  const std::chrono::local_time<Duration> local{wall->time_since_epoch()};
  return zone.to_utc(end ? local + std::chrono::hours{24} : local);
}

// "2026-09-30 18:00"; what ends with a day ends at its 24:00.
std::string shown(const Json& iso) {
  const auto text = iso.string_or("-");
  const auto t = parse_iso(text);
  if (!t || text.size() < 16) return text;
  if (text.substr(11, 5) != "00:00") return text.substr(0, 10) + ' ' + text.substr(11, 5);
  // Of the same offset: a day earlier is enough for its date.
  const auto offset = text.ends_with('Z')
                          ? std::chrono::minutes{0}
                          : std::chrono::minutes{(text[text.size() - 6] == '-' ? -1 : 1) *
                                                 (std::stoi(text.substr(text.size() - 5, 2)) * 60 +
                                                  std::stoi(text.substr(text.size() - 2)))};
  return to_iso(*t - Duration{1}, offset).substr(0, 10) + " 24:00";
}

Json from_file(Context& c, const Arguments& a, std::vector<Message>& warnings) {
  const auto contract = find_contract(c, a, find_holidays(c, a));
  const auto now = c.clock.now();
  const auto from = bound("--from", a.get("--from"), contract->zone, false).value_or(now);
  const auto to = bound("--to", a.get("--to"), contract->zone, true).value_or(from + ahead(a));
  if (to < from || to - from > 10 * kLongest) throw CommandFailed({"duty.error.window", {}}, {}, kUsage);
  Json list{Json::Array{}};
  for (const auto& one : domain::standings(*contract, {}, from, to, now)) {
    list.push(domain::to_json(one, *contract, false));
    if (one.what.leaves_cover)
      warnings.push_back(
          cover_warning(contract->calendars.at(one.what.calendar), one.what.start, one.what.looked_to));
  }
  if (domain::leans_on_holiday_names(*contract)) {
    // Every calendar of a contract has the same table; one that knows days off says whether it reaches.
    auto calendar = contract->calendars.begin()->second;
    calendar.always = calendar.every_day = false;
    warnings.push_back(
        cover_warning(calendar, std::max(from, contract->from), std::min(to, contract->to - Duration{1})));
  }
  Json json;
  json.set("from", iso_in(contract->zone, from)).set("to", iso_in(contract->zone, to));
  json.set("obligations", std::move(list));
  return json;
}

Cell duty_cell(const Context& c, const std::string& state) {
  Colour colour = Colour::none;
  if (state == "done") colour = Colour::good;
  if (state == "late" || state == "due") colour = Colour::notice;
  if (state == "missed") colour = Colour::bad;
  if (state == "upcoming") colour = Colour::faint;
  return {state.empty() ? "" : c.t("duty.state." + state), colour};
}

void show(const Context& c, const Json& json) {
  const auto& list = json["obligations"];
  if (list.size() == 0) {
    c.out << c.t("duty.none") << '\n';
    return;
  }
  // Without what was recorded there are no states, and with one contract no need to name it.
  std::set<std::string> contracts;
  for (const auto& one : list.items()) contracts.insert(one["contract"].string_or(""));
  Table table({{c.t("duty.col.due")},
               {c.t("duty.col.left"), Fit::keep, true},
               {c.t("duty.col.state")},
               {c.t("duty.col.name")},
               {c.t("duty.col.period")},
               {c.t("duty.col.title"), Fit::wrap},
               {c.t("duty.col.by"), Fit::drop},
               {c.t("duty.col.proof"), Fit::drop}});
  std::string day;
  for (const auto& one : list.items()) {
    const auto due = one["due"];
    const auto at = due.is_string() ? shown(due) : "-";
    if (const auto its = at.substr(0, 10); its != day) {
      day = its;
      table.section(due.is_string() ? day : c.t("duty.no_due"));
    }
    const auto state = one["state"].string_or("");
    const bool over = state == "done" || state == "late";
    auto title = title_of(c, one["title"], one["name"].string_or(""));
    const auto& proofs = one["proofs"];
    if (const auto times = one["times"].int_or(1); times > 1)
      title += state.empty() ? " ×" + std::to_string(times)
                             : " " + std::to_string(proofs.size()) + '/' + std::to_string(times);
    auto name = one["name"].string_or("");
    if (contracts.size() > 1) name = one["contract"].string_or("") + '/' + name;
    table.add({at.size() > 11 ? at.substr(11) : at, due.is_string() && !over ? left(c, due) : "",
               duty_cell(c, state), std::move(name), one["period"].string_or(""), std::move(title),
               title_of(c, one["by_title"], one["by"].string_or("")),
               proofs.size() > 0 ? proofs.at(proofs.size() - 1)["evidence"].string_or("") : ""});
  }
  c.print(table);
}

void show_counts(const Context& c, const Json& json) {
  const auto& list = json["counts"];
  if (list.size() == 0) {
    c.out << c.t("duty.no_counts") << '\n';
    return;
  }
  Table table({{c.t("duty.col.name")},
               {c.t("duty.col.year")},
               {c.t("duty.col.least"), Fit::keep, true},
               {c.t("duty.col.done"), Fit::keep, true},
               {c.t("duty.col.title"), Fit::wrap}});
  for (const auto& one : list.items()) {
    const bool enough = one["done"].int_or(0) >= one["least"].int_or(0);
    table.add({one["name"].string_or(""),
               one["from"].string_or("").substr(0, 10),
               std::to_string(one["least"].int_or(0)),
               {std::to_string(one["done"].int_or(0)), enough ? Colour::good : Colour::none},
               title_of(c, one["title"], one["name"].string_or(""))});
  }
  c.print(table);
}

// A file is meant where there is one, or where no contract could be called so.
bool is_path(const std::string& given) {
  std::error_code error;
  return given.find('/') != std::string::npos || given.ends_with(".yaml") ||
         std::filesystem::exists(given, error);
}

Json from_collector(Context& c, const Arguments& a) {
  const auto now = c.clock.now();
  auto from = a.get("--from"), to = a.get("--to");
  // What was missed lately is still to be done; what is done is shown when it is asked for.
  const bool all = a.has("--all") || !from.empty();
  if (to.empty() && from.empty()) to = to_iso(now + ahead(a));
  if (to.empty()) {
    auto start = parse_iso(from);
    if (const auto wall = start || from.size() != 10 ? std::nullopt : parse_wall(from + " 00:00", from); wall)
      start = Timestamp{wall->time_since_epoch()};
    if (!start)
      throw CommandFailed({"calendar.bad_time", {{"option", "--from"}, {"value", from}}}, {}, kUsage);
    to = to_iso(*start + ahead(a));
  }
  return c.get(
      "/api/v1/obligations" +
      query({{"contract", a.get("--contract")}, {"from", from}, {"to", to}, {"open", all ? "" : "true"}}));
}

}  // namespace

int run_obligations(Context& c, const Arguments& a) {
  const auto where = a.get("--contract");
  if (where.empty() || !is_path(where)) {
    const auto json = from_collector(c, a);
    if (c.json)
      c.print(json);
    else if (a.has("--counts"))
      show_counts(c, json);
    else
      show(c, json);
    return kOk;
  }
  for (const auto* option : {"--all", "--counts"})
    if (a.has(option)) throw CommandFailed({"duty.error.needs_collector", {{"option", option}}}, {}, kUsage);
  std::vector<Message> warnings;
  auto json = from_file(c, a, warnings);
  if (!c.json) show(c, json);
  warn(c, std::move(warnings), json);
  if (c.json) c.print(json);
  return kOk;
}

}  // namespace xj::cli
