// `xunjian db restore`: a backup into an empty folder, then all of it proven there.
#include "cli/data_folder.h"
#include "cli/db_findings.h"
#include "cli/interrupt.h"
#include "collector/safety/copy.h"

namespace xj::cli {
namespace {

// What a restore that ended early leaves is not taken away: `restoring` keeps a collector from it.
CommandFailed failed(io::FileSystem& fs, const std::string& to, const Fault& fault) {
  auto out = failure_of(fault);
  if (fs.exists(to + "/" + collector::kRestoring) && out.mend.id != "safety.mend.differs")
    out.mend = {"safety.mend.left", {{"to", to}}};
  return out;
}

void require_both(io::FileSystem& fs, const std::string& from, const std::string& to) {
  if (collector::is_within(to, from))
    throw CommandFailed({"safety.restore.inside", {{"from", from}}}, {}, kUsage);
  try {
    (void)collector::read_backup_list(fs, from);
    collector::require_empty(fs, to);
    fs.make_dirs(to);
  } catch (const Fault& fault) {
    throw failure_of(fault);
  }
}

}  // namespace

int run_db_restore(Context& c, const Arguments& a) {
  const auto from = folder_named(a, "--from", "db restore"), to = folder_named(a, "--to", "db restore");
  const auto holidays = find_data_folder(c, a, "--to").holidays;  // before a byte is copied
  require_folder(from, "--from");
  io::PosixFileSystem fs;
  require_both(fs, from, to);
  const auto lock = lock_folder(to, io::FolderLock::Mode::own, {"safety.mend.held_restore", {}});
  const CommandFailed interrupted({"safety.restore.interrupted", {{"to", to}}},
                                  {"safety.mend.left", {{"to", to}}}, kInterrupted);
  collector::BackupList list;
  copying(c, {interrupted, [&](const Fault& fault) { return failed(fs, to, fault); }},
          [&](const collector::CopyOptions& options) { list = collector::restore(fs, from, to, options); });
  if (!c.json)
    paragraph(c, c.out,
              c.say({"safety.restore.made",
                     {{"from", from},
                      {"to", to},
                      {"made", to_iso(list.made)},
                      {"files", grouped(list.files.size())},
                      {"bytes", size_text(list.bytes())}}}));
  return prove_folder(c, {to, holidays}, {.restored_from = &list});
}

}  // namespace xj::cli
