#pragma once
// What the commands share that work on a collector's folder itself.
#include <string>

#include "cli/commands.h"
#include "cli/context.h"
#include "collector/contract/calendars.h"
#include "collector/domain/contract.h"
#include "collector/safety/figures.h"
#include "core/io/file.h"

namespace xj::cli {

inline constexpr const char* kCollectorConfig = "/etc/xunjian/collector.yaml";

struct DataFolder {
  std::string dir;
  domain::HolidayTable holidays;
};
// The folder that `option` names, else that of --config or of the installed configuration; the holidays of
// the configuration, or this machine's when only a folder is given. Throws CommandFailed, exit 2.
DataFolder find_data_folder(const Context& context, const Arguments& arguments, std::string_view option);

// A kept revision read back; null when it is not what its name says.
std::function<domain::ContractPtr(const std::string& revision, const std::string& tree)> contract_reader(
    const domain::HolidayTable& holidays);

// Throws CommandFailed, exit 2, that says who holds the folder.
io::FolderLock lock_folder(const std::string& dir, io::FolderLock::Mode mode);

// Of `db status` and `db check`, which say the same of the same folder.
Json parts_json(const collector::HistoryParts& history);
// "2026-11-20"
std::string day_or_dash(const std::optional<Timestamp>& day);

// "12.3 MiB"
std::string size_text(std::uint64_t bytes);
// "1,234,567"
std::string grouped(std::uint64_t n);

}  // namespace xj::cli
