#pragma once
// A copy of a collector's folder that is whole or is none: docs/storage.md, "Backup".
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "collector/history/manifest.h"
#include "collector/positions.h"
#include "collector/safety/finding.h"
#include "core/io/db.h"
#include "core/io/file.h"
#include "core/io/record_log_survey.h"
#include "core/time.h"

namespace xj::collector {

struct BackupFile {
  std::string name;  // below the folder
  std::uint64_t bytes = 0;
  std::string sha256;
};
// `backup.json`, written last: a folder without it is no backup.
struct BackupList {
  Timestamp made;
  std::string program;  // version
  std::vector<BackupFile> files;
  std::uint64_t bytes() const;
};
inline constexpr const char* kBackupList = "backup.json";
std::string encode(const BackupList& list);
BackupList decode_backup_list(std::string_view json);  // throws Fault, also when its own checksum is wrong
bool is_backup(io::FileSystem& fs, const std::string& dir);
// Of one that was stopped in the middle.
bool is_half_backup(io::FileSystem& fs, const std::string& dir);
// Throws Fault with the mend when there is none.
BackupList read_backup_list(io::FileSystem& fs, const std::string& dir);

struct BackupSource {
  std::string dir;
  Manifest history;  // whose files stay, as do the records of the journal, until it is done
  // A state.db of one instant, into the empty file at that path. The positions that it says.
  std::function<Positions(const std::string& to)> copy_state;
  std::size_t max_record = 16u << 20;  // of the journal
  // Of a folder that somebody writes to: the last record that was durable when the backup was asked for.
  std::optional<std::uint64_t> synced;
  // The journal's last record is not whole and is left out, where nobody writes. May be empty.
  std::function<void(const io::RecordLogFault&)> torn;
};
struct CopyOptions {
  Progress progress;                        // may be empty
  const std::atomic<bool>* stop = nullptr;  // true: give up, with a Fault
  void go_on() const {
    if (stop != nullptr && stop->load()) throw SaidFault({"safety.given_up", {}});
  }
};
// Of a folder whose collector may be at work. `to` must be absent or empty, and is so again after a fault;
// what stops it in the middle leaves files there, no list, and `backing-up`, which is there from the first
// file to the list: such a folder may lack no more than the end of its journal. Throws Fault, also when the
// journal is damaged: a copy of what is left of it would pass as sound.
inline constexpr const char* kBackingUp = "backing-up";
BackupList back_up(io::FileSystem& fs, const BackupSource& source, const std::string& to, Timestamp now,
                   const CopyOptions& options);
// The source of a folder nobody runs on. Borrows fs. Throws Fault when it is half a copy.
BackupSource stopped_folder(io::FileSystem& fs, const std::string& dir);
// For `copy_state`, as the database itself is opened by who knows how.
Positions copy_state_db(io::Db& from, const std::string& to, const char* vfs = nullptr);
// Whether `path` is `dir` or below it, wherever symbolic links lead.
bool is_within(const std::string& path, const std::string& dir);

// Files that are not as the list says, or missing.
Findings check_backup(io::FileSystem& fs, const std::string& dir, const BackupList& list,
                      const Progress& progress);
// Into a folder that is absent or empty. Whatever stops it in the middle leaves a folder no collector starts
// on: `restoring` is there from the first file to the last. Throws Fault when a file is not what the backup
// says.
inline constexpr const char* kRestoring = "restoring";
BackupList restore(io::FileSystem& fs, const std::string& from, const std::string& to,
                   const CopyOptions& options);
// Throws Fault, with the mend, for a folder that a restore or a backup has left half done.
void require_restored(io::FileSystem& fs, const std::string& dir);
// The same for what a collector must not run on: such a folder, or a backup, which would be none afterwards.
void require_startable(io::FileSystem& fs, const std::string& dir);

}  // namespace xj::collector
