#pragma once
// The other end of collector/http in tests: certificates to show, and a client that can misbehave, because it
// writes bytes and not requests.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <memory>
#include <string>

#include "collector/http/server.h"
#include "core/io/pki.h"

namespace xj::test {

// A folder that goes with its owner.
class TempDir {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "xj_http_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw Fault("mkdtemp");
    path_ = name;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return path_ + '/' + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// An authority with a server's certificate for loopback, in files.
struct TestPki {
  TempDir dir;
  Timestamp now = SystemClock().now();
  std::string ca_key = io::make_key();
  io::Authority ca{
      io::Authority::make(ca_key, "Test CA",
                          {now - std::chrono::hours{24 * 365}, now + std::chrono::hours{24 * 365}}),
      ca_key};

  TestPki() {
    const auto key = io::make_key();
    io::write_secret(dir / "ca.pem", ca.certificate());
    io::write_secret(dir / "server.key", key);
    io::write_secret(dir / "server.pem",
                     ca.sign_server(io::make_request(key, ""), {"127.0.0.1", "localhost"}, life()));
  }
  io::Validity life() const { return {now - std::chrono::hours{1}, now + std::chrono::hours{24}}; }
  http::TlsFiles files() const { return {dir / "ca.pem", dir / "server.pem", dir / "server.key"}; }
};

struct Identity {
  std::string cert, key;  // PEM
};
inline Identity agent_identity(const io::Authority& ca, const std::string& name, io::Validity life) {
  const auto key = io::make_key();
  return {ca.sign_agent(io::make_request(key, name), name, life), key};
}

// A blocking connection with a deadline on everything.
class RawPeer {
 public:
  explicit RawPeer(const std::string& address) {  // "127.0.0.1:1234" or a path
    if (address.find('/') != std::string::npos) {
      fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_un a{};
      a.sun_family = AF_UNIX;
      std::strncpy(a.sun_path, address.c_str(), sizeof a.sun_path - 1);
      connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&a), sizeof a) == 0;
    } else {
      fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_in a{};
      a.sin_family = AF_INET;
      a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      a.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
      connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&a), sizeof a) == 0;
      // Without it the end of a handshake and the request after it wait 40 ms for each other's
      // acknowledgement.
      const int on = 1;
      ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    const timeval limit{60, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }
  ~RawPeer() {
    ssl_.reset();
    if (fd_ >= 0) ::close(fd_);
  }
  RawPeer(RawPeer&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        connected_(other.connected_),
        ssl_(std::move(other.ssl_)),
        held_(std::move(other.held_)) {}

  RawPeer& operator=(RawPeer&& other) noexcept {
    std::swap(fd_, other.fd_), std::swap(connected_, other.connected_), std::swap(ssl_, other.ssl_);
    std::swap(held_, other.held_);
    return *this;
  }

  bool connected() const { return connected_; }
  int fd() const { return fd_; }

  // Shows `me` when given. Trusts everything: who the server is, the client's own tests ask.
  bool tls(const Identity* me = nullptr, int max_version = TLS1_3_VERSION) {
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    SSL_CTX_set_max_proto_version(context.get(), max_version);
    if (me != nullptr) {
      const std::unique_ptr<BIO, decltype(&BIO_free)> cert(
          BIO_new_mem_buf(me->cert.data(), static_cast<int>(me->cert.size())), BIO_free);
      const std::unique_ptr<BIO, decltype(&BIO_free)> key(
          BIO_new_mem_buf(me->key.data(), static_cast<int>(me->key.size())), BIO_free);
      const std::unique_ptr<X509, decltype(&X509_free)> x(
          PEM_read_bio_X509(cert.get(), nullptr, nullptr, nullptr), X509_free);
      const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> k(
          PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
      SSL_CTX_use_certificate(context.get(), x.get());
      SSL_CTX_use_PrivateKey(context.get(), k.get());
    }
    ssl_.reset(SSL_new(context.get()));
    SSL_set_fd(ssl_.get(), fd_);
    const bool good = SSL_connect(ssl_.get()) == 1;
    ERR_clear_error();
    return good;
  }

  bool send(std::string_view bytes) {
    if (ssl_) {
      const bool good =
          bytes.empty() || SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
      ERR_clear_error();
      return good;
    }
    return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }

  // Some bytes, or empty at the end, on an error and after a minute.
  std::string receive() {
    char buffer[16384];
    int n = 0;
    if (ssl_) {
      n = SSL_read(ssl_.get(), buffer, sizeof buffer);
      if (n <= 0)
        last_error_ =
            ERR_reason_error_string(ERR_peek_error()) ? ERR_reason_error_string(ERR_peek_error()) : "";
      ERR_clear_error();
    } else {
      n = static_cast<int>(::recv(fd_, buffer, sizeof buffer, 0));
    }
    return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : std::string{};
  }
  const std::string& last_error() const { return last_error_; }

  struct Answer {
    int status = 0;  // 0: the connection ended first
    std::string head, body;
    bool closes() const { return head.find("Connection: close") != std::string::npos; }
  };
  // One response with a Content-Length (or none for `no_body`).
  Answer answer(bool no_body = false) {
    Answer a;
    std::size_t end;
    while ((end = held_.find("\r\n\r\n")) == std::string::npos) {
      const auto more = receive();
      if (more.empty()) return a;
      held_ += more;
    }
    a.head = held_.substr(0, end + 4);
    held_.erase(0, end + 4);
    const auto length = a.head.find("Content-Length: ");
    const std::size_t size =
        no_body || length == std::string::npos ? 0 : std::stoul(a.head.substr(length + 16));
    while (held_.size() < size) {
      const auto more = receive();
      if (more.empty()) return a;
      held_ += more;
    }
    a.body = held_.substr(0, size);
    held_.erase(0, size);
    a.status = std::stoi(a.head.substr(9, 3));
    return a;
  }
  Answer ask(std::string_view request) {
    if (!send(request)) return {};
    return answer();
  }
  bool at_end() { return held_.empty() && receive().empty(); }

 private:
  struct Free {
    void operator()(SSL* p) const { SSL_free(p); }
  };
  int fd_ = -1;
  bool connected_ = false;
  std::unique_ptr<SSL, Free> ssl_;
  std::string held_, last_error_;
};

}  // namespace xj::test
