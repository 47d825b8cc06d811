#include "core/io/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace xj::io {
namespace {

std::string reason_of(unsigned long code) {
  if (code == 0) return "no reason given";
  if (ERR_SYSTEM_ERROR(code)) return std::string(::strerror(ERR_GET_REASON(code)));
  if (const char* text = ERR_reason_error_string(code)) return text;
  return "OpenSSL reason " + std::to_string(ERR_GET_REASON(code));
}

// Empties OpenSSL's queue; the oldest entry is the cause.
unsigned long first_error() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  return code;
}

std::string hex_digest(const X509* certificate) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &size) != 1) return {};
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (unsigned int i = 0; i < size; ++i) out += kHex[digest[i] >> 4], out += kHex[digest[i] & 15];
  return out;
}

std::string plain_hex(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != ':' && c != ' ') out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string when(const ASN1_TIME* time) {
  std::tm tm{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &tm) != 1) return "?";
  return to_iso(from_ms(static_cast<std::int64_t>(timegm(&tm)) * 1000));
}

std::string now_text() { return to_iso(from_ms(static_cast<std::int64_t>(std::time(nullptr)) * 1000)); }

std::string names_of(X509* certificate) {
  std::string out;
  const auto add = [&out](std::string_view name) {
    if (!out.empty()) out += ", ";
    out += name;
  };
  auto* names =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names); ++i) {
    const auto* name = sk_GENERAL_NAME_value(names, i);
    if (name->type == GEN_DNS) {
      add({reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
           static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName))});
    } else if (name->type == GEN_IPADD) {
      const int size = ASN1_STRING_length(name->d.iPAddress);
      char text[INET6_ADDRSTRLEN] = "";
      if (size == 4 || size == 16)
        inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(name->d.iPAddress), text,
                  sizeof text);
      add(text);
    }
  }
  GENERAL_NAMES_free(names);
  return out.empty() ? "-" : out;
}

// For a connection pinned to a CA's fingerprint: of the presented chain that certificate becomes the one
// anchor, then everything is checked as ever. Used before the CA's file is here, which is at enrolment.
int verify_pinned(X509_STORE_CTX* store, void* argument) {
  const auto& pinned = *static_cast<const std::string*>(argument);
  STACK_OF(X509)* chain = X509_STORE_CTX_get0_untrusted(store);
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    X509* one = sk_X509_value(chain, i);
    if (hex_digest(one) != pinned) continue;
    X509_STORE_add_cert(X509_STORE_CTX_get0_store(store), one);
    X509_STORE_CTX_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    return X509_verify_cert(store);
  }
  X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
  return 0;
}

int remember_stop(int ok, X509_STORE_CTX* store) {
  if (ok == 1) return ok;
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* session = ssl == nullptr ? nullptr : static_cast<TlsSession*>(SSL_get_app_data(ssl));
  X509* certificate = X509_STORE_CTX_get_current_cert(store);
  if (session != nullptr && certificate != nullptr)
    session->stopped_at({names_of(certificate), when(X509_get0_notBefore(certificate)),
                         when(X509_get0_notAfter(certificate))});
  return ok;
}

bool rejected_us(int reason) {
  switch (reason) {
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_NO_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_TLSV1_ALERT_DECRYPT_ERROR:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: return true;
    default: return false;
  }
}

}  // namespace

TlsFault::TlsFault(HttpError error) : Fault(render(error.message, Lang::en)), error_(std::move(error)) {}

TlsContext::TlsContext(const TlsIdentity& identity) : pinned_(plain_hex(identity.pinned_ca_sha256)) {
  ERR_clear_error();
  // Nothing of openssl.cnf is wanted here, and reading it touches half a megabyte of code for good.
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  ctx_ = SSL_CTX_new(TLS_client_method());
  if (ctx_ == nullptr) throw Fault("OpenSSL gives no context: " + reason_of(first_error()));
  const auto refuse = [this](const std::string& file, std::string detail) {
    SSL_CTX_free(ctx_);
    throw TlsFault(
        {HttpFailure::tls_other, {"io.tls.identity", {{"file", file}, {"detail", std::move(detail)}}}});
  };
  SSL_CTX_set_min_proto_version(ctx_, TLS1_2_VERSION);
  SSL_CTX_set_mode(
      ctx_, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_options(ctx_, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(ctx_, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(ctx_, SSL_VERIFY_PEER, remember_stop);
  if (!identity.ca_file.empty()) {
    pinned_.clear();
    if (SSL_CTX_load_verify_file(ctx_, identity.ca_file.c_str()) != 1)
      refuse(identity.ca_file, reason_of(first_error()));
    ERR_clear_error();
  } else if (!pinned_.empty()) {
    if (pinned_.size() != 64 || pinned_.find_first_not_of("0123456789abcdef") != pinned_.npos)
      refuse(identity.pinned_ca_sha256, "not a SHA-256 fingerprint of 64 hexadecimal digits");
    SSL_CTX_set_cert_verify_callback(ctx_, verify_pinned, &pinned_);
  }
  if (identity.cert_file.empty()) return;
  if (SSL_CTX_use_certificate_chain_file(ctx_, identity.cert_file.c_str()) != 1)
    refuse(identity.cert_file, reason_of(first_error()));
  if (SSL_CTX_use_PrivateKey_file(ctx_, identity.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(ctx_) != 1)
    refuse(identity.key_file, reason_of(first_error()));
}

TlsContext::~TlsContext() { SSL_CTX_free(ctx_); }

TlsSession::TlsSession(const TlsContext& context, int fd, const std::string& host)
    : ssl_(SSL_new(context.raw())), context_(context), host_(host) {
  if (ssl_ == nullptr || SSL_set_fd(ssl_, fd) != 1) {
    SSL_free(ssl_);
    throw Fault("OpenSSL gives no session: " + reason_of(first_error()));
  }
  SSL_set_app_data(ssl_, this);
  unsigned char address[16];
  if (inet_pton(AF_INET, host.c_str(), address) == 1 || inet_pton(AF_INET6, host.c_str(), address) == 1) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), host.c_str());
  } else {
    SSL_set_hostflags(ssl_, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set1_host(ssl_, host.c_str());
    SSL_set_tlsext_host_name(ssl_, host.c_str());
  }
}

TlsSession::~TlsSession() { SSL_free(ssl_); }

TlsStatus TlsSession::handshake() {
  ERR_clear_error();
  const int returned = SSL_connect(ssl_);
  return returned == 1 ? TlsStatus::ok : classify(returned);
}

TlsStatus TlsSession::read(char* into, std::size_t size, std::size_t& got) {
  ERR_clear_error();
  const int returned = SSL_read_ex(ssl_, into, size, &got);
  return returned == 1 ? TlsStatus::ok : classify(returned);
}

TlsStatus TlsSession::write(std::string_view bytes, std::size_t& put) {
  ERR_clear_error();
  const int returned = SSL_write_ex(ssl_, bytes.data(), bytes.size(), &put);
  return returned == 1 ? TlsStatus::ok : classify(returned);
}

void TlsSession::say_goodbye() {
  ERR_clear_error();
  if (SSL_is_init_finished(ssl_)) SSL_shutdown(ssl_);
  ERR_clear_error();
}

TlsStatus TlsSession::classify(int returned) {
  const int saved = errno;
  switch (SSL_get_error(ssl_, returned)) {
    case SSL_ERROR_WANT_READ: return TlsStatus::want_read;
    case SSL_ERROR_WANT_WRITE: return TlsStatus::want_write;
    case SSL_ERROR_ZERO_RETURN: return TlsStatus::closed;
    case SSL_ERROR_SYSCALL: {
      // The other side went away without a word, or the socket failed: no matter of certificates.
      const auto code = first_error();
      if (code == 0) {
        error_ = {HttpFailure::closed,
                  {"io.http.closed",
                   {{"host", host_}, {"detail", saved == 0 ? "end of stream" : strerror(saved)}}}};
        return TlsStatus::closed;
      }
      error_ = {HttpFailure::tls_other, {"io.tls.other", {{"host", host_}, {"detail", reason_of(code)}}}};
      return TlsStatus::failed;
    }
    default: break;
  }
  const auto code = first_error();
  const int reason = ERR_GET_REASON(code);
  if (ERR_GET_LIB(code) == ERR_LIB_SSL && reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    error_ = {HttpFailure::closed, {"io.http.closed", {{"host", host_}, {"detail", "end of stream"}}}};
    return TlsStatus::closed;
  }
  if (ERR_GET_LIB(code) == ERR_LIB_SSL && rejected_us(reason)) {
    error_ = {HttpFailure::tls_rejected_us,
              {"io.tls.rejected_us", {{"host", host_}, {"detail", reason_of(code)}}}};
    return TlsStatus::failed;
  }
  const long verdict = SSL_get_verify_result(ssl_);
  if (ERR_GET_LIB(code) != ERR_LIB_SSL || reason != SSL_R_CERTIFICATE_VERIFY_FAILED || verdict == X509_V_OK) {
    error_ = {HttpFailure::tls_other, {"io.tls.other", {{"host", host_}, {"detail", reason_of(code)}}}};
    return TlsStatus::failed;
  }
  switch (verdict) {
    case X509_V_ERR_CERT_NOT_YET_VALID:
      error_ = {HttpFailure::tls_not_yet_valid,
                {"io.tls.not_yet_valid", {{"host", host_}, {"from", stopped_.from}, {"now", now_text()}}}};
      break;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      error_ = {HttpFailure::tls_expired,
                {"io.tls.expired", {{"host", host_}, {"until", stopped_.until}, {"now", now_text()}}}};
      break;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      error_ = {HttpFailure::tls_name, {"io.tls.name", {{"host", host_}, {"names", stopped_.names}}}};
      break;
    default:
      if (verdict == X509_V_ERR_CERT_UNTRUSTED && !context_.pinned().empty()) {
        error_ = {HttpFailure::tls_untrusted,
                  {"io.tls.pin", {{"host", host_}, {"expected", context_.pinned()}}}};
      } else {
        error_ = {
            HttpFailure::tls_untrusted,
            {"io.tls.untrusted", {{"host", host_}, {"detail", X509_verify_cert_error_string(verdict)}}}};
      }
      break;
  }
  return TlsStatus::failed;
}

}  // namespace xj::io
