// The parts of core/io/pki.h that concern secrets: enrolment tokens and files of mode 0600.
#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "core/io/file.h"
#include "core/io/pki.h"

namespace xj::io {

namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kIdBytes = 6, kSecretBytes = 24, kHashBytes = 32;

std::string base64url(std::string_view bytes) {
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const unsigned char c : bytes) {
    bits = (bits << 8) | c;
    for (held += 8; held >= 6;) {
      held -= 6;
      out += kAlphabet[(bits >> held) & 63];
    }
  }
  if (held > 0) out += kAlphabet[(bits << (6 - held)) & 63];
  return out;
}

// Only the one spelling that base64url() gives; empty otherwise.
std::string from_base64url(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const auto value = kAlphabet.find(c);
    if (value == std::string_view::npos) return {};
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>((bits >> held) & 255);
    }
  }
  return base64url(out) == text ? out : std::string{};
}

std::string random_base64url(std::size_t bytes) {
  std::string random(bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(bytes)) != 1)
    throw PkiFault("no random numbers");
  return base64url(random);
}

int nibble(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

std::string from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0 || hex.find_first_not_of("0123456789abcdef") != std::string_view::npos) return {};
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    out += static_cast<char>(nibble(hex[i]) * 16 + nibble(hex[i + 1]));
  return out;
}

std::string to_hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const unsigned char c : bytes) (out += digits[c >> 4]) += digits[c & 15];
  return out;
}

// A descriptor that closes itself on a throw.
struct Fd {
  int fd;
  ~Fd() {
    if (fd >= 0) ::close(fd);
  }
};

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

JoinToken make_token(std::string_view ca_sha256) {
  if (from_hex(ca_sha256).size() != kHashBytes) throw PkiFault("not a SHA-256 in hex");
  return {random_base64url(kIdBytes), random_base64url(kSecretBytes), std::string(ca_sha256)};
}

std::string to_text(const JoinToken& token) {
  return "xj1." + token.id + '.' + token.secret + '.' + base64url(from_hex(token.ca_sha256));
}

std::optional<JoinToken> parse_token(std::string_view text) {
  // Pasted tokens come with a line end.
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.remove_suffix(1);
  std::array<std::string_view, 4> parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto dot = text.find('.');
    if ((dot == std::string_view::npos) != (i + 1 == parts.size())) return std::nullopt;
    parts[i] = text.substr(0, dot);
    if (dot != std::string_view::npos) text.remove_prefix(dot + 1);
  }
  if (parts[0] != "xj1" || from_base64url(parts[1]).size() != kIdBytes ||
      from_base64url(parts[2]).size() != kSecretBytes)
    return std::nullopt;
  const auto hash = from_base64url(parts[3]);
  if (hash.size() != kHashBytes) return std::nullopt;
  return JoinToken{std::string(parts[1]), std::string(parts[2]), to_hex(hash)};
}

void write_secret(const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".new";
  ::unlink(temporary.c_str());  // left over from a crash; O_EXCL below must not follow somebody's link
  {
    const Fd file{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (file.fd < 0) throw IoFault("create", temporary, errno);
    for (std::size_t done = 0; done < bytes.size();) {
      const auto n = ::write(file.fd, bytes.data() + done, bytes.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) throw IoFault("write", temporary, errno);
      done += static_cast<std::size_t>(n);
    }
    if (::fsync(file.fd) != 0) throw IoFault("sync", temporary, errno);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) throw IoFault("rename", path, errno);
  const Fd folder{::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (folder.fd < 0 || ::fsync(folder.fd) != 0) throw IoFault("sync", folder_of(path), errno);
}

std::string read_secret(const std::string& path, std::size_t limit) {
  const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) throw IoFault("open", path, errno);
  struct stat status{};
  if (::fstat(file.fd, &status) != 0) throw IoFault("stat", path, errno);
  if (!S_ISREG(status.st_mode)) throw Fault(path + " is not a regular file");
  if ((status.st_mode & 077) != 0)
    throw Fault(path + " may be read by others than its owner", "chmod 600 " + path);
  std::string out;
  char buffer[4096];
  for (;;) {
    const auto n = ::read(file.fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw IoFault("read", path, errno);
    if (n == 0) return out;
    out.append(buffer, static_cast<std::size_t>(n));
    if (out.size() > limit) throw Fault(path + " is larger than " + std::to_string(limit) + " bytes");
  }
}

}  // namespace xj::io
