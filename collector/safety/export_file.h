#pragma once
// A folder of files to be handed over: none that is not whole has its name, and the list that makes it an
// export is written last.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collector/safety/backup.h"
#include "core/io/file.h"
#include "core/io/pki.h"

namespace xj::collector {

inline constexpr const char* kExportList = "export.json";

// Borrows fs. What was not finished is taken away again by the destructor, the folders it made too.
class ExportFolder {
 public:
  ExportFolder(io::FileSystem& fs, std::string dir);  // throws Fault unless it is absent or empty
  ~ExportFolder();
  ExportFolder(const ExportFolder&) = delete;
  ExportFolder& operator=(const ExportFolder&) = delete;
  BackupList finish(Timestamp now);

 private:
  friend class ExportFile;
  void add(BackupFile file) { list_.files.push_back(std::move(file)); }
  io::FileSystem& fs_;
  std::string dir_;
  std::vector<std::string> made_;     // folders, the deepest first
  std::vector<std::string> touched_;  // files that may be there
  BackupList list_;
  bool done_ = false;
};

// One file of it, written from the beginning to the end; a name with ".zst" is compressed, a frame a MiB.
// Nothing is there before the first byte.
class ExportFile {
 public:
  ExportFile(ExportFolder& folder, std::string name);
  void add(std::string_view bytes);
  void finish();  // durable, under its name and in the list

 private:
  void flush();
  ExportFolder& folder_;
  std::string name_, waiting_;
  bool packed_;
  std::unique_ptr<io::File> file_;
  std::uint64_t offset_ = 0;
  io::Sha256 sum_;
};

}  // namespace xj::collector
