#pragma once
// Listening sockets: TCP addresses and the Unix socket with its peer credentials.
#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <string>

#include "collector/http/message.h"

namespace xj::http {

// Listening, non-blocking. Throws Fault naming the address and what to do.
int listen_tcp(const std::string& address);  // "127.0.0.1:8443", "[::1]:0", "collector.example:8443"
// Replaces a socket that nobody listens on; refuses one that another process serves.
int listen_unix(const std::string& path);
std::string bound_address(int fd);

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
