#include <algorithm>

#include "collector/contract/reading.h"
#include "collector/domain/own_host.h"

namespace xj::collector {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

void ContractReading::read_systems(const Value& systems) {
  systems.each([&](const std::string& id, const Value& v) {
    v.map([&](Map& m) {
      domain::System system;
      system.id = id;
      system.title.zh = id;
      title(m["title"], system.title);
      m["weight"].integer(system.weight, 1, 100);
      m["hosts"].required().list([&](const Value& host) {
        std::string name;
        if (!host.id(name)) return;
        if (std::find(system.hosts.begin(), system.hosts.end(), name) != system.hosts.end())
          host.problem({"config.repeated", {{"name", host.name()}, {"value", name}}});
        else
          system.hosts.push_back(std::move(name));
      });
      if (system.hosts.empty() && m["hosts"].given())
        m["hosts"].problem({"config.contract.no_hosts", {{"system", id}}});
      read_points(m["points"], system);
      m["checks"].each(
          [&](const std::string& check, const Value& value) { read_check(check, value, system); });
      refs(m);
      contract_.systems.push_back(std::move(system));
    });
  });
  if (systems.given() && contract_.systems.empty()) systems.problem({"config.contract.no_systems", {}});
}

void ContractReading::read_points(const Value& points, domain::System& system) {
  points.each([&](const std::string& id, const Value& v) {
    domain::FunctionPoint point;
    point.id = id;
    // "login: 系统登录" is enough for one with nothing else to say.
    if (v.node()->kind == config::Node::Kind::scalar) {
      v.text(point.title.zh);
    } else {
      v.map([&](Map& m) {
        title(m["title"].required(), point.title);
        m["manual"].flag(point.manual);
      });
    }
    system.points.push_back(std::move(point));
  });
}

void ContractReading::read_check(const std::string& id, const Value& value, domain::System& system) {
  value.map([&](Map& m) {
    domain::CheckSpec check;
    check.id = id;
    check.title.zh = id;
    title(m["title"], check.title);
    m["kind"].required().id(check.kind);
    const auto system_hosts = system.hosts;
    const auto hosts_value = m["hosts"];
    check.hosts = references(hosts_value, "config.contract.host", [system_hosts] { return system_hosts; });
    if (!hosts_value.given()) check.hosts = hosts_for(check.kind, system);
    if (check.hosts.empty() && check.kind != domain::kOwnKind &&
        (hosts_value.given() || !system.hosts.empty()))
      hosts_value.problem({"config.contract.check_no_hosts", {{"check", id}}});
    std::vector<std::string> points;
    for (const auto& point : system.points) points.push_back(point.id);
    const auto point_value = m["point"];
    check.point = reference(point_value, "config.contract.point", [points] { return points; });
    for (const auto& point : system.points)
      if (point.id == check.point && point.manual)
        point_value.problem({"config.contract.point_manual", {{"point", check.point}}});
    m["tags"].texts(check.tags);
    m["interval"].duration(check.interval, seconds{1}, hours{24});
    m["retry"].duration(check.retry, Duration{0}, hours{24});
    m["timeout"].duration(check.timeout, Duration{100}, hours{1});
    m["attempts"].integer(check.attempts, 1, 100);
    check.stale_after = 3 * check.interval + check.timeout;
    m["stale_after"].duration(check.stale_after, check.interval + Duration{1}, hours{24 * 31});
    m["params"].params(check.params);
    check.refs = refs(m);
    if (!options_.kept) prove_own(m, check);
    if (check.kind != domain::kOwnKind && options_.kinds && !check.kind.empty()) {
      // The check's own place stands for what has none, such as a missing parameter.
      options_.kinds(check.kind, check.params, m["kind"].place(), context_.problems);
    }
    system.checks.push_back(std::move(check));
  });
}

// The collector runs the checks of its own kind, agents all others.
std::vector<std::string> ContractReading::hosts_for(const std::string& kind,
                                                    const domain::System& system) const {
  std::vector<std::string> out;
  for (const auto& host : system.hosts)
    if ((host == domain::kOwnHost) == (kind == domain::kOwnKind)) out.push_back(host);
  if (out.empty() && options_.kept) return system.hosts;
  return out;
}

void ContractReading::prove_own(Map& m, const domain::CheckSpec& check) {
  const bool own = check.kind == domain::kOwnKind;
  const Message::Args names{
      {"check", check.id}, {"kind", std::string(domain::kOwnKind)}, {"host", std::string(domain::kOwnHost)}};
  const bool wrong =
      check.hosts.empty() || std::any_of(check.hosts.begin(), check.hosts.end(),
                                         [&](const auto& host) { return (host == domain::kOwnHost) != own; });
  if (wrong && own) m["hosts"].problem({"config.contract.own_host", names});
  if (wrong && !own && !check.hosts.empty()) m["hosts"].problem({"config.contract.own_kind", names});
  if (!own) return;
  if (!check.params.empty()) m["params"].problem({"config.contract.own_params", names});
  const auto between = check.retry == Duration{0} ? check.interval : std::max(check.retry, Duration{1});
  if (check.interval + check.attempts * between > Duration{domain::kOwnLasts})
    m["attempts"].problem({"config.contract.own_slow", names});
}

void ContractReading::read_rounds(const Value& rounds) {
  rounds.each([&](const std::string& id, const Value& v) {
    v.map([&](Map& m) {
      domain::RoundSpec round;
      round.id = id;
      round.title.zh = id;
      title(m["title"], round.title);
      read_form(m["form"].required(), domain::PaperUse::round, round.form);
      number(m["number"].required(), round.number);
      round.systems = references(m["systems"], "config.contract.system", system_ids());
      round.freshness = hours{24};
      const auto freshness = m["freshness"];
      freshness.duration(round.freshness, minutes{1}, hours{24 * 366});
      round.inspector = reference(m["inspector"].required(), "config.contract.role", role_ids());
      round.recorder = reference(m["recorder"].required(), "config.contract.role", role_ids());
      m["method"].text(round.method);
      read_sign_off(m, round);
      round.refs = refs(m);
      // A check that runs more rarely than its results stay fresh would be missing on every sheet.
      for (const auto& system : contract_.systems) {
        if (!round.systems.empty() &&
            std::find(round.systems.begin(), round.systems.end(), system.id) == round.systems.end())
          continue;
        for (const auto& check : system.checks)
          if (check.interval > round.freshness)
            freshness.problem({"config.contract.never_fresh",
                               {{"name", freshness.name()},
                                {"value", to_text(round.freshness)},
                                {"check", system.id + '/' + check.id},
                                {"interval", to_text(check.interval)}}});
      }
      contract_.rounds.push_back(std::move(round));
    });
  });
}

void ContractReading::read_sign_off(Map& m, domain::RoundSpec& round) {
  round.reviewer = reference(m["reviewer"], "config.contract.role", role_ids());
  const auto signatures = m["signatures"];
  round.signatures = references(signatures, "config.contract.role", role_ids());
  for (const auto& role : round.signatures)
    if (role == round.inspector || role == round.recorder)
      signatures.problem({"config.contract.signs_already", {{"role", role}}});
  m["proof"].choice(round.proof_signed, {{"made", false}, {"signed", true}});
}

}  // namespace xj::collector
