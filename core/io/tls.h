#pragma once
// TLS 1.2+ as a client on a non-blocking descriptor, 19 KiB a session instead of asio's 90. Verification
// always: chain, time and name; each way it can fail has its own HttpFailure and words.
#include <memory>
#include <string>
#include <string_view>

#include "core/fault.h"
#include "core/io/http_client.h"

struct ssl_ctx_st;
struct ssl_st;

namespace xj::io {

// What a TlsIdentity's files hold, read once. Shared by sessions of one thread.
class TlsContext {
 public:
  explicit TlsContext(const TlsIdentity& identity);  // throws TlsFault when a file cannot be used
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ssl_ctx_st* raw() const { return ctx_; }
  const std::string& pinned() const { return pinned_; }  // lower-case hex or empty

 private:
  ssl_ctx_st* ctx_ = nullptr;
  std::string pinned_;
};

class TlsFault : public Fault {
 public:
  explicit TlsFault(HttpError error);
  const HttpError& error() const { return error_; }

 private:
  HttpError error_;
};

enum class TlsStatus { ok, want_read, want_write, closed, failed };

// One connection. The descriptor is borrowed.
class TlsSession {
 public:
  TlsSession(const TlsContext& context, int fd, const std::string& host);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  TlsStatus handshake();
  TlsStatus read(char* into, std::size_t size, std::size_t& got);
  TlsStatus write(std::string_view bytes, std::size_t& put);
  void say_goodbye();                                // close_notify, as far as it goes without waiting
  const HttpError& error() const { return error_; }  // after failed

  // What the verification stopped at; filled by its callback, for the certificate is gone afterwards.
  struct Stopped {
    std::string names, from, until;
  };
  void stopped_at(Stopped stopped) { stopped_ = std::move(stopped); }

 private:
  TlsStatus classify(int returned);
  ssl_st* ssl_ = nullptr;
  const TlsContext& context_;
  std::string host_;
  Stopped stopped_{"?", "?", "?"};
  HttpError error_{HttpFailure::tls_other, {}};
};

}  // namespace xj::io
