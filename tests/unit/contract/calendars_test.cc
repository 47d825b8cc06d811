#include "collector/contract/calendars.h"

#include <gtest/gtest.h>

#include "tests/fakes/places.h"

namespace xj::collector {
namespace {

using namespace std::chrono_literals;

Timestamp at(std::string_view iso) { return parse_iso(iso).value(); }

domain::WorkCalendar in_shanghai(std::string_view name) {
  auto c = *builtin_calendar(name);
  Problems problems;
  c.holidays = load_holidays(source_dir() + "/config/examples/calendar-cn.csv", problems);
  EXPECT_EQ(render(problems, Lang::en), "");
  c.zone = *load_zone("Asia/Shanghai");
  return c;
}

TEST(Calendars, DueTimesOfARealYear) {
  const auto office = in_shanghai("5x8");
  struct Row {
    const char* start;
    Duration amount;
    const char* due;
  };
  const Row rows[] = {
      // The day's end itself, not the next morning.
      {"2026-11-20T16:00:00+08:00", 2h, "2026-11-20T18:00:00+08:00"},
      {"2026-11-20T16:00:00+08:00", 2h + 1ms, "2026-11-23T09:00:00.001+08:00"},
      {"2026-11-20T11:30:00+08:00", 1h, "2026-11-20T13:30:00+08:00"},
      {"2026-11-20T12:30:00+08:00", 1h, "2026-11-20T14:00:00+08:00"},
      {"2026-11-20T20:00:00+08:00", 0h, "2026-11-20T20:00:00+08:00"},
      // Over the National Day week: 30 September is a Wednesday, work begins again on Thursday 8 October, and
      // Saturday 10 October is worked.
      {"2026-09-30T17:00:00+08:00", 2h, "2026-10-08T10:00:00+08:00"},
      {"2026-10-09T17:00:00+08:00", 2h, "2026-10-10T10:00:00+08:00"},
      // Spring Festival 2026: 15 to 23 February off, Saturday 14 worked.
      {"2026-02-14T17:30:00+08:00", 1h, "2026-02-24T09:30:00+08:00"},
      // A Sunday that is worked.
      {"2026-01-04T09:00:00+08:00", 8h, "2026-01-04T18:00:00+08:00"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(to_iso(office.add_working(at(row.start), row.amount), 8h), row.due) << row.start;
  EXPECT_EQ(in_shanghai("7x24").add_working(at("2026-10-01T00:00:00+08:00"), 90min),
            at("2026-10-01T01:30:00+08:00"));
  EXPECT_EQ(in_shanghai("7x8").add_working(at("2026-10-01T08:00:00+08:00"), 1h),
            at("2026-10-01T10:00:00+08:00"));
  EXPECT_EQ(in_shanghai("workday").add_working(at("2026-09-30T12:00:00+08:00"), 24h),
            at("2026-10-08T12:00:00+08:00"));
}

TEST(Calendars, SaysWhenItLeansOnUnknownDates) {
  const auto office = in_shanghai("5x8");
  EXPECT_FALSE(office.leaves_cover(at("2026-12-31T17:00:00+08:00"), at("2026-12-31T18:00:00+08:00")));
  EXPECT_TRUE(office.leaves_cover(at("2026-12-31T17:00:00+08:00"), at("2027-01-01T00:00:00+08:00")));
  EXPECT_TRUE(office.leaves_cover(at("2020-12-31T23:59:00+08:00"), at("2021-01-04T10:00:00+08:00")));
  EXPECT_FALSE(
      in_shanghai("7x24").leaves_cover(at("2030-01-01T00:00:00+08:00"), at("2031-01-01T00:00:00+08:00")));
  auto bare = *builtin_calendar("workday");
  EXPECT_TRUE(bare.leaves_cover(at("2026-11-20T00:00:00Z"), at("2026-11-20T01:00:00Z"))) << "no table at all";
}

TEST(Calendars, NoWorkingTimeNeverEndsInsteadOfLooping) {
  domain::WorkCalendar none;
  EXPECT_EQ(none.add_working(at("2026-11-20T00:00:00Z"), 1h), Timestamp::max());
  const auto office = in_shanghai("5x8");
  EXPECT_EQ(office.add_working(at("2026-11-20T00:00:00Z"), Duration::max()), Timestamp::max());
  EXPECT_EQ(in_shanghai("7x24").add_working(at("2026-11-20T00:00:00Z"), Duration::max()), Timestamp::max());
}

TEST(Calendars, TheContractsOwnDaysStandAboveTheTable) {
  auto c = in_shanghai("5x8");
  c.days[*parse_date("2026-11-20")] = false;
  c.days[*parse_date("2026-10-01")] = true;
  EXPECT_FALSE(c.works_on(*parse_date("2026-11-20")));
  EXPECT_TRUE(c.works_on(*parse_date("2026-10-01")));
  EXPECT_FALSE(c.works_on(*parse_date("2026-10-02")));
}

TEST(Zones, OffsetsAndWallTime) {
  const auto ny = *load_zone("America/New_York");
  EXPECT_EQ(ny.offset_at(at("2026-01-15T00:00:00Z")), -5h);
  EXPECT_EQ(ny.offset_at(at("2026-07-15T00:00:00Z")), -4h);
  const auto local = [](std::string_view iso) {
    return std::chrono::local_time<Duration>{at(iso).time_since_epoch()};
  };
  // 2026-03-08 02:30 does not exist; 2026-11-01 01:30 is twice.
  EXPECT_EQ(ny.to_utc(local("2026-03-08T02:30:00Z")), at("2026-03-08T07:00:00Z"));
  EXPECT_EQ(ny.to_utc(local("2026-11-01T01:30:00Z")), at("2026-11-01T05:30:00Z"));
  EXPECT_EQ(ny.to_utc(local("2026-11-01T02:00:00Z")), at("2026-11-01T07:00:00Z"));
  EXPECT_EQ(ny.to_local(at("2026-11-01T06:30:00Z")), local("2026-11-01T01:30:00Z"));
  EXPECT_EQ(load_zone("Asia/Shanghai")->offset_at(at("2026-07-15T00:00:00Z")), 8h);
  EXPECT_FALSE(load_zone("Asia/Peking"));
  EXPECT_FALSE(load_zone("../../etc/passwd"));
  EXPECT_EQ(domain::Zone{}.to_utc(local("2026-11-01T02:00:00Z")), at("2026-11-01T02:00:00Z"));
  // Before all that is known the first offset holds.
  EXPECT_EQ(ny.to_utc(std::chrono::local_days{std::chrono::year{1960} / 1 / 1}),
            Timestamp{std::chrono::sys_days{std::chrono::year{1960} / 1 / 1} + 5h});
}

std::string problems_of(std::string_view csv) {
  Problems problems;
  (void)read_holidays(csv, "h.csv", problems);
  return render(problems, Lang::en);
}

TEST(Holidays, TheShippedFileCoversSixYears) {
  const auto c = in_shanghai("5x8");
  EXPECT_EQ(c.holidays.edition, "cn-2026-1");
  EXPECT_EQ(to_text(c.holidays.covers_from), "2021-01-01");
  EXPECT_EQ(to_text(c.holidays.covers_to), "2026-12-31");
  EXPECT_EQ(c.holidays.names.at(*parse_date("2026-10-01")), "国庆节");
}

TEST(Holidays, EveryProblemHasItsLine) {
  EXPECT_EQ(problems_of("# edition: e\ndate,type,name\n2026-10-01,holiday,x\r\n"), "");
  EXPECT_EQ(problems_of("date,type,name\n2026-13-01,holiday,x\n2026-10-01,feast,x\n2026-10-02,holiday\n"
                        "2026-10-03,holiday,x\n2026-10-03,workday,x\n2026-10-09,workday,x\n"),
            "h.csv: a line \"# edition: NAME\" is required; cases are bound to it\n"
            "h.csv:2:1: \"2026-13-01\" is no date; expected one such as 2026-10-01\n"
            "h.csv:3:12: \"feast\" is not accepted; expected holiday or workday\n"
            "h.csv:4:1: \"2026-10-02,holiday\" is no row; expected date,type,name\n"
            "h.csv:6:1: 2026-10-03 was given before, in line 5\n"
            "h.csv:7:1: warning: 2026-10-09 is a working day of the plain week already\n");
  EXPECT_EQ(
      problems_of("# edition: e\n# covers: 2026-01-01 to 2026-12-31\ndate,type,name\n2027-01-01,holiday,x\n"),
      "h.csv:4:1: 2027-01-01 lies outside what \"# covers:\" says\n");
  EXPECT_EQ(problems_of("# edition: e\ndate,type,name\n2026-10-01,holiday,\xB9\xFA\xC7\xEC\n"),
            "h.csv:3:20: not UTF-8; save the file as UTF-8\n");
  EXPECT_EQ(problems_of(""),
            "h.csv: not one day in it; expected date,type,name rows\n"
            "h.csv: a line \"# edition: NAME\" is required; cases are bound to it\n");
  EXPECT_EQ(problems_of("# edition: e\nday,kind\n"),
            "h.csv:2:1: the first line must be \"date,type,name\"\n");
}

TEST(Holidays, MergingJoinsCoversAndEditions) {
  Problems problems;
  auto a = read_holidays("# edition: a\ndate,type,name\n2026-10-01,holiday,x\n", "a", problems);
  const auto b = read_holidays("# edition: b\ndate,type,name\n2027-10-01,holiday,y\n2027-10-02,holiday,y\n",
                               "b", problems);
  merge_holidays(a, b);
  EXPECT_EQ(a.edition, "a+b");
  EXPECT_EQ(to_text(a.covers_from), "2026-01-01");
  EXPECT_EQ(to_text(a.covers_to), "2027-12-31");
  EXPECT_EQ(a.working.size(), 3U);
}

TEST(Holidays, DatesAndHoursAreReadStrictly) {
  EXPECT_FALSE(parse_date("2026-02-29"));
  EXPECT_FALSE(parse_date("2026-2-09"));
  EXPECT_FALSE(parse_date("2026-02-09 "));
  EXPECT_TRUE(parse_date("2028-02-29"));
  EXPECT_EQ(parse_day_segment("09:00-12:00")->to, 12h);
  EXPECT_EQ(parse_day_segment("00:00-24:00")->to, 24h);
  EXPECT_FALSE(parse_day_segment("12:00-09:00"));
  EXPECT_FALSE(parse_day_segment("9:00-12:00"));
  EXPECT_FALSE(parse_day_segment("09:00-24:01"));
  EXPECT_FALSE(parse_day_segment("09:60-12:00"));
}

}  // namespace
}  // namespace xj::collector
