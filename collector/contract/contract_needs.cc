#include <algorithm>

#include "collector/contract/reading.h"
#include "collector/domain/dependency.h"

namespace xj::collector {
namespace {

// Whether the dependency is what leads from one place to the next.
bool leads(const domain::Contract& contract, const domain::Dependency& by, const domain::Place& from,
           const domain::Place& to) {
  for (const auto& need : domain::needs_of(contract, from))
    if (need.dependency == &by && std::find(need.places.begin(), need.places.end(), to) != need.places.end())
      return true;
  return false;
}

}  // namespace

ContractReading::Names ContractReading::host_names() {
  return [this] {
    std::vector<std::string> out;
    for (const auto& system : contract_.systems)
      for (const auto& host : system.hosts)
        if (std::find(out.begin(), out.end(), host) == out.end()) out.push_back(host);
    return out;
  };
}

ContractReading::Names ContractReading::check_names() {
  return [this] {
    std::vector<std::string> out;
    for (const auto& system : contract_.systems)
      for (const auto& check : system.checks) out.push_back(system.id + '/' + check.id);
    return out;
  };
}

void ContractReading::read_dependencies(const Value& dependencies) {
  std::vector<Value> places;
  dependencies.each([&](const std::string& id, const Value& v) {
    v.map([&](Map& m) {
      domain::Dependency out;
      out.id = id;
      out.title.zh = id;
      title(m["title"], out.title);
      const auto systems = m["systems"], hosts = m["hosts"], checks = m["checks"];
      out.systems = references(systems, "config.contract.system", system_ids());
      out.hosts = references(hosts, "config.contract.any_host", host_names());
      out.checks = references(checks, "config.contract.any_check", check_names());
      if (!systems.given() && !hosts.given() && !checks.given())
        m.problem({"config.contract.needs_of_nothing", {{"dependency", id}}});
      const auto needs = m["needs"], needs_hosts = m["needs_hosts"];
      out.needs = references(needs, "config.contract.any_check", check_names());
      out.needs_hosts = references(needs_hosts, "config.contract.any_host", host_names());
      if (!needs.given() && !needs_hosts.given())
        m.problem({"config.contract.needs_nothing", {{"dependency", id}}});
      out.refs = refs(m);
      contract_.dependencies.push_back(std::move(out));
      places.push_back(needs.given() ? needs : needs_hosts);
    });
  });
  if (!places.empty()) later_.push_back([this, places = std::move(places)] { prove_needs(places); });
}

// Once every name is known. What hides its own cause would never be said. `places`: where each says what it
// needs.
void ContractReading::prove_needs(const std::vector<Value>& places) {
  const auto cycle = domain::find_cycle(contract_);
  if (cycle.empty()) return;
  std::string way;
  for (const auto& place : cycle) way += domain::name_of(place) + " → ";
  way += domain::name_of(cycle.front());
  for (auto n = contract_.dependencies.size(); n-- > 0;)
    for (std::size_t i = 0; i < cycle.size(); ++i)
      if (leads(contract_, contract_.dependencies[n], cycle[i], cycle[(i + 1) % cycle.size()])) {
        places[n].problem(
            {"config.contract.needs_itself", {{"dependency", contract_.dependencies[n].id}, {"way", way}}});
        return;
      }
}

}  // namespace xj::collector
