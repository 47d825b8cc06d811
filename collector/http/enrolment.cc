#include "collector/http/enrolment.h"

#include <algorithm>

#include "collector/domain/own_host.h"
#include "core/io/log.h"

namespace xj::http {

namespace {

// An agent whose clock is a little slow must be able to use what it has just been given.
constexpr auto kBackdate = std::chrono::hours{1};
// Renewals of one agent within an hour; a program gone wild must not fill the database.
constexpr std::size_t kRenewalsPerHour = 6;
constexpr auto kKeepCertificates = std::chrono::hours{24 * 90};  // after their end, for the record
constexpr int kForgetAtOnce = 1'000;
constexpr auto kKeepTokens = std::chrono::hours{24 * 30};  // after their end, for the record

collector::CertificateRow row_of(const io::CertificateInfo& info, Timestamp now, std::string via) {
  collector::CertificateRow row;
  row.serial = info.serial;
  row.agent = info.name;
  row.sha256 = info.sha256;
  row.not_before = info.not_before;
  row.not_after = info.not_after;
  row.issued = now;
  row.via = std::move(via);
  return row;
}

// What stands in the database for a secret. The secret is 192 random bits: guessing is hopeless whatever the
// hash costs, so a slow one would only make the collector slow.
std::string hash_of(const io::JoinToken& token) {
  return io::sha256_hex("xunjian token " + token.id + token.secret);
}

// The name asked for, or nothing when the request is unusable.
std::optional<std::string> name_in(const std::string& csr) {
  try {
    return io::request_name(csr);
  } catch (const io::PkiFault& fault) {
    log::warning("enrolment: {}", fault.what());
    return std::nullopt;
  }
}

}  // namespace

bool RevocationList::is_revoked(const std::string& agent, const std::string& serial) const {
  std::lock_guard lock(mutex_);
  return agents_.contains(agent) || serials_.contains(serial);
}

void RevocationList::replace(std::vector<std::string> agents, std::vector<std::string> serials) {
  std::set<std::string, std::less<>> a(agents.begin(), agents.end()), s(serials.begin(), serials.end());
  std::lock_guard lock(mutex_);
  agents_.swap(a);
  serials_.swap(s);
}

std::string_view to_text(Refused why) {
  switch (why) {
    case Refused::csr: return "the certificate request is unusable";
    case Refused::token_malformed: return "this is no token";
    case Refused::token_unknown: return "no such token";
    case Refused::token_wrong: return "the token's secret is wrong";
    case Refused::token_used: return "the token was used before";
    case Refused::token_expired: return "the token has expired";
    case Refused::name: return "the request names another agent than the token";
    case Refused::revoked: return "the agent is revoked";
    case Refused::too_often: return "too many renewals within an hour";
  }
  return "";
}

Enrolment::Enrolment(io::Db& db, const io::Authority& authority, RevocationList& revoked,
                     EnrolmentOptions options)
    : db_(db), authority_(authority), revoked_(revoked), options_(options) {}

std::string Enrolment::create_token(const std::string& agent, Duration life, const std::string& by,
                                    Timestamp now) {
  if (!io::valid_agent_name(agent))
    throw Fault("not a name for an agent: " + agent, "1 to 64 letters, digits, dots, dashes and underscores");
  if (agent == domain::kOwnHost)
    throw Fault(agent + " is the collector itself", "give the agent another name");
  if (life <= Duration{0}) life = options_.token_life;
  const auto token = io::make_token(authority_.info().sha256);
  collector::TokenRow row;
  row.id = token.id;
  row.agent = agent;
  row.hash = hash_of(token);
  row.created = now;
  row.expires = now + life;
  row.by = by;
  io::Transaction transaction(db_);
  collector::AgentStore store(db_);
  store.add_token(row);
  transaction.commit();
  log::info("enrolment: {} made token {} for agent {}, valid {}", by, token.id, agent, xj::to_text(life));
  return io::to_text(token);
}

std::variant<Issued, Refused> Enrolment::enrol(const std::string& text, const std::string& csr,
                                               const std::string& from, Timestamp now) {
  const auto token = io::parse_token(text);
  const auto refused = [&](Refused why) {
    log::warning("enrolment: refused {} with token {}: {}", from, token ? token->id : "?", to_text(why));
    return why;
  };
  if (!token) return refused(Refused::token_malformed);
  collector::AgentStore store(db_);
  const auto row = store.token(token->id);
  if (!row || row->agent == domain::kOwnHost) return refused(Refused::token_unknown);
  if (!io::equal_constant_time(hash_of(*token), row->hash)) return refused(Refused::token_wrong);
  if (row->used) return refused(Refused::token_used);
  if (now >= row->expires) return refused(Refused::token_expired);
  const auto name = name_in(csr);
  if (!name) return refused(Refused::csr);
  if (!name->empty() && *name != row->agent) return refused(Refused::name);

  const auto pem = authority_.sign_agent(csr, row->agent, {now - kBackdate, now + options_.certificate_life});
  const auto info = io::read_certificate(pem);
  io::Transaction transaction(db_);
  if (!store.use_token(row->id, now)) return refused(Refused::token_used);
  // One name, one agent: whoever held it before is out, also when its machine was cloned or its key stolen.
  store.revoke_certificates(row->agent, now);
  store.add_certificate(row_of(info, now, "token:" + row->id), true);
  transaction.commit();
  refresh(now);
  log::info("enrolment: agent {} from {} with token {} of {}: certificate {}", row->agent, from, row->id,
            row->by, info.serial);
  return Issued{row->agent, pem, authority_.certificate()};
}

std::variant<Issued, Refused> Enrolment::renew(const std::string& agent, const std::string& serial,
                                               const std::string& csr, Timestamp now) {
  const auto refused = [&](Refused why) {
    log::warning("enrolment: refused agent {} a renewal: {}", agent, to_text(why));
    return why;
  };
  // The transport asked at the request's start; the operator may have been quicker than the queue to here.
  if (revoked_.is_revoked(agent, serial)) return refused(Refused::revoked);
  const auto name = name_in(csr);
  if (!name) return refused(Refused::csr);
  if (!name->empty() && *name != agent) return refused(Refused::name);
  if (next_renewal(agent, now) > Duration{0}) return refused(Refused::too_often);

  const auto pem = authority_.sign_agent(csr, agent, {now - kBackdate, now + options_.certificate_life});
  const auto info = io::read_certificate(pem);
  // The old one stays good to its end: the agent may lose the answer, or its power, before it has stored the
  // new.
  io::Transaction transaction(db_);
  collector::AgentStore store(db_);
  store.add_certificate(row_of(info, now, "renewal:" + serial), false);
  transaction.commit();
  log::info("enrolment: agent {} renewed {}: certificate {}", agent, serial, info.serial);
  return Issued{agent, pem, authority_.certificate()};
}

Duration Enrolment::next_renewal(const std::string& agent, Timestamp now) {
  const auto newest_first = collector::AgentStore(db_).certificates(agent);
  if (newest_first.size() < kRenewalsPerHour) return Duration{0};
  const auto wait = newest_first[kRenewalsPerHour - 1].issued + std::chrono::hours{1} - now;
  return std::clamp(wait, Duration{0}, Duration{std::chrono::hours{1}});
}

bool Enrolment::revoke(const std::string& agent, const std::string& by, Timestamp now) {
  io::Transaction transaction(db_);
  collector::AgentStore store(db_);
  store.revoke_tokens(agent, now);
  const bool known = store.revoke(agent, now);
  transaction.commit();
  refresh(now);
  if (known) log::info("enrolment: {} revoked agent {}", by, agent);
  return known;
}

void Enrolment::forget(Timestamp now) {
  collector::AgentStore store(db_);
  io::Transaction transaction(db_);
  store.forget_tokens(now - kKeepTokens);
  store.forget_certificates(now - kKeepCertificates, kForgetAtOnce);
  transaction.commit();
}

void Enrolment::refresh(Timestamp now) {
  collector::AgentStore store(db_);
  revoked_.replace(store.revoked_agents(), store.revoked_serials(now));
}

}  // namespace xj::http
