#pragma once
// Listening sockets: TCP addresses and the Unix socket with its peer credentials.
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

// Takes connections off one listening socket and hands them on. One thread, that of `io`.
class Listener {
 public:
  // `take` owns the descriptor it gets; peer holds the address, for the Unix socket also the OS user.
  Listener(boost::asio::io_context& io, int fd, std::function<void(int, Peer)> take);
  void start();
  void stop();

 private:
  void accept_some();
  void wait();
  boost::asio::posix::stream_descriptor socket_;
  boost::asio::steady_timer pause_;
  std::function<void(int, Peer)> take_;
  bool complained_ = false;
};

}  // namespace xj::http
