// `xunjian db restore`: a backup into an empty folder, then all of it proven there.
#include "cli/data_folder.h"
#include "cli/db_findings.h"
#include "collector/safety/copy.h"

namespace xj::cli {

int run_db_restore(Context& c, const Arguments& a) {
  for (const auto* option : {"--from", "--to"})
    if (!a.has(option))
      throw CommandFailed({"cli.error.missing_option", {{"option", option}}},
                          {"cli.mend.help", {{"command", "xunjian db restore"}}}, kUsage);
  const auto from = a.get("--from"), to = a.get("--to");
  const auto holidays = find_data_folder(c, a, "--to").holidays;  // before a byte is copied
  io::PosixFileSystem fs;
  try {
    (void)collector::read_backup_list(fs, from);
    collector::require_empty(fs, to);
    fs.make_dirs(to);
  } catch (const Fault& fault) {
    throw CommandFailed(Message::literal(fault.what()), Message::literal(fault.hint()));
  }
  const auto lock = lock_folder(to, io::FolderLock::Mode::own);
  try {
    Bar bar(c);
    collector::CopyOptions options;
    options.progress = [&bar](std::uint64_t done, std::uint64_t total) { bar.at(done, total); };
    const auto list = collector::restore(fs, from, to, options);
    bar.end();
    if (!c.json)
      paragraph(c, c.out,
                c.say({"safety.restore.made",
                       {{"from", from},
                        {"to", to},
                        {"made", to_iso(list.made)},
                        {"files", grouped(list.files.size())},
                        {"bytes", size_text(list.bytes())}}}));
  } catch (const Fault& fault) {
    throw CommandFailed(Message::literal(fault.what()), Message::literal(fault.hint()));
  }
  return prove_folder(c, {to, holidays});
}

}  // namespace xj::cli
