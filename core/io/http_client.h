#pragma once
// HTTP/1.1 over TLS (OpenSSL on the descriptor) or a Unix socket: the agent's uplink and the command line.
// Webhooks and mail go through libcurl in collector/notify instead.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/io/http_response.h"
#include "core/text.h"
#include "core/time.h"

namespace xj::io {

struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";                                  // path and query
  std::vector<std::pair<std::string, std::string>> headers;  // Host, Content-Length and Connection are added
  std::string body;
  // Whether the other side may see it twice: then a kept-alive connection that turns out closed is reopened
  // and the request sent again without a word. GET and HEAD always may.
  bool repeatable = false;
};

// Why there is no response: each has its own words for the operator (core/texts/io.cc).
enum class HttpFailure {
  dns,
  connect,
  timeout,
  tls_untrusted,
  tls_name,
  tls_not_yet_valid,
  tls_expired,
  tls_rejected_us,
  tls_other,
  protocol,
  closed,
  too_large
};
struct HttpError {
  HttpFailure kind;
  Message message;
};
using HttpResult = std::variant<HttpResponse, HttpError>;

struct TlsIdentity {
  std::string ca_file;    // trust anchors, PEM
  std::string cert_file;  // own chain and key; both empty for a connection without client certificate
  std::string key_file;   // may be the same file
  std::string
      pinned_ca_sha256;  // hex; when set and ca_file is empty, trust the presented chain by this alone
};

struct HttpTarget {
  std::string host;  // name or address without brackets; empty for a Unix socket
  std::string port;
  std::string unix_path;  // empty for TLS
};
// "https://host[:port]" (443 when absent), "https://[::1]:8443", "unix:/run/x.sock"; nothing else, no path.
std::optional<HttpTarget> parse_http_url(std::string_view url);

// The client for somebody else's poll loop: never blocks, owns one descriptor, keeps the connection alive
// between requests. Names are looked up on a short-lived thread, for getaddrinfo can hang. Owned by one
// thread.
//
// Makes the process ignore SIGPIPE when nobody has said what to do with it.
//
//   c.start(request, now, now + 10s);
//   while (!c.finished()) { poll c.want(); c.on_ready(now); }
//   c.take();
class HttpConnection {
 public:
  // A bad url or identity is not thrown here: it is the result of the first request.
  HttpConnection(const std::string& url, TlsIdentity tls, HttpLimits limits = {});
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  struct Want {
    int fd = -1;       // -1: only the time
    short events = 0;  // POLLIN, POLLOUT
    MonoTime until{};  // call on_ready() then at the latest
  };
  void start(HttpRequest request, MonoTime now, MonoTime deadline);  // not while one is under way
  bool busy() const;                                                 // started and not taken
  bool finished() const;                                             // take() has something
  Want want() const;            // meaningless unless busy and not finished
  void on_ready(MonoTime now);  // does what can be done without waiting; harmless when nothing can
  HttpResult take();
  void close();  // drops the request under way and the connection

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// One kept-alive connection, reopened when needed; waits. Owned by one thread.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual HttpResult send(const HttpRequest& request, Duration timeout) = 0;
  virtual void close() = 0;
};

// url: "https://host:port" or "unix:/run/xunjian/collector.sock".
std::unique_ptr<HttpClient> make_http_client(const std::string& url, const TlsIdentity& tls);

}  // namespace xj::io
