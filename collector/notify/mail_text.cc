// The parts of email.h that are pure: what a message looks like on its way.
#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "collector/notify/email.h"
#include "core/io/pki.h"

namespace xj::collector {

namespace {

constexpr std::size_t kLine = 76;  // of base64, RFC 2045

std::string base64(std::string_view bytes) {
  static constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto left = bytes.size() - i;
    const auto at = [&](std::size_t k) { return k < left ? static_cast<unsigned char>(bytes[i + k]) : 0u; };
    const unsigned v = at(0) << 16 | at(1) << 8 | at(2);
    out += alphabet[v >> 18];
    out += alphabet[v >> 12 & 63];
    out += left > 1 ? alphabet[v >> 6 & 63] : '=';
    out += left > 2 ? alphabet[v & 63] : '=';
  }
  return out;
}

// Line ends and control characters become spaces: a header is one line whatever somebody called his server.
std::string one_line(std::string_view text) {
  std::string out(text);
  for (auto& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return out;
}

bool plain_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7f; });
}

// How much of `text` fits `most` bytes without cutting a character.
std::size_t whole_characters(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text.size();
  auto n = most;
  while (n > 0 && (static_cast<unsigned char>(text[n]) & 0xc0) == 0x80) --n;
  return n > 0 ? n : most;  // no UTF-8 at all: cut where it comes
}

}  // namespace

std::string encode_header(std::string_view text) {
  const auto line = one_line(text);
  // Long plain subjects are folded by nobody here, so they go the encoded way too.
  if (plain_ascii(line) && line.size() <= 60 && line.find("=?") == std::string::npos) return line;
  std::string out;
  for (std::string_view rest = line; !rest.empty();) {
    const auto n = whole_characters(rest, 45);  // "=?UTF-8?B?" + 60 + "?=" is 72 of the 75 allowed
    if (!out.empty()) out += "\r\n ";
    out += "=?UTF-8?B?" + base64(rest.substr(0, n)) + "?=";
    rest.remove_prefix(n);
  }
  return out;
}

std::string mail_date(Timestamp t) {
  static constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds =
      static_cast<std::time_t>(std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count());
  std::tm f{};
  gmtime_r(&seconds, &f);
  char out[64];
  std::snprintf(out, sizeof out, "%s, %d %s %d %02d:%02d:%02d +0000",
                days[static_cast<std::size_t>(f.tm_wday)], f.tm_mday,
                months[static_cast<std::size_t>(f.tm_mon)], f.tm_year + 1900, f.tm_hour, f.tm_min, f.tm_sec);
  return out;
}

bool is_mail_address(std::string_view text) {
  const auto at = text.find('@');
  return text.size() <= 254 && at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string_view::npos && text.front() != '-' && plain_ascii(text) &&
         text.find_first_of(" <>,;:\"\\()[]") == std::string_view::npos;
}

std::string mail_text(const OutMessage& message, const std::string& from, Timestamp now) {
  const auto domain = from.substr(from.find('@') + 1);
  std::string out;
  const auto header = [&out](std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
  };
  header("From", encode_header("巡检") + " <" + from + '>');
  header("To", '<' + message.to + '>');
  header("Subject", encode_header(message.subject));
  header("Date", mail_date(now));
  // The key may hold any character; its hash is as unique and fits every grammar.
  header("Message-ID", '<' + io::sha256_hex(message.key).substr(0, 40) + '@' + domain + '>');
  header("X-Xunjian-Key", encode_header(message.key));
  header("Auto-Submitted", "auto-generated");  // no out-of-office replies, please
  header("MIME-Version", "1.0");
  header("Content-Type", "text/plain; charset=utf-8");
  header("Content-Transfer-Encoding", "base64");
  out += "\r\n";
  std::string text;
  for (const char c : message.text) {
    if (c == '\r') continue;
    if (c == '\n') text += '\r';
    text += c;
  }
  text += "\r\n";
  const auto encoded = base64(text);
  for (std::size_t i = 0; i < encoded.size(); i += kLine) out.append(encoded, i, kLine).append("\r\n");
  return out;
}

Outcome smtp_outcome(SmtpStage stage, int code) {
  if (code >= 200 && code < 300) return Outcome::delivered;
  switch (stage) {
    case SmtpStage::connect:
    case SmtpStage::login:
    case SmtpStage::sender: return Outcome::retry;
    case SmtpStage::recipient:
    case SmtpStage::content: break;
  }
  // Asked to log in or to encrypt: ours to mend, whenever the server chooses to say so.
  if (code == 523 || code == 530 || code == 534 || code == 535 || code == 538) return Outcome::retry;
  return code >= 500 && code < 600 ? Outcome::refused : Outcome::retry;
}

}  // namespace xj::collector
