// Any template and any message: what comes out is JSON, and the message's text cannot change its shape.
#include <cstdint>
#include <cstdlib>

#include "collector/notify/email.h"
#include "collector/notify/webhook.h"
#include "core/fault.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xj;
  using namespace xj::collector;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto half = bytes.find('\0');
  OutMessage message;
  message.key = message.subject = message.text = message.person = message.event =
      half == std::string_view::npos ? bytes : bytes.substr(half + 1);

  // A header stays one header, whatever a subject holds.
  const auto header = encode_header(message.subject);
  for (auto at = header.find('\n'); at != std::string::npos; at = header.find('\n', at + 1))
    if (at == 0 || header[at - 1] != '\r' || at + 1 >= header.size() || header[at + 1] != ' ') std::abort();
  (void)retry_after(message.subject);

  const auto must_be_json = [](const std::string& text) {
    // Values may nest deeper than the template, so the limits are the reader's own.
    const auto parsed = parse_json(text, {64, 64u << 20});
    if (!std::holds_alternative<Json>(parsed)) std::abort();
    return std::get<Json>(parsed);
  };
  const auto plain = must_be_json(WebhookTemplate("").fill(message));
  if (plain.size() != 5 || !plain["text"].is_string()) std::abort();
  if (half == std::string_view::npos) return 0;
  try {
    const WebhookTemplate given(bytes.substr(0, half));
    must_be_json(given.fill(message));
  } catch (const Fault&) {
  }
  return 0;
}
