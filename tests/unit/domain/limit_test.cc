#include "collector/domain/limit.h"

#include <gtest/gtest.h>

#include "core/text.h"

namespace xj::domain {
namespace {

using namespace std::chrono_literals;

Timestamp at(std::string_view iso) { return parse_iso(iso).value(); }
Date day(int y, unsigned m, unsigned d) {
  return Date{std::chrono::year{y} / std::chrono::month{m} / std::chrono::day{d}};
}

// October 2026: the 1st, a Thursday, to the 7th are off, Saturday the 10th is worked.
WorkCalendar office() {
  WorkCalendar c;
  c.id = "office", c.segments = {{9h, 12h}, {13h, 18h}};
  c.zone = {"Asia/Shanghai", {{Timestamp{}, 480min}}};
  c.holidays.edition = "e";
  c.holidays.covers_from = day(2026, 1, 1), c.holidays.covers_to = day(2026, 12, 31);
  for (unsigned d = 1; d <= 7; ++d) c.holidays.working[day(2026, 10, d)] = false;
  c.holidays.working[day(2026, 10, 10)] = true;
  // A whole week off, as at a Spring Festival.
  for (unsigned d = 15; d <= 23; ++d) c.holidays.working[day(2026, 2, d)] = false;
  return c;
}
WorkCalendar always() {
  WorkCalendar c;
  c.id = "7x24", c.always = true, c.segments = {{0h, 24h}};
  c.zone = {"Asia/Shanghai", {{Timestamp{}, 480min}}};
  return c;
}

TEST(DayRule, IsReadBackAsItWasWritten) {
  for (const auto* text :
       {"by 18:00", "by 24:00", "same day", "next working day", "next working day 09:00", "2nd working day",
        "3rd working day 12:00", "11th working day", "21st working day", "112th working day",
        "last working day of the week", "last working day of the month",
        "last working day of the quarter 12:00", "last working day of the year"}) {
    const auto rule = parse_day_rule(text);
    ASSERT_TRUE(rule) << text;
    EXPECT_EQ(to_text(*rule), text);
    EXPECT_EQ(parse_limit(text)->rule, rule);
  }
  EXPECT_EQ(to_text(*parse_day_rule("10 working days")), "10th working day");
  EXPECT_EQ(to_text(*parse_day_rule("1 working day")), "next working day");
  EXPECT_EQ(to_text(*parse_day_rule("1st working day 09:00")), "next working day 09:00");
  EXPECT_EQ(to_text(*parse_limit("90m")), "1h30m");
}

TEST(DayRule, NothingElseIsOne) {
  for (const auto* text : {"",
                           "by",
                           "by ",
                           "by 6:00",
                           "by 18:60",
                           "by 24:01",
                           "by 00:00",
                           "by 18:00 ",
                           "by 1x:00",
                           "same  day",
                           "0th working day",
                           "-1 working days",
                           "0 working days",
                           "2st working day",
                           "2 working day",
                           "1 working days",
                           "1000 working days",
                           "2nd working days",
                           "2nd working day 9:00",
                           "2nd working day12:00",
                           "last working day of the",
                           "last working day of the decade",
                           "last working day of the month ",
                           "99999999999999999999 working days",
                           "working day",
                           "next working day  09:00",
                           "02nd working day"})
    EXPECT_FALSE(parse_limit(text)) << '"' << text << '"';
}

TEST(DayRule, IsSaidInBothLanguages) {
  const auto say = [](const char* text, Lang lang) {
    return render({"calendar.limit", {{"limit", limit_argument(*parse_limit(text))}}}, lang);
  };
  EXPECT_EQ(say("by 18:00", Lang::zh), "18:00 前");
  EXPECT_EQ(say("same day", Lang::zh), "当日内");
  EXPECT_EQ(say("next working day 09:00", Lang::zh), "下一工作日 09:00 前");
  EXPECT_EQ(say("2nd working day", Lang::zh), "第 2 个工作日");
  EXPECT_EQ(say("last working day of the month", Lang::zh), "当月最后一个工作日");
  EXPECT_EQ(say("last working day of the month", Lang::en), "last working day of the month");
  EXPECT_EQ(say("4h", Lang::zh), "4h");
  // Where a sentence would make words of a duration, a rule stays what it is.
  const Message never{"calendar.never",
                      {{"calendar", "x"}, {"limit", limit_argument(*parse_limit("2nd working day"))}}};
  EXPECT_NE(render(never, Lang::zh).find("第 2 个工作日"), std::string::npos);
  EXPECT_NE(render(never, Lang::en).find("yield 2nd working day"), std::string::npos);
}

TEST(DayRule, DueTimes) {
  struct Row {
    const char *rule, *start, *due;
  };
  const Row rows[] = {
      {"by 18:00", "2026-09-30T16:30:00+08:00", "2026-09-30T18:00:00+08:00"},
      {"by 18:00", "2026-09-30T17:59:59.999+08:00", "2026-09-30T18:00:00+08:00"},
      // A due time that leaves no time at all is tomorrow's, and tomorrow begins a holiday.
      {"by 18:00", "2026-09-30T18:00:00+08:00", "2026-10-08T18:00:00+08:00"},
      {"by 18:00", "2026-10-09T18:00:01+08:00", "2026-10-10T18:00:00+08:00"},
      {"same day", "2026-09-30T08:00:00+08:00", "2026-09-30T18:00:00+08:00"},
      {"same day", "2026-10-03T08:00:00+08:00", "2026-10-08T18:00:00+08:00"},
      {"next working day", "2026-09-30T08:00:00+08:00", "2026-10-08T18:00:00+08:00"},
      {"next working day 09:00", "2026-09-30T23:00:00+08:00", "2026-10-08T09:00:00+08:00"},
      // The day of the start does not count, whether it is worked or not.
      {"2nd working day", "2026-09-30T00:00:00+08:00", "2026-10-09T18:00:00+08:00"},
      {"2nd working day", "2026-10-05T12:00:00+08:00", "2026-10-09T18:00:00+08:00"},
      {"3rd working day 12:00", "2026-09-30T20:00:00+08:00", "2026-10-10T12:00:00+08:00"},
      {"10 working days", "2026-11-20T10:00:00+08:00", "2026-12-04T18:00:00+08:00"},
      {"last working day of the month", "2026-10-01T10:00:00+08:00", "2026-10-30T18:00:00+08:00"},
      {"last working day of the month", "2026-10-30T17:59:59+08:00", "2026-10-30T18:00:00+08:00"},
      {"last working day of the month", "2026-10-30T18:00:00+08:00", "2026-11-30T18:00:00+08:00"},
      {"last working day of the month 12:00", "2026-10-31T10:00:00+08:00", "2026-11-30T12:00:00+08:00"},
      // That week ends with the Saturday that is worked; of another week nothing is.
      {"last working day of the week", "2026-10-05T10:00:00+08:00", "2026-10-10T18:00:00+08:00"},
      {"last working day of the week", "2026-02-16T10:00:00+08:00", "2026-02-27T18:00:00+08:00"},
      {"last working day of the quarter", "2026-07-01T00:00:00+08:00", "2026-09-30T18:00:00+08:00"},
      {"last working day of the year", "2026-01-01T00:00:00+08:00", "2026-12-31T18:00:00+08:00"},
  };
  const auto c = office();
  for (const auto& row : rows) {
    const auto due = due_under(c, at(row.start), *parse_limit(row.rule));
    EXPECT_EQ(to_iso(due.at, 8h), row.due) << row.rule << " from " << row.start;
    EXPECT_GE(due.looked_to, due.at);
  }
  EXPECT_EQ(to_iso(due_under(always(), at("2026-10-03T16:30:00+08:00"), *parse_limit("same day")).at, 8h),
            "2026-10-04T00:00:00+08:00");
  EXPECT_EQ(to_iso(due_under(always(), at("2026-10-03T18:30:00+08:00"), *parse_limit("by 18:00")).at, 8h),
            "2026-10-04T18:00:00+08:00");
  EXPECT_EQ(due_under(c, at("2026-11-20T16:00:00+08:00"), Limit{2h}).at, at("2026-11-20T18:00:00+08:00"));
}

TEST(DayRule, LooksBackForWhatMustBeDoneBefore) {
  struct Row {
    const char *rule, *start, *due, *zh;
  };
  const Row rows[] = {
      // Before the 9th lie the 8th and, across the holiday, the 30th.
      {"2 working days before", "2026-10-09T09:00:00+08:00", "2026-09-30T18:00:00+08:00", "提前 2 个工作日"},
      {"1 working day before 12:00", "2026-10-08T09:00:00+08:00", "2026-09-30T12:00:00+08:00",
       "提前 1 个工作日 12:00 前"},
      {"3 days before", "2026-10-09T09:00:00+08:00", "2026-10-06T18:00:00+08:00", "提前 3 日"},
      {"1 day before 09:00", "2026-03-01T23:59:59+08:00", "2026-02-28T09:00:00+08:00", "提前 1 日 09:00 前"},
  };
  const auto c = office();
  for (const auto& row : rows) {
    const auto rule = parse_day_rule(row.rule);
    ASSERT_TRUE(rule) << row.rule;
    EXPECT_EQ(to_text(*rule), row.rule);
    EXPECT_TRUE(looks_back(*rule));
    EXPECT_FALSE(parse_limit(row.rule)) << "no clock is due before it starts";
    const auto due = due_under(c, at(row.start), *rule);
    EXPECT_EQ(to_iso(due.at, 8h), row.due) << row.rule;
    EXPECT_EQ(due.looked_to, at(row.start)) << "the days between decide";
    EXPECT_EQ(render({"calendar.limit", {{"limit", limit_argument(*rule)}}}, Lang::zh), row.zh);
  }
  EXPECT_FALSE(needs_rest_days(*parse_day_rule("3 days before")));
  EXPECT_TRUE(needs_rest_days(*parse_day_rule("3 working days before")));
  for (const auto* text : {"0 days before", "1 days before", "2 day before", "3 days", "next day before",
                           "2nd working day before", "3 days before 25:00"})
    EXPECT_FALSE(parse_day_rule(text)) << text;
}

TEST(DayRule, SaysHowFarItLooked) {
  const auto c = office();
  const auto rule = *parse_limit("last working day of the week");
  // Whether Saturday the 2nd is worked instead is not known, and it decides.
  const auto due = due_under(c, at("2026-12-28T10:00:00+08:00"), rule);
  EXPECT_EQ(due.at, at("2027-01-01T18:00:00+08:00"));
  EXPECT_TRUE(c.leaves_cover(at("2026-12-28T10:00:00+08:00"), due.looked_to));
  const auto before = due_under(c, at("2026-12-21T10:00:00+08:00"), rule);
  EXPECT_FALSE(c.leaves_cover(at("2026-12-21T10:00:00+08:00"), before.looked_to));
}

TEST(DayRule, ACalendarWithoutWorkingDaysNeverEndsInsteadOfLooping) {
  WorkCalendar none;
  for (const auto* text :
       {"by 18:00", "2nd working day", "last working day of the week", "last working day of the year"})
    EXPECT_EQ(due_under(none, at("2026-10-01T00:00:00Z"), *parse_limit(text)).at, Timestamp::max()) << text;
}

TEST(DayRule, NeverDecreasesAndIsLaterThanItsStart) {
  const auto c = office();
  for (const auto* text :
       {"by 18:00", "by 08:30", "same day", "next working day 09:00", "2nd working day", "10 working days",
        "last working day of the week", "last working day of the month 12:00"}) {
    const auto rule = *parse_limit(text);
    Timestamp before{};
    for (auto t = at("2026-08-30T00:00:00+08:00"); t < at("2026-12-20T00:00:00+08:00"); t += 47min) {
      const auto due = due_under(c, t, rule).at;
      ASSERT_GE(due, before) << text << to_iso(t, 8h);
      ASSERT_GT(due, t) << text;
      before = due;
    }
  }
}

TEST(WorkingDays, ForthAndBack) {
  const auto c = office();
  EXPECT_EQ(working_day_after(c, day(2026, 9, 30), 2), day(2026, 10, 9));
  EXPECT_EQ(working_day_after(c, day(2026, 10, 9), -2), day(2026, 9, 30))
      << "an application 2 working days before";
  EXPECT_EQ(working_day_after(c, day(2026, 10, 3), 0), day(2026, 10, 3));
  for (auto d = day(2026, 9, 1); d < day(2026, 12, 1); d += std::chrono::days{1})
    for (int n = 1; n < 12; ++n)
      if (is_working_day(c, d)) {
        ASSERT_EQ(working_day_after(c, *working_day_after(c, d, n), -n), d);
      }
  EXPECT_EQ(last_working_day(c, day(2026, 2, 18), Period::week), std::nullopt);
  EXPECT_EQ(last_working_day(c, day(2026, 2, 18), Period::month), day(2026, 2, 27));
  EXPECT_EQ(next_period(day(2026, 12, 31), Period::month), day(2027, 1, 1));
  EXPECT_EQ(next_period(day(2026, 2, 1), Period::month), day(2026, 3, 1));
  EXPECT_EQ(next_period(day(2026, 5, 31), Period::quarter), day(2026, 7, 1));
  EXPECT_EQ(next_period(day(2026, 11, 22), Period::week), day(2026, 11, 23)) << "a Sunday ends its week";
  EXPECT_EQ(next_period(day(2024, 1, 1), Period::year), day(2025, 1, 1));
}

// The 29th of March 2026 has no 02:30 in Berlin; the due time is when the clocks have jumped.
TEST(DayRule, AnHourThatIsSkippedIsTheInstantAfterTheGap) {
  auto c = always();
  c.zone = {"x", {{Timestamp{}, 60min}, {at("2026-03-29T01:00:00Z"), 120min}}};
  EXPECT_EQ(due_under(c, at("2026-03-28T22:00:00Z"), *parse_limit("by 02:30")).at,
            at("2026-03-29T01:00:00Z"));
  EXPECT_EQ(due_under(c, at("2026-03-29T01:00:00Z"), *parse_limit("by 02:30")).at,
            at("2026-03-30T00:30:00Z"));
}

}  // namespace
}  // namespace xj::domain
