#include "collector/notify/email.h"

#include <cstring>

#include "collector/notify/curl_easy.h"
#include "core/io/pki.h"

namespace xj::collector {

namespace {

// What curl tells while it talks: from it, how far it came and the server's own last words.
struct Conversation {
  std::string_view left;  // of the message still to be read by curl
  SmtpStage stage = SmtpStage::connect;
  std::string last_reply;  // the first that said no, or simply the last
  bool said_no = false;
};

int listen_in(CURL*, curl_infotype type, char* data, std::size_t size, void* user) {
  auto& talk = *static_cast<Conversation*>(user);
  const std::string_view line(data, size);
  if (type == CURLINFO_HEADER_OUT) {
    // Only verbs are looked at: what follows AUTH is a secret.
    if (line.starts_with("EHLO") || line.starts_with("AUTH") || line.starts_with("STARTTLS"))
      talk.stage = SmtpStage::login;
    else if (line.starts_with("MAIL"))
      talk.stage = SmtpStage::sender;
    else if (line.starts_with("RCPT"))
      talk.stage = SmtpStage::recipient;
    else if (line.starts_with("DATA"))
      talk.stage = SmtpStage::content;
  } else if (type == CURLINFO_HEADER_IN && !talk.said_no && size >= 3 && line[0] >= '2' && line[0] <= '5') {
    talk.said_no = line[0] >= '4';
    talk.last_reply = line.substr(0, std::min<std::size_t>(line.find_first_of("\r\n"), 200));
  }
  return 0;
}

std::size_t read_text(char* into, std::size_t size, std::size_t count, void* user) {
  auto& left = static_cast<Conversation*>(user)->left;
  const auto n = std::min(size * count, left.size());
  std::memcpy(into, left.data(), n);
  left.remove_prefix(n);
  return n;
}

}  // namespace

struct Email::Curl {
  CurlHandle handle = make_curl();
};

Email::Email(EmailOptions options) : options_(std::move(options)), curl_(std::make_unique<Curl>()) {
  if (!is_mail_address(options_.from)) throw Fault("not a mail address to send from: " + options_.from);
  if (!options_.url.starts_with("smtp://") && !options_.url.starts_with("smtps://"))
    throw Fault("not an address of a mail server: " + options_.url, "smtp://host:port or smtps://host:port");
}
Email::~Email() = default;

Delivery Email::send(const OutMessage& message, Timestamp now) {
  if (!is_mail_address(message.to))
    return {
        Outcome::refused, message.to.empty() ? "the person has no mail address" : "not a mail address", {}};
  try {
    CURL* const curl = curl_->handle.get();
    char error[CURL_ERROR_SIZE];
    prepare(curl, options_.url, "smtp,smtps", options_.ca_file, options_.timeout, error);
    std::string password;
    if (!options_.user.empty()) {
      password = io::read_secret(options_.password_file);
      while (!password.empty() && (password.back() == '\n' || password.back() == '\r')) password.pop_back();
      set(curl, CURLOPT_USERNAME, options_.user.c_str());
      set(curl, CURLOPT_PASSWORD, password.c_str());
    }
    switch (options_.tls) {
      case EmailOptions::Tls::required: set(curl, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL)); break;
      case EmailOptions::Tls::when_offered:
        set(curl, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_TRY));
        break;
      case EmailOptions::Tls::never: set(curl, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_NONE)); break;
    }
    set(curl, CURLOPT_MAIL_FROM, ('<' + options_.from + '>').c_str());
    CurlList recipients;
    append(recipients, '<' + message.to + '>');
    set(curl, CURLOPT_MAIL_RCPT, recipients.get());

    const auto text = mail_text(message, options_.from, now);
    Conversation talk{text, SmtpStage::connect, {}, false};
    set(curl, CURLOPT_UPLOAD, 1L);
    set(curl, CURLOPT_READFUNCTION, &read_text);
    set(curl, CURLOPT_READDATA, &talk);
    set(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(text.size()));
    set(curl, CURLOPT_VERBOSE, 1L);
    set(curl, CURLOPT_DEBUGFUNCTION, &listen_in);
    set(curl, CURLOPT_DEBUGDATA, &talk);

    const auto result = curl_easy_perform(curl);
    long code = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    // The handle must not keep pointers into this frame.
    curl_easy_reset(curl);
    if (result == CURLE_OK) return {Outcome::delivered, talk.last_reply, {}};
    const auto reason = words(result, error) + (talk.last_reply.empty() ? "" : " (" + talk.last_reply + ')');
    // Only what the server itself said can be final; a lost connection or a time-out never is.
    if (code >= 400 && result != CURLE_OPERATION_TIMEDOUT && result != CURLE_GOT_NOTHING)
      return {smtp_outcome(talk.stage, static_cast<int>(code)), reason, {}};
    return {Outcome::retry, reason, {}};
  } catch (const Fault& fault) {
    return {Outcome::retry, fault.what(), {}};
  }
}

}  // namespace xj::collector
