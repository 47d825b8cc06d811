#pragma once
// One peer's connection: handshake, requests one after another, answers. Lives on one Worker's thread; only
// Done comes from elsewhere and is posted there.
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "collector/http/request_parser.h"
#include "collector/http/tls.h"
#include "core/time.h"

namespace xj::http {

class Worker;
class Session;

// What a session is doing; each phase has its own time limit and its own list in the worker, oldest first.
enum class Phase { handshake, idle, reading, handling, writing, closing };
inline constexpr std::size_t kPhases = 6;
using SessionList = std::list<std::shared_ptr<Session>>;

class Session final : public std::enable_shared_from_this<Session> {
 public:
  Session(Worker& worker, Door door, int fd, Peer peer, SSL_CTX* context);  // owns fd from here on
  ~Session();

  void start();
  void respond(std::uint32_t request_number, Response response);  // ignored when the request is over
  void on_timeout();
  void cut();           // now, without a word
  void end_politely();  // idle: now; in a request: after its answer
  bool revoked() const;

  Door door() const { return door_; }
  Phase phase() const { return phase_; }
  MonoTime since() const { return since_; }

 private:
  friend class Worker;  // keeps phase_, since_ and at_ together with its lists
  void do_handshake();
  void handshake_failed();
  bool greet();  // after the handshake: who is it
  void read_some();
  // False when reading must stop: a request is in a handler, or the session is ending.
  bool feed(std::string_view bytes);
  bool on_header();
  void dispatch();
  void refuse(int status, std::string_view code, std::string_view detail,
              std::vector<std::pair<std::string, std::string>> headers = {});
  void send(Response response, bool keep);
  void write_some();
  void after_write();
  void begin_closing();
  void drain_some();
  void wait(Io what, void (Session::*then)());
  void over();  // the last word: out of the lists, descriptor closed

  Worker& worker_;
  boost::asio::posix::stream_descriptor socket_;
  Stream stream_;
  Peer peer_;
  Timestamp certificate_ends_{};
  std::unique_ptr<RequestParser> parser_;  // only while a request is being read
  std::string in_;                         // bytes read and not yet used; empty while idle
  std::string out_, out_body_;             // answer under way
  std::size_t out_done_ = 0;
  const Route* route_ = nullptr;
  SessionList::iterator at_;
  MonoTime since_{};
  std::uint32_t request_number_ = 0;
  std::uint32_t drained_ = 0;
  Door door_;
  Phase phase_ = Phase::handshake;
  bool keep_ = true;
  bool head_only_ = false;
  bool ending_ = false;
  bool barred_ = false;
  bool over_ = false;
};

}  // namespace xj::http
