// What key periods ask of the duty, held against rosters; and their tasks as things owed.
#include "collector/domain/key_duty.h"

#include <gtest/gtest.h>

#include "tests/fakes/small_contract.h"

namespace xj::domain {
namespace {

using namespace std::chrono_literals;

const Timestamp kFirst = *parse_iso("2026-10-01T00:00:00+08:00");

// Three days in October; 7x24, in +08:00.
std::shared_ptr<Contract> contract(int persons, bool pairs) {
  auto c = fixture::contract();
  KeyPeriod period;
  period.id = "national-day", period.title = {"国庆节", "National Day"}, period.calendar = "7x24";
  const Date day{std::chrono::year{2026} / 10 / 1};
  period.dates = {{day, day + std::chrono::days{2}}};
  period.persons = persons, period.pairs = pairs, period.onsite = true;
  period.tasks = {{"运行报告", "Report"}, {"日志分析", ""}};
  c->key_periods = {period};
  return c;
}
Shift shift(Duration from, Duration to, std::string a, std::string b = {}) {
  return {kFirst + from, kFirst + to, std::move(a), std::move(b)};
}
std::string words(const std::vector<DutyShort>& all) {
  std::string out;
  for (const auto& one : all)
    out += one.role + ' ' + std::to_string((one.from - kFirst) / 1h) + '-' +
           std::to_string((one.to - kFirst) / 1h) + ':' + std::to_string(one.persons) + ' ';
  return out;
}
std::string missing(const Contract& c) {
  const auto all = duty_periods(c, kFirst - 24h, kFirst + 24h);
  return all.size() == 1 ? words(all[0].missing) : "-";
}

TEST(KeyDuty, WithoutARosterNobodyIsKnownToBeOnDuty) {
  const auto c = contract(0, true);
  EXPECT_EQ(missing(*c), " 0-72:0 ");
  EXPECT_TRUE(duty_arranged(*c, {}).empty());
}

TEST(KeyDuty, AGapAndAShiftWithTooFewAreNamed) {
  const auto c = contract(0, true);
  auto& roster = c->roles.at("duty").roster;
  roster.shifts = {shift(-8h, 24h, "zhang", "li"), shift(24h, 36h, "li"), shift(40h, 80h, "zhang", "li")};
  EXPECT_EQ(missing(*c), "duty 24-36:1 duty 36-40:0 ");
  c->key_periods[0].pairs = false, c->key_periods[0].persons = 1;
  EXPECT_EQ(missing(*c), "duty 36-40:0 ") << "one is enough";
  c->key_periods[0].persons = 3;
  EXPECT_EQ(missing(*c), "duty 0-24:2 duty 24-36:1 duty 36-40:0 duty 40-72:2 ");
  roster.shifts = {shift(0h, 72h, "zhang", "zhang")};
  c->key_periods[0].persons = 2;
  EXPECT_EQ(missing(*c), "duty 0-72:1 ") << "the same person is one";
}

TEST(KeyDuty, OnlyTheWorkingTimeOfItsCalendarCountsAndEveryRoleWithARoster) {
  const auto c = contract(2, false);
  c->roles.at("duty").roster.shifts = {shift(9h, 18h, "zhang", "li"), shift(33h, 42h, "zhang", "li"),
                                       shift(57h, 66h, "zhang", "li")};
  EXPECT_EQ(missing(*c), "duty 0-9:0 duty 18-33:0 duty 42-57:0 duty 66-72:0 ");
  auto& office = c->calendars["office"] = c->calendars.at("7x24");
  office.always = false, office.every_day = true;
  office.segments = {{std::chrono::hours{9}, std::chrono::hours{18}}};
  c->key_periods[0].calendar = "office";
  EXPECT_EQ(missing(*c), "");
  c->roles.at("lead").roster.shifts = {shift(-90h, -80h, "wang")};
  const auto periods = duty_periods(*c, kFirst, kFirst + 1h);
  ASSERT_EQ(periods.size(), 1U);
  EXPECT_EQ(periods[0].roles, (std::vector<std::string>{"duty", "lead"}));
  EXPECT_EQ(words(periods[0].missing), "lead 0-72:0 ") << "its roster ends before";
}

TEST(KeyDuty, PeriodsAreThoseThatTouchTheAskedTime) {
  const auto c = contract(1, false);
  EXPECT_EQ(duty_periods(*c, kFirst - 48h, kFirst).size(), 0U) << "it begins when the other ends";
  EXPECT_EQ(duty_periods(*c, kFirst - 48h, kFirst + 1ms).size(), 1U);
  EXPECT_EQ(duty_periods(*c, kFirst + 71h, kFirst + 99h).size(), 1U);
  EXPECT_EQ(duty_periods(*c, kFirst + 72h, kFirst + 99h).size(), 0U);
  c->key_periods[0].persons = 0;
  EXPECT_EQ(duty_periods(*c, kFirst, kFirst + 1h).size(), 1U) << "it is on site";
  c->key_periods[0].onsite = false;
  EXPECT_EQ(duty_periods(*c, kFirst, kFirst + 1h).size(), 0U) << "it says nothing of the duty";
}

TEST(KeyDuty, TasksAndTheDutyAreOwedAndARosterProvesTheDuty) {
  const auto c = contract(2, true);
  std::vector<std::string> owed;
  for (const auto& one : instances(*c, {}, kFirst - 24h, kFirst + 96h))
    owed.push_back(one.id + ' ' + one.period + ' ' + std::to_string((*one.due - kFirst) / 1h));
  EXPECT_EQ(owed,
            (std::vector<std::string>{"national-day:duty 2026-10-01 0", "national-day:task1 2026-10-01 72",
                                      "national-day:task2 2026-10-01 72"}));
  const auto duty = [&](const std::vector<DutyRecord>& records, Timestamp now) {
    DutyRecords known;
    for (auto& one : duty_arranged(*c, records)) known.done.push_back(std::move(one));
    return standings(*c, known, kFirst - 1h, kFirst, now).at(0).state;
  };
  EXPECT_EQ(duty({}, kFirst - 40 * 24h), DutyState::upcoming);
  EXPECT_EQ(duty({}, kFirst), DutyState::due);
  EXPECT_EQ(duty({}, kFirst + 1ms), DutyState::missed);
  c->roles.at("duty").roster.shifts = {shift(-8h, 80h, "zhang", "li")};
  EXPECT_EQ(duty({}, kFirst + 1ms), DutyState::done) << "the file has it";
  DutyRecord record;
  record.kind = RecordKind::roster_imported, record.about = "duty";
  record.shifts = {shift(-8h, 80h, "zhang", "li")};
  record.known = kFirst - 1h;
  EXPECT_EQ(duty({record}, kFirst + 1ms), DutyState::done);
  record.known = kFirst + 2h;
  EXPECT_EQ(duty({record}, kFirst + 3h), DutyState::done) << "the file had it before";
  c->roles.at("duty").roster.shifts.clear();
  EXPECT_EQ(duty({record}, kFirst + 3h), DutyState::late) << "put on record after it began";
  record.about = "lead";
  c->roles.at("duty").roster.shifts = {shift(-8h, 80h, "zhang", "li")};
  EXPECT_EQ(duty({record}, kFirst + 3h), DutyState::done) << "another role's";
}

TEST(KeyDuty, WhoSwapsInAPeriodDoesNotMakeItsDutyLate) {
  const auto c = contract(2, true);
  const auto on = [](RecordKind kind, Duration known, std::vector<Shift> shifts) {
    DutyRecord record;
    record.kind = kind, record.about = "duty", record.known = kFirst + known;
    record.shifts = std::move(shifts);
    return record;
  };
  const auto since = [&](const std::vector<DutyRecord>& records) {
    const auto all = duty_arranged(*c, records);
    return all.size() == 1 ? (all[0].at - kFirst) / 1h : 999;
  };
  const auto import = on(RecordKind::roster_imported, -48h, {shift(-8h, 80h, "zhang", "li")});
  EXPECT_EQ(since({import}), -48);
  const auto swap = on(RecordKind::duty_set, 30h, {shift(32h, 40h, "li", "wang")});
  EXPECT_EQ(since({import, swap}), -48);
  // One alone is a gap; made and mended while it ran it is none of what was owed by its beginning.
  const auto alone = on(RecordKind::duty_set, 30h, {shift(32h, 40h, "li")});
  EXPECT_EQ(since({import, alone}), 999);
  const auto mended = on(RecordKind::duty_set, 31h, {shift(32h, 40h, "li", "wang")});
  EXPECT_EQ(since({import, alone, mended}), -48);
  const auto before = on(RecordKind::duty_set, -24h, {shift(32h, 40h, "li")});
  EXPECT_EQ(since({import, before, mended}), 31) << "when it began one was alone";
  const auto in_time = on(RecordKind::duty_set, -12h, {shift(32h, 40h, "li", "wang")});
  EXPECT_EQ(since({import, before, in_time, swap}), -12);
  // An import takes away what stood in its time, also where it has no shift.
  const auto hole =
      on(RecordKind::roster_imported, 2h, {shift(-20h, -10h, "zhang", "li"), shift(90h, 99h, "zhang", "li")});
  EXPECT_EQ(since({import, hole}), 999);
}

}  // namespace
}  // namespace xj::domain
