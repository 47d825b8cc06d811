#pragma once
// The collector's listeners: agents (TLS 1.3, client certificate required), people (TLS, none asked for) and
// a Unix socket with peer credentials. Transport only: routes bring the meaning.
//
// Threads: `threads` I/O threads of its own; a session lives on one of them. A handler is called on an I/O
// thread and must not block; it keeps Done and answers from any thread. One request of a session is in a
// handler at a time. A Done that is dropped unanswered answers 500 by itself.
#include <unistd.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "collector/http/message.h"
#include "core/time.h"

namespace xj::http {

struct Limits {
  std::size_t header_bytes = 16u << 10;  // request line and headers; above: 431
  std::size_t agent_sessions = 12'000;   // open at once; a newcomer takes the place of the longest idle one
  std::size_t people_sessions = 1'000;
  std::size_t local_sessions = 64;
  std::size_t half_open = 1'024;  // before the end of the TLS handshake; a newcomer displaces the oldest
  Duration handshake{10'000};     // accept to end of handshake
  Duration request{30'000};       // first byte to last byte of a request; above: 408
  Duration handler{60'000};       // request to Done; above: 503
  Duration write{30'000};         // one response taken by the peer
  Duration idle_agents{180'000};  // between requests
  Duration idle_people{60'000};
  bool operator==(const Limits&) const = default;
};

struct TlsFiles {
  std::string ca;    // agents' certificates are signed by this one
  std::string cert;  // the server's own
  std::string key;
};

struct ServerConfig {
  std::string agents;  // "address:port", "[::1]:0"; empty: no such listener
  std::string people;
  std::string socket;  // path; empty: none
  TlsFiles tls;
  int threads = 1;  // 1 to 16
  Limits limits;
  std::string people_token;   // bearer token for GET over TCP; empty: only `open` routes answer there
  uid_t owner = ::geteuid();  // the collector's own user, who may use the Unix socket as root may
  // Whether this OS user may use the Unix socket besides root and the owner. Called on I/O threads.
  std::function<bool(const std::string& os_user)> is_operator;
  // Whether a verified certificate may still speak; asked at each request. Called on I/O threads.
  std::function<bool(const std::string& agent, const std::string& serial)> is_revoked;
};

// Since start; for /metrics.
struct ServerStats {
  std::uint64_t sessions = 0;   // open now
  std::uint64_t half_open = 0;  // of these, still in the handshake
  std::uint64_t accepted = 0;
  std::uint64_t requests = 0;  // handed to a handler
  std::uint64_t refused = 0;   // answered by transport itself: 4xx of limits, access, routes
  std::uint64_t tls_failures = 0;
  std::uint64_t timeouts = 0;   // handshake, request, handler or write
  std::uint64_t displaced = 0;  // closed to make room
  std::uint64_t revoked = 0;    // requests of revoked certificates
  std::uint64_t bytes_in = 0;   // of requests, after decryption
  std::uint64_t bytes_out = 0;
};

// The bearer token out of its file (mode 0600): one line of 32 to 512 visible characters. Throws Fault
// otherwise.
std::string read_people_token(const std::string& file);

class HeldAddresses;

class Server {
 public:
  // Throws Fault on contradictory routes or unusable TLS files. Borrows the clock.
  Server(ServerConfig config, std::vector<Route> routes, const Clock& clock);
  // On addresses of the configuration that are held already.
  Server(ServerConfig config, std::vector<Route> routes, const Clock& clock, HeldAddresses held);
  ~Server();  // stops without grace
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void start();  // binds what is not held, and listens; throws Fault naming the address. Makes the process
                 // ignore SIGPIPE.
  // No new sessions; requests in handlers are answered with "Connection: close"; what is left after `grace`
  // is cut. Not from an I/O thread. Idempotent.
  void stop(Duration grace);

  // Reads the TLS files again: for new sessions; the old go on. Throws Fault and keeps what it had on bad
  // files.
  void reload_tls();
  // Ends every session of a revoked certificate (asks is_revoked), also those idle. Any thread.
  void drop_revoked();
  void set_people_token(std::string token);

  // The address actually bound, "127.0.0.1:41234"; empty when not listening.
  std::string agents_address() const;
  std::string people_address() const;
  ServerStats stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace xj::http
