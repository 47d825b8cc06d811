#include "cli/data_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include "cli/calendars.h"
#include "cli/interrupt.h"
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

CommandFailed names_nothing(std::string_view option) {
  return CommandFailed({"safety.no_name", {{"option", std::string(option)}}}, {}, kUsage);
}

// Whether one may go into it and see what is there; false where there is none.
bool is_readable_folder(const std::string& dir) {
  std::error_code error;
  if (!std::filesystem::is_directory(dir, error)) {
    if (error.value() == EACCES) throw io::IoFault("look into", dir, EACCES);
    return false;
  }
  if (::faccessat(AT_FDCWD, dir.c_str(), R_OK | X_OK, AT_EACCESS) != 0)
    throw io::IoFault("look into", dir, errno);
  return true;
}

}  // namespace

DataFolder find_data_folder(const Context& c, const Arguments& a, std::string_view option) {
  if (a.has(option) && a.get(option).empty()) throw names_nothing(option);
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

std::string folder_named(const Arguments& a, const std::string& option, const std::string& command) {
  if (!a.has(option))
    throw CommandFailed({"cli.error.missing_option", {{"option", option}}},
                        {"cli.mend.help", {{"command", "xunjian " + command}}}, kUsage);
  if (a.get(option).empty()) throw names_nothing(option);
  auto dir = std::filesystem::absolute(a.get(option)).lexically_normal().string();
  while (dir.size() > 1 && dir.ends_with('/')) dir.pop_back();
  return dir;
}

void require_folder(const std::string& dir, const std::string& option) {
  if (dir.empty()) throw names_nothing(option);
  const Message mend{"safety.mend.folder", {{"option", option}}};
  try {
    io::PosixFileSystem fs;
    if (!is_readable_folder(dir))
      throw CommandFailed({fs.exists(dir) ? "safety.no_folder" : "safety.absent", {{"dir", dir}}}, mend,
                          kUsage);
    constexpr std::array kOurs{"journal", "state.db", collector::kBackupList, collector::kRestoring,
                               collector::kBackingUp};
    if (std::none_of(kOurs.begin(), kOurs.end(),
                     [&](const char* name) { return fs.exists(dir + "/" + name); }))
      throw CommandFailed({"safety.no_folder", {{"dir", dir}}}, mend, kUsage);
  } catch (const Fault& fault) {
    throw failure_of(fault, kUsage);
  }
}

void require_state(const std::string& dir) {
  try {
    io::PosixFileSystem fs;
    collector::require_restored(fs, dir);
    if (!fs.exists(dir + "/state.db"))
      throw CommandFailed({"cli.recompute.no_state", {{"dir", dir}}}, {}, kUsage);
  } catch (const Fault& fault) {
    throw failure_of(fault);
  }
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

io::FolderLock lock_folder(const std::string& dir, io::FolderLock::Mode mode, const Message& mend) {
  try {
    return io::FolderLock(dir, mode);
  } catch (const io::IoFault& fault) {
    if (fault.error_number() != EWOULDBLOCK) throw failure_of(fault, kUsage);
    const auto holder = io::lock_holder(dir);
    throw CommandFailed({"safety.held", {{"dir", dir}, {"by", holder.empty() ? "?" : printable(holder)}}},
                        mend, kUsage);
  }
}

CommandFailed failure_of(const Fault& fault, int code) {
  auto words = collector::words_of(fault);
  return CommandFailed(std::move(words.what), std::move(words.mend), code);
}

void copying(Context& c, const Copying& says,
             const std::function<void(const collector::CopyOptions&)>& work) {
  const Interrupt interrupt;
  Bar bar(c);
  collector::CopyOptions options;
  options.progress = [&bar](std::uint64_t done, std::uint64_t total) { bar.at(done, total); };
  options.stop = &Interrupt::asked();
  try {
    work(options);
    bar.end();
  } catch (const Fault& fault) {
    bar.end();
    if (Interrupt::asked()) throw CommandFailed(says.interrupted);
    throw says.failed(fault);
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
