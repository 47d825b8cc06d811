#pragma once
// A generic webhook: one JSON POST a message.
#include <memory>
#include <string>
#include <string_view>

#include "collector/notify/channel.h"
#include "core/json.h"

namespace xj::collector {

// JSON with {{id}}, {{subject}}, {{text}}, {{person}} and {{event}} inside its strings. Values are put in as
// text and so cannot break the JSON; a string that is "{{event}}" and nothing else becomes the event's
// object.
class WebhookTemplate {
 public:
  // Throws Fault on what is no JSON and on unknown names. Empty text: the plain form
  // {"id", "subject", "text", "person", "event"}.
  explicit WebhookTemplate(std::string_view text);
  std::string fill(const OutMessage& message) const;

 private:
  Json body_;
};

struct WebhookOptions {
  std::string url{};         // https:// or http://
  std::string token_file{};  // mode 0600; sent as "Authorization: Bearer ..."; read at each delivery
  // Mode 0600, read at each delivery; its line is the key of X-Xunjian-Signature. Empty: not signed.
  std::string secret_file{};
  std::string ca_file{};  // empty: the system's
  Duration timeout{10'000};
  std::string body{};    // WebhookTemplate
  std::string accept{};  // "errcode=0": for services that answer 200 to everything; empty: the status decides
  bool operator==(const WebhookOptions&) const = default;
};

class Webhook final : public Channel {
 public:
  explicit Webhook(WebhookOptions options);  // throws Fault on an unusable template
  ~Webhook() override;
  Delivery send(const OutMessage& message, Timestamp now) override;

 private:
  struct Curl;
  WebhookOptions options_;
  WebhookTemplate template_;
  std::string accept_field_, accept_value_;
  std::unique_ptr<Curl> curl_;
};

// "sha256=" and the HMAC of "<seconds>.<body>" in hex: the receiver computes it again with the same key and
// refuses what is signed otherwise or long ago.
std::string webhook_signature(std::string_view secret, std::string_view seconds, std::string_view body);

Outcome http_outcome(int status);
// Seconds of a Retry-After header, at most an hour; zero for dates and rubbish.
Duration retry_after(std::string_view header);

}  // namespace xj::collector
