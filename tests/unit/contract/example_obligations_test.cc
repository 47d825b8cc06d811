// Every obligation of the example contracts against due dates of 2026 that were worked out by hand from the
// contract's words and the official calendar of the year, and typed here.
#include <gtest/gtest.h>

#include <map>

#include "collector/contract/calendars.h"
#include "collector/contract/loader.h"
#include "collector/domain/obligation.h"
#include "tests/fakes/places.h"

namespace xj::collector {
namespace {

using namespace std::chrono_literals;

// What is expected of one: how many fall due because of 2026, and some of them as "period > due".
struct Expected {
  std::size_t count;
  std::vector<std::string> some;
};
using Table = std::map<std::string, Expected>;

std::vector<domain::ContractPtr> examples() {
  Problems problems;
  const auto holidays = load_holidays(source_dir() + "/config/examples/calendar-cn.csv", problems);
  LoadOptions options;
  options.holidays = &holidays;
  auto contracts = load_contracts({source_dir() + "/config/examples/contracts"}, options, problems);
  EXPECT_FALSE(has_errors(problems)) << render(problems, Lang::en);
  return contracts;
}

std::string local(const domain::Contract& contract, Timestamp t) {
  auto text = to_iso(t, contract.zone.offset_at(t)).substr(0, 16);
  text[10] = ' ';
  return text;
}

// Midnight belongs to the day that ends with it: "2026-01-31 24:00" stands below as 2026-02-01 00:00.
const std::map<std::string, Table>& expected() {
  static const std::map<std::string, Table> table{
      {"office-oa",
       {{"daily-inspection",
         {365,
          {"2026-01-01 > 2026-01-02 00:00", "2026-02-28 > 2026-03-01 00:00",
           "2026-12-31 > 2027-01-01 00:00"}}},
        {"daily-log", {365, {"2026-02-17 > 2026-02-18 00:00"}}},
        {"daily-modules", {365, {"2026-10-01 > 2026-10-02 00:00"}}},
        {"monthly-report", {12, {"2026-02 > 2026-03-01 00:00", "2026-12 > 2027-01-01 00:00"}}},
        {"database-report", {12, {"2026-06 > 2026-07-01 00:00"}}},
        {"summary", {1, {"once > 2027-01-01 00:00"}}},
        {"emergency-plan", {1, {"once > 2027-01-01 00:00"}}},
        // Ten working days after 31 December 2026: the plain week, the holidays of 2027 are not known.
        {"first-result", {1, {"term_end > 2027-01-15 00:00"}}},
        {"correction", {1, {"2026-03-02T09:00 > 2026-03-12 09:00"}}},
        // 26 September 2026 is a Saturday, the day after the Mid-Autumn Festival; the 20th is worked.
        {"refund", {1, {"2026-09-15T10:00 > 2026-09-30 00:00"}}}}},
      {"civil-affairs",
       {{"daily-report",
         {248,
          {"2026-01-04 > 2026-01-04 18:00", "2026-02-14 > 2026-02-14 18:00",
           "2026-12-31 > 2026-12-31 18:00"}}},
        {"weekly-report",
         {52,
          {"2026-W01 > 2026-01-04 18:00", "2026-W07 > 2026-02-14 18:00", "2026-W39 > 2026-09-24 18:00",
           "2026-W40 > 2026-09-30 18:00", "2026-W41 > 2026-10-10 18:00", "2026-W53 > 2026-12-31 18:00"}}},
        {"monthly-report",
         {12,
          {"2026-01 > 2026-01-30 18:00", "2026-02 > 2026-02-28 18:00", "2026-05 > 2026-05-29 18:00",
           "2026-12 > 2026-12-31 18:00"}}},
        {"routine-inspection", {52, {"2026-W02 > 2026-01-12 00:00", "2026-W53 > 2027-01-01 00:00"}}},
        {"video-report", {12, {"2026-03 > 2026-03-08 00:00"}}},
        {"event-inspection", {1, {"2026-10-20T09:00 > 2026-09-21 00:00"}}},
        {"event-dangers", {1, {"2026-10-20T09:00 > 2026-10-18 00:00"}}},
        {"documents", {1, {"2026-03-02T09:00 > 2026-03-17 09:00"}}},
        // Two working days before Monday 12 October: the Saturday is worked, so the day is Friday.
        {"upgrade-application", {1, {"2026-10-12T22:00 > 2026-10-10 00:00"}}},
        {"acceptance-interim", {1, {"once > 2026-10-31 00:00"}}},
        {"acceptance-final", {1, {"term_end > 2027-01-16 00:00"}}},
        {"vulnerability-scan",
         {4,
          {"2026-Q1 > 2026-04-01 00:00", "2026-Q2 > 2026-07-01 00:00", "2026-Q3 > 2026-10-01 00:00",
           "2026-Q4 > 2027-01-01 00:00"}}},
        {"virus-update", {365, {"2026-02-16 > 2026-02-17 00:00"}}},
        {"policy-maintenance", {4, {}}},
        {"log-analysis", {4, {}}},
        {"hardening", {4, {}}},
        {"penetration-test", {4, {}}},
        {"security-audit", {2, {"2026-H1 > 2026-07-01 00:00", "2026-H2 > 2027-01-01 00:00"}}},
        {"bulletin", {52, {"2026-W01 > 2026-01-05 00:00"}}},
        {"bulletin-paper", {12, {}}},
        {"sign-on-inspection", {12, {"2026-04 > 2026-05-01 00:00"}}},
        {"front-database", {52, {}}},
        {"big-data-link", {1, {"2026 > 2027-01-01 00:00"}}},
        {"front-database-backup", {12, {}}},
        {"marriage-queries", {12, {}}},
        {"data-queries", {12, {}}},
        {"major-repairs", {1, {"2026 > 2027-01-01 00:00"}}},
        {"security-drill", {2, {}}},
        {"emergency-drill", {2, {}}},
        {"reservation-limits", {1, {}}},
        {"lottery-reservations", {1, {}}},
        {"lottery-check", {2, {"2026-04 > 2026-05-01 00:00", "2026-11 > 2026-12-01 00:00"}}},
        {"finance-closing", {5, {"2026-01 > 2026-02-01 00:00", "2026-11 > 2026-12-01 00:00"}}},
        {"finance-report", {2, {"2026-03 > 2026-04-01 00:00", "2026-04 > 2026-05-01 00:00"}}},
        // The fourteenth working day after 8 June; the 19th is the Dragon Boat Festival.
        {"terminal-check", {1, {"2026-06-08T09:00 > 2026-06-30 00:00"}}},
        {"qingming-statistics", {40, {"2026-03-07 > 2026-03-08 00:00", "2026-04-15 > 2026-04-16 00:00"}}},
        {"qingming-exchange", {22, {"2026-03-16 > 2026-03-17 00:00", "2026-04-06 > 2026-04-07 00:00"}}},
        {"qingming-data", {40, {}}},
        // 15 to 23 February, hourly; New Year's Eve, the 16th, half-hourly; 1 to 5 May; 25 to 27 September;
        // 1 to 7 October.
        {"spring-festival:1",
         {216, {"2026-02-15T00:00 > 2026-02-15 01:00", "2026-02-23T23:00 > 2026-02-24 00:00"}}},
        {"spring-festival:2",
         {48, {"2026-02-16T00:00 > 2026-02-16 00:30", "2026-02-16T23:30 > 2026-02-17 00:00"}}},
        {"labour-day:1", {120, {"2026-05-01T00:00 > 2026-05-01 01:00"}}},
        {"mid-autumn:1", {72, {"2026-09-25T09:00 > 2026-09-25 10:00"}}},
        {"national-day:1", {168, {"2026-10-07T23:00 > 2026-10-08 00:00"}}},
        {"city-congress:duty", {1, {"2026-01-18 > 2026-01-18 00:00"}}},
        {"new-year:duty", {1, {"2026-01-01 > 2026-01-01 00:00"}}},
        {"spring-festival:duty", {1, {"2026-02-15 > 2026-02-15 00:00"}}},
        {"labour-day:duty", {1, {"2026-05-01 > 2026-05-01 00:00"}}},
        {"mid-autumn:duty", {1, {"2026-09-25 > 2026-09-25 00:00"}}},
        {"national-day:duty", {1, {"2026-10-01 > 2026-10-01 00:00"}}},
        {"spring-festival:task1", {1, {"2026-02-15 > 2026-02-24 00:00"}}},
        {"spring-festival:task2", {1, {"2026-02-15 > 2026-02-24 00:00"}}},
        // Ten days in March, and three holidays.
        {"security:task1", {4, {"2026-03-03 > 2026-03-13 00:00", "2026-10-01 > 2026-10-08 00:00"}}},
        {"security:task2", {4, {"2026-03-03 > 2026-03-13 00:00", "2026-10-01 > 2026-10-08 00:00"}}},
        {"security:task3", {4, {"2026-03-03 > 2026-03-13 00:00", "2026-10-01 > 2026-10-08 00:00"}}},
        {"security:task4", {4, {"2026-03-03 > 2026-03-13 00:00", "2026-10-01 > 2026-10-08 00:00"}}},
        {"security:task5", {4, {"2026-03-03 > 2026-03-13 00:00", "2026-10-01 > 2026-10-08 00:00"}}},
        {"security:task6", {4, {"2026-03-03 > 2026-03-13 00:00", "2026-10-01 > 2026-10-08 00:00"}}},
        {"sign-on:task1", {4, {"2026-01-01 > 2026-02-01 00:00", "2026-11-01 > 2026-12-01 00:00"}}},
        {"sign-on:task2", {4, {"2026-01-01 > 2026-02-01 00:00", "2026-11-01 > 2026-12-01 00:00"}}},
        {"sign-on:task3", {4, {"2026-01-01 > 2026-02-01 00:00", "2026-11-01 > 2026-12-01 00:00"}}},
        {"sign-on:task4", {4, {"2026-01-01 > 2026-02-01 00:00", "2026-11-01 > 2026-12-01 00:00"}}}}},
      {"zone-oa",
       {{"daily-report", {365, {"2026-10-03 > 2026-10-04 00:00"}}},
        // All of 15 to 23 February is free, so the week of the 16th owes nothing.
        {"weekly-inspection", {52, {"2026-W07 > 2026-02-16 00:00", "2026-W09 > 2026-03-02 00:00"}}},
        {"monthly-inspection", {12, {}}},
        {"preventive", {4, {"2026-Q2 > 2026-07-01 00:00"}}},
        {"training", {4, {}}},
        {"annual-summary", {1, {"2026 > 2027-01-01 00:00"}}}}},
      {"public-service",
       {{"quarterly-inspection", {4, {"2026-Q3 > 2026-10-01 00:00"}}},
        {"statutory:task1", {4, {"2026-01-01 > 2026-01-04 00:00"}}},
        {"environment-report", {4, {}}},
        {"maintenance-report", {4, {}}},
        {"site-statistics", {12, {"2026-02 > 2026-03-01 00:00"}}},
        {"performance-rating", {4, {}}},
        {"database-backup", {2, {"2026-05 > 2026-06-01 00:00", "2026-11 > 2026-12-01 00:00"}}},
        // Twenty working days after Monday 5 January.
        {"bond", {1, {"2026-01-05T09:00 > 2026-02-03 00:00"}}},
        {"expert-review", {1, {"2026-06-01T09:00 > -"}}}}},
      // From 1 March on.
      {"investment-oa",
       {{"daily-inspection", {306, {"2026-03-01 > 2026-03-02 00:00"}}},
        {"holidays:task1", {5, {"2026-06-19 > 2026-06-22 00:00"}}},
        // 1 March is a Sunday, and not worked: its week owes nothing.
        {"weekly-inspection", {44, {"2026-W10 > 2026-03-09 00:00", "2026-W53 > 2027-01-01 00:00"}}},
        {"weekly-analysis", {44, {}}}}},
  };
  return table;
}

// What sets the others off.
const std::map<std::string, std::string>& happened() {
  static const std::map<std::string, std::string> table{
      {"breach_notice", "2026-03-02T09:00:00+08:00"}, {"refund_due", "2026-09-15T10:00:00+08:00"},
      {"big_event", "2026-10-20T09:00:00+08:00"},     {"written_notice", "2026-03-02T09:00:00+08:00"},
      {"planned_start", "2026-10-12T22:00:00+08:00"}, {"city_inspection", "2026-06-08T09:00:00+08:00"},
      {"signature", "2026-01-05T09:00:00+08:00"},     {"expert_review", "2026-06-01T09:00:00+08:00"}};
  return table;
}

TEST(ExampleObligations, FallDueAsWorkedOutByHand) {
  for (const auto& contract : examples()) {
    SCOPED_TRACE(contract->id);
    std::vector<domain::Happening> happenings;
    for (const auto& [word, at] : happened()) happenings.push_back({word, *parse_iso(at), contract->from});
    std::map<std::string, std::vector<std::string>> got;
    for (const auto& one :
         domain::instances(*contract, happenings, contract->from - 24h * 366, contract->to + 24h * 366))
      got[one.id].push_back(one.period + " > " + (one.due ? local(*contract, *one.due) : "-"));
    ASSERT_TRUE(expected().contains(contract->id)) << "a new example: work out its dates";
    const auto& table = expected().at(contract->id);
    for (const auto& o : contract->obligations) EXPECT_TRUE(table.contains(o.id)) << "no dates for " << o.id;
    for (const auto& [id, unused] : got) EXPECT_TRUE(table.contains(id)) << "not expected: " << id;
    for (const auto& [id, want] : table) {
      EXPECT_EQ(got[id].size(), want.count) << id;
      for (const auto& each : want.some)
        EXPECT_NE(std::find(got[id].begin(), got[id].end(), each), got[id].end())
            << id << ": " << each << " is not among " << got[id].size() << ", the first "
            << (got[id].empty() ? "-" : got[id].front());
    }
  }
}

TEST(ExampleObligations, EachIsDoneAtItsDueTimeAndMissedASecondLater) {
  std::size_t looked = 0;
  for (const auto& contract : examples()) {
    std::vector<domain::Happening> happenings;
    for (const auto& [word, at] : happened()) happenings.push_back({word, *parse_iso(at), contract->from});
    std::set<std::string> seen;
    for (const auto& one :
         domain::instances(*contract, happenings, contract->from - 24h * 366, contract->to + 24h * 366)) {
      if (!one.due || !seen.insert(one.id).second) continue;
      SCOPED_TRACE(contract->id + ' ' + one.id + ' ' + one.period);
      using domain::DutyState;
      EXPECT_LE(one.opens, *one.due);
      EXPECT_EQ(domain::standing(one, {}, one.opens - 1s).state, DutyState::upcoming);
      EXPECT_EQ(domain::standing(one, {}, one.opens).state, DutyState::due);
      EXPECT_EQ(domain::standing(one, {}, *one.due).state, DutyState::due);
      EXPECT_EQ(domain::standing(one, {}, *one.due + 1s).state, DutyState::missed);
      domain::DutyRecords records;
      for (int i = 0; i < one.times; ++i)
        records.done.push_back({one.id, one.period, i + 1 == one.times ? *one.due : one.opens, "-", "p"});
      EXPECT_EQ(domain::standing(one, records, *one.due + 1s).state, DutyState::done);
      records.done.back().at = *one.due + 1s;
      EXPECT_EQ(domain::standing(one, records, *one.due + 1s).state, DutyState::late);
      records.done.pop_back();
      EXPECT_EQ(domain::standing(one, records, *one.due + 1s).state, DutyState::missed);
      ++looked;
    }
  }
  EXPECT_GE(looked, 60u);
}

TEST(ExampleObligations, YearlyMinimumsCanBeReachedByWhatFallsDue) {
  for (const auto& contract : examples())
    for (const auto& year : domain::year_counts(*contract, {}, contract->to)) {
      SCOPED_TRACE(contract->id + ' ' + year.id);
      EXPECT_GE(year.owed, year.least);
      EXPECT_EQ(year.done, 0);
      EXPECT_EQ(year.from, contract->from);
      EXPECT_EQ(year.to, contract->to);
    }
}

}  // namespace
}  // namespace xj::collector
