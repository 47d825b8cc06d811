#pragma once
// What the contracts in force want of one host.
#include <span>
#include <string>
#include <vector>

#include "collector/domain/contract.h"
#include "core/wire.h"

namespace xj::collector {

// Checks in the order of their ids, "contract/system/check"; the revision is a hash of them, so equal content
// has an equal revision wherever it came from. A host no contract knows gets an empty list.
wire::Assignment assignment_for(const std::string& host, std::span<const domain::ContractPtr> contracts);

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
