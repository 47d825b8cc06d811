#pragma once
// Who may speak as an agent: tokens, enrolment, renewal, revocation. docs/security.md states the rules.
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "collector/http/message.h"
#include "collector/store/agents.h"
#include "core/io/pki.h"

namespace xj::http {

// What the listeners ask at each request. Any thread.
class RevocationList {
 public:
  bool is_revoked(const std::string& agent, const std::string& serial) const;
  void replace(std::vector<std::string> agents, std::vector<std::string> serials);

 private:
  mutable std::mutex mutex_;
  std::set<std::string, std::less<>> agents_, serials_;
};

struct EnrolmentOptions {
  Duration certificate_life{std::chrono::hours{24 * 90}};
  Duration token_life{std::chrono::hours{24}};
};

// Why an enrolment or a renewal was refused. The log says which; the caller is told `expired`, `name` and
// `csr` apart (only a holder of the true secret learns the first two) and hears one and the same refusal for
// the rest.
enum class Refused {
  csr,
  token_malformed,
  token_unknown,
  token_wrong,
  token_used,
  token_expired,
  name,
  revoked,
  too_often
};
std::string_view to_text(Refused why);

struct Issued {
  std::string agent;
  std::string certificate;  // PEM
  std::string ca;           // PEM
};

// Owned by the thread of its Db (the engine's).
class Enrolment {
 public:
  Enrolment(io::Db& db, const io::Authority& authority, RevocationList& revoked, EnrolmentOptions options);

  // The text to give to `xunjian-agent enroll --token`; shown once. Throws Fault on a name that cannot be
  // one.
  std::string create_token(const std::string& agent, Duration life, const std::string& by, Timestamp now);
  std::variant<Issued, Refused> enrol(const std::string& token, const std::string& csr,
                                      const std::string& from, Timestamp now);
  // `agent` and `serial` come from the verified client certificate.
  std::variant<Issued, Refused> renew(const std::string& agent, const std::string& serial,
                                      const std::string& csr, Timestamp now);
  // How long an agent has to wait that has renewed too often; zero when it has not.
  Duration next_renewal(const std::string& agent, Timestamp now);
  // False when there is no such agent. Takes effect on live sessions: call Server::drop_revoked() after.
  bool revoke(const std::string& agent, const std::string& by, Timestamp now);
  // Removes tokens and certificates that ended long ago, a bounded number at a time; an agent's newest stays.
  void forget(Timestamp now);
  void refresh(Timestamp now);  // fills the revocation list from the store: at start, after a change

  const EnrolmentOptions& options() const { return options_; }

 private:
  io::Db& db_;
  const io::Authority& authority_;
  RevocationList& revoked_;
  EnrolmentOptions options_;
};

// Runs work on the thread that owns the Enrolment; false when it cannot take more now (the caller hears 503).
using Post = std::function<bool(std::function<void(Enrolment&, Timestamp now)>)>;
// POST /v1/enroll (open, a few a minute from one address) and POST /v1/renew (agent). Borrows the clock.
std::vector<Route> enrolment_routes(Post post, const Clock& clock);

}  // namespace xj::http
