#include "collector/domain/numbering.h"

#include <gtest/gtest.h>

#include "core/fault.h"

namespace xj::domain {
namespace {

using namespace std::chrono_literals;
const Zone kZone{"Asia/Shanghai", {{Timestamp{}, std::chrono::minutes(480)}}};
const Timestamp kLate = *parse_iso("2026-11-20T23:59:59+08:00");

std::string next(std::string_view pattern, Timestamp at, int used) {
  const auto n = next_number(pattern, kZone, at, used);
  const auto* refused = std::get_if<Rejection>(&n);
  return refused == nullptr ? std::get<std::string>(n) : refused->why.id;
}

TEST(Numbering, IsOfTheDayInTheContractsZone) {
  EXPECT_EQ(next("INC-{yymmdd}-{nn}", kLate, 0), "INC-261120-01");
  EXPECT_EQ(next("INC-{yymmdd}-{nn}", kLate + 1s, 0), "INC-261121-01");
  EXPECT_EQ(next("{yyyy}/{mm}/{dd}-{nnn}号", kLate, 41), "2026/11/20-042号");
  EXPECT_EQ(next("{yy}{nn}", kLate, 8), "2609");
}

TEST(Numbering, TheHundredthIsRefusedWithAReason) {
  EXPECT_EQ(next("INC-{yymmdd}-{nn}", kLate, 98), "INC-261120-99");
  EXPECT_EQ(next("INC-{yymmdd}-{nn}", kLate, 99), "domain.number.used_up");
  EXPECT_EQ(next("{nnn}", kLate, 99), "100");
  EXPECT_EQ(next("{nnn}", kLate, 999), "domain.number.used_up");
}

TEST(Numbering, WhatNobodyCanHoldBackGoesOnWithOneMoreDigit) {
  const auto on = [](std::string_view pattern, int used) {
    return next_number_going_on(pattern, kZone, kLate, used);
  };
  EXPECT_EQ(on("INC-{yymmdd}-{nn}", 98), "INC-261120-99");
  EXPECT_EQ(on("INC-{yymmdd}-{nn}", 99), "INC-261120-100");
  EXPECT_EQ(on("{nn}-{yymmdd}", 1233), "1234-261120");
  EXPECT_EQ(on("{nnn}", 999), "1000");
  EXPECT_THROW(on("INC", 0), Fault);
  EXPECT_EQ(number_capacity("INC-{yymmdd}-{nn}"), 99);
  EXPECT_EQ(number_capacity("{nnn}"), 999);
  EXPECT_EQ(number_capacity("INC"), 0);
  // Read back, whatever its width; leading zeros are of other numbers.
  for (const int n : {1, 99, 100, 101, 999, 1000, 12345})
    for (const auto* pattern : {"INC-{yymmdd}-{nn}", "{nn}{yymmdd}", "{yymmdd}{nnn}"})
      EXPECT_EQ(counter_of(pattern, kZone, kLate, on(pattern, n - 1)), n) << pattern;
  EXPECT_EQ(counter_of("INC-{yymmdd}-{nn}", kZone, kLate, "INC-261120-007"), 0);
  EXPECT_EQ(number_prefix("INC-{yymmdd}-{nn}/x", kZone, kLate), "INC-261120-");
}

TEST(Numbering, CountersAreReadBack) {
  EXPECT_EQ(counter_of("INC-{yymmdd}-{nn}", kZone, kLate, "INC-261120-07"), 7);
  EXPECT_EQ(counter_of("INC-{yymmdd}-{nn}", kZone, kLate, "INC-261119-07"), 0);
  EXPECT_EQ(counter_of("INC-{yymmdd}-{nn}", kZone, kLate, "INC-261120-7x"), 0);
  EXPECT_EQ(counter_of("INC-{yymmdd}-{nn}", kZone, kLate, "INC-261120-"), 0);
  EXPECT_EQ(counter_of("{yy}-{nnn}-{mm}", kZone, kLate, "26-123-11"), 123);
  EXPECT_EQ(number_stem("INC-{yymmdd}-{nn}", kZone, kLate), "INC-261120-#");
}

TEST(Numbering, PatternsAreChecked) {
  EXPECT_TRUE(check_number_pattern("INC-{yymmdd}-{nn}").empty());
  EXPECT_EQ(check_number_pattern("INC-{yymmdd}").id, "domain.number.no_counter");
  EXPECT_EQ(check_number_pattern("{nn}{nnn}").id, "domain.number.unknown");
  EXPECT_EQ(check_number_pattern("{week}-{nn}").id, "domain.number.unknown");
  EXPECT_EQ(check_number_pattern("{nn").id, "domain.number.unclosed");
}

}  // namespace
}  // namespace xj::domain
