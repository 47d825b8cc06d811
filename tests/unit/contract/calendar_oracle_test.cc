// Working time against an oracle that shares no code with it: the C library's zones, a table of minutes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "collector/contract/calendars.h"
#include "tests/fakes/places.h"

namespace xj::collector {
namespace {

constexpr std::int64_t kFirst = 1'704'067'200 / 60;  // 2024-01-01T00:00Z in minutes
constexpr std::int64_t kLast = 1'798'761'600 / 60;   // 2027-01-01T00:00Z

struct Rules {
  bool always, every_day;
  std::vector<std::pair<int, int>> hours;  // minutes of the day
};

// prefix[i]: working minutes in [kFirst, kFirst + i).
class Oracle {
 public:
  Oracle(const char* zone, const Rules& rules, const std::string& csv) {
    ::setenv("TZ", zone, 1);
    ::tzset();
    std::set<std::string> holidays, workdays;
    std::ifstream in(csv);
    for (std::string line; std::getline(in, line);) {
      if (line.find(",holiday,") == 10) holidays.insert(line.substr(0, 10));
      if (line.find(",workday,") == 10) workdays.insert(line.substr(0, 10));
    }
    EXPECT_GT(holidays.size(), 100U);
    prefix_.push_back(0);
    std::tm local{};
    char date[16];
    bool day = false;
    for (std::int64_t m = kFirst; m < kLast; ++m) {
      // No offset of these years changes, or differs from UTC, by anything but quarters of an hour.
      if (m % 15 == 0) {
        const std::time_t t = m * 60;
        ::localtime_r(&t, &local);
        std::strftime(date, sizeof date, "%Y-%m-%d", &local);
        const bool weekend = local.tm_wday == 0 || local.tm_wday == 6;
        day = rules.every_day || workdays.contains(date) || (!weekend && !holidays.contains(date));
      }
      bool works = rules.always;
      if (!works) {
        const int at = local.tm_hour * 60 + local.tm_min + static_cast<int>(m % 15);
        if (day)
          for (const auto& [from, to] : rules.hours) works = works || (at >= from && at < to);
      }
      prefix_.push_back(prefix_.back() + (works ? 1 : 0));
    }
    ::unsetenv("TZ");
    ::tzset();
  }
  std::int64_t between(std::int64_t a, std::int64_t b) const { return at(b) - at(a); }
  std::int64_t total() const { return prefix_.back(); }
  // The first minute by which `amount` of them have passed since `start`, or -1.
  std::int64_t add(std::int64_t start, std::int64_t amount) const {
    const auto found = std::lower_bound(prefix_.begin() + (start - kFirst), prefix_.end(),
                                        static_cast<std::int32_t>(at(start) + amount));
    return found == prefix_.end() ? -1 : kFirst + (found - prefix_.begin());
  }

 private:
  std::int64_t at(std::int64_t m) const { return prefix_[static_cast<std::size_t>(m - kFirst)]; }
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

Timestamp minute(std::int64_t m) { return from_ms(m * 60'000); }

struct Case {
  const char* calendar;
  const char* zone;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.calendar << " in " << c.zone; }

class CalendarOracle : public testing::TestWithParam<Case> {};

TEST_P(CalendarOracle, AgreesMinuteByMinute2024To2026) {
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
  const Oracle oracle(param.zone, rules, source_dir() + "/config/examples/calendar-cn.csv");

  // All three years at once, then every minute of the days around each change of the zone's offset.
  EXPECT_EQ(c.between(minute(kFirst), minute(kLast)), std::chrono::minutes(oracle.total()));
  for (const auto& change : c.zone.changes) {
    const auto at = to_ms(change.from) / 60'000;
    if (at < kFirst + 3000 || at > kLast - 3000) continue;
    for (auto m = at - 1500; m < at + 1500; ++m)
      ASSERT_EQ(c.between(minute(m), minute(m + 1)), std::chrono::minutes(oracle.between(m, m + 1)))
          << to_iso(minute(m));
  }

  std::mt19937_64 random(20'261'120);
  const auto pick = [&](std::int64_t from, std::int64_t to) {
    return std::uniform_int_distribution<std::int64_t>(from, to)(random);
  };
  for (int i = 0; i < 3000; ++i) {
    const auto a = pick(kFirst, kLast - 1), b = pick(a, std::min(kLast, a + 60'000));
    ASSERT_EQ(c.between(minute(a), minute(b)), std::chrono::minutes(oracle.between(a, b)))
        << to_iso(minute(a)) << " " << to_iso(minute(b));
    const auto amount = pick(1, 20'000);
    if (const auto due = oracle.add(a, amount); due >= 0) {
      ASSERT_EQ(c.add(minute(a), std::chrono::minutes(amount)), minute(due))
          << to_iso(minute(a)) << " + " << amount;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Zones, CalendarOracle,
                         testing::Values(Case{"7x24", "Asia/Shanghai"}, Case{"5x8", "Asia/Shanghai"},
                                         Case{"7x8", "Asia/Shanghai"}, Case{"workday", "Asia/Shanghai"},
                                         Case{"5x8", "America/New_York"}, Case{"workday", "Europe/Berlin"},
                                         Case{"night", "Europe/Berlin"}, Case{"night", "Australia/Lord_Howe"},
                                         Case{"night", "America/Havana"}, Case{"workday", "America/Havana"},
                                         Case{"7x8", "Asia/Kathmandu"}));

TEST(CalendarProperties, HoldForMillisecondsToo) {
  std::mt19937_64 random(7);
  const auto pick = [&](std::int64_t from, std::int64_t to) {
    return std::uniform_int_distribution<std::int64_t>(from, to)(random);
  };
  for (const auto* name : {"5x8", "7x8", "workday", "7x24"})
    for (const auto* zone : {"Asia/Shanghai", "America/New_York", "America/Havana"}) {
      const auto c = calendar(name, zone);
      for (int i = 0; i < 400; ++i) {
        const auto t = from_ms(pick(1'600'000'000'000, 1'900'000'000'000));
        const Duration a{pick(0, 400'000'000)}, b{pick(0, 400'000'000)};
        const auto due = c.add(t, a);
        ASSERT_EQ(c.between(t, due), a) << name << to_iso(t);
        ASSERT_EQ(c.add(due, b), c.add(t, a + b));
        ASSERT_LE(due, c.add(t, a + Duration{1}));
        ASSERT_LE(due, c.add(t + Duration{pick(0, 100'000'000)}, a));
        // The earliest: a millisecond before, some of it is left.
        if (a > Duration{0}) {
          ASSERT_LT(c.between(t, due - Duration{1}), a);
        }
        Duration sum{0};
        for (const auto& s : c.segments_between(t, due)) sum += s.to - s.from;
        ASSERT_EQ(sum, a);
      }
    }
}

}  // namespace
}  // namespace xj::collector
