#include "collector/sorted_entries.h"

#include <gtest/gtest.h>

#include <string>

namespace xj::collector {
namespace {

struct Thing {
  explicit Thing(std::string its_key) : key(std::move(its_key)) {}
  std::string_view name() const { return key; }
  std::string key;
  int count = 0;
};

TEST(SortedEntries, StandInOrderAndStayWhereTheyAre) {
  SortedEntries<Thing> things;
  EXPECT_TRUE(things.empty());
  EXPECT_EQ(things.find("a"), nullptr);
  auto* first = &things.add(std::make_unique<Thing>("m"));
  for (int i = 0; i < 100; ++i)
    things.add(std::make_unique<Thing>(std::to_string(i * 37 % 100) + (i % 2 ? "z" : "")));
  EXPECT_EQ(things.find("m"), first);
  EXPECT_EQ(things.size(), 101u);
  std::string before;
  for (auto& thing : things) {
    EXPECT_LT(before, thing.key);
    before = thing.key;
    ++thing.count;
  }
  for (const auto& thing : std::as_const(things)) EXPECT_EQ(thing.count, 1);
  EXPECT_TRUE(things.contains("37z"));
  EXPECT_FALSE(things.contains("37"));
  EXPECT_FALSE(things.contains(""));
}

}  // namespace
}  // namespace xj::collector
