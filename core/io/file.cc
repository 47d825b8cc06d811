#include "core/io/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sstream>

namespace xj::io {
namespace {

constexpr const char* kTakeLock = "lock";

// "Resource temporarily unavailable" says nothing to who started a second program.
bool is_held(const std::string& operation, int error_number) {
  return operation == kTakeLock && error_number == EWOULDBLOCK;
}

std::string what_failed(const std::string& operation, const std::string& path, int error_number) {
  if (is_held(operation, error_number)) {
    const auto dir = parent_dir(path), holder = lock_holder(dir);
    return (holder.empty() ? "another program" : holder) + " holds " + dir;
  }
  return operation + " " + path + ": " +
         std::strerror(error_number);  // NOLINT(concurrency-mt-unsafe): glibc's is
}

std::string what_to_do(const std::string& operation, int error_number) {
  if (is_held(operation, error_number)) return "stop it first, or name another folder: one program at a time";
  switch (error_number) {
    case ENOSPC: return "free space on this file system";
    case EDQUOT: return "raise the disk quota of this user or free space";
    case EACCES:
    case EPERM: return "check owner and mode of the path and its folders";
    case EROFS: return "the file system is mounted read-only; look for disk errors in the kernel log";
    case EIO: return "the disk reported an error; look into the kernel log";
    case EMFILE:
    case ENFILE: return "raise the limit of open files";
    default: return {};
  }
}

[[noreturn]] void fail(const char* operation, const std::string& path) {
  throw IoFault(operation, path, errno);
}

class PosixFile final : public File {
 public:
  PosixFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~PosixFile() override { ::close(fd_); }

  std::size_t read_at(std::uint64_t offset, char* into, std::size_t size) override {
    std::size_t done = 0;
    while (done < size) {
      const ssize_t n = ::pread(fd_, into + done, size - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail("read", path_);
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }
  void write_at(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail("write", path_);
      offset += static_cast<std::uint64_t>(n);
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  void sync_data() override {
    // Not retried after EINTR or EIO: a page that failed once may be marked clean, a second call would lie.
    if (::fdatasync(fd_) != 0) fail("sync", path_);
  }
  void truncate(std::uint64_t size) override {
    while (::ftruncate(fd_, static_cast<off_t>(size)) != 0)
      if (errno != EINTR) fail("truncate", path_);
  }
  void preallocate(std::uint64_t size) override {
    if (size == 0) return;
    int error_number = 0;
    while ((error_number = ::posix_fallocate(fd_, 0, static_cast<off_t>(size))) == EINTR) {
    }
    if (error_number != 0) throw IoFault("preallocate", path_, error_number);
  }
  std::uint64_t size() override {
    struct stat st{};
    if (::fstat(fd_, &st) != 0) fail("stat", path_);
    return static_cast<std::uint64_t>(st.st_size);
  }

 private:
  int fd_;
  std::string path_;
};

int flags_of(OpenMode mode) {
  switch (mode) {
    case OpenMode::read: return O_RDONLY;
    case OpenMode::read_write: return O_RDWR;
    case OpenMode::create:
    case OpenMode::create_private: return O_RDWR | O_CREAT;
  }
  return O_RDONLY;
}

void sync_folder(const std::string& dir) {
  const int fd = ::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) fail("open", dir);
  const int result = ::fsync(fd);
  const int error_number = errno;
  ::close(fd);
  if (result != 0) throw IoFault("sync", dir, error_number);
}

}  // namespace

IoFault::IoFault(const std::string& operation, const std::string& path, int error_number)
    : Fault(what_failed(operation, path, error_number), what_to_do(operation, error_number)),
      errno_(error_number) {}

bool IoFault::disk_full() const noexcept { return errno_ == ENOSPC || errno_ == EDQUOT; }

std::unique_ptr<File> PosixFileSystem::open(const std::string& path, OpenMode mode) {
  const mode_t permissions = mode == OpenMode::create_private ? 0600 : 0640;
  const int fd = ::open(path.c_str(), flags_of(mode) | O_CLOEXEC, permissions);
  if (fd < 0) fail("open", path);
  return std::make_unique<PosixFile>(fd, path);
}

bool PosixFileSystem::exists(const std::string& path) {
  struct stat st{};
  if (::stat(path.c_str(), &st) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  fail("stat", path);
}

std::vector<std::string> PosixFileSystem::list(const std::string& dir) {
  std::vector<std::string> names;
  DIR* d = ::opendir(dir.c_str());
  if (d == nullptr) {
    if (errno == ENOENT) return names;
    fail("list", dir);
  }
  errno = 0;
  while (const dirent* entry = ::readdir(d)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  const int error_number = errno;
  ::closedir(d);
  if (error_number != 0) throw IoFault("list", dir, error_number);
  std::sort(names.begin(), names.end());
  return names;
}

void PosixFileSystem::make_dirs(const std::string& dir) {
  if (::mkdir(dir.c_str(), 0750) == 0) {
    sync_folder(parent_dir(dir));
    return;
  }
  if (errno == EEXIST) {
    struct stat st{};
    if (::stat(dir.c_str(), &st) != 0) fail("stat", dir);
    if (!S_ISDIR(st.st_mode)) throw IoFault("make folder", dir, ENOTDIR);
    return;
  }
  const auto parent = parent_dir(dir);
  if (errno != ENOENT || parent == dir) fail("make folder", dir);
  make_dirs(parent);
  if (::mkdir(dir.c_str(), 0750) != 0 && errno != EEXIST) fail("make folder", dir);
  sync_folder(parent);
}

void PosixFileSystem::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) fail("rename", from);
}

void PosixFileSystem::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail("remove", path);
}

void PosixFileSystem::sync_dir(const std::string& dir) { sync_folder(dir); }

Space PosixFileSystem::space(const std::string& dir) {
  struct statvfs st{};
  while (::statvfs(dir.c_str(), &st) != 0)
    if (errno != EINTR) fail("look for room in", dir);
  return {std::uint64_t{st.f_bavail} * st.f_frsize, std::uint64_t{st.f_blocks} * st.f_frsize};
}

std::string parent_dir(const std::string& path) {
  auto end = path.find_last_not_of('/');
  if (end == std::string::npos) return path.empty() ? "." : "/";
  end = path.rfind('/', end);
  if (end == std::string::npos) return ".";
  end = path.find_last_not_of('/', end);
  return end == std::string::npos ? "/" : path.substr(0, end + 1);
}

void write_whole(FileSystem& fs, const std::string& path, std::string_view bytes, Secrecy secrecy) {
  const std::string fresh = path + ".new";
  fs.remove(fresh);  // left by a crash, perhaps with another mode
  try {
    const auto file =
        fs.open(fresh, secrecy == Secrecy::secret ? OpenMode::create_private : OpenMode::create);
    file->write_at(0, bytes);
    file->sync_data();
  } catch (const IoFault&) {
    try {
      fs.remove(fresh);         // a full disk must not stay full of halves
    } catch (const IoFault&) {  // the first fault is the one to tell
    }
    throw;
  }
  fs.rename(fresh, path);
  fs.sync_dir(parent_dir(path));
}

std::string read_whole(FileSystem& fs, const std::string& path, std::size_t limit) {
  const auto file = fs.open(path, OpenMode::read);
  std::string out;
  const std::uint64_t told = file->size();
  std::size_t chunk = told > 0 && told <= limit ? static_cast<std::size_t>(told) + 1 : 4096;
  for (;;) {
    const std::size_t before = out.size();
    out.resize(before + chunk);
    const std::size_t n = file->read_at(before, out.data() + before, chunk);
    out.resize(before + n);
    if (out.size() > limit) throw IoFault("read", path, EFBIG);
    if (n < chunk) return out;
    chunk = std::min<std::size_t>(out.size(), 1u << 20);
  }
}

FolderLock::FolderLock(const std::string& dir, Mode mode) {
  const std::string path = dir + "/lock";
  fd_ = ::open(path.c_str(), mode == Mode::own ? O_RDWR | O_CREAT | O_CLOEXEC : O_RDONLY | O_CLOEXEC, 0640);
  if (fd_ < 0 && errno == ENOENT && mode == Mode::look) return;
  if (fd_ < 0) fail("open", path);
  // Several may look at once.
  if (::flock(fd_, (mode == Mode::own ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
    const int error_number = errno;
    ::close(fd_);
    throw IoFault(kTakeLock, path, error_number);
  }
}

FolderLock::~FolderLock() {
  if (fd_ >= 0) ::close(fd_);
}

namespace {

// The kernel cuts the name of a process after 15 bytes; its command line begins with the path of the program,
// unless it was written over.
std::string name_of(FileSystem& fs, const std::string& pid) {
  auto name = read_whole(fs, "/proc/" + pid + "/comm");
  while (name.ends_with('\n')) name.pop_back();
  auto path = read_whole(fs, "/proc/" + pid + "/cmdline");
  path = path.substr(0, path.find('\0'));
  const auto whole = path.substr(path.rfind('/') + 1);
  return whole.starts_with(name) ? whole : name;
}

}  // namespace

// "1: FLOCK  ADVISORY  WRITE 4711 fd:00:5243 0 EOF"
std::string lock_holder(const std::string& dir) {
  struct stat st{};
  if (::stat((dir + "/lock").c_str(), &st) != 0) return {};
  PosixFileSystem fs;
  try {
    std::istringstream locks(read_whole(fs, "/proc/locks"));
    for (std::string line; std::getline(locks, line);) {
      std::istringstream words(line);
      std::string number, kind, advisory, access, pid, place;
      if (!(words >> number >> kind >> advisory >> access >> pid >> place) || kind != "FLOCK") continue;
      if (place.substr(place.rfind(':') + 1) != std::to_string(st.st_ino)) continue;
      return name_of(fs, pid) + " (" + pid + ")";
    }
  } catch (const IoFault&) {  // hidden from us, or just gone
  }
  return {};
}

}  // namespace xj::io
