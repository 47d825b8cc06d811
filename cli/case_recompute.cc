// `xunjian case recompute --check`: what state.db derives, made again from its events. Reads beside a running
// collector and changes nothing.
#include <filesystem>

#include "cli/calendars.h"
#include "collector/contract/loader.h"
#include "collector/store/migrate.h"
#include "collector/store/recompute.h"
#include "config/collector_config.h"
#include "core/width.h"

namespace xj::cli {
namespace {

constexpr const char* kConfig = "/etc/xunjian/collector.yaml";

struct Where {
  std::string dir;
  domain::HolidayTable holidays;
};

// Whatever keeps the comparison from being made is 2: 1 means "different" and nothing else.
[[noreturn]] void refuse(const Context& c, const Problems& problems) {
  auto lines = render(problems, c.json ? Lang::en : c.lang);
  while (lines.ends_with('\n')) lines.pop_back();
  throw CommandFailed(Message::literal(std::move(lines)), {"cli.mend.recompute_data", {}}, kUsage);
}

Where place_of(const Context& c, const Arguments& a) {
  if (a.has("--data") && !a.has("--config")) return {a.get("--data"), find_holidays(c, Arguments{}).table};
  Problems problems;
  const auto config =
      config::load_collector_config(a.has("--config") ? a.get("--config") : kConfig, problems);
  Where out;
  out.dir = a.has("--data") ? a.get("--data") : config.data_dir;
  for (std::size_t i = 0; i < config.holidays.size(); ++i) {
    auto table = collector::load_holidays(config.holidays[i], problems);
    if (i == 0)
      out.holidays = std::move(table);
    else
      collector::merge_holidays(out.holidays, table);
  }
  if (has_errors(problems)) refuse(c, problems);
  return out;
}

collector::Recomputed compare(Context& c, const std::string& file, const domain::HolidayTable& holidays) {
  const auto db = io::open_sqlite(file, io::DbMode::read_only);
  const auto found = collector::version_of(*db), needed = collector::newest_version();
  if (found != needed)
    throw CommandFailed(
        {"cli.recompute.version",
         {{"file", file}, {"found", std::to_string(found)}, {"needed", std::to_string(needed)}}},
        {"cli.mend.recompute_version", {}}, kUsage);
  collector::RecomputeOptions options;
  options.read_contract = [&](const std::string& revision, const std::string& tree) {
    collector::LoadOptions load;
    load.forms = false;  // what was kept under older rules stays
    load.holidays = &holidays;
    Problems problems;
    auto contract = collector::read_contract(tree, "state.db", load, problems);
    return contract != nullptr && contract->revision == revision ? contract : nullptr;
  };
  if (c.progress)
    options.progress = [&c](std::size_t done, std::size_t total) {
      if (done % 500 != 0 && done != total) return;
      c.err << '\r' << done << '/' << total << (done == total ? "\n" : "") << std::flush;
    };
  return collector::recompute(*db, options);
}

Json json_of(const std::string& file, const collector::Recomputed& r) {
  Json list{Json::Array{}};
  for (const auto& d : r.differences) {
    Json one;
    one.set("table", d.table).set("key", d.key).set("column", d.column);
    one.set("stored", d.stored).set("rebuilt", d.rebuilt);
    list.push(std::move(one));
  }
  const auto number = [](std::size_t n) { return static_cast<std::int64_t>(n); };
  Json json;
  json.set("file", file).set("same", r.differences.empty());
  json.set("cases", number(r.cases)).set("events", number(r.events));
  json.set("decisions", number(r.decisions)).set("not_decided", number(r.not_decided));
  json.set("documents", number(r.documents)).set("differences", std::move(list));
  return json;
}

}  // namespace

int run_case_recompute(Context& c, const Arguments& a) {
  if (!a.has("--check"))
    throw CommandFailed({"cli.error.missing_option", {{"option", "--check"}}},
                        {"cli.mend.help", {{"command", "xunjian case recompute"}}}, kUsage);
  const auto place = place_of(c, a);
  const auto file = place.dir + "/state.db";
  std::error_code error;
  if (!std::filesystem::exists(file, error))
    throw CommandFailed({"cli.recompute.no_state", {{"dir", place.dir}}}, {"cli.mend.recompute_data", {}},
                        kUsage);
  collector::Recomputed r;
  try {
    r = compare(c, file, place.holidays);
  } catch (const Fault& fault) {
    throw CommandFailed(Message::literal(fault.what()),
                        fault.hint().empty() ? Message{} : Message::literal(fault.hint()), kUsage);
  }
  if (c.json) {
    c.print(json_of(file, r));
    return r.differences.empty() ? kOk : kFailed;
  }
  if (!r.differences.empty()) {
    Table table({{c.t("cli.col.table")},
                 {c.t("cli.col.key")},
                 {c.t("cli.col.column")},
                 {c.t("cli.col.stored"), Fit::wrap},
                 {c.t("cli.col.rebuilt"), Fit::wrap}});
    for (const auto& d : r.differences)
      table.add({d.table, printable(d.key), d.column, printable(d.stored), printable(d.rebuilt)});
    c.print(table);
  }
  paragraph(c, c.out,
            c.say({"cli.recompute.summary",
                   {{"file", file},
                    {"cases", std::to_string(r.cases)},
                    {"events", std::to_string(r.events)},
                    {"decisions", std::to_string(r.decisions)},
                    {"documents", std::to_string(r.documents)}}}));
  if (r.not_decided > 0)
    paragraph(c, c.out, c.say({"cli.recompute.not_decided", {{"count", std::to_string(r.not_decided)}}}));
  c.out << c.say(r.differences.empty()
                     ? Message{"cli.recompute.same", {}}
                     : Message{"cli.recompute.different", {{"count", std::to_string(r.differences.size())}}})
        << '\n';
  return r.differences.empty() ? kOk : kFailed;
}

}  // namespace xj::cli
