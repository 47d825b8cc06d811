#include "config/collector_config.h"

#include <algorithm>

#include "config/reader.h"

namespace xj::config {
namespace {

bool has_host(std::string_view url, std::initializer_list<std::string_view> schemes) {
  for (const auto scheme : schemes)
    if (url.starts_with(scheme)) {
      const auto rest = url.substr(scheme.size());
      return !rest.empty() && rest.front() != '/' && rest.find_first_of(" \t") == std::string_view::npos &&
             // A name and password in the address would be a secret in the file.
             rest.substr(0, rest.find('/')).find('@') == std::string_view::npos;
    }
  return false;
}

bool is_mail(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         text.find_first_of(" \t<>,;") == std::string_view::npos &&
         text.find('@', at + 1) == std::string_view::npos;
}

// DNS name or address, as it stands in a certificate.
bool is_host_name(std::string_view text) {
  return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == ':';
  });
}

EmailChannel read_email(MapReader& m) {
  EmailChannel c;
  if (const auto url = m["url"]; url.required().text(c.url) && !has_host(c.url, {"smtp://", "smtps://"}))
    url.wrong("config.accepts.smtp_url");
  if (const auto from = m["from"]; from.required().text(c.from) && !is_mail(c.from))
    from.wrong("config.accepts.mail");
  m["user"].text(c.user);
  m["password_file"].path(c.password_file);
  m["ca"].path(c.ca_file);
  m["tls"].choice(c.tls, {{"required", EmailChannel::Tls::required},
                          {"when_offered", EmailChannel::Tls::when_offered},
                          {"never", EmailChannel::Tls::never}});
  m["timeout"].duration(c.timeout, std::chrono::seconds{1}, std::chrono::minutes{10});
  if (!c.user.empty() && c.password_file.empty()) m["password_file"].required();
  return c;
}

WebhookChannel read_webhook(MapReader& m) {
  WebhookChannel c;
  if (const auto url = m["url"]; url.required().text(c.url) && !has_host(c.url, {"https://", "http://"}))
    url.wrong("config.accepts.http_url");
  m["token_file"].path(c.token_file);
  m["secret_file"].path(c.secret_file);
  m["ca"].path(c.ca_file);
  m["timeout"].duration(c.timeout, Duration{100}, std::chrono::minutes{10});
  m["body"].text(c.body);
  m["accept"].text(c.accept);
  return c;
}

void read_channels(const Value& channels, CollectorConfig& config) {
  enum class Kind { email, webhook };
  channels.each([&](const std::string& id, const Value& v) {
    v.map([&](MapReader& m) {
      Kind kind{};
      if (!m["kind"].required().choice(kind, {{"email", Kind::email}, {"webhook", Kind::webhook}})) {
        // Without a kind nobody can say which of the other keys belong.
        for (const auto* key :
             {"url", "from", "user", "password_file", "token_file", "ca", "tls", "timeout", "body", "accept"})
          m.ignore(key);
        return;
      }
      switch (kind) {
        case Kind::email: config.channels.emplace(id, read_email(m)); break;
        case Kind::webhook: config.channels.emplace(id, read_webhook(m)); break;
      }
    });
  });
}

void read_address(const Value& v, std::string& into) {
  std::string text;
  if (!v.text(text)) return;
  if (is_listen_address(text))
    into = std::move(text);
  else
    v.wrong("config.accepts.listen");
}

// Of two addresses, whether only one can be listened on: 0.0.0.0 and [::] take the port of all.
bool are_one(const std::string& a, const std::string& b) {
  const auto host = [](const std::string& address) { return address.substr(0, address.rfind(':')); };
  const auto port = [](const std::string& address) { return address.substr(address.rfind(':') + 1); };
  const auto is_all = [&](const std::string& address) {
    return host(address) == "0.0.0.0" || host(address) == "[::]";
  };
  const bool of_one_kind = a.starts_with('[') == b.starts_with('[');
  return port(a) == port(b) && port(a) != "0" &&
         (host(a) == host(b) || (of_one_kind && (is_all(a) || is_all(b))));
}

// "2GiB" or "5%"; nothing keeps everything until the disk is full.
void read_min_free(const Value& v, CollectorConfig::Retention& retention) {
  std::string text;
  if (!v.text(text)) return;
  if (const auto share = text.ends_with('%') ? parse_percent(text) : std::nullopt; share && *share <= 50)
    retention.min_free_percent = *share, retention.min_free_bytes = 0;
  else if (const auto bytes = parse_bytes(text); bytes && *bytes <= std::int64_t{1} << 50)
    retention.min_free_percent = 0, retention.min_free_bytes = *bytes;
  else
    v.wrong("config.accepts.min_free");
}

void read_top_level(MapReader& top, CollectorConfig& config) {
  top["data_dir"].path(config.data_dir);
  top["listen"].map([&](MapReader& m) {
    read_address(m["agents"], config.listen.agents);
    read_address(m["people"], config.listen.people);
    // A Unix socket's path has to fit the kernel's 108 bytes, the closing zero among them.
    if (const auto socket = m["socket"];
        socket.path(config.listen.socket) && config.listen.socket.size() > 107)
      socket.problem({"config.socket_too_long", {{"value", config.listen.socket}}});
    m["people_token_file"].path(config.listen.people_token_file);
    m["threads"].integer(config.listen.threads, 1, 16);
    if (are_one(config.listen.agents, config.listen.people))
      m["people"].problem({"config.same_address", {{"value", config.listen.people}}});
  });
  top["names"].required().list([&](const Value& v) {
    std::string name;
    if (!v.text(name)) return;
    if (is_host_name(name))
      config.names.push_back(std::move(name));
    else
      v.wrong("config.accepts.host_name");
  });
  top["contracts"].required().paths(config.contracts);
  top["holidays"].paths(config.holidays);
  read_channels(top["channels"], config);
  top["enrolment"].map([&](MapReader& m) {
    const std::chrono::hours day{24};
    m["certificate_life"].duration(config.enrolment.certificate_life, std::chrono::hours{1}, day * 3650);
    m["token_life"].duration(config.enrolment.token_life, std::chrono::minutes{1}, day * 30);
  });
  top["tick"].duration(config.tick, Duration{100}, std::chrono::minutes{1});
  top["retention"].map([&](MapReader& m) {
    const std::chrono::hours day{24};
    m["history"].duration(config.retention.history, day, day * 36'600);
    read_min_free(m["history_min_free"], config.retention);
    m["history_min_days"].integer(config.retention.min_days, 2, 36'600);
    // Longer than the longest `repeat` of a contract's route: a reminder that was forgotten would be said
    // again.
    m["notifications"].duration(config.retention.notifications, day * 8, day * 36'600);
    m["rollups"].duration(config.retention.rollups, day, day * 36'600);
  });
}

CollectorConfig from_document(const Document& document, Problems& problems, std::set<std::string>* asked) {
  CollectorConfig config;
  config.file = relative_to(document.file, document.file);
  ReadContext context{document.file, problems, asked};
  read_top(document, context, [&](MapReader& top) { read_top_level(top, config); });
  return config;
}

}  // namespace

CollectorConfig read_collector_config(std::string_view yaml, const std::string& file, Problems& problems,
                                      std::set<std::string>* asked) {
  return from_document(parse_document(yaml, file, problems), problems, asked);
}

CollectorConfig load_collector_config(const std::string& path, Problems& problems) {
  return from_document(load_document(path, problems), problems, nullptr);
}

}  // namespace xj::config
