#pragma once
// Names to addresses, without waiting for it: getaddrinfo can hang for as long as a name server likes.
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace xj::io {

// A descriptor that is closed with its owner.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() { reset(); }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

std::string printed(const Address& address);  // "127.0.0.1:80", "[::1]:80"

// What the looking-up thread and the connection share; whoever is last frees it.
struct Lookup {
  std::string host, port;
  Fd done{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::mutex mutex;
  bool ready = false;
  int code = 0;
  std::vector<Address> addresses;
};

// Waits. `flags` as of getaddrinfo, AI_NUMERICHOST: only what needs no name server. Its code, 0 when all is
// well.
int resolve(const std::string& host, const std::string& port, int flags, std::vector<Address>& into);

// Does it on a thread of its own; `done` can be read when `ready` is true. False: there is no such thread.
bool begin_lookup(const std::shared_ptr<Lookup>& lookup);

}  // namespace xj::io
