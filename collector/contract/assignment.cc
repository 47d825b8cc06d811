#include "collector/contract/assignment.h"

#include <algorithm>
#include <set>

#include "collector/contract/digest.h"
#include "core/json.h"

namespace xj::collector {
namespace {

constexpr Duration kAskedAnew = std::chrono::hours{24 * 366};  // the domain looks ahead further than this

Json content(const wire::AssignedCheck& check) {
  Json json;
  json.set("id", check.id).set("kind", check.kind);
  json.set("interval", static_cast<std::int64_t>(check.interval.count()));
  json.set("retry", static_cast<std::int64_t>(check.retry.count()));
  json.set("timeout", static_cast<std::int64_t>(check.timeout.count()));
  Json params{Json::Object{}};
  for (const auto& [name, value] : check.params) {
    // A list of one is not the same as one value.
    if (!value.list) {
      params.set(name, value.texts.empty() ? std::string{} : value.texts.front());
      continue;
    }
    Json list{Json::Array{}};
    for (const auto& text : value.texts) list.push(text);
    params.set(name, std::move(list));
  }
  json.set("params", std::move(params));
  return json;
}

}  // namespace

Tightenings tightenings_at(std::span<const domain::ContractPtr> contracts, Timestamp t) {
  Tightenings all;
  all.until = t + kAskedAnew;
  for (const auto& contract : contracts) {
    all.from = std::max(all.from, domain::day_began(*contract, t));
    all.until = std::min(all.until, domain::tightening_changes(*contract, t));
    for (auto& one : domain::tightened_at(*contract, t)) {
      auto id = contract->id + '/' + one.system + '/' + one.check;
      all.checks.emplace(std::move(id), std::move(one));
    }
  }
  return all;
}

wire::Assignment assignment_for(const std::string& host, std::span<const domain::ContractPtr> contracts,
                                const Tightenings& meanwhile) {
  wire::Assignment assignment;
  for (const auto& contract : contracts)
    for (const auto& system : contract->systems)
      for (const auto& own : system.checks) {
        if (std::find(own.hosts.begin(), own.hosts.end(), host) == own.hosts.end()) continue;
        wire::AssignedCheck check;
        check.id = contract->id + '/' + system.id + '/' + own.id;
        const auto tighter = meanwhile.checks.find(check.id);
        const auto& spec = tighter == meanwhile.checks.end() ? own : tighter->second.spec;
        check.kind = spec.kind;
        check.interval = spec.interval;
        check.retry = spec.retry;
        check.timeout = spec.timeout;
        check.params = spec.params;
        for (auto& [name, value] : check.params) value.place = {};
        assignment.checks.push_back(std::move(check));
      }
  std::sort(assignment.checks.begin(), assignment.checks.end(),
            [](const wire::AssignedCheck& a, const wire::AssignedCheck& b) { return a.id < b.id; });
  Json all{Json::Array{}};
  for (const auto& check : assignment.checks) all.push(content(check));
  assignment.revision = sha256_hex(all.canonical()).substr(0, 32);
  return assignment;
}

std::vector<std::string> hosts(std::span<const domain::ContractPtr> contracts) {
  std::set<std::string> all;
  for (const auto& contract : contracts)
    for (const auto& system : contract->systems) all.insert(system.hosts.begin(), system.hosts.end());
  return {all.begin(), all.end()};
}

FoundCheck find_check(std::string_view id, std::span<const domain::ContractPtr> contracts) {
  const auto first = id.find('/');
  const auto second = first == std::string_view::npos ? first : id.find('/', first + 1);
  if (second == std::string_view::npos) return {};
  const auto check_id = id.substr(second + 1);
  for (const auto& contract : contracts) {
    if (contract->id != id.substr(0, first)) continue;
    const auto* system = contract->system(id.substr(first + 1, second - first - 1));
    if (system == nullptr) return {};
    for (const auto& check : system->checks)
      if (check.id == check_id) return {contract, system, &check};
  }
  return {};
}

}  // namespace xj::collector
