#pragma once
// X.509 without OpenSSL's types, which stay in certificate.cc.
#include <string>
#include <string_view>
#include <vector>

#include "checks/thresholds.h"
#include "core/time.h"

namespace xj::checks {

struct CertificateFacts {
  std::string subject;  // one line, RFC 2253
  std::string issuer;
  Timestamp not_before;
  Timestamp not_after;
};
// All certificates of a PEM text, in order; other blocks are passed over, damaged ones too. At most 1,000.
std::vector<CertificateFacts> read_certificates(std::string_view pem);

double days_left(const CertificateFacts& facts, Timestamp now);
// Not yet valid or over is critical whatever the limit; else its remaining days are judged by it. Worsens
// `state`, as apply() does.
void judge_days(const CertificateFacts& facts, const Threshold& limit, Timestamp now, ThresholdMemory& memory,
                std::string_view item, State& state, Message& msg);

// Why this file gives no trust anchors; empty when it does.
Message trust_trouble(const std::string& ca_file);

// Why a peer's chain (leaf first, PEM) is not to be trusted under this name; empty when it is. Expiry alone
// is no reason: days are judged by themselves. `ca_file` empty: the system's trust store, read again when
// what this thread has is a minute old.
std::string distrust(const std::vector<std::string>& chain, const std::string& name,
                     const std::string& ca_file, Timestamp now);

}  // namespace xj::checks
