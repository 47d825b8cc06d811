#pragma once
// The disk without its syncs: for data that may be lost with the machine, and be made again.
#include "core/io/file.h"

namespace xj::collector {

class UnsyncedFs final : public io::FileSystem {
 public:
  std::unique_ptr<io::File> open(const std::string& path, io::OpenMode mode) override;
  bool exists(const std::string& path) override { return under_.exists(path); }
  std::vector<std::string> list(const std::string& dir) override { return under_.list(dir); }
  void make_dirs(const std::string& dir) override { under_.make_dirs(dir); }
  void rename(const std::string& from, const std::string& to) override { under_.rename(from, to); }
  void remove(const std::string& path) override { under_.remove(path); }
  void sync_dir(const std::string&) override {}
  io::Space space(const std::string& dir) override { return under_.space(dir); }

 private:
  io::PosixFileSystem under_;
};

}  // namespace xj::collector
