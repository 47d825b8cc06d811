#pragma once
// TLS as OpenSSL on a non-blocking descriptor. asio::ssl::stream would hold two 17 KiB buffers a session
// whatever it does; here an idle session keeps OpenSSL's own state and nothing else.
#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "collector/http/server.h"

namespace xj::http {

// Which listener a session came through.
enum class Door { agents, people, local };
inline constexpr std::size_t kDoors = 3;

struct SslFree {
  void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
  void operator()(SSL* p) const { SSL_free(p); }
};
using TlsContext = std::shared_ptr<SSL_CTX>;
// Agents: TLS 1.3, a certificate of our authority required. People: TLS 1.2 or later, none asked for, the
// authority's certificate sent along so that an enrolling agent can pin it. Throws Fault naming the file.
TlsContext make_tls_context(const TlsFiles& files, Door door);

enum class Io { done, want_read, want_write, closed, failed };

// A descriptor with or without TLS on it; owns the SSL, borrows the descriptor. One thread.
class Stream {
 public:
  Stream() = default;
  explicit Stream(int fd) : fd_(fd) {}  // plain
  Stream(int fd, SSL_CTX* context);     // TLS, server side

  bool tls() const { return ssl_ != nullptr; }
  Io handshake();
  Io read(char* into, std::size_t size, std::size_t& got);
  Io write(std::string_view bytes, std::size_t& put);
  void say_goodbye();  // close_notify where the handshake is done, then no more writing
  // Reads and throws away without decrypting; true when the peer has closed its side.
  bool drain(char* scratch, std::size_t size, std::size_t& got);

  // After a failed handshake: OpenSSL's word for it, and whether the peer spoke plain HTTP.
  const std::string& failure() const { return failure_; }
  bool plain_http() const { return plain_http_; }
  std::string peer_certificate() const;  // PEM of the verified client certificate, empty without

 private:
  Io result_of(int returned);
  int fd_ = -1;
  std::unique_ptr<SSL, SslFree> ssl_;
  std::string failure_;
  bool plain_http_ = false;
  bool broken_ = false;  // after a fatal error OpenSSL forbids further calls
};

}  // namespace xj::http
