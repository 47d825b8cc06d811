#pragma once
// Copies of whole files, with their SHA-256: a name is there only when all of its bytes are on the disk.
#include <optional>
#include <string>
#include <vector>

#include "collector/safety/backup.h"

namespace xj::collector {

class Copier {
 public:
  Copier(io::FileSystem& fs, const CopyOptions& options) : fs_(fs), options_(options) {}
  void expect(std::uint64_t bytes) { total_ += bytes; }

  // The first `bytes` of it, all without; durable, name and all.
  BackupFile copy(const std::string& from, const std::string& to, const std::string& name,
                  std::optional<std::uint64_t> bytes = std::nullopt);
  BackupFile hash(const std::string& dir, const std::string& name);

 private:
  BackupFile stream(io::File& from, io::File* to, const std::string& name, std::uint64_t bytes);
  io::FileSystem& fs_;
  const CopyOptions& options_;
  std::uint64_t done_ = 0, total_ = 0;
};

// The folder and those in it.
void make_folders(io::FileSystem& fs, const std::string& dir);
// Those of them that are not there yet, and the folder's parents that are not; the deepest first.
std::vector<std::string> missing_folders(io::FileSystem& fs, const std::string& dir);
// Throws Fault unless it is absent, empty, or holds nothing but what make_folders() makes and a lock.
void require_empty(io::FileSystem& fs, const std::string& dir);
// Takes away all files of a folder that was empty, then these folders: half a copy would only take room, and
// could fill a disk.
void clear_folder(io::FileSystem& fs, const std::string& dir,
                  const std::vector<std::string>& folders) noexcept;
// "pki/ca.key", ...: the files of a folder in it, without those that were not finished and without what is no
// file.
std::vector<std::string> files_in(io::FileSystem& fs, const std::string& dir, const std::string& below);
// 0 where there is none.
std::uint64_t size_of(io::FileSystem& fs, const std::string& path);

}  // namespace xj::collector
