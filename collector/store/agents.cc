#include "collector/store/agents.h"

namespace xj::collector {

namespace {

std::optional<Timestamp> time_at(io::Statement& row, int column) {
  return row.null_at(column) ? std::nullopt : std::optional(from_ms(row.int_at(column)));
}

// The newest certificate beside each agent: serials are random, so the newest is the one issued last.
constexpr std::string_view kAgents =
    "select a.name, a.enrolled, a.revoked, a.last_seen, a.offset_ms, a.version, c.serial, c.not_after "
    "from agents a left join agent_certificates c on c.serial = (select n.serial from agent_certificates n "
    "where n.agent = a.name order by n.issued desc, n.not_after desc, n.serial limit 1) ";

AgentRow agent_of(io::Statement& row) {
  AgentRow agent;
  agent.name = row.text_at(0);
  agent.enrolled = from_ms(row.int_at(1));
  agent.revoked = time_at(row, 2);
  agent.last_seen = time_at(row, 3);
  if (!row.null_at(4)) agent.offset_ms = row.int_at(4);
  agent.version = row.text_at(5);
  if (!row.null_at(6)) agent.serial = row.text_at(6);
  agent.not_after = time_at(row, 7);
  return agent;
}

constexpr std::string_view kCertificates =
    "select serial, agent, sha256, not_before, not_after, issued, via, revoked from agent_certificates ";

CertificateRow certificate_of(io::Statement& row) {
  CertificateRow c;
  c.serial = row.text_at(0);
  c.agent = row.text_at(1);
  c.sha256 = row.text_at(2);
  c.not_before = from_ms(row.int_at(3));
  c.not_after = from_ms(row.int_at(4));
  c.issued = from_ms(row.int_at(5));
  c.via = row.text_at(6);
  c.revoked = time_at(row, 7);
  return c;
}

}  // namespace

std::vector<AgentRow> AgentStore::agents() {
  std::vector<AgentRow> out;
  const auto row = db_.prepare(std::string(kAgents) + "order by a.name");
  while (row->step()) out.push_back(agent_of(*row));
  return out;
}

std::optional<AgentRow> AgentStore::agent(const std::string& name) {
  const auto row = db_.prepare(std::string(kAgents) + "where a.name = :name");
  row->bind("name", name);
  return row->step() ? std::optional(agent_of(*row)) : std::nullopt;
}

std::vector<CertificateRow> AgentStore::certificates(const std::string& agent) {
  std::vector<CertificateRow> out;
  const auto row = db_.prepare(std::string(kCertificates) +
                               "where agent = :agent order by issued desc, not_after desc, serial");
  row->bind("agent", agent);
  while (row->step()) out.push_back(certificate_of(*row));
  return out;
}

std::optional<CertificateRow> AgentStore::certificate(const std::string& serial) {
  const auto row = db_.prepare(std::string(kCertificates) + "where serial = :serial");
  row->bind("serial", serial);
  return row->step() ? std::optional(certificate_of(*row)) : std::nullopt;
}

std::vector<std::string> AgentStore::revoked_serials(Timestamp now) {
  std::vector<std::string> out;
  const auto row =
      db_.prepare("select serial from agent_certificates where revoked is not null and not_after >= :now");
  row->bind("now", to_ms(now));
  while (row->step()) out.push_back(row->text_at(0));
  return out;
}

std::vector<std::string> AgentStore::revoked_agents() {
  std::vector<std::string> out;
  const auto row = db_.prepare("select name from agents where revoked is not null");
  while (row->step()) out.push_back(row->text_at(0));
  return out;
}

void AgentStore::add_token(const TokenRow& token) {
  const auto row = db_.prepare(
      "insert into agent_tokens (id, agent, hash, created, expires, made_by) "
      "values (:id, :agent, :hash, :created, :expires, :by)");
  row->bind("id", token.id).bind("agent", token.agent).bind("hash", token.hash);
  row->bind("created", to_ms(token.created)).bind("expires", to_ms(token.expires)).bind("by", token.by).run();
}

std::optional<TokenRow> AgentStore::token(const std::string& id) {
  const auto row =
      db_.prepare("select id, agent, hash, created, expires, made_by, used from agent_tokens where id = :id");
  row->bind("id", id);
  if (!row->step()) return std::nullopt;
  TokenRow token;
  token.id = row->text_at(0);
  token.agent = row->text_at(1);
  token.hash = row->text_at(2);
  token.created = from_ms(row->int_at(3));
  token.expires = from_ms(row->int_at(4));
  token.by = row->text_at(5);
  token.used = time_at(*row, 6);
  return token;
}

bool AgentStore::use_token(const std::string& id, Timestamp now) {
  const auto row = db_.prepare("update agent_tokens set used = :now where id = :id and used is null");
  row->bind("now", to_ms(now)).bind("id", id).run();
  return db_.changes() == 1;
}

void AgentStore::revoke_tokens(const std::string& agent, Timestamp now) {
  const auto row = db_.prepare("update agent_tokens set used = :now where agent = :agent and used is null");
  row->bind("now", to_ms(now)).bind("agent", agent).run();
}

void AgentStore::forget_tokens(Timestamp expired_before) {
  const auto row = db_.prepare("delete from agent_tokens where expires < :before");
  row->bind("before", to_ms(expired_before)).run();
}

std::int64_t AgentStore::forget_certificates(Timestamp ended_before, int limit) {
  const auto row = db_.prepare(
      "delete from agent_certificates where serial in (select serial from agent_certificates "
      "where superseded is not null and not_after < :before order by not_after limit :limit)");
  row->bind("before", to_ms(ended_before)).bind("limit", std::int64_t{limit}).run();
  return db_.changes();
}

void AgentStore::add_certificate(const CertificateRow& certificate, bool enrolment) {
  const auto agent = db_.prepare(
      "insert into agents (name, enrolled) values (:name, :now) "
      "on conflict (name) do update set revoked = case when :enrolment = 1 then null else agents.revoked "
      "end");
  agent->bind("name", certificate.agent).bind("now", to_ms(certificate.issued));
  agent->bind("enrolment", std::int64_t{enrolment}).run();
  const auto row = db_.prepare(
      "insert into agent_certificates (serial, agent, sha256, not_before, not_after, issued, via) "
      "values (:serial, :agent, :sha256, :not_before, :not_after, :issued, :via)");
  row->bind("serial", certificate.serial).bind("agent", certificate.agent).bind("sha256", certificate.sha256);
  row->bind("not_before", to_ms(certificate.not_before)).bind("not_after", to_ms(certificate.not_after));
  row->bind("issued", to_ms(certificate.issued)).bind("via", certificate.via).run();
  const auto older = db_.prepare(
      "update agent_certificates set superseded = :now "
      "where agent = :agent and superseded is null and serial <> :serial");
  older->bind("now", to_ms(certificate.issued)).bind("agent", certificate.agent);
  older->bind("serial", certificate.serial).run();
}

bool AgentStore::revoke(const std::string& agent, Timestamp now) {
  const auto row = db_.prepare("update agents set revoked = coalesce(revoked, :now) where name = :agent");
  row->bind("now", to_ms(now)).bind("agent", agent).run();
  if (db_.changes() == 0) return false;
  revoke_certificates(agent, now);
  return true;
}

void AgentStore::revoke_certificates(const std::string& agent, Timestamp now) {
  const auto row =
      db_.prepare("update agent_certificates set revoked = :now where agent = :agent and revoked is null");
  row->bind("now", to_ms(now)).bind("agent", agent).run();
}

}  // namespace xj::collector
