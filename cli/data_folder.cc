#include "cli/data_folder.h"

#include <cerrno>

#include "cli/calendars.h"
#include "collector/contract/loader.h"
#include "config/collector_config.h"
#include "core/width.h"

namespace xj::cli {
namespace {

[[noreturn]] void refuse(const Context& c, const Problems& problems, std::string_view option) {
  auto lines = render(problems, c.json ? Lang::en : c.lang);
  while (lines.ends_with('\n')) lines.pop_back();
  throw CommandFailed(Message::literal(std::move(lines)),
                      {"safety.mend.folder", {{"option", std::string(option)}}}, kUsage);
}

}  // namespace

DataFolder find_data_folder(const Context& c, const Arguments& a, std::string_view option) {
  if (a.has(option) && !a.has("--config")) return {a.get(option), find_holidays(c, Arguments{}).table};
  Problems problems;
  const auto config =
      config::load_collector_config(a.has("--config") ? a.get("--config") : kCollectorConfig, problems);
  DataFolder out;
  out.dir = a.has(option) ? a.get(option) : config.data_dir;
  for (std::size_t i = 0; i < config.holidays.size(); ++i) {
    auto table = collector::load_holidays(config.holidays[i], problems);
    if (i == 0)
      out.holidays = std::move(table);
    else
      collector::merge_holidays(out.holidays, table);
  }
  // Whatever keeps the work from being done is 2: 1 means "something is wrong with the folder" and nothing
  // else.
  if (has_errors(problems)) refuse(c, problems, option);
  return out;
}

std::function<domain::ContractPtr(const std::string&, const std::string&)> contract_reader(
    const domain::HolidayTable& holidays) {
  return [&holidays](const std::string& revision, const std::string& tree) {
    collector::LoadOptions load;
    load.kept = true;
    load.holidays = &holidays;
    Problems problems;
    auto contract = collector::read_contract(tree, "state.db", load, problems);
    return contract != nullptr && contract->revision == revision ? contract : nullptr;
  };
}

io::FolderLock lock_folder(const std::string& dir, io::FolderLock::Mode mode) {
  try {
    return io::FolderLock(dir, mode);
  } catch (const io::IoFault& fault) {
    if (fault.error_number() != EWOULDBLOCK)
      throw CommandFailed(Message::literal(fault.what()), Message::literal(fault.hint()), kUsage);
    const auto holder = io::lock_holder(dir);
    throw CommandFailed({"safety.held", {{"dir", dir}, {"by", holder.empty() ? "?" : printable(holder)}}},
                        {"safety.mend.held", {}}, kUsage);
  }
}

std::string day_or_dash(const std::optional<Timestamp>& day) {
  return day ? to_iso(*day).substr(0, 10) : "-";
}

Json parts_json(const collector::HistoryParts& history) {
  Json json;
  json.set("days", history.days).set("files", history.files).set("values", history.values);
  json.set("bytes", history.bytes).set("summaries", history.summaries);
  json.set("summary_bytes", history.summary_bytes);
  return json.set("oldest", day_or_dash(history.oldest)).set("newest", day_or_dash(history.newest));
}

std::string size_text(std::uint64_t bytes) {
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  auto tenths = bytes * 10;
  for (; tenths >= 10'240 && unit + 1 < std::size(kUnits); ++unit) tenths /= 1'024;
  auto text = std::to_string(tenths / 10);
  if (unit > 0) text += '.' + std::to_string(tenths % 10);
  return text + ' ' + kUnits[unit];
}

std::string grouped(std::uint64_t n) {
  auto out = std::to_string(n);
  for (auto at = static_cast<std::ptrdiff_t>(out.size()) - 3; at > 0; at -= 3)
    out.insert(static_cast<std::size_t>(at), ",");
  return out;
}

}  // namespace xj::cli
