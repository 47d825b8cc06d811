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

TEST(SortedEntries, APlaceIsAGuessAndNeverBelieved) {
  SortedEntries<Thing> things;
  std::uint32_t place = 0;
  EXPECT_EQ(things.find("a", place), nullptr);
  for (const auto* name : {"b", "d", "f"}) things.add(std::make_unique<Thing>(name));
  const auto is = [&](const char* name, std::uint32_t guess, std::uint32_t found) {
    const auto* thing = things.find(name, guess);
    return thing != nullptr && thing->key == name && guess == found;
  };
  for (const std::uint32_t guess : {0u, 1u, 2u, 3u, UINT32_MAX}) {
    EXPECT_TRUE(is("b", guess, 0)) << guess;
    EXPECT_TRUE(is("f", guess, 2)) << guess;
    std::uint32_t kept = guess;
    EXPECT_EQ(things.find("c", kept), nullptr);
    EXPECT_EQ(kept, guess);
  }
  things.add(std::make_unique<Thing>("a"));
  EXPECT_TRUE(is("b", 0, 1));
}

}  // namespace
}  // namespace xj::collector
