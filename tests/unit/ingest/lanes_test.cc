#include "collector/ingest/lanes.h"

#include <gtest/gtest.h>

#include <string>

namespace xj::collector {
namespace {

constexpr auto kLive = wire::Lane::live;
constexpr auto kReplay = wire::Lane::replay;

bool put(Lanes<std::string>& lanes, wire::Lane lane, const std::string& item, std::size_t bytes = 1) {
  if (!lanes.has_room(lane, bytes)) return false;
  lanes.push(lane, bytes, item);
  return true;
}

std::string joined(const std::vector<std::string>& items) {
  std::string out;
  for (const auto& item : items) out += item;
  return out;
}

TEST(Lanes, LiveGoesFirstAndEachLaneKeepsItsOrder) {
  Lanes<std::string> lanes({100, 1'000});
  for (const auto* old : {"a", "b", "c"}) put(lanes, kReplay, old);
  for (const auto* fresh : {"X", "Y"}) put(lanes, kLive, fresh);
  EXPECT_EQ(lanes.size(), 5U);
  EXPECT_EQ(joined(lanes.take(16)), "XYab") << "an eighth of sixteen for the backlog";
  EXPECT_EQ(joined(lanes.take(16)), "c");
  EXPECT_TRUE(lanes.empty());
  EXPECT_EQ(lanes.bytes(), 0U);
}

TEST(Lanes, TheBacklogHasHalfTheRoomAndWhatIsNewTheRest) {
  Lanes<std::string> lanes({4, 1'000});
  EXPECT_TRUE(put(lanes, kReplay, "a"));
  EXPECT_TRUE(put(lanes, kReplay, "b"));
  EXPECT_FALSE(put(lanes, kReplay, "c"));
  EXPECT_TRUE(put(lanes, kLive, "X"));
  EXPECT_TRUE(put(lanes, kLive, "Y"));
  EXPECT_FALSE(put(lanes, kLive, "Z"));
  EXPECT_EQ(joined(lanes.take(4)), "XYa");
  EXPECT_TRUE(put(lanes, kReplay, "c"));
  EXPECT_FALSE(put(lanes, kReplay, "d"));
}

TEST(Lanes, BytesAreBoundedTheSameWay) {
  Lanes<std::string> lanes({100, 100});
  EXPECT_TRUE(put(lanes, kReplay, "a", 400)) << "one alone always fits";
  EXPECT_FALSE(put(lanes, kReplay, "b", 1));
  EXPECT_FALSE(put(lanes, kLive, "X", 1)) << "all of it is taken";
  EXPECT_EQ(joined(lanes.take(8)), "a");
  EXPECT_TRUE(put(lanes, kReplay, "b", 50));
  EXPECT_FALSE(put(lanes, kReplay, "c", 1));
  EXPECT_TRUE(put(lanes, kLive, "X", 50));
  EXPECT_FALSE(put(lanes, kLive, "Y", 1));
  EXPECT_EQ(lanes.bytes(), 100U);
}

TEST(Lanes, NoRoomIsNoRoomAndRoomForOneIsForEither) {
  Lanes<std::string> none({0, 1'000});
  EXPECT_FALSE(put(none, kLive, "X"));
  EXPECT_FALSE(put(none, kReplay, "a"));
  Lanes<std::string> one({1, 1'000});
  EXPECT_TRUE(put(one, kReplay, "a"));
  EXPECT_FALSE(put(one, kLive, "X"));
}

TEST(Lanes, TheBacklogEndsHoweverMuchIsNew) {
  Lanes<std::string> lanes({100, 1'000});
  put(lanes, kReplay, "a"), put(lanes, kReplay, "b");
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 10; ++i) put(lanes, kLive, "X");
    const auto taken = joined(lanes.take(4));
    EXPECT_EQ(taken, round == 0 ? "XXXa" : "XXXb");
  }
  EXPECT_EQ(joined(lanes.take(1)), "X") << "one at a time";
}

TEST(Lanes, OneAtATimeGivesTheBacklogWhenNothingIsNew) {
  Lanes<std::string> lanes({100, 1'000});
  put(lanes, kReplay, "a"), put(lanes, kReplay, "b");
  EXPECT_EQ(joined(lanes.take(1)), "a");
  EXPECT_EQ(joined(lanes.take(1)), "b");
  EXPECT_EQ(joined(lanes.take(1)), "");
}

}  // namespace
}  // namespace xj::collector
