// Working time against an oracle that shares neither code nor table with it: the C library's zones, the
// notices typed in here, every minute of six years looked at.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "collector/contract/calendars.h"
#include "tests/fakes/places.h"

namespace xj::collector {
namespace {

constexpr std::int64_t kFirst = 1'609'459'200 / 60;  // 2021-01-01T00:00Z in minutes
constexpr std::int64_t kLast = 1'798'761'600 / 60;   // 2027-01-01T00:00Z

// The State Council's notices, typed in by hand and not taken from the shipped file: first and last day off,
// and the weekend days worked for them.
constexpr const char* kOff[][2] = {
    {"2021-01-01", "2021-01-03"}, {"2021-02-11", "2021-02-17"}, {"2021-04-03", "2021-04-05"},
    {"2021-05-01", "2021-05-05"}, {"2021-06-12", "2021-06-14"}, {"2021-09-19", "2021-09-21"},
    {"2021-10-01", "2021-10-07"}, {"2022-01-01", "2022-01-03"}, {"2022-01-31", "2022-02-06"},
    {"2022-04-03", "2022-04-05"}, {"2022-04-30", "2022-05-04"}, {"2022-06-03", "2022-06-05"},
    {"2022-09-10", "2022-09-12"}, {"2022-10-01", "2022-10-07"}, {"2022-12-31", "2023-01-02"},
    {"2023-01-21", "2023-01-27"}, {"2023-04-05", "2023-04-05"}, {"2023-04-29", "2023-05-03"},
    {"2023-06-22", "2023-06-24"}, {"2023-09-29", "2023-10-06"}, {"2024-01-01", "2024-01-01"},
    {"2024-02-10", "2024-02-17"}, {"2024-04-04", "2024-04-06"}, {"2024-05-01", "2024-05-05"},
    {"2024-06-10", "2024-06-10"}, {"2024-09-15", "2024-09-17"}, {"2024-10-01", "2024-10-07"},
    {"2025-01-01", "2025-01-01"}, {"2025-01-28", "2025-02-04"}, {"2025-04-04", "2025-04-06"},
    {"2025-05-01", "2025-05-05"}, {"2025-05-31", "2025-06-02"}, {"2025-10-01", "2025-10-08"},
    {"2026-01-01", "2026-01-03"}, {"2026-02-15", "2026-02-23"}, {"2026-04-04", "2026-04-06"},
    {"2026-05-01", "2026-05-05"}, {"2026-06-19", "2026-06-21"}, {"2026-09-25", "2026-09-27"},
    {"2026-10-01", "2026-10-07"}};
constexpr const char* kWorked =
    "2021-02-07 2021-02-20 2021-04-25 2021-05-08 2021-09-18 2021-09-26 2021-10-09 "
    "2022-01-29 2022-01-30 2022-04-02 2022-04-24 2022-05-07 2022-10-08 2022-10-09 "
    "2023-01-28 2023-01-29 2023-04-23 2023-05-06 2023-06-25 2023-10-07 2023-10-08 "
    "2024-02-04 2024-02-18 2024-04-07 2024-04-28 2024-05-11 2024-09-14 2024-09-29 2024-10-12 "
    "2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11 "
    "2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10 ";

struct Rules {
  bool always, every_day;
  std::vector<std::pair<int, int>> hours;  // minutes of the day
};

// prefix[i]: working minutes in [kFirst, kFirst + i).
class Oracle {
 public:
  Oracle(const char* zone, const Rules& rules) {
    ::setenv("TZ", zone, 1);
    ::tzset();
    prefix_.reserve(kLast - kFirst + 1);
    prefix_.push_back(0);
    std::tm local{};
    bool day = false;
    std::string today;
    for (std::int64_t m = kFirst; m < kLast; ++m) {
      // No offset of these years changes, or differs from UTC, by anything but quarters of an hour.
      if (m % 15 == 0) {
        const std::time_t t = m * 60;
        ::localtime_r(&t, &local);
        char date[16];
        std::strftime(date, sizeof date, "%Y-%m-%d", &local);
        if (today != date) {
          today = date;
          bool off = local.tm_wday == 0 || local.tm_wday == 6;
          for (const auto& range : kOff) off = off || (today >= range[0] && today <= range[1]);
          day = rules.every_day || !off || std::string_view(kWorked).find(today) != std::string_view::npos;
        }
      }
      bool works = rules.always;
      if (!works && day) {
        const int at = local.tm_hour * 60 + local.tm_min + static_cast<int>(m % 15);
        for (const auto& [from, to] : rules.hours) works = works || (at >= from && at < to);
      }
      prefix_.push_back(prefix_.back() + (works ? 1 : 0));
    }
    ::unsetenv("TZ");
    ::tzset();
  }
  std::int64_t total() const { return prefix_.back(); }
  // All in seconds.
  std::int64_t between(std::int64_t a, std::int64_t b) const { return used_by(b) - used_by(a); }
  // The first second by which `amount` of them have passed since `start`, or -1.
  std::int64_t add(std::int64_t start, std::int64_t amount) const {
    if (amount == 0) return start;
    const auto wanted = used_by(start) + amount;
    const auto found =
        std::lower_bound(prefix_.begin(), prefix_.end(), wanted,
                         [](std::int32_t minutes, std::int64_t s) { return minutes * std::int64_t{60} < s; });
    // The minute before it is worked throughout, so what it has too much stands at its end.
    return found == prefix_.end()
               ? -1
               : (kFirst + (found - prefix_.begin())) * 60 - (*found * std::int64_t{60} - wanted);
  }

 private:
  std::int64_t used_by(std::int64_t s) const {
    const auto i = static_cast<std::size_t>(s / 60 - kFirst);
    const auto whole = prefix_[i] * std::int64_t{60};
    return i + 1 < prefix_.size() && prefix_[i + 1] > prefix_[i] ? whole + s % 60 : whole;
  }
  std::vector<std::int32_t> prefix_;
};

domain::HolidayTable holidays() {
  Problems problems;
  auto table = load_holidays(source_dir() + "/config/examples/calendar-cn.csv", problems);
  EXPECT_EQ(render(problems, Lang::en), "");
  return table;
}

domain::WorkCalendar calendar(std::string_view name, const std::string& zone) {
  auto c = *builtin_calendar(name);
  c.holidays = holidays();
  c.zone = *load_zone(zone);
  return c;
}

Timestamp second(std::int64_t s) { return from_ms(s * 1000); }
using std::chrono::seconds;

struct Case {
  const char* calendar;
  const char* zone;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.calendar << " in " << c.zone; }

class CalendarOracle : public testing::TestWithParam<Case> {};

TEST_P(CalendarOracle, AgreesMinuteByMinute2021To2026) {
  const auto& param = GetParam();
  const std::string name = param.calendar;
  auto c = name == "night" ? calendar("workday", param.zone) : calendar(name, param.zone);
  Rules rules{name == "7x24", name == "7x8", {{540, 720}, {780, 1080}}};
  if (name == "workday") rules.hours = {{0, 1440}};
  if (name == "night") {  // across the hours in which clocks change
    rules.hours = {{0, 95}, {130, 185}, {1380, 1440}};
    c.segments.clear();
    for (const auto& [from, to] : rules.hours)
      c.segments.push_back({std::chrono::minutes{from}, std::chrono::minutes{to}});
  }
  const Oracle oracle(param.zone, rules);

  // All six years at once, then every minute of the days around each change of the zone's offset.
  EXPECT_EQ(c.working_between(second(kFirst * 60), second(kLast * 60)), std::chrono::minutes(oracle.total()));
  for (const auto& change : c.zone.changes) {
    const auto at = to_ms(change.from) / 60'000;
    if (at < kFirst + 3000 || at > kLast - 3000) continue;
    for (auto m = at - 1500; m < at + 1500; ++m)
      ASSERT_EQ(c.working_between(second(m * 60), second(m * 60 + 60)),
                seconds(oracle.between(m * 60, m * 60 + 60)))
          << to_iso(second(m * 60));
  }

  std::mt19937_64 random(20'261'120);
  const auto pick = [&](std::int64_t from, std::int64_t to) {
    return std::uniform_int_distribution<std::int64_t>(from, to)(random);
  };
  for (int i = 0; i < 3000; ++i) {
    // Half of them at whole minutes, where segments begin and end.
    const std::int64_t unit = i % 2 == 0 ? 60 : 1;
    const auto a = pick(kFirst * 60 / unit, kLast * 60 / unit - 1) * unit;
    const auto b = pick(a / unit, std::min(kLast * 60, a + 3'600'000) / unit) * unit;
    ASSERT_EQ(c.working_between(second(a), second(b)), seconds(oracle.between(a, b)))
        << to_iso(second(a)) << " " << to_iso(second(b));
    const auto amount = pick(0, 1'200'000 / unit) * unit;
    if (const auto due = oracle.add(a, amount); due >= 0) {
      ASSERT_EQ(c.add_working(second(a), seconds(amount)), second(due))
          << to_iso(second(a)) << " + " << amount;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Zones, CalendarOracle,
                         testing::Values(Case{"7x24", "Asia/Shanghai"}, Case{"5x8", "Asia/Shanghai"},
                                         Case{"7x8", "Asia/Shanghai"}, Case{"workday", "Asia/Shanghai"},
                                         Case{"5x8", "America/New_York"}, Case{"workday", "America/New_York"},
                                         Case{"7x8", "Europe/Berlin"}, Case{"workday", "Europe/Berlin"},
                                         Case{"night", "Europe/Berlin"}, Case{"night", "Australia/Lord_Howe"},
                                         Case{"5x8", "Australia/Lord_Howe"}, Case{"night", "America/Havana"},
                                         Case{"workday", "America/Havana"}, Case{"7x8", "Asia/Kathmandu"}));

class CalendarProperties : public testing::TestWithParam<Case> {};

TEST_P(CalendarProperties, HoldToTheMillisecond) {
  const auto& param = GetParam();
  const auto c = calendar(param.calendar, param.zone);
  std::mt19937_64 random(7);
  const auto pick = [&](std::int64_t from, std::int64_t to) {
    return std::uniform_int_distribution<std::int64_t>(from, to)(random);
  };
  for (int i = 0; i < 500; ++i) {
    const auto t = from_ms(pick(kFirst * 60'000, kLast * 60'000));
    const Duration a{pick(0, 400'000'000)}, b{pick(0, 400'000'000)};
    const auto due = c.add_working(t, a);
    ASSERT_EQ(c.working_between(t, due), a) << to_iso(t);
    ASSERT_EQ(c.add_working(due, b), c.add_working(t, a + b)) << to_iso(t);
    ASSERT_GE(due, t);
    ASSERT_LE(due, c.add_working(t, a + Duration{1}));
    ASSERT_LE(due, c.add_working(t + Duration{pick(0, 100'000'000)}, a));
    ASSERT_EQ(c.add_working(t, Duration{0}), t);
    // The earliest: a millisecond before, some of it is left.
    if (a > Duration{0}) {
      ASSERT_LT(c.working_between(t, due - Duration{1}), a);
    }
    Duration sum{0};
    for (const auto& s : c.segments_between(t, due)) sum += s.to - s.from;
    ASSERT_EQ(sum, a);
    // Back from an end, as it forth from an amount: never past it, and not a millisecond of work before it.
    const auto end = t + Duration{pick(0, 2'000'000'000)};
    const auto reached = c.add_working(t, c.working_between(t, end));
    ASSERT_LE(reached, end);
    ASSERT_EQ(c.working_between(reached, end), Duration{0}) << to_iso(t) << " " << to_iso(end);
    // Additive, and never decreasing in its end.
    const auto middle = t + (end - t) / 3;
    ASSERT_EQ(c.working_between(t, middle) + c.working_between(middle, end), c.working_between(t, end));
  }
}

std::vector<Case> every_builtin_everywhere() {
  std::vector<Case> out;
  for (const auto* name : {"5x8", "7x8", "workday", "7x24"})
    for (const auto* zone : {"Asia/Shanghai", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe",
                             "America/Havana", "Asia/Kathmandu"})
      out.push_back({name, zone});
  return out;
}
INSTANTIATE_TEST_SUITE_P(Zones, CalendarProperties, testing::ValuesIn(every_builtin_everywhere()));

// The table typed in above and the shipped file are two witnesses.
TEST(CalendarData, TheShippedFileSaysWhatTheNoticesSaid) {
  const auto table = holidays();
  const auto c = calendar("workday", "Asia/Shanghai");
  for (const auto& range : kOff)
    for (auto d = *parse_date(range[0]); d <= *parse_date(range[1]); d += std::chrono::days{1})
      EXPECT_FALSE(c.works_on(d)) << to_text(d);
  std::size_t worked = 0;
  for (const auto& [date, works] : table.working)
    if (works) {
      ++worked;
      EXPECT_NE(std::string_view(kWorked).find(to_text(date)), std::string_view::npos) << to_text(date);
    } else {
      bool known = false;
      for (const auto& range : kOff)
        known = known || (to_text(date) >= range[0] && to_text(date) <= range[1]);
      const std::chrono::weekday day{date};
      EXPECT_TRUE(known || day == std::chrono::Saturday || day == std::chrono::Sunday) << to_text(date);
    }
  EXPECT_EQ(worked, std::string_view(kWorked).size() / 11);
}

// A century is answered at once: nobody waits for a slip of the finger.
TEST(CalendarData, AHundredYearsAreBoundedWork) {
  const auto c = calendar("5x8", "America/New_York");
  const auto from = parse_iso("2026-01-01T00:00:00Z").value(), to = parse_iso("2126-01-01T00:00:00Z").value();
  const auto before = std::chrono::steady_clock::now();
  const auto sum = c.working_between(from, to);
  EXPECT_GT(sum, std::chrono::hours(8 * 260 * 99));
  EXPECT_EQ(c.working_between(from, c.add_working(from, sum)), sum);
  EXPECT_EQ(c.add_working(from, Duration::max()), Timestamp::max());
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(30));
}

}  // namespace
}  // namespace xj::collector
