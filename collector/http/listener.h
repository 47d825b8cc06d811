#pragma once
// Listening sockets: TCP addresses and the Unix socket with its peer credentials.
#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <functional>
#include <string>
#include <utility>

#include "collector/http/message.h"
#include "collector/http/tls.h"

namespace xj::http {

// Bound, non-blocking. Throws Fault naming the address and what to do.
int bind_tcp(const std::string& address);  // "127.0.0.1:8443", "[::1]:0", "collector.example:8443"
// Replaces a socket that nobody listens on; refuses one that another process serves.
int bind_unix(const std::string& path);
void listen_on(int fd, const std::string& address);  // throws as they do
std::string bound_address(int fd);

// Addresses that are taken and refuse whoever connects, until somebody listens on them.
class HeldAddresses {
 public:
  HeldAddresses() = default;
  HeldAddresses(const std::string& agents, const std::string& people, const std::string& socket);  // or empty
  HeldAddresses(HeldAddresses&& other) noexcept
      : fds_(std::exchange(other.fds_, kNone)), socket_(std::exchange(other.socket_, {})) {}
  HeldAddresses& operator=(HeldAddresses&& other) noexcept {
    std::swap(fds_, other.fds_), std::swap(socket_, other.socket_);
    return *this;
  }
  ~HeldAddresses();  // gives back what was not taken out
  // The descriptor, the caller's from now on; -1: none.
  int take(Door door) { return std::exchange(fds_[static_cast<std::size_t>(door)], -1); }

 private:
  static constexpr std::array<int, 3> kNone{-1, -1, -1};
  std::array<int, 3> fds_ = kNone;
  std::string socket_;
};

// Root, the collector's own user and whom `ask` knows (a person of a contract).
bool is_socket_operator(uid_t peer, const std::string& name, uid_t own,
                        const std::function<bool(const std::string&)>& ask);

// Takes connections off one listening socket and hands them on. One thread, that of `io`.
class Listener {
 public:
  // Owns the descriptor it gets. The peer holds the address, from the Unix socket also the OS user; uid is -1
  // where the kernel tells none.
  using Take = std::function<void(int fd, Peer peer, uid_t uid)>;
  Listener(boost::asio::io_context& io, int fd, Take take);
  void start();
  void stop();

 private:
  void accept_some();
  void wait();
  boost::asio::posix::stream_descriptor socket_;
  boost::asio::steady_timer pause_;
  Take take_;
  bool complained_ = false;
};

}  // namespace xj::http
