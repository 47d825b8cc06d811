// Limits that are days, as a contract writes them; and next year's file over this year's.
#include <gtest/gtest.h>

#include "collector/contract/calendars.h"
#include "collector/contract/loader.h"
#include "tests/fakes/places.h"

namespace xj::collector {
namespace {

using namespace std::chrono_literals;

std::string contract(const std::string& clocks) {
  return "contract: {id: c, title: 名, parties: {client: 甲, provider: 乙}, term: {from: 2026-01-01, to: "
         "2026-12-31}}\n"
         "people: {one: {name: 某}}\nroles: {duty: {people: [one]}}\nsystems: {s: {hosts: [h]}}\n"
         "kinds:\n  incident:\n    number: 'I-{yymmdd}-{nn}'\n    grades: {I: {title: 一}, II: {title: "
         "二}}\n    clocks:\n" +
         clocks;
}

TEST(CalendarRules, AreReadForEveryGradeOrEach) {
  Problems problems;
  const auto c = read_contract(contract("      data: {limit: 2nd working day, calendar: workday, start: "
                                        "detected, stop: recovered, to: duty}\n"
                                        "      daily: {limit: {I: 30m, II: 'by 18:00'}, start: detected, "
                                        "stop: reported, to: duty, warn: [50%]}\n"),
                               "c.yaml", {}, problems);
  EXPECT_EQ(render(problems, Lang::en), "");
  ASSERT_NE(c, nullptr);
  const auto* kind = c->kind("incident");
  EXPECT_EQ(domain::to_text(kind->clock("data")->limit.at("I")), "2nd working day");
  EXPECT_EQ(domain::to_text(kind->clock("data")->limit.at("II")), "2nd working day");
  EXPECT_EQ(kind->clock("daily")->limit.at("I"), 30min);
  EXPECT_EQ(domain::to_text(kind->clock("daily")->limit.at("II")), "by 18:00");
}

TEST(CalendarRules, WhatCannotHoldIsNamedWithItsPlace) {
  Problems problems;
  EXPECT_EQ(
      read_contract(
          contract("      a: {limit: 2nd working day, start: detected, stop: recovered, to: duty}\n"
                   "      b: {limit: 2nd workday, start: detected, stop: recovered, to: duty}\n"
                   "      c: {limit: by 18:00, start: detected, stop: recovered, to: duty, pause: [x]}\n"
                   "      d: {limit: {I: 0s}, start: detected, stop: recovered, to: duty}\n"
                   "      e: {limit: same day, calendar: 7x8, start: detected, stop: recovered, to: duty}\n"),
          "c.yaml", {}, problems),
      nullptr);
  const std::string accepted =
      " is not accepted; expected a time such as 4h, or a day such as \"by 18:00\", \"2nd working day\", "
      "\"last working "
      "day of the month\"\n";
  EXPECT_EQ(render(problems, Lang::en),
            "c.yaml:10:18: \"a\" asks for a working day, but every day of calendar 7x24 is one; use "
            "5x8, workday "
            "or an own one\n"
            "c.yaml:11:18: kinds.incident.clocks.b.limit: \"2nd workday\"" +
                accepted +
                "c.yaml:12:79: clock \"c\" is due on a day, which no pause can move; give it a time, or "
                "leave out pause\n"
                "c.yaml:13:22: kinds.incident.clocks.d.limit.I: \"0s\"" +
                accepted);
}

domain::HolidayTable table(const std::string& csv) {
  Problems problems;
  auto out = read_holidays(csv, "h.csv", problems);
  EXPECT_EQ(render(problems, Lang::en), "");
  return out;
}

TEST(HolidayUpdate, WhatTheNewFileCoversIsReplacedTheRestStays) {
  const auto now = table(
      "# edition: a\n# covers: 2025-01-01 to 2026-12-31\ndate,type,name\n2025-10-01,holiday,国庆节\n"
      "2026-10-01,holiday,国庆节\n2026-10-10,workday,\n");
  const auto news = table(
      "# edition: b\n# covers: 2026-01-01 to 2027-12-31\ndate,type,name\n2026-10-01,holiday,国庆\n"
      "2027-01-01,holiday,元旦\n");
  const auto after = updated_holidays(now, news);
  ASSERT_TRUE(after);
  EXPECT_EQ(write_holidays(*after),
            "# edition: b\n# covers: 2025-01-01 to 2027-12-31\ndate,type,name\n2025-10-01,holiday,国庆节\n"
            "2026-10-01,holiday,国庆\n2027-01-01,holiday,元旦\n")
      << "the day that is no longer worked is gone";
  EXPECT_EQ(write_holidays(table(write_holidays(*after))), write_holidays(*after));
  const auto later =
      table("# edition: c\n# covers: 2028-01-01 to 2028-12-31\ndate,type,name\n2028-01-01,holiday,元旦\n");
  EXPECT_FALSE(updated_holidays(now, later)) << "nobody would know of 2027";
  EXPECT_EQ(updated_holidays({}, later)->edition, "c");
}

TEST(HolidayUpdate, TheShippedFileSurvivesBeingWritten) {
  Problems problems;
  const auto shipped = load_holidays(source_dir() + "/config/examples/calendar-cn.csv", problems);
  const auto again = table(write_holidays(shipped));
  EXPECT_EQ(again.working, shipped.working);
  EXPECT_EQ(again.names, shipped.names);
  EXPECT_EQ(again.covers_to, shipped.covers_to);
}

}  // namespace
}  // namespace xj::collector
