#pragma once
// HTTP/1.1 over TLS (OpenSSL on the descriptor) or a Unix socket: the agent's uplink and the command line.
// Webhooks and mail go through libcurl in collector/notify instead.
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/text.h"
#include "core/time.h"

namespace xj::io {

struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";  // path and query
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};
struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::string header(std::string_view lower_case_name) const;
};

// Why there is no response: each has its own words for the operator (core/texts/io.cc).
enum class HttpFailure { dns, connect, timeout, tls_untrusted, tls_name, tls_not_yet_valid, tls_expired,
                         tls_rejected_us, tls_other, protocol, closed, too_large };
struct HttpError {
  HttpFailure kind;
  Message message;
};
using HttpResult = std::variant<HttpResponse, HttpError>;

struct TlsIdentity {
  std::string ca_file;    // trust anchors, PEM
  std::string cert_file;  // own chain and key; both empty for a connection without client certificate
  std::string key_file;
  std::string pinned_ca_sha256;  // hex; when set and ca_file is empty, trust the presented chain by this alone
};

// One kept-alive connection, reopened when needed. Owned by one thread.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual HttpResult send(const HttpRequest& request, Duration timeout) = 0;
  virtual void close() = 0;
};

// url: "https://host:port" or "unix:/run/xunjian/collector.sock".
std::unique_ptr<HttpClient> make_http_client(const std::string& url, const TlsIdentity& tls);

}  // namespace xj::io
