#pragma once
// The edge to the disk, with a fault-injecting twin in tests/fakes (power cut, failing Nth call, full disk).
// Every call throws IoFault on failure; none is retried here.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/fault.h"

namespace xj::io {

class IoFault : public Fault {
 public:
  IoFault(const std::string& operation, const std::string& path, int error_number);
  int error_number() const noexcept { return errno_; }
  bool disk_full() const noexcept;  // ENOSPC or EDQUOT

 private:
  int errno_;
};

// create: read_write, made when absent (mode 0640); create_private: the same for secrets (mode 0600).
enum class OpenMode { read, read_write, create, create_private };

// Owned by one thread at a time. Closing never syncs.
class File {
 public:
  virtual ~File() = default;
  virtual std::size_t read_at(std::uint64_t offset, char* into,
                              std::size_t size) = 0;                        // short only at the end
  virtual void write_at(std::uint64_t offset, std::string_view bytes) = 0;  // all of it or a throw
  virtual void sync_data() = 0;                                             // fdatasync
  virtual void truncate(std::uint64_t size) = 0;
  virtual void preallocate(std::uint64_t size) = 0;  // space and size, zero-filled
  virtual std::uint64_t size() = 0;
};

struct Space {
  std::uint64_t available = 0;  // bytes that this user may still write
  std::uint64_t total = 0;      // of the whole file system
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual std::unique_ptr<File> open(const std::string& path, OpenMode mode) = 0;
  virtual bool exists(const std::string& path) = 0;
  virtual std::vector<std::string> list(const std::string& dir) = 0;  // names, sorted; empty when absent
  virtual void make_dirs(const std::string& dir) = 0;  // with its parents, mode 0750; durable on return
  virtual void rename(const std::string& from, const std::string& to) = 0;  // replaces `to` when it exists
  virtual void remove(const std::string& path) = 0;                         // absent is fine
  virtual void sync_dir(const std::string& dir) = 0;  // makes names in it durable: made, renamed, removed
  virtual Space space(const std::string& dir) = 0;    // of the file system it lies on
};

class PosixFileSystem final : public FileSystem {
 public:
  std::unique_ptr<File> open(const std::string& path, OpenMode mode) override;
  bool exists(const std::string& path) override;
  std::vector<std::string> list(const std::string& dir) override;
  void make_dirs(const std::string& dir) override;
  void rename(const std::string& from, const std::string& to) override;
  void remove(const std::string& path) override;
  void sync_dir(const std::string& dir) override;
  Space space(const std::string& dir) override;
};

// Temp file (path + ".new") beside the target, sync, rename, sync of the folder: afterwards the old or the
// new, never between. The file is made with mode 0600 when it holds a secret.
enum class Secrecy { normal, secret };
void write_whole(FileSystem& fs, const std::string& path, std::string_view bytes,
                 Secrecy secrecy = Secrecy::normal);
// Throws when the file is larger than `limit`. Also reads files that tell no size, such as those of /proc.
std::string read_whole(FileSystem& fs, const std::string& path, std::size_t limit = 64u << 20);

// The folder part of a path: "." when it has none.
std::string parent_dir(const std::string& path);

// Held by a program while it owns a data folder, so that a second one refuses to start there. Released by the
// destructor and by the death of the process. Throws IoFault with EWOULDBLOCK when somebody else holds it.
class FolderLock {
 public:
  // look: for who only reads; makes no file, so a folder without one, as a backup is, is not locked.
  enum class Mode { own, look };
  explicit FolderLock(const std::string& dir, Mode mode = Mode::own);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int fd_ = -1;
};
// Who holds the lock: "xunjian-collector (4711)"; empty when nobody does, or who it is cannot be seen.
std::string lock_holder(const std::string& dir);

}  // namespace xj::io
