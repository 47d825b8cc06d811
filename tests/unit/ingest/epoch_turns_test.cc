#include "collector/ingest/epoch_turns.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace xj::collector {
namespace {

using namespace std::chrono_literals;

const Timestamp kStart = from_ms(1'795'136'400'000);

// One batch of each a `pace`; how many of them told.
int told(const std::vector<std::string>& epochs, Duration pace) {
  EpochTurns turns;
  int out = 0;
  Timestamp now = kStart;
  for (const auto& epoch : epochs) out += turns.see(epoch, now += pace) ? 1 : 0;
  EXPECT_EQ(turns.several(now), out > 0);
  EXPECT_FALSE(turns.several(now + 61min));
  EXPECT_FALSE(turns.several(now - 61min)) << "the clock was set back";
  return out;
}

TEST(EpochTurns, OneSenderIsOne) {
  EXPECT_EQ(told({"a", "a", "a", "a", "a", "a", "a", "a"}, 30s), 0);
  EXPECT_EQ(told({"a", "a", "b", "b", "b", "c", "c", "c", "d", "e", "f", "g"}, 30s), 0) << "new spools";
  EXPECT_EQ(told({"a", "b", "a", "b", "b", "b", "b", "b"}, 1s), 0) << "a batch was long on its way";
  EXPECT_EQ(told({"a", "b", "a", "c", "c", "a", "d", "d"}, 60s), 0)
      << "a machine set back, and set back again";
}

TEST(EpochTurns, TwoOrThreeInTurnAreToldAndGoOnToBe) {
  EXPECT_EQ(told({"a", "b", "a", "b", "a", "b"}, 30s), 1);
  EXPECT_EQ(told({"a", "a", "b", "b", "a", "a", "b", "a", "b", "a"}, 5min), 2);
  EXPECT_EQ(told({"a", "b", "c", "a", "b", "c", "a"}, 1min), 1);
  EXPECT_EQ(told({"a", "b", "a", "b", "a", "b"}, 14min), 0) << "half an hour between two of one sender";
}

TEST(EpochTurns, AllOfATemplateSendInTheSameOrder) {
  for (const std::size_t clones : {5u, 16u}) {
    std::vector<std::string> epochs;
    for (std::size_t i = 0; i < clones + 4; ++i) epochs.push_back("e" + std::to_string(i % clones));
    EXPECT_EQ(told(epochs, 5s), 1) << clones;
  }
}

TEST(EpochTurns, ALongWhileBetweenTwoTurnsBeginsAnew) {
  EpochTurns turns;
  Timestamp now = kStart;
  const auto pair = [&] {
    bool out = false;
    for (const auto* epoch : {"a", "b", "a"}) out = turns.see(epoch, now += 1s) || out;
    return out;
  };
  for (int day = 0; day < 10; ++day, now += 24h) EXPECT_FALSE(pair()) << "as of daily restores";
  EXPECT_FALSE(turns.several(now));
}

TEST(EpochTurns, AClockThatIsSetTellsNobody) {
  EpochTurns turns;
  for (int i = 0; i < 12; ++i)
    EXPECT_FALSE(turns.see(i % 2 == 0 ? "a" : "b", kStart + (i % 4 < 2 ? 0h : 24h))) << i;
}

}  // namespace
}  // namespace xj::collector
