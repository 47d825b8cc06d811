#pragma once
// What the contracts in force want of one host.
#include <map>
#include <span>
#include <string>
#include <vector>

#include "collector/domain/contract.h"
#include "collector/domain/tighten.h"
#include "core/wire.h"

namespace xj::collector {

// What the key periods of all contracts make of their checks, for every instant in [from, until).
struct Tightenings {
  Timestamp from{}, until{};
  std::map<std::string, domain::Tightened, std::less<>> checks;  // by assigned id; those that differ
  bool holds(Timestamp t) const { return from <= t && t < until; }
};
Tightenings tightenings_at(std::span<const domain::ContractPtr> contracts, Timestamp t);

// Checks in the order of their ids, "contract/system/check"; the revision is a hash of them, so equal content
// has an equal revision wherever it came from. A host no contract knows gets an empty list.
wire::Assignment assignment_for(const std::string& host, std::span<const domain::ContractPtr> contracts,
                                const Tightenings& meanwhile = {});

// Every host of every system, sorted, once.
std::vector<std::string> hosts(std::span<const domain::ContractPtr> contracts);

// The spec behind an assigned check's id; null when no contract in force has it.
struct FoundCheck {
  domain::ContractPtr contract;
  const domain::System* system = nullptr;  // of *contract
  const domain::CheckSpec* check = nullptr;
};
FoundCheck find_check(std::string_view id, std::span<const domain::ContractPtr> contracts);

}  // namespace xj::collector
