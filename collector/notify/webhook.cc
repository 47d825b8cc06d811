#include "collector/notify/webhook.h"

#include <algorithm>
#include <charconv>

#include "collector/notify/curl_easy.h"
#include "core/io/pki.h"

namespace xj::collector {

namespace {

constexpr std::size_t kMaxAnswer = 64u << 10;
constexpr auto kMaxRetryAfter = std::chrono::hours{1};

enum class Name { id, subject, text, person, event };
constexpr std::pair<std::string_view, Name> kNames[] = {{"id", Name::id},
                                                        {"subject", Name::subject},
                                                        {"text", Name::text},
                                                        {"person", Name::person},
                                                        {"event", Name::event}};

const std::string& value_of(Name name, const OutMessage& message) {
  switch (name) {
    case Name::id: return message.key;
    case Name::subject: return message.subject;
    case Name::text: return message.text;
    case Name::person: return message.person;
    case Name::event: break;
  }
  return message.event;
}

// Calls `text` for what stands between placeholders and `name` for each of them; throws on unknown ones.
template <typename Text, typename Placeholder>
void walk(std::string_view pattern, const Text& text, const Placeholder& placeholder) {
  for (;;) {
    const auto open = pattern.find("{{");
    text(pattern.substr(0, open));
    if (open == std::string_view::npos) return;
    const auto close = pattern.find("}}", open);
    if (close == std::string_view::npos) throw Fault("webhook body: \"{{\" without \"}}\"");
    const auto name = pattern.substr(open + 2, close - open - 2);
    const auto* found =
        std::find_if(std::begin(kNames), std::end(kNames), [&](const auto& n) { return n.first == name; });
    if (found == std::end(kNames))
      throw Fault("webhook body: there is no {{" + std::string(name.substr(0, 40)) + "}}",
                  "id, subject, text, person, event");
    placeholder(found->second);
    pattern.remove_prefix(close + 2);
  }
}

void check(const Json& json) {
  if (json.is_string()) walk(json.string_or(""), [](std::string_view) {}, [](Name) {});
  for (const auto& item : json.items()) check(item);
  for (const auto& [key, value] : json.fields()) check(value);
}

Json filled(const Json& pattern, const OutMessage& message) {
  if (pattern.is_string()) {
    const auto text = pattern.string_or("");
    if (text == "{{event}}") {
      auto event = parse_json(message.event);
      if (auto* json = std::get_if<Json>(&event)) return std::move(*json);
    }
    std::string out;
    walk(
        text, [&](std::string_view part) { out += part; },
        [&](Name name) { out += value_of(name, message); });
    return Json(std::move(out));
  }
  if (pattern.is_array()) {
    Json::Array out;
    for (const auto& item : pattern.items()) out.push_back(filled(item, message));
    return Json(std::move(out));
  }
  if (pattern.is_object()) {
    Json::Object out;
    for (const auto& [key, value] : pattern.fields()) out.emplace_back(key, filled(value, message));
    return Json(std::move(out));
  }
  return pattern;
}

struct Answer {
  std::string body;
  std::string retry_after;
};

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& body = static_cast<Answer*>(user)->body;
  // More is read and thrown away: the message was taken, however much the peer likes to talk.
  body.append(data, std::min(size * count, kMaxAnswer - std::min(kMaxAnswer, body.size())));
  return size * count;
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* user) {
  constexpr std::string_view wanted = "retry-after:";
  const std::string_view line(data, size * count);
  if (line.size() > wanted.size() &&
      std::equal(wanted.begin(), wanted.end(), line.begin(), [](char a, char b) {
        return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
      }))
    static_cast<Answer*>(user)->retry_after = line.substr(wanted.size());
  return size * count;
}

std::string excerpt(const std::string& body) {
  std::string out;
  for (const char c : body.substr(0, 200)) out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return out;
}

// The field of a JSON answer as text, numbers as written.
std::string field_of(const std::string& body, const std::string& name) {
  const auto parsed = parse_json(body);
  const auto* json = std::get_if<Json>(&parsed);
  if (json == nullptr) return {};
  const auto& field = (*json)[name];
  return field.is_string() ? field.string_or("") : field.dump();
}

// A secret of one line.
std::string line_of(const std::string& file) {
  auto line = io::read_secret(file);
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  if (line.empty() || line.find_first_of("\r\n") != std::string::npos)
    throw Fault(file + " does not hold one line");
  return line;
}

}  // namespace

std::string webhook_signature(std::string_view secret, std::string_view seconds, std::string_view body) {
  return "sha256=" + io::hmac_sha256_hex(secret, std::string(seconds) + '.' + std::string(body));
}

WebhookTemplate::WebhookTemplate(std::string_view text) {
  if (text.empty())
    text =
        R"({"id":"{{id}}","subject":"{{subject}}","text":"{{text}}","person":"{{person}}","event":"{{event}}"})";
  auto parsed = parse_json(text, {16, 64u << 10});
  if (const auto* bad = std::get_if<JsonError>(&parsed))
    throw Fault("webhook body is no JSON at byte " + std::to_string(bad->offset) + ": " + bad->what);
  body_ = std::move(std::get<Json>(parsed));
  check(body_);
}

std::string WebhookTemplate::fill(const OutMessage& message) const { return filled(body_, message).dump(); }

struct Webhook::Curl {
  CurlHandle handle = make_curl();
};

Webhook::Webhook(WebhookOptions options)
    : options_(std::move(options)), template_(options_.body), curl_(std::make_unique<Curl>()) {
  if (!options_.url.starts_with("https://") && !options_.url.starts_with("http://"))
    throw Fault("not an address of a webhook: " + options_.url, "https://host/path");
  if (options_.accept.empty()) return;
  const auto equals = options_.accept.find('=');
  if (equals == std::string::npos || equals == 0)
    throw Fault("webhook accept: not a field and its value: " + options_.accept, "errcode=0");
  accept_field_ = options_.accept.substr(0, equals);
  accept_value_ = options_.accept.substr(equals + 1);
}
Webhook::~Webhook() = default;

Delivery Webhook::send(const OutMessage& message, Timestamp now) {
  try {
    CURL* const curl = curl_->handle.get();
    char error[CURL_ERROR_SIZE];
    prepare(curl, options_.url, "http,https", options_.ca_file, options_.timeout, error);
    const auto body = template_.fill(message);
    CurlList headers;
    append(headers, "Content-Type: application/json; charset=utf-8");
    append(headers, "Expect:");
    // A key may hold characters a header must not; its hash tells repetitions just as well.
    append(headers, "Idempotency-Key: " + io::sha256_hex(message.key).substr(0, 40));
    if (!options_.token_file.empty())
      append(headers, "Authorization: Bearer " + line_of(options_.token_file));
    if (!options_.secret_file.empty()) {
      const auto seconds = std::to_string(to_ms(now) / 1'000);
      append(headers, "X-Xunjian-Timestamp: " + seconds);
      append(headers,
             "X-Xunjian-Signature: " + webhook_signature(line_of(options_.secret_file), seconds, body));
    }
    Answer answer;
    set(curl, CURLOPT_HTTPHEADER, headers.get());
    set(curl, CURLOPT_USERAGENT, "xunjian/" XJ_VERSION);
    set(curl, CURLOPT_POST, 1L);
    set(curl, CURLOPT_POSTFIELDS, body.data());
    set(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    set(curl, CURLOPT_WRITEFUNCTION, &take_body);
    set(curl, CURLOPT_WRITEDATA, &answer);
    set(curl, CURLOPT_HEADERFUNCTION, &take_header);
    set(curl, CURLOPT_HEADERDATA, &answer);

    const auto result = curl_easy_perform(curl);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    // The handle must not keep pointers into this frame.
    curl_easy_reset(curl);
    if (result != CURLE_OK) return {Outcome::retry, words(result, error), {}};
    Delivery delivery{http_outcome(static_cast<int>(status)), "HTTP " + std::to_string(status), {}};
    switch (delivery.outcome) {
      case Outcome::delivered:
        if (!accept_field_.empty() && field_of(answer.body, accept_field_) != accept_value_)
          return {Outcome::retry,
                  delivery.reason + " without " + options_.accept + ": " + excerpt(answer.body),
                  {}};
        break;
      case Outcome::retry: delivery.retry_after = retry_after(answer.retry_after); [[fallthrough]];
      case Outcome::refused:
        if (!answer.body.empty()) delivery.reason += ": " + excerpt(answer.body);
        break;
    }
    return delivery;
  } catch (const Fault& fault) {
    return {Outcome::retry, fault.what(), {}};
  }
}

Outcome http_outcome(int status) {
  if (status >= 200 && status < 300) return Outcome::delivered;
  switch (status) {
    case 401:  // a token being changed, a path or a proxy being mended: somebody's to repair, not the
               // message's
    case 403:
    case 404:
    case 407:
    case 408:
    case 409:
    case 421:
    case 423:
    case 425:
    case 429: return Outcome::retry;
  }
  // Redirects are not followed, since the token is for this address alone.
  return status >= 400 && status < 500 ? Outcome::refused : Outcome::retry;
}

Duration retry_after(std::string_view header) {
  while (!header.empty() && header.front() == ' ') header.remove_prefix(1);
  while (!header.empty() && (header.back() == '\n' || header.back() == '\r' || header.back() == ' '))
    header.remove_suffix(1);
  std::uint32_t seconds = 0;
  const auto [end, bad] = std::from_chars(header.data(), header.data() + header.size(), seconds);
  if (bad != std::errc{} || end != header.data() + header.size()) return Duration{0};
  return std::min<Duration>(std::chrono::seconds{seconds}, kMaxRetryAfter);
}

}  // namespace xj::collector
