#pragma once
// What the commands share that work on a collector's folder itself.
#include <functional>
#include <string>

#include "cli/commands.h"
#include "cli/context.h"
#include "collector/contract/calendars.h"
#include "collector/domain/contract.h"
#include "collector/safety/backup.h"
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
// The folder that a required option of `command` names, from the root on. Throws CommandFailed, exit 2.
std::string folder_named(const Arguments& arguments, const std::string& option, const std::string& command);
// Throws CommandFailed, exit 2, unless the folder is there, may be read and holds what a collector, a backup
// or a restore has written.
void require_folder(const std::string& dir, const std::string& option);
// The same unless it is whole and has a state.db.
void require_state(const std::string& dir);

// A kept revision read back; null when it is not what its name says.
std::function<domain::ContractPtr(const std::string& revision, const std::string& tree)> contract_reader(
    const domain::HolidayTable& holidays);

// Throws CommandFailed, exit 2, that says who holds the folder; `mend` is what to do about that.
io::FolderLock lock_folder(const std::string& dir, io::FolderLock::Mode mode,
                           const Message& mend = {"safety.mend.held", {}});

CommandFailed failure_of(const Fault& fault, int code = kFailed);
// Work that leaves half a folder when it just ends: with a bar, and so that SIGINT and SIGTERM let it take
// away what it wrote; then it throws `interrupted`. Faults become what `failed` makes of them.
struct Copying {
  CommandFailed interrupted;
  std::function<CommandFailed(const Fault&)> failed = [](const Fault& fault) { return failure_of(fault); };
};
void copying(Context& context, const Copying& says,
             const std::function<void(const collector::CopyOptions&)>& work);

// Of `db status` and `db check`, which say the same of the same folder.
Json parts_json(const collector::HistoryParts& history);
// "2026-11-20"
std::string day_or_dash(const std::optional<Timestamp>& day);

// "12.3 MiB"
std::string size_text(std::uint64_t bytes);
// "1,234,567"
std::string grouped(std::uint64_t n);

}  // namespace xj::cli
