#pragma once
// A small contract for the tests of the domain. Grades and limits as in the example contract, parties
// invented.
#include <memory>
#include <string>

#include "collector/domain/contract.h"

namespace xj::domain::fixture {

using namespace std::chrono_literals;

inline const Timestamp kT0 = *parse_iso("2026-11-20T09:00:00+08:00");  // a Friday

CheckSpec check(std::string id, std::string kind, std::string point, std::vector<std::string> tags,
                int attempts);
std::shared_ptr<Contract> contract();

}  // namespace xj::domain::fixture
