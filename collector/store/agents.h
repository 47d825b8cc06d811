#pragma once
// Agents, their certificates and enrolment tokens in state.db. Rules of enrolment live in
// collector/http/enrolment; here are rows. Everything runs on the thread that owns the Db.
#include <optional>
#include <string>
#include <vector>

#include "core/io/db.h"
#include "core/time.h"

namespace xj::collector {

struct AgentRow {
  std::string name;
  Timestamp enrolled;                     // first certificate
  std::optional<Timestamp> revoked;       // since when nothing of it is accepted; cleared by a new enrolment
  std::optional<Timestamp> last_seen;     // kept by the engine: last batch
  std::optional<std::int64_t> offset_ms;  // kept by the engine: agent's clock minus ours
  std::string version;                    // kept by the engine
  std::string serial;                     // of its newest certificate
  std::optional<Timestamp> not_after;     // of its newest certificate
};

struct CertificateRow {
  std::string serial;
  std::string agent;
  std::string sha256;
  Timestamp not_before;
  Timestamp not_after;
  Timestamp issued;
  std::string via;  // "token:<id>" or "renewal:<serial of the old one>"
  std::optional<Timestamp> revoked;
};

struct TokenRow {
  std::string id;
  std::string agent;
  std::string hash;  // SHA-256 of the secret, hex
  Timestamp created;
  Timestamp expires;
  std::string by;  // who made it: "root", an OS user
  std::optional<Timestamp> used;
};

class AgentStore {
 public:
  explicit AgentStore(io::Db& db) : db_(db) {}

  std::vector<AgentRow> agents();
  std::optional<AgentRow> agent(const std::string& name);
  std::vector<CertificateRow> certificates(const std::string& agent);
  std::optional<CertificateRow> certificate(const std::string& serial);
  // What the transport refuses: serials revoked and not yet expired, and agents revoked as a whole.
  std::vector<std::string> revoked_serials(Timestamp now);
  std::vector<std::string> revoked_agents();

  void add_token(const TokenRow& token);
  std::optional<TokenRow> token(const std::string& id);
  // False when it was used meanwhile: the caller's transaction must then be rolled back.
  bool use_token(const std::string& id, Timestamp now);
  void revoke_tokens(const std::string& agent,
                     Timestamp now);  // those unused: nobody enrols with them any more
  void forget_tokens(Timestamp expired_before);

  // Those that ended before, except the newest of each agent; at most `limit`, the oldest end first. Whether
  // they were revoked makes no difference: nobody accepts them any more. Returns how many.
  std::int64_t forget_certificates(Timestamp ended_before, int limit);
  // Adds the agent when new, an enrolment lifts its revocation; the certificate takes the place of the
  // newest.
  void add_certificate(const CertificateRow& certificate, bool enrolment);
  // All certificates of the agent so far and the agent itself. False when there is no such agent.
  bool revoke(const std::string& agent, Timestamp now);
  // All certificates of the agent so far, the agent itself not: a new enrolment takes the place of the old.
  void revoke_certificates(const std::string& agent, Timestamp now);

 private:
  io::Db& db_;
};

}  // namespace xj::collector
