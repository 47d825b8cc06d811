#include "collector/history/series_names.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace xj::collector {
namespace {

TEST(SeriesNames, NumberEachOnceAndFindItAgain) {
  SeriesNames names;
  constexpr SeriesNames::Number kAgents = 300, kChecks = 7;
  for (int again = 0; again < 2; ++again)
    for (SeriesNames::Number a = 0; a < kAgents; ++a)
      for (SeriesNames::Number c = 0; c < kChecks; ++c)
        EXPECT_EQ(names.number("agent-" + std::to_string(a), "check-" + std::to_string(c), c % 2 ? "/" : ""),
                  a * kChecks + c);
  EXPECT_EQ(names.size(), kAgents * kChecks);
  EXPECT_EQ(names[9].id(), (SeriesId{"agent-1", "check-2", ""}));
  EXPECT_EQ(names[10].agent, names[9].agent) << "a name that is shared stands once";
  EXPECT_EQ(names.find("agent-1", "check-2", ""), 9u);
  EXPECT_EQ(names.find("agent-1", "check-2", "/"), std::nullopt);
  EXPECT_EQ(names.find("agent-1", "", "check-2"), std::nullopt);
  EXPECT_EQ(names.find("", "", ""), std::nullopt);
}

TEST(SeriesNames, StandInTheOrderOfTheirIds) {
  SeriesNames names;
  for (const char* agent : {"b", "a", "aa"})
    for (const char* check : {"x", "", "w"})
      for (const char* item : {"/", ""}) names.number(agent, check, item);
  std::vector<SeriesNames::Number> order(names.size());
  for (SeriesNames::Number i = 0; i < names.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return names.before(a, b); });
  for (std::size_t i = 1; i < order.size(); ++i) EXPECT_LT(names[order[i - 1]].id(), names[order[i]].id());
}

}  // namespace
}  // namespace xj::collector
