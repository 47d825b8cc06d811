#include "core/time.h"

#include <gtest/gtest.h>

namespace xj {
namespace {

using namespace std::chrono_literals;

TEST(Time, IsoRoundTripsWithOffsetsAndMilliseconds) {
  const auto t = parse_iso("2026-09-30T16:30:00+08:00");
  ASSERT_TRUE(t);
  EXPECT_EQ(to_iso(*t), "2026-09-30T08:30:00Z");
  EXPECT_EQ(to_iso(*t, 480min), "2026-09-30T16:30:00+08:00");
  EXPECT_EQ(to_iso(*t + 7ms, -90min), "2026-09-30T07:00:00.007-01:30");
  EXPECT_EQ(parse_iso("2026-09-30T07:00:00.007-01:30"), *t + 7ms);
}

TEST(Time, IsoRefusesWhatIsNoInstant) {
  for (const char* wrong :
       {"", "2026-09-30", "2026-09-30T16:30:00", "2026-02-30T00:00:00Z", "2026-09-30T24:00:00Z",
        "2026-09-30T16:30:00+99:00", "2026-09-30T16:30:00Z ", "1969-01-01T00:00:00Z"})
    EXPECT_FALSE(parse_iso(wrong)) << wrong;
}

TEST(Time, DurationsReadAndPrint) {
  EXPECT_EQ(parse_duration("90s"), 90s);
  EXPECT_EQ(parse_duration("1h30m"), 90min);
  EXPECT_EQ(parse_duration("2w"), 336h);
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  for (const char* wrong : {"", "5", "-5s", "5 s", "5x", "s", "9999999999999w", "1h-3m"})
    EXPECT_FALSE(parse_duration(wrong)) << wrong;
  EXPECT_EQ(to_text(90min), "1h30m");
  EXPECT_EQ(to_text(336h), "14d");
  EXPECT_EQ(to_text(0s), "0s");
}

TEST(Time, AWallClockIsReadAsIfItWereUtc) {
  const auto at = [](std::string_view text) {
    const auto time = parse_wall(text, "2026-09-30");
    return time ? to_iso(*time) : "no";
  };
  EXPECT_EQ(at("16:30"), "2026-09-30T16:30:00Z");
  EXPECT_EQ(at("16:30:05"), "2026-09-30T16:30:05Z");
  EXPECT_EQ(at("2026-09-29 08:00"), "2026-09-29T08:00:00Z");
  EXPECT_EQ(at("2026-09-29T08:00:01"), "2026-09-29T08:00:01Z");
  for (const auto* wrong : {"", "4pm", "25:00", "16:30Z", "16:30+08:00", "2026-09-30", "2026-09-29T08:00:00Z",
                            "2026-09-31 08:00", "x2:30"})
    EXPECT_EQ(at(wrong), "no") << wrong;
}

}  // namespace
}  // namespace xj
