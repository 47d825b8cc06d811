#pragma once
// The least a contract needs, for tests that are about something else.
#include <string>

namespace xj::fakes {

// One person, one role, incidents of one grade with a clock of a hundred hours: nothing is due within a test.
// `systems` is what stands below `systems:`, indented by two.
std::string contract_yaml(const std::string& id, const std::string& systems);

}  // namespace xj::fakes
