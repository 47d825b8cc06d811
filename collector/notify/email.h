#pragma once
// E-mail through SMTP (libcurl).
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "collector/notify/channel.h"

namespace xj::collector {

struct EmailOptions {
  std::string url{};  // smtp://host:port, or smtps://host:port for TLS from the first byte
  std::string from{};
  std::string user{};           // empty: no login
  std::string password_file{};  // mode 0600; read at each delivery, so that a new password needs no restart
  std::string ca_file{};        // empty: the system's
  enum class Tls { required, when_offered, never } tls = Tls::required;  // STARTTLS, with smtp://
  Duration timeout{30'000};
  bool operator==(const EmailOptions&) const = default;
};

class Email final : public Channel {
 public:
  explicit Email(EmailOptions options);  // throws Fault on an unusable sender or address
  ~Email() override;
  Delivery send(const OutMessage& message, Timestamp now) override;

 private:
  struct Curl;
  EmailOptions options_;
  std::unique_ptr<Curl> curl_;
};

// How far a conversation had come when the server refused. Up to `sender` it is our configuration or the
// server's state that is wrong and may be mended; behind it, this very message.
enum class SmtpStage { connect, login, sender, recipient, content };
Outcome smtp_outcome(SmtpStage stage, int code);

// The whole message as RFC 5322 wants it: UTF-8 subject by RFC 2047, body in base64, Message-ID from the key
// (the same at every attempt). Pure.
std::string mail_text(const OutMessage& message, const std::string& from, Timestamp now);
std::string encode_header(std::string_view text);  // RFC 2047 where needed, folded
std::string mail_date(Timestamp t);
bool is_mail_address(
    std::string_view text);  // one plain ASCII address, nothing that could end a line or a list

}  // namespace xj::collector
