// `xunjian case recompute --check`: what state.db derives, made again from its events. Reads beside a running
// collector and changes nothing.
#include <filesystem>

#include "cli/data_folder.h"
#include "collector/store/migrate.h"
#include "collector/store/recompute.h"
#include "core/width.h"

namespace xj::cli {
namespace {

collector::Recomputed compare(Context& c, const std::string& file, const domain::HolidayTable& holidays) {
  const auto db = io::open_sqlite(file, io::DbMode::read_only);
  const auto found = collector::version_of(*db), needed = collector::newest_version();
  if (found != needed)
    throw CommandFailed(
        {"cli.recompute.version",
         {{"file", file}, {"found", std::to_string(found)}, {"needed", std::to_string(needed)}}},
        {"cli.mend.recompute_version", {}}, kUsage);
  collector::RecomputeOptions options;
  options.read_contract = contract_reader(holidays);
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
  const auto place = find_data_folder(c, a, "--data");
  const auto file = place.dir + "/state.db";
  std::error_code error;
  if (!std::filesystem::exists(file, error))
    throw CommandFailed({"cli.recompute.no_state", {{"dir", place.dir}}},
                        {"safety.mend.folder", {{"option", "--data"}}}, kUsage);
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
