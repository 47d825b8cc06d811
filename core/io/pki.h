#pragma once
// Keys, certificate requests and certificates: ECDSA P-256 with SHA-256, PEM text in and out, so that no type
// of OpenSSL leaves this file's .cc. Shared by the collector's own authority and the agent's enrolment. Every
// function that reads PEM throws PkiFault, with words, on anything it cannot use; input above kMaxPem is
// refused unread. Nothing here keeps state or a lock; any thread.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/fault.h"
#include "core/time.h"

namespace xj::io {

class PkiFault : public Fault {
 public:
  using Fault::Fault;
};

inline constexpr std::size_t kMaxPem = 64u << 10;  // bytes of one PEM text

struct Validity {
  Timestamp from;
  Timestamp until;
};

struct CertificateInfo {
  std::string name;    // common name of the subject
  std::string issuer;  // common name of the issuer
  std::string serial;  // lower-case hex, 32 digits for those we sign
  Timestamp not_before;
  Timestamp not_after;
  std::string sha256;              // of the DER form, lower-case hex
  std::vector<std::string> hosts;  // DNS names and addresses it is valid for
  bool authority = false;
};

std::string make_key();  // private key, PKCS#8 PEM, unencrypted: for a file of mode 0600
// A request carrying only a common name. An empty name leaves naming to the token (enrolment).
std::string make_request(std::string_view key_pem, std::string_view name);
// The name in a request, after its own signature and its key (P-256) were checked.
std::string request_name(std::string_view csr_pem);

CertificateInfo read_certificate(std::string_view cert_pem);  // the first certificate of the text
bool key_matches(std::string_view key_pem, std::string_view cert_pem);
// Whether `cert_pem` was signed by the key of `ca_pem`; looks at the signature alone, not at dates.
bool signed_by(std::string_view cert_pem, std::string_view ca_pem);
// Whether the text is, byte for byte, what would be written of what was read from it; of a key also whether
// its secret and its public half belong together, which nobody who uses it looks at.
bool is_exact_key(std::string_view key_pem);
bool is_exact_certificate(std::string_view cert_pem);
// When it should be replaced: one third of its life left.
Timestamp renewal_due(const CertificateInfo& certificate);

// An agent's or a host's name as it may stand in a certificate: 1 to 64 of [A-Za-z0-9._-], no dot or dash
// first.
bool valid_agent_name(std::string_view name);

// The collector's own certificate authority. Immutable; any thread.
class Authority {
 public:
  static std::string make(std::string_view key_pem, std::string_view name,
                          Validity validity);  // self-signed PEM

  Authority(std::string_view cert_pem,
            std::string_view key_pem);  // throws when the two do not belong together
  ~Authority();
  Authority(Authority&&) noexcept;

  const std::string& certificate() const;  // PEM
  const CertificateInfo& info() const;
  // Client authentication only; the name given here counts, never the request's.
  std::string sign_agent(std::string_view csr_pem, std::string_view name, Validity validity) const;
  // Server authentication only; `hosts` are DNS names or addresses, at least one.
  std::string sign_server(std::string_view csr_pem, const std::vector<std::string>& hosts,
                          Validity validity) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What `xunjian token create` prints and `xunjian-agent enroll --token` takes:
// "xj1.<id>.<secret>.<SHA-256 of the authority's certificate>", the parts in base64url. The last part lets
// the agent trust the collector before it holds any certificate (TlsIdentity::pinned_ca_sha256).
struct JoinToken {
  std::string id;         // 8 characters, may be shown and logged
  std::string secret;     // 32 characters, 192 random bits; only its hash is ever stored
  std::string ca_sha256;  // lower-case hex
};
JoinToken make_token(std::string_view ca_sha256);
std::string to_text(const JoinToken& token);
std::optional<JoinToken> parse_token(std::string_view text);

std::string sha256_hex(std::string_view bytes);
// The same of what comes piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void add(std::string_view bytes);
  std::string hex();  // once, at the end

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};
std::string hmac_sha256_hex(std::string_view key, std::string_view bytes);  // RFC 2104
std::string random_hex(std::size_t bytes);
bool equal_constant_time(std::string_view a, std::string_view b);  // the time tells only the lengths

// Mode 0600 from the first byte on; temp file beside, sync, rename, sync of the folder. Throws IoFault.
void write_secret(const std::string& path, std::string_view bytes);
// Refuses (Fault with a hint) a file that its group or others may read or write, or larger than `limit`.
std::string read_secret(const std::string& path, std::size_t limit = kMaxPem);

}  // namespace xj::io
