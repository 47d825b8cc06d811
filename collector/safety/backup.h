#pragma once
// A copy of a collector's folder that is whole or is none: docs/storage.md, "Backup".
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "collector/history/manifest.h"
#include "collector/safety/finding.h"
#include "core/io/file.h"
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
// Throws Fault with the mend when there is none.
BackupList read_backup_list(io::FileSystem& fs, const std::string& dir);

struct BackupSource {
  std::string dir;
  Manifest history;  // whose files stay, as do the records of the journal, until it is done
  std::function<void(const std::string& to)> copy_state;  // a state.db of one instant, at that path
  std::size_t max_record = 16u << 20;                     // of the journal
};
struct CopyOptions {
  Progress progress;                        // may be empty
  const std::atomic<bool>* stop = nullptr;  // true: give up, with a Fault
};
// Of a folder whose collector may be at work. `to` must be absent or empty, and is empty again after a fault;
// a power cut may leave files there, and no list. Throws Fault.
BackupList back_up(io::FileSystem& fs, const BackupSource& source, const std::string& to, Timestamp now,
                   const CopyOptions& options);
// The source of a folder nobody runs on. Borrows fs.
BackupSource stopped_folder(io::FileSystem& fs, const std::string& dir);

// Files that are not as the list says, or missing.
Findings check_backup(io::FileSystem& fs, const std::string& dir, const BackupList& list,
                      const Progress& progress);
// Into a folder that is absent or empty. Whatever stops it in the middle leaves a folder no collector starts
// on. Throws Fault when a file is not what the backup says.
BackupList restore(io::FileSystem& fs, const std::string& from, const std::string& to,
                   const CopyOptions& options);

}  // namespace xj::collector
