#pragma once
// The only way checks touch the host: below an injectable root, so that tests look at captured trees.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace xj::checks {

// What statvfs says, in bytes and inodes.
struct Space {
  std::uint64_t total_bytes = 0;
  std::uint64_t free_bytes = 0;       // root's share included
  std::uint64_t available_bytes = 0;  // to everybody
  std::uint64_t total_inodes = 0;     // 0: this file system has no such limit
  std::uint64_t free_inodes = 0;
  bool operator==(const Space&) const = default;
};
struct SpaceAnswer {
  int error = 0;  // errno, 0 when `space` holds
  Space space{};
};
SpaceAnswer statvfs_space(const std::string& path);  // may block for ever on a dead network mount

struct HostPaths {
  std::string root;                                                           // "" on the real host
  std::function<SpaceAnswer(const std::string& path)> space = statvfs_space;  // given the path below root

  std::string proc(std::string_view name) const { return root + "/proc/" + std::string(name); }
  std::string sys(std::string_view name) const { return root + "/sys/" + std::string(name); }
};

// A file of /proc or /sys read again and again: the descriptor stays open, the buffer is reused.
// Not for files larger than kMaxFile: what is beyond is cut.
class HostFile {
 public:
  static constexpr std::size_t kMaxFile = 4u << 20;
  explicit HostFile(std::string path) : path_(std::move(path)) {}
  ~HostFile();
  HostFile(const HostFile&) = delete;
  HostFile& operator=(const HostFile&) = delete;

  // The whole text, valid until the next read; empty optional when it cannot be read (error_number() says
  // why).
  std::optional<std::string_view> read();
  int error_number() const { return errno_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::string buffer_;
  int fd_ = -1;
  int errno_ = 0;
};

// A small file read once: a line of /sys. False when it cannot be read.
bool read_small(const char* path, char* into, std::size_t size, std::string_view& text);

}  // namespace xj::checks
