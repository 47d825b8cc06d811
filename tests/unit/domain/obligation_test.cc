#include "collector/domain/obligation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/fakes/small_contract.h"

namespace xj::domain {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::floor;

Timestamp t(const char* iso) { return *parse_iso(iso); }

Obligation owed(std::string id, Every every, std::string calendar = "office") {
  Obligation o;
  o.id = std::move(id), o.title = {o.id, ""}, o.every = every, o.calendar = std::move(calendar),
  o.by = "duty";
  return o;
}
std::shared_ptr<Contract> with(std::vector<Obligation> obligations) {
  auto c = fixture::contract();
  c->obligations = std::move(obligations);
  return c;
}
std::vector<Instance> all(const Contract& c, const std::vector<Happening>& happenings = {}) {
  return instances(c, happenings, c.from - days{400}, c.to + days{400});
}
std::vector<std::string> periods(const std::vector<Instance>& list) {
  std::vector<std::string> out;
  for (const auto& one : list) out.push_back(one.period);
  return out;
}

TEST(Obligation, QuartersAndYearsCountFromTheFirstDayOfTheTerm) {
  auto c = with({owed("q", Every::quarter), owed("h", Every::half_year), owed("y", Every::year)});
  c->from = t("2025-08-31T00:00:00+08:00"), c->to = t("2026-08-31T00:00:00+08:00");
  std::map<std::string, std::vector<std::string>> got;
  for (const auto& one : all(*c))
    got[one.id].push_back(one.period + ' ' + to_iso(*one.due, 480min).substr(0, 10));
  // From the 31st: where a month has no such day, its last.
  EXPECT_EQ(got["q"], (std::vector<std::string>{"2025-08-31 2025-11-30", "2025-11-30 2026-02-28",
                                                "2026-02-28 2026-05-31", "2026-05-31 2026-08-31"}));
  EXPECT_EQ(got["h"], (std::vector<std::string>{"2025-08-31 2026-02-28", "2026-02-28 2026-08-31"}));
  EXPECT_EQ(got["y"], (std::vector<std::string>{"2025-08-31 2026-08-31"}));
}

TEST(Obligation, WeeksAndMonthsAreCutByTheTerm) {
  auto c = with({owed("w", Every::week), owed("m", Every::month), owed("f", Every::fortnight)});
  c->from = t("2026-11-18T00:00:00+08:00"), c->to = t("2026-12-09T00:00:00+08:00");
  std::map<std::string, std::vector<std::string>> got;
  for (const auto& one : all(*c))
    got[one.id].push_back(one.period + ' ' + to_iso(one.opens, 480min).substr(5, 5) + ' ' +
                          to_iso(*one.due, 480min).substr(5, 5));
  EXPECT_EQ(got["w"], (std::vector<std::string>{"2026-W47 11-18 11-23", "2026-W48 11-23 11-30",
                                                "2026-W49 11-30 12-07", "2026-W50 12-07 12-09"}));
  EXPECT_EQ(got["m"], (std::vector<std::string>{"2026-11 11-18 12-01", "2026-12 12-01 12-09"}));
  EXPECT_EQ(got["f"], (std::vector<std::string>{"2026-W47 11-18 11-30", "2026-W49 11-30 12-09"}));
}

TEST(Obligation, LastWorkingDayOfAWeekCutShortIsTheLastBeforeTheCut) {
  auto o = owed("w", Every::week);
  o.due = parse_day_rule("last working day of the week 12:00");
  auto c = with({o});
  c->from = t("2026-11-16T00:00:00+08:00"), c->to = t("2026-11-19T00:00:00+08:00");
  ASSERT_EQ(all(*c).size(), 1u);
  EXPECT_EQ(all(*c)[0].due, t("2026-11-18T12:00:00+08:00"));
}

TEST(Obligation, NothingIsOwedInAPeriodThatIsAllHoliday) {
  auto c = with({owed("w", Every::week), owed("d", Every::working_day)});
  auto& office = c->calendars.at("office");
  for (auto d = Date{std::chrono::year{2026} / 2 / 16}; d <= Date{std::chrono::year{2026} / 2 / 22};
       d += days{1})
    office.holidays.working[d] = false;
  const auto names = periods(all(*c));
  EXPECT_EQ(std::count(names.begin(), names.end(), "2026-W07"), 1);
  EXPECT_EQ(std::count(names.begin(), names.end(), "2026-W08"), 0);
  EXPECT_EQ(std::count(names.begin(), names.end(), "2026-02-18"), 0);
}

TEST(Obligation, KeyPeriodsOweOncePerRunOfDays) {
  auto before = owed("dangers", Every::once, "7x24");
  before.period = "peak", before.due = parse_day_rule("3 days before");
  auto daily = owed("daily", Every::day, "7x24");
  daily.period = "peak";
  auto hourly = owed("hourly", Every::interval, "7x24");
  hourly.period = "peak", hourly.interval = 30min;
  auto c = with({before, daily, hourly});
  KeyPeriod peak;
  peak.id = "peak", peak.calendar = "7x24";
  peak.dates = {{Date{std::chrono::year{2026} / 5 / 1}, Date{std::chrono::year{2026} / 5 / 2}},
                {Date{std::chrono::year{2026} / 10 / 1}, Date{std::chrono::year{2026} / 10 / 1}}};
  c->key_periods = {peak};
  std::map<std::string, std::vector<Instance>> got;
  for (auto& one : all(*c)) got[one.id].push_back(one);
  EXPECT_EQ(periods(got["dangers"]), (std::vector<std::string>{"2026-05-01", "2026-10-01"}));
  // The third day before, to its end; a month is given for it.
  EXPECT_EQ(got["dangers"][0].due, t("2026-04-29T00:00:00+08:00"));
  EXPECT_EQ(got["dangers"][0].opens, t("2026-03-29T00:00:00+08:00"));
  EXPECT_EQ(periods(got["daily"]), (std::vector<std::string>{"2026-05-01", "2026-05-02", "2026-10-01"}));
  ASSERT_EQ(got["hourly"].size(), 3 * 48u);
  EXPECT_EQ(got["hourly"][1].period, "2026-05-01T00:30");
  EXPECT_EQ(got["hourly"][1].due, t("2026-05-01T01:00:00+08:00"));
}

TEST(Obligation, WhatIsOwedAfterSomethingWaitsForIt) {
  auto o = owed("report", Every::event);
  o.after = "outage", o.due = parse_day_rule("2nd working day");
  auto upgrade = owed("upgrade", Every::event);
  upgrade.after = "upgrade", upgrade.due = parse_day_rule("2 working days before");
  auto open = owed("review", Every::event);
  open.after = "outage";
  const auto c = with({o, upgrade, open});
  EXPECT_TRUE(all(*c).empty());
  EXPECT_EQ(happening_words(*c), (std::vector<std::string>{"outage", "upgrade"}));
  const auto got = all(*c, {{"outage", t("2026-11-20T16:00:00+08:00"), t("2026-11-20T17:00:00+08:00")},
                            {"outage", t("2026-11-20T16:00:00+08:00"), t("2026-11-21T17:00:00+08:00")},
                            {"upgrade", t("2026-12-02T22:00:00+08:00"), t("2026-11-25T09:00:00+08:00")}});
  ASSERT_EQ(got.size(), 3u);
  EXPECT_EQ(got[0].due, t("2026-11-24T18:00:00+08:00"));
  EXPECT_EQ(got[0].period, "2026-11-20T16:00");
  EXPECT_EQ(got[1].due, t("2026-11-30T18:00:00+08:00"));
  EXPECT_EQ(got[1].opens, t("2026-11-25T09:00:00+08:00"));  // before that nobody knew
  // Nobody said by when: open until it is done, and never missed.
  EXPECT_FALSE(got[2].due);
  EXPECT_EQ(standing(got[2], {}, c->to + days{1000}).state, DutyState::due);
}

TEST(Obligation, SheetsProveTheRoundOfTheirOwnPeriodOnly) {
  auto o = owed("daily", Every::day, "7x24");
  o.round = "r", o.due = parse_day_rule("by 18:00");
  const auto c = with({o});
  const auto list = instances(*c, {}, t("2026-11-20T12:00:00+08:00"), t("2026-11-21T23:00:00+08:00"));
  ASSERT_EQ(list.size(), 2u);
  DutyRecords records;
  records.sheets = {{"other", "X", t("2026-11-20T09:00:00+08:00")},
                    {"r", "1", t("2026-11-20T19:30:00+08:00")}};
  const auto now = t("2026-11-22T00:00:00+08:00");
  auto first = standing(list[0], records, now);
  EXPECT_EQ(first.state, DutyState::late);
  EXPECT_EQ(first.overdue, Duration{90min});
  EXPECT_EQ(standing(list[1], records, now).state, DutyState::missed);
  EXPECT_EQ(standing(list[1], records, now).overdue, Duration{6h});
  // Naming the sheet is no second proof; what was not yet known is none at all.
  records.done = {{"daily", "2026-11-20", t("2026-11-20T18:00:00+08:00"), "1", "li"}};
  first = standing(list[0], records, now);
  EXPECT_EQ(first.proofs.size(), 1u);
  EXPECT_EQ(first.state, DutyState::done);
  EXPECT_EQ(standing(list[0], records, t("2026-11-20T17:59:59+08:00")).state, DutyState::due);
}

TEST(Obligation, SoManyTimesMeansTheLastOfThemCounts) {
  auto o = owed("twice", Every::month);
  o.times = 2, o.min_per_year = 24;
  const auto c = with({o});
  DutyRecords records;
  records.done = {{"twice", "2026-11", t("2026-11-05T09:00:00+08:00"), "a", "li"},
                  {"twice", "2026-11", t("2026-12-02T09:00:00+08:00"), "b", "li"}};
  const auto november = instances(*c, {}, t("2026-11-30T00:00:00+08:00"), t("2026-12-01T00:00:00+08:00"));
  ASSERT_EQ(november.size(), 1u);
  EXPECT_EQ(standing(november[0], records, t("2026-11-20T00:00:00+08:00")).state, DutyState::due);
  EXPECT_EQ(standing(november[0], records, t("2026-12-01T09:00:00+08:00")).state, DutyState::missed);
  EXPECT_EQ(standing(november[0], records, t("2026-12-03T00:00:00+08:00")).state, DutyState::late);
  const auto years = year_counts(*c, records, t("2026-12-03T00:00:00+08:00"));
  ASSERT_EQ(years.size(), 1u);
  EXPECT_EQ(years[0].owed, 24);
  EXPECT_EQ(years[0].done, 2);
  EXPECT_EQ(years[0].least, 24);
}

TEST(Obligation, DaysBeyondTheHolidayDataAreSaid) {
  auto o = owed("w", Every::week);
  o.due = parse_day_rule("last working day of the week");
  auto always = owed("d", Every::day, "7x24");
  auto c = with({o, always});
  c->to = t("2027-01-04T00:00:00+08:00");
  for (const auto& one : all(*c)) {
    SCOPED_TRACE(one.id + ' ' + one.period);
    EXPECT_EQ(one.leaves_cover, one.id == "w" && one.period == "2026-W53");
  }
}

TEST(Obligation, AnnouncedByItsLengthUnlessTheContractSaysWhen) {
  auto monthly = owed("m", Every::month), daily = owed("d", Every::day), hourly = owed("i", Every::interval);
  hourly.interval = 1h;
  auto said = owed("s", Every::day), never = owed("n", Every::month);
  said.warn = {30min, 5min}, never.warn.emplace();
  std::map<std::string, std::vector<Duration>> got;
  for (const auto& one : all(*with({monthly, daily, hourly, said, never}))) got[one.id] = one.warn;
  EXPECT_EQ(got["m"], (std::vector<Duration>{24h}));
  EXPECT_EQ(got["d"], (std::vector<Duration>{2h}));
  EXPECT_TRUE(got["i"].empty());
  EXPECT_EQ(got["s"], (std::vector<Duration>{30min, 5min}));
  EXPECT_TRUE(got["n"].empty());
}

// Whatever the recurrence: windows put side by side give the same as one, names are unique, and the states
// follow each other in one order only.
TEST(Obligation, PropertiesOfManyContracts) {
  std::mt19937 random(20261121);
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const char* rules[] = {"by 18:00",
                         "same day",
                         "next working day 09:00",
                         "2nd working day",
                         "last working day of the month",
                         "last working day of the week",
                         "3 days before",
                         "2 working days before"};
  for (int round = 0; round < 300; ++round) {
    SCOPED_TRACE(round);
    auto c = fixture::contract();
    c->from = t("2026-01-01T00:00:00+08:00") + days{pick(200)};
    c->to = c->from + days{1 + pick(300)};
    auto& office = c->calendars.at("office");
    for (int i = 0; i < 40; ++i)
      office.holidays.working[Date{std::chrono::year{2026} / 1 / 1} + days{pick(365)}] = pick(2) == 0;
    auto o = owed("o", static_cast<Every>(pick(10)), pick(2) == 0 ? "7x24" : "office");
    o.interval = std::chrono::minutes{30 * (1 + pick(100))};
    if (pick(3) == 0) o.months = {1 + pick(6), 7 + pick(6)};
    if (pick(2) == 0)
      o.due = parse_day_rule(rules[pick(8)]);
    else if (pick(2) == 0)
      o.within = std::chrono::hours{1 + pick(300)};
    c->obligations = {o};

    const auto whole = all(*c);
    std::set<std::string> names;
    for (const auto& one : whole) {
      EXPECT_TRUE(names.insert(one.period).second) << one.period;
      ASSERT_TRUE(one.due);
      EXPECT_LE(one.opens, *one.due);
      EXPECT_LE(*one.due, one.until);
      EXPECT_GE(one.start, c->from);
      EXPECT_LT(one.start, c->to);
    }
    EXPECT_TRUE(std::is_sorted(whole.begin(), whole.end(),
                               [](const Instance& a, const Instance& b) { return *a.due < *b.due; }));
    const auto cut = c->from + days{pick(300)};
    auto first = instances(*c, {}, c->from - days{400}, cut),
         rest = instances(*c, {}, cut, c->to + days{400});
    first.insert(first.end(), rest.begin(), rest.end());
    EXPECT_EQ(periods(first), periods(whole));
    if (whole.empty()) continue;

    const auto& one = whole[static_cast<std::size_t>(pick(static_cast<int>(whole.size())))];
    DutyRecords records;
    const bool late = pick(2) == 0, ever = pick(3) > 0;
    if (ever)
      records.done = {
          {"o", one.period, late ? *one.due + Duration{1 + pick(1'000'000)} : one.opens, "", "li"}};
    int last = -1;
    for (int i = 0; i < 50; ++i) {
      const auto state = standing(one, records, one.opens - 1h + (*one.due - one.opens + 2h) * i / 40).state;
      // upcoming → due → done, or upcoming → due → missed → late
      const int rank = state == DutyState::upcoming ? 0
                       : state == DutyState::due    ? 1
                       : state == DutyState::missed ? 2
                                                    : 3;
      EXPECT_GE(rank, last);
      last = rank;
      EXPECT_TRUE(state != DutyState::done || (ever && !late));
      EXPECT_TRUE(state != DutyState::late || (ever && late));
    }
    const auto many = standings(*c, records, c->from - days{400}, c->to + days{400}, *one.due + days{1});
    ASSERT_EQ(many.size(), whole.size());
    for (std::size_t i = 0; i < many.size(); ++i)
      EXPECT_EQ(many[i].state, standing(whole[i], records, *one.due + days{1}).state);
  }
}

}  // namespace
}  // namespace xj::domain
