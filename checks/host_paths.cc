#include "checks/host_paths.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>

namespace xj::checks {

SpaceAnswer statvfs_space(const std::string& path) {
  struct statvfs s{};
  int rc = 0;
  do rc = ::statvfs(path.c_str(), &s);
  while (rc != 0 && errno == EINTR);
  if (rc != 0) return {errno, {}};
  const std::uint64_t block = s.f_frsize != 0 ? s.f_frsize : s.f_bsize;
  return {0, {s.f_blocks * block, s.f_bfree * block, s.f_bavail * block, s.f_files, s.f_ffree}};
}

HostFile::~HostFile() {
  if (fd_ >= 0) ::close(fd_);
}

std::optional<std::string_view> HostFile::read() {
  // A second try with a fresh descriptor: what a kept one stood for may have gone and come back.
  for (int attempt = 0; attempt < 2; ++attempt) {
    const bool fresh = fd_ < 0;
    if (fresh) fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd_ < 0) {
      errno_ = errno;
      return std::nullopt;
    }
    if (buffer_.empty()) buffer_.resize(2048);
    std::size_t used = 0;
    bool failed = false;
    while (true) {
      const auto n = ::pread(fd_, buffer_.data() + used, buffer_.size() - used, static_cast<off_t>(used));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        errno_ = errno;
        failed = true;
      }
      if (n <= 0) break;
      used += static_cast<std::size_t>(n);
      if (used == buffer_.size()) {
        if (used >= kMaxFile) break;
        buffer_.resize(buffer_.size() * 2);
      }
    }
    if (!failed) {
      errno_ = 0;
      return std::string_view{buffer_.data(), used};
    }
    ::close(fd_);
    fd_ = -1;
    if (fresh) break;
  }
  return std::nullopt;
}

bool read_small(const char* path, char* into, std::size_t size, std::string_view& text) {
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return false;
  ssize_t n = 0;
  do n = ::read(fd, into, size);
  while (n < 0 && errno == EINTR);
  ::close(fd);
  if (n < 0) return false;
  text = {into, static_cast<std::size_t>(n)};
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  return true;
}

}  // namespace xj::checks
