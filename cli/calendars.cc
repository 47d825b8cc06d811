#include "cli/calendars.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "collector/contract/loader.h"
#include "core/embedded.h"

namespace xj {
std::span<const EmbeddedFile> embedded_calendar();  // made by xj_embed
}

namespace xj::cli {
namespace {

constexpr Timestamp kEndOfTime = std::chrono::sys_days{std::chrono::year{2200} / 1 / 1};

[[noreturn]] void refuse(const Context& context, const Problems& problems) {
  auto lines = render(problems, context.json ? Lang::en : context.lang);
  while (lines.ends_with('\n')) lines.pop_back();
  throw CommandFailed(Message::literal(std::move(lines)), {}, kUsage);
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

}  // namespace

Holidays read_holidays_file(const Context& context, const std::string& path) {
  Problems problems;
  Holidays out{collector::load_holidays(path, problems), path};
  if (has_errors(problems)) refuse(context, problems);
  return out;
}

domain::HolidayTable built_in_holidays(Problems& problems) {
  return collector::read_holidays(embedded_calendar()[0].bytes, "calendar-cn.csv", problems);
}

Holidays find_holidays(const Context& context, const Arguments& arguments) {
  if (const auto asked = arguments.get("--holidays"); !asked.empty())
    return read_holidays_file(context, asked);
  std::error_code error;
  if (!context.holidays_file.empty() && std::filesystem::exists(context.holidays_file, error))
    return read_holidays_file(context, context.holidays_file);
  Problems problems;
  Holidays out{built_in_holidays(problems), ""};
  if (has_errors(problems)) refuse(context, problems);
  return out;
}

domain::ContractPtr find_contract(const Context& context, const Arguments& arguments,
                                  const Holidays& holidays) {
  const auto path = arguments.get("--contract");
  if (path.empty()) return nullptr;
  Problems problems;
  const auto files = collector::contract_files(path, problems);
  if (files.size() > 1)
    throw CommandFailed({"calendar.several_contracts", {{"path", path}, {"files", joined(files)}}}, {},
                        kUsage);
  collector::LoadOptions options;
  options.holidays = &holidays.table;
  const auto contracts = collector::load_contracts(files, options, problems);
  if (has_errors(problems)) {
    // What is merely warned of belongs to `config check`.
    std::erase_if(problems, [](const Problem& p) { return p.warning; });
    refuse(context, problems);
  }
  return contracts.at(0);
}

domain::WorkCalendar find_calendar(const Context& context, const Arguments& arguments,
                                   const Holidays& holidays, std::string_view fallback) {
  auto name = arguments.get("--calendar");
  if (name.empty()) name = fallback;
  if (name.empty())
    throw CommandFailed({"calendar.option_missing", {{"option", "--calendar NAME"}}}, {}, kUsage);
  const auto unknown = [&](const std::vector<std::string>& known) {
    return CommandFailed({"calendar.unknown", {{"name", name}, {"known", joined(known)}}}, {}, kUsage);
  };
  if (const auto contract = find_contract(context, arguments, holidays)) {
    if (const auto it = contract->calendars.find(name); it != contract->calendars.end()) return it->second;
    std::vector<std::string> known;
    for (const auto& [id, unused] : contract->calendars) known.push_back(id);
    throw unknown(known);
  }
  auto calendar = collector::builtin_calendar(name);
  if (!calendar) throw unknown(collector::builtin_calendar_names());
  auto zone = collector::load_zone("Asia/Shanghai");
  if (!zone) throw CommandFailed({"calendar.no_zones", {}});
  calendar->zone = std::move(*zone);
  calendar->holidays = holidays.table;
  return std::move(*calendar);
}

Timestamp time_of(const std::string& option, const std::string& given) {
  if (given.empty())
    throw CommandFailed({"calendar.option_missing", {{"option", option + " TIME"}}}, {}, kUsage);
  const auto t = parse_iso(given);
  if (!t) throw CommandFailed({"calendar.bad_time", {{"option", option}, {"value", given}}}, {}, kUsage);
  if (*t >= kEndOfTime || *t < Timestamp{})
    throw CommandFailed({"calendar.far_time", {{"option", option}, {"value", given}}}, {}, kUsage);
  return *t;
}

std::string iso_in(const domain::Zone& zone, Timestamp t) { return to_iso(t, zone.offset_at(t)); }

Json minutes_json(Duration d) {
  constexpr std::int64_t kMinute = 60'000;
  if (d.count() % kMinute == 0) return Json(d.count() / kMinute);
  return Json(static_cast<double>(d.count()) / static_cast<double>(kMinute));
}

std::string hours_text(Duration d) {
  const auto hours = std::chrono::floor<std::chrono::hours>(d);
  const auto rest = d - hours;
  if (hours.count() == 0) return to_text(rest);
  return std::to_string(hours.count()) + 'h' + (rest.count() == 0 ? std::string{} : to_text(rest));
}

Segments segments_of(const domain::WorkCalendar& calendar, Timestamp from, Timestamp to, std::size_t limit) {
  Segments out{calendar.segments_between(from, to), 0};
  if (out.shown.size() > limit) {
    out.left_out = out.shown.size() - limit;
    out.shown.resize(limit);
  }
  return out;
}

Json segments_json(const Segments& segments, const domain::Zone& zone) {
  Json list{Json::Array{}};
  for (const auto& s : segments.shown) {
    Json one;
    one.set("from", iso_in(zone, s.from))
        .set("to", iso_in(zone, s.to))
        .set("minutes", minutes_json(s.to - s.from));
    list.push(std::move(one));
  }
  return list;
}

Message cover_warning(const domain::WorkCalendar& calendar, Timestamp from, Timestamp to) {
  if (!calendar.leaves_cover(from, std::min(to, kEndOfTime))) return {};
  const auto& table = calendar.holidays;
  return {"calendar.leaves_cover",
          {{"edition", table.edition},
           {"from", collector::to_text(table.covers_from)},
           {"to", collector::to_text(table.covers_to)}}};
}

void warn(const Context& context, std::vector<Message> warnings, Json& json) {
  std::erase_if(warnings, [](const Message& m) { return m.empty(); });
  std::vector<Message> once;
  for (auto& warning : warnings)
    if (std::find(once.begin(), once.end(), warning) == once.end()) once.push_back(std::move(warning));
  if (once.empty()) return;
  Json list{Json::Array{}};
  for (const auto& warning : once) {
    if (!context.json) {
      paragraph(context, context.err, context.say({"calendar.warning", {{"what", context.say(warning)}}}), "",
                "  ");
      continue;
    }
    Json args{Json::Object{}};
    for (const auto& [name, value] : warning.args) args.set(name, value);
    Json one;
    one.set("id", warning.id).set("args", std::move(args)).set("detail", render(warning, Lang::en));
    list.push(std::move(one));
  }
  if (context.json) json.set("warnings", std::move(list));
}

}  // namespace xj::cli
