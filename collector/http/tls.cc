#include "collector/http/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sslerr.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "core/fault.h"

namespace xj::http {

namespace {

std::string ssl_words() {
  const auto code = ERR_peek_error();
  if (code == 0) return "connection closed";
  std::string text;
  if (const char* reason = ERR_reason_error_string(code)) text = reason;
  if (text.empty()) text = "error " + std::to_string(code);
  return text;
}

void check(long ok, const std::string& what) {
  if (ok > 0) return;
  const auto words = ssl_words();
  ERR_clear_error();
  throw Fault(what + ": " + words);
}

}  // namespace

TlsContext make_tls_context(const TlsFiles& files, Door door) {
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(TLS_server_method()), SslFree{});
  SSL_CTX* const c = context.get();
  check(c != nullptr, "cannot make a TLS context");
  check(SSL_CTX_set_min_proto_version(c, door == Door::agents ? TLS1_3_VERSION : TLS1_2_VERSION),
        "TLS version");
  SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
                             SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
  // Without resumption every session shows its certificate anew, and an idle one costs no buffers.
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(c, 0);
  SSL_CTX_set_mode(
      c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  check(SSL_CTX_set_cipher_list(c, "ECDHE+AESGCM:ECDHE+CHACHA20"), "TLS ciphers");
  check(SSL_CTX_use_certificate_chain_file(c, files.cert.c_str()), "certificate " + files.cert);
  check(SSL_CTX_use_PrivateKey_file(c, files.key.c_str(), SSL_FILETYPE_PEM), "key " + files.key);
  check(SSL_CTX_check_private_key(c), "key " + files.key + " does not belong to " + files.cert);
  if (door == Door::agents) {
    check(SSL_CTX_load_verify_locations(c, files.ca.c_str(), nullptr), "authority " + files.ca);
    SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_verify_depth(c, 1);
    auto* names = SSL_load_client_CA_file(files.ca.c_str());
    check(names != nullptr, "authority " + files.ca);
    SSL_CTX_set_client_CA_list(c, names);
  } else {
    BIO* file = BIO_new_file(files.ca.c_str(), "r");
    X509* ca = file == nullptr ? nullptr : PEM_read_bio_X509(file, nullptr, nullptr, nullptr);
    BIO_free(file);
    check(ca != nullptr, "authority " + files.ca);
    const auto added = SSL_CTX_add1_chain_cert(c, ca);
    X509_free(ca);
    check(added, "authority " + files.ca);
  }
  return context;
}

Stream::Stream(int fd, SSL_CTX* context) : fd_(fd), ssl_(SSL_new(context)) {
  if (!ssl_ || SSL_set_fd(ssl_.get(), fd) != 1) throw Fault("cannot make a TLS session");
  SSL_set_accept_state(ssl_.get());
}

Io Stream::result_of(int returned) {
  const int error = SSL_get_error(ssl_.get(), returned);
  if (error == SSL_ERROR_WANT_READ) return Io::want_read;
  if (error == SSL_ERROR_WANT_WRITE) return Io::want_write;
  if (error == SSL_ERROR_ZERO_RETURN) return Io::closed;
  broken_ = true;
  failure_ =
      error == SSL_ERROR_SYSCALL && ERR_peek_error() == 0 && errno != 0 ? std::strerror(errno) : ssl_words();
  const auto reason = ERR_GET_REASON(ERR_peek_error());
  plain_http_ = reason == SSL_R_HTTP_REQUEST || reason == SSL_R_HTTPS_PROXY_REQUEST;
  ERR_clear_error();
  return Io::failed;
}

Io Stream::handshake() {
  ERR_clear_error();
  errno = 0;
  const int n = SSL_do_handshake(ssl_.get());
  return n == 1 ? Io::done : result_of(n);
}

Io Stream::read(char* into, std::size_t size, std::size_t& got) {
  got = 0;
  if (ssl_) {
    ERR_clear_error();
    errno = 0;
    const int n = SSL_read_ex(ssl_.get(), into, size, &got);
    return n == 1 ? Io::done : result_of(n);
  }
  for (;;) {
    const auto n = ::recv(fd_, into, size, 0);
    if (n > 0) {
      got = static_cast<std::size_t>(n);
      return Io::done;
    }
    if (n == 0) return Io::closed;
    if (errno == EINTR) continue;
    return errno == EAGAIN || errno == EWOULDBLOCK ? Io::want_read : Io::failed;
  }
}

Io Stream::write(std::string_view bytes, std::size_t& put) {
  put = 0;
  if (ssl_) {
    ERR_clear_error();
    errno = 0;
    const int n = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &put);
    return n == 1 ? Io::done : result_of(n);
  }
  for (;;) {
    const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n >= 0) {
      put = static_cast<std::size_t>(n);
      return Io::done;
    }
    if (errno == EINTR) continue;
    return errno == EAGAIN || errno == EWOULDBLOCK ? Io::want_write : Io::failed;
  }
}

void Stream::say_goodbye() {
  if (ssl_ && !broken_ && SSL_is_init_finished(ssl_.get())) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  ::shutdown(fd_, SHUT_WR);
}

bool Stream::drain(char* scratch, std::size_t size, std::size_t& got) {
  got = 0;
  for (;;) {
    const auto n = ::recv(fd_, scratch, size, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n > 0) got = static_cast<std::size_t>(n);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
  }
}

std::string Stream::peer_certificate() const {
  if (!ssl_ || SSL_get_verify_result(ssl_.get()) != X509_V_OK) return {};
  X509* cert = SSL_get0_peer_certificate(ssl_.get());
  if (cert == nullptr) return {};
  BIO* bio = BIO_new(BIO_s_mem());
  std::string pem;
  if (bio != nullptr && PEM_write_bio_X509(bio, cert) == 1) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    pem.assign(data, static_cast<std::size_t>(size));
  }
  BIO_free(bio);
  return pem;
}

}  // namespace xj::http
