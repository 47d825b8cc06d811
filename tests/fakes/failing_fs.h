#pragma once
// A file system that fails when told to, over another one.
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/io/file.h"

namespace xj::fakes {

// Every call that may fail in reality is counted, reads too. Files opened from it must not outlive it.
class FailingFs final : public io::FileSystem {
 public:
  explicit FailingFs(io::FileSystem& under) : under_(under) {}

  // The call with this number (counted from 1, see calls()) fails once, as if the device had; 0: none does.
  // A write that fails has written its first half.
  void fail_at(std::uint64_t call, int error_number = EIO) { fail_at_ = call, error_ = error_number; }
  // While full, whatever needs new space (write beyond the end, preallocate, a new name) fails with ENOSPC.
  // `below`: only for paths that begin so.
  void set_full(bool full, std::string below = {}) { full_ = full, below_ = std::move(below); }
  // What preallocate() may still give out.
  void set_room(std::uint64_t bytes) { room_ = bytes; }
  std::uint64_t calls() const { return calls_; }
  bool failed() const { return failed_; }

  std::unique_ptr<io::File> open(const std::string& path, io::OpenMode mode) override;
  bool exists(const std::string& path) override;
  std::vector<std::string> list(const std::string& dir) override;
  void make_dirs(const std::string& dir) override;
  void rename(const std::string& from, const std::string& to) override;
  void remove(const std::string& path) override;
  void sync_dir(const std::string& dir) override;
  io::Space space(const std::string& dir) override;

 private:
  friend class FailingFile;
  bool due() { return ++calls_ == fail_at_; }  // for those who must do something before failing
  void fail(const char* operation, const std::string& path);
  void count(const char* operation, const std::string& path) {
    if (due()) fail(operation, path);
  }
  void need_space(const char* operation, const std::string& path) const {
    if (full_ && path.starts_with(below_)) throw io::IoFault(operation, path, ENOSPC);
  }

  io::FileSystem& under_;
  std::uint64_t calls_ = 0, fail_at_ = 0;
  int error_ = EIO;
  bool full_ = false, failed_ = false;
  std::string below_;
  std::uint64_t room_ = UINT64_MAX;
};

}  // namespace xj::fakes
