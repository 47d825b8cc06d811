// Whom a role with a roster means.
#include <gtest/gtest.h>

#include <set>

#include "collector/domain/routing.h"
#include "tests/fakes/small_contract.h"

namespace xj::domain {
namespace {

using namespace std::chrono_literals;
using fixture::contract;
using fixture::kT0;

TEST(RoutingByRoster, ACaseUnderAnOldRevisionFollowsTheRosterOfToday) {
  auto old = contract();
  auto now = contract();
  now->roles.at("duty").roster = {"duty.csv", {{kT0, kT0 + 24h, "li", "zhang", 2}}};
  CaseState state;
  state.contract = old->id, state.number = "1", state.case_kind = "incident", state.system = "oa";
  Event event;
  event.contract = old->id, event.number = "1", event.n = 1, event.at = event.known = kT0;
  event.payload = Recovered{"x", {}};
  const auto told = [&](Timestamp at, const Contract* in_force) {
    std::set<std::string> out;
    for (const auto& one : route(event, state, *old, at, in_force))
      if (one.role == "duty") out.insert(one.person);
    return out;
  };
  const std::set<std::string> all{"li", "zhang"}, on{"li"};
  ASSERT_EQ(told(kT0, nullptr), all);
  EXPECT_EQ(told(kT0, now.get()), on);
  EXPECT_EQ(told(kT0 + 24h, now.get()), all) << "after the last shift";
}

}  // namespace
}  // namespace xj::domain
