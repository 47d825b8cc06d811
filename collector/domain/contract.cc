#include "collector/domain/contract.h"

#include <algorithm>

namespace xj::domain {

Contract::Contract() = default;
Contract::Contract(const Contract&) = default;
Contract::Contract(Contract&&) noexcept = default;
Contract& Contract::operator=(const Contract&) = default;
Contract& Contract::operator=(Contract&&) noexcept = default;
Contract::~Contract() = default;

namespace {

template <typename T>
const T* with_id(const std::vector<T>& all, std::string_view id) {
  const auto it = std::find_if(all.begin(), all.end(), [&](const T& one) { return one.id == id; });
  return it == all.end() ? nullptr : &*it;
}

}  // namespace

const Grade* CaseKind::grade(std::string_view grade_id) const { return with_id(grades, grade_id); }

const ClockSpec* CaseKind::clock(std::string_view clock_name) const {
  const auto it =
      std::find_if(clocks.begin(), clocks.end(), [&](const ClockSpec& c) { return c.name == clock_name; });
  return it == clocks.end() ? nullptr : &*it;
}

const System* Contract::system(std::string_view system_id) const { return with_id(systems, system_id); }
const CaseKind* Contract::kind(std::string_view kind_id) const { return with_id(kinds, kind_id); }

const CaseKind* Contract::kind_from_checks() const {
  const auto it = std::find_if(kinds.begin(), kinds.end(), [](const CaseKind& k) { return k.from_checks; });
  return it == kinds.end() ? nullptr : &*it;
}

}  // namespace xj::domain
