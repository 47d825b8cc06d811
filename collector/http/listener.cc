#include "collector/http/listener.h"

#include <netdb.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "core/fault.h"
#include "core/io/log.h"

namespace xj::http {

namespace {

constexpr int kBacklog = 4096;  // the kernel cuts it to net.core.somaxconn
constexpr int kAcceptsInARow = 64;

struct Fd {
  int fd = -1;
  ~Fd() {
    if (fd >= 0) ::close(fd);
  }
  int release() { return std::exchange(fd, -1); }
};

std::string user_name(uid_t uid) {
  std::array<char, 4096> buffer;
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
    return found->pw_name;
  return "uid:" + std::to_string(uid);
}

Peer peer_of(int fd, uid_t& uid) {
  Peer peer;
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return peer;
  if (address.ss_family == AF_UNIX) {
    ucred who{};
    socklen_t length = sizeof who;
    peer.address = "unix";
    // As the kernel noted it at connect(): a later change of the peer's user does not matter.
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length) == 0) {
      uid = who.uid;
      peer.os_user = user_name(uid);
    }
    return peer;
  }
  char host[NI_MAXHOST] = {};
  if (::getnameinfo(reinterpret_cast<sockaddr*>(&address), size, host, sizeof host, nullptr, 0,
                    NI_NUMERICHOST) == 0)
    peer.address = host;
  return peer;
}

[[noreturn]] void refuse(const std::string& address) {
  const int why = errno;
  throw Fault("cannot listen on " + address + ": " + std::strerror(why),
              why == EADDRINUSE ? "another program has this port" : "");
}

}  // namespace

int bind_tcp(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos || colon + 1 == address.size())
    throw Fault("not an address to listen on: " + address, "write it as 0.0.0.0:8443 or [::]:8443");
  auto host = address.substr(0, colon);
  const auto port = address.substr(colon + 1);
  if (host.size() > 1 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int bad = ::getaddrinfo(host.empty() ? nullptr : host.c_str(), port.c_str(), &hints, &found);
      bad != 0)
    throw Fault("cannot listen on " + address + ": " + ::gai_strerror(bad));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
  Fd socket{::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  const int on = 1, off = 0;
  if (socket.fd >= 0) {
    ::setsockopt(socket.fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (found->ai_family == AF_INET6) ::setsockopt(socket.fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  if (socket.fd < 0 || ::bind(socket.fd, found->ai_addr, found->ai_addrlen) != 0) refuse(address);
  return socket.release();
}

int bind_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw Fault("the socket's path is too long: " + path);
  std::memcpy(address.sun_path, path.c_str(), path.size());
  const auto* raw = reinterpret_cast<const sockaddr*>(&address);
  struct stat status{};
  if (::lstat(path.c_str(), &status) == 0) {
    if (!S_ISSOCK(status.st_mode)) throw Fault(path + " exists and is no socket");
    const Fd probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (::connect(probe.fd, raw, sizeof address) == 0)
      throw Fault("another process serves " + path, "is a collector running already?");
    ::unlink(path.c_str());
  }
  Fd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (socket.fd < 0 || ::bind(socket.fd, raw, sizeof address) != 0 || ::chmod(path.c_str(), 0666) != 0)
    refuse(path);
  return socket.release();
}

void listen_on(int fd, const std::string& address) {
  if (::listen(fd, kBacklog) != 0) refuse(address);
}

HeldAddresses::HeldAddresses(const std::string& agents, const std::string& people, const std::string& socket)
    : HeldAddresses() {
  const auto hold = [this](Door door, int fd) { fds_[static_cast<std::size_t>(door)] = fd; };
  if (!agents.empty()) hold(Door::agents, bind_tcp(agents));
  if (!people.empty()) hold(Door::people, bind_tcp(people));
  if (!socket.empty()) hold(Door::local, bind_unix(socket)), socket_ = socket;
}

HeldAddresses::~HeldAddresses() {
  if (fds_[static_cast<std::size_t>(Door::local)] >= 0) ::unlink(socket_.c_str());
  for (const int fd : fds_)
    if (fd >= 0) ::close(fd);
}

std::string bound_address(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  char host[NI_MAXHOST] = {}, port[NI_MAXSERV] = {};
  if (::getnameinfo(reinterpret_cast<sockaddr*>(&address), size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return {};
  return address.ss_family == AF_INET6 ? '[' + std::string(host) + "]:" + port
                                       : std::string(host) + ':' + port;
}

bool is_socket_operator(uid_t peer, const std::string& name, uid_t own,
                        const std::function<bool(const std::string&)>& ask) {
  if (peer == static_cast<uid_t>(-1)) return false;
  return peer == 0 || peer == own || (ask && ask(name));
}

Listener::Listener(boost::asio::io_context& io, int fd, Take take)
    : socket_(io, fd), pause_(io), take_(std::move(take)) {}

void Listener::start() { wait(); }

void Listener::stop() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  pause_.cancel();
}

void Listener::wait() {
  socket_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                     [this](const boost::system::error_code& ec) {
                       if (!ec && socket_.is_open()) accept_some();
                     });
}

void Listener::accept_some() {
  for (int n = 0; n < kAcceptsInARow; ++n) {
    const int fd = ::accept4(socket_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // fails on the Unix socket, harmlessly
      ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
      complained_ = false;
      auto uid = static_cast<uid_t>(-1);
      auto peer = peer_of(fd, uid);
      take_(fd, std::move(peer), uid);
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) break;
    // Out of descriptors or memory. The connection stays in the queue, so waiting for it at once would spin.
    if (!std::exchange(complained_, true)) log::error("http: cannot accept: {}", std::strerror(errno));
    pause_.expires_after(std::chrono::milliseconds{100});
    pause_.async_wait([this](const boost::system::error_code& ec) {
      if (!ec && socket_.is_open()) wait();
    });
    return;
  }
  wait();
}

}  // namespace xj::http
