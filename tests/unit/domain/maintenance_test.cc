#include "collector/domain/maintenance.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "collector/domain/evaluate.h"
#include "collector/domain/events.h"
#include "collector/domain/suppress.h"
#include "tests/fakes/small_contract.h"

namespace xj::domain {
namespace {

using namespace std::chrono_literals;

const ItemRef kHttp{"oa", "http", "web1", ""};

Timestamp at(const char* local) { return *parse_iso(std::string(local) + "+08:00"); }
Date day(int year, unsigned month, unsigned d) {
  return Date{std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{d}};
}

MaintenanceWindow every(Every recurrence, std::vector<const char*> on = {}) {
  MaintenanceWindow w;
  w.id = "patching", w.title = {"打补丁", "patching"};
  w.every = recurrence, w.calendar = "office", w.at = 2h, w.length = 2h;
  for (const auto* text : on) w.on.push_back(*parse_window_day(text));
  return w;
}
std::shared_ptr<Contract> with(MaintenanceWindow window) {
  auto c = fixture::contract();
  c->maintenance = {std::move(window)};
  return c;
}
std::vector<unsigned> days_of_november(const MaintenanceWindow& window) {
  const auto contract = with(window);
  std::vector<unsigned> out;
  for (unsigned d = 1; d <= 30; ++d)
    if (begins_on(window, *contract, day(2026, 11, d))) out.push_back(d);
  return out;
}

TEST(Maintenance, ADayIsNamedAsPeopleNameIt) {
  for (const auto* text : {"monday", "sunday", "1", "15", "31", "last day", "1st sunday", "2nd monday",
                           "3rd friday", "5th friday", "last friday", "1st working day", "11th working day",
                           "22nd working day", "last working day"})
    EXPECT_TRUE(parse_window_day(text)) << text;
  for (const auto* text : {"", "0", "32", "-1", "1x", "sun", "Sunday", "1st", "last", "1nd sunday",
                           "11st working day", "6th sunday", "28th working day", "last week", "first sunday",
                           "1st  sunday", "working day", "99999999999999999999"})
    EXPECT_FALSE(parse_window_day(text)) << text;
}

// November 2026 begins on a Sunday and has 30 days; the fixture's calendar knows no holiday in it.
TEST(Maintenance, RecursByTheCalendar) {
  using Days = std::vector<unsigned>;
  EXPECT_EQ(days_of_november(every(Every::day)).size(), 30U);
  EXPECT_EQ(days_of_november(every(Every::working_day)).size(), 21U);
  EXPECT_EQ(days_of_november(every(Every::week, {"sunday"})), (Days{1, 8, 15, 22, 29}));
  EXPECT_EQ(days_of_november(every(Every::week, {"sunday", "wednesday"})).size(), 9U);
  EXPECT_EQ(days_of_november(every(Every::month, {"15", "31"})), (Days{15}));
  EXPECT_EQ(days_of_november(every(Every::month, {"last day"})), (Days{30}));
  EXPECT_EQ(days_of_november(every(Every::month, {"1st sunday", "last sunday"})), (Days{1, 29}));
  EXPECT_EQ(days_of_november(every(Every::month, {"5th sunday", "5th tuesday"})), (Days{29}));
  EXPECT_EQ(days_of_november(every(Every::month, {"1st working day", "last working day"})), (Days{2, 30}));
  EXPECT_EQ(days_of_november(every(Every::month, {"10th working day"})), (Days{13}));
  auto dates = every(Every::month, {"5"});
  dates.every.reset();
  dates.dates = {{day(2026, 11, 7), day(2026, 11, 8)}};
  EXPECT_EQ(days_of_november(dates), (Days{7, 8}));
}

TEST(Maintenance, AHolidayIsNoWorkingDay) {
  const auto window = every(Every::month, {"1st working day"});
  auto contract = with(window);
  auto& holidays = contract->calendars["office"].holidays;
  holidays.working[day(2026, 11, 2)] = false;  // a Monday off
  EXPECT_FALSE(begins_on(window, *contract, day(2026, 11, 2)));
  EXPECT_TRUE(begins_on(window, *contract, day(2026, 11, 3)));
  holidays.working[day(2026, 11, 1)] = true;  // a Sunday worked
  EXPECT_TRUE(begins_on(window, *contract, day(2026, 11, 1)));
}

TEST(Maintenance, CoversFromItsBeginToBeforeItsEnd) {
  const auto contract = with(every(Every::week, {"sunday"}));
  EXPECT_FALSE(maintenance_at(*contract, kHttp, at("2026-11-22T01:59:59.999")));
  const auto covered = maintenance_at(*contract, kHttp, at("2026-11-22T02:00:00"));
  ASSERT_TRUE(covered);
  EXPECT_EQ(covered->from, at("2026-11-22T02:00:00"));
  EXPECT_EQ(covered->until, at("2026-11-22T04:00:00"));
  EXPECT_TRUE(maintenance_at(*contract, kHttp, at("2026-11-22T03:59:59.999")));
  EXPECT_FALSE(maintenance_at(*contract, kHttp, at("2026-11-22T04:00:00")));
  EXPECT_FALSE(maintenance_at(*contract, kHttp, at("2026-11-23T03:00:00"))) << "a Monday";
}

TEST(Maintenance, MayCrossMidnightAndSeveralDays) {
  auto window = every(Every::month, {"last day"});
  window.at = 22h + 30min, window.length = 4h;
  auto contract = with(window);
  EXPECT_FALSE(maintenance_at(*contract, kHttp, at("2026-11-30T22:29:59")));
  EXPECT_TRUE(maintenance_at(*contract, kHttp, at("2026-12-01T02:29:59")));
  EXPECT_FALSE(maintenance_at(*contract, kHttp, at("2026-12-01T02:30:00")));
  contract->maintenance[0].length = 7 * 24h;
  EXPECT_TRUE(maintenance_at(*contract, kHttp, at("2026-12-07T22:29:59")));
  EXPECT_FALSE(maintenance_at(*contract, kHttp, at("2026-12-07T22:30:00")));
}

// Berlin skips 02:00–03:00 on 29 March 2026 and has it twice on 25 October.
TEST(Maintenance, LastsItsLengthWhateverTheClockDoes) {
  auto window = every(Every::day);
  window.at = 1h + 30min, window.length = 2h;
  auto contract = with(window);
  contract->zone = {"Europe/Berlin",
                    {{Timestamp{}, 60min},
                     {*parse_iso("2026-03-29T01:00:00Z"), 120min},
                     {*parse_iso("2026-10-25T01:00:00Z"), 60min}}};
  const auto spring = maintenance_at(*contract, kHttp, *parse_iso("2026-03-29T01:00:00Z"));
  ASSERT_TRUE(spring);
  EXPECT_EQ(to_iso(spring->from), "2026-03-29T00:30:00Z");
  EXPECT_EQ(to_iso(spring->until), "2026-03-29T02:30:00Z");  // 04:30 by the wall
  const auto autumn = maintenance_at(*contract, kHttp, *parse_iso("2026-10-25T01:00:00Z"));
  ASSERT_TRUE(autumn);
  EXPECT_EQ(to_iso(autumn->from), "2026-10-24T23:30:00Z");
  EXPECT_EQ(to_iso(autumn->until), "2026-10-25T01:30:00Z");
  // An hour that is skipped: it begins with the one after it. One that comes twice: with the earlier.
  contract->maintenance[0].at = 2h + 30min;
  EXPECT_EQ(to_iso(maintenance_at(*contract, kHttp, *parse_iso("2026-03-29T02:00:00Z"))->from),
            "2026-03-29T01:00:00Z");
  EXPECT_EQ(to_iso(maintenance_at(*contract, kHttp, *parse_iso("2026-10-25T02:00:00Z"))->from),
            "2026-10-25T00:30:00Z");
}

TEST(Maintenance, ConcernsWhatItNames) {
  const ItemRef host{"oa", "", "web1", ""};
  auto window = every(Every::day);
  EXPECT_TRUE(concerns(window, kHttp)) << "the whole contract";
  EXPECT_TRUE(concerns(window, host));
  window.systems = {"hr"};
  EXPECT_FALSE(concerns(window, kHttp));
  window.checks = {"oa/http"};
  EXPECT_TRUE(concerns(window, kHttp));
  EXPECT_FALSE(concerns(window, host)) << "a check says nothing of its host";
  window.checks.clear();
  window.hosts = {"web1"};
  EXPECT_TRUE(concerns(window, kHttp));
  EXPECT_TRUE(concerns(window, host));
  EXPECT_FALSE(concerns(window, {"oa", "http", "web2", ""}));
}

TEST(Maintenance, OfSeveralTheOneThatEndsLastCounts) {
  auto contract = with(every(Every::day));
  auto longer = every(Every::day);
  longer.id = "backup", longer.at = 3h, longer.length = 3h;
  contract->maintenance.push_back(longer);
  EXPECT_EQ(maintenance_at(*contract, kHttp, at("2026-11-22T02:30:00"))->window->id, "patching");
  EXPECT_EQ(maintenance_at(*contract, kHttp, at("2026-11-22T03:30:00"))->window->id, "backup");
  const auto ended =
      maintenance_ended(*contract, kHttp, at("2026-11-22T02:10:00"), at("2026-11-22T06:00:05"));
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->window->id, "backup");
  EXPECT_EQ(ended->until, at("2026-11-22T06:00:00"));
  EXPECT_FALSE(maintenance_ended(*contract, kHttp, at("2026-11-22T06:00:00"), at("2026-11-23T03:59:59")));
}

TEST(Maintenance, AllOfATimeAreThoseThatCoverAnInstantOfIt) {
  auto contract = with(every(Every::week, {"sunday", "wednesday"}));
  auto night = every(Every::day);
  night.id = "night", night.at = 23h, night.length = 30h;
  contract->maintenance.push_back(night);
  auto other = every(Every::day);
  other.id = "other", other.hosts = {"db1"};
  contract->maintenance.push_back(other);
  const auto from = at("2026-11-20T01:15:00"), to = at("2026-11-26T02:00:00");
  const auto all = maintenance_between(*contract, kHttp, from, to);
  EXPECT_EQ(all.size(), 2U + 8U) << "Sunday and Wednesday; the nights of the 18th to the 25th";
  for (const auto& one : all) EXPECT_TRUE(one.from < to && one.until > from && one.window->id != "other");
  for (auto t = from; t < to; t += 15min) {
    const auto inside = [&](const Maintenance& one) { return one.from <= t && t < one.until; };
    EXPECT_EQ(std::any_of(all.begin(), all.end(), inside), maintenance_at(*contract, kHttp, t).has_value())
        << to_iso(t);
  }
}

Transition fails(Timestamp when, State from, State to) {
  Transition t;
  t.before = {from != State::ok, from, false, false};
  t.after = {to != State::ok, to, false, false};
  t.at = t.known = when;
  return t;
}

TEST(Maintenance, HoldsBackWhatIsNewsInItAndAllThatBecomesOfIt) {
  const auto contract = with(every(Every::day));
  const auto in = at("2026-11-22T03:00:00"), before = at("2026-11-22T01:59:59"),
             after = at("2026-11-22T04:00:00");
  EXPECT_TRUE(held_back(*contract, kHttp, fails(in, State::ok, State::critical), false));
  EXPECT_TRUE(held_back(*contract, kHttp, fails(in, State::warning, State::critical), false)) << "got worse";
  EXPECT_FALSE(held_back(*contract, kHttp, fails(in, State::critical, State::warning), false))
      << "got better";
  EXPECT_FALSE(held_back(*contract, kHttp, fails(before, State::ok, State::critical), false));
  EXPECT_FALSE(held_back(*contract, kHttp, fails(after, State::ok, State::critical), false));
  EXPECT_TRUE(held_back(*contract, kHttp, fails(after, State::critical, State::warning), true))
      << "until its end is said";
  EXPECT_FALSE(held_back(*contract, kHttp, fails(in, State::critical, State::ok), true)) << "it is over";
  EXPECT_FALSE(held_back(*fixture::contract(), kHttp, fails(in, State::ok, State::critical), false));
}

TEST(Maintenance, IsAnnouncedWhenNoWindowCoversItAnyMore) {
  auto contract = with(every(Every::day));
  const auto since = at("2026-11-22T02:10:00");
  EXPECT_FALSE(announced(*contract, kHttp, since, at("2026-11-22T03:59:59")));
  const auto over = announced(*contract, kHttp, since, at("2026-11-22T04:00:05"));
  ASSERT_TRUE(over);
  EXPECT_EQ(over->at, at("2026-11-22T04:00:00"));
  EXPECT_EQ(render(over->reason, Lang::en),
            "the maintenance window \"patching\" ended at 2026-11-22 04:00:00, and it still stands");
  // The next window begins before anybody looked: that is where it goes on.
  EXPECT_FALSE(announced(*contract, kHttp, since, at("2026-11-23T02:30:00")));
  EXPECT_EQ(announced(*contract, kHttp, since, at("2026-11-24T01:00:00"))->at, at("2026-11-23T04:00:00"));
  contract->maintenance.clear();
  const auto gone = announced(*contract, kHttp, since, at("2026-11-22T03:00:00"));
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->at, at("2026-11-22T03:00:00"));
  EXPECT_EQ(gone->reason.id, "domain.why.held_no_more");
}

TEST(Maintenance, OneWithoutEndIsFound) {
  auto contract = with(every(Every::day));
  EXPECT_FALSE(covers_longer_than(contract->maintenance[0], *contract, 24h * 14));
  contract->maintenance[0].length = 24h;
  EXPECT_EQ(covers_longer_than(contract->maintenance[0], *contract, 24h * 14), at("2026-01-01T02:00:00"));
  auto leap = every(Every::month, {"31"});
  EXPECT_TRUE(ever_begins(leap, *contract));
  leap.every.reset();
  leap.dates = {{day(2027, 1, 1), day(2027, 2, 1)}};
  EXPECT_FALSE(ever_begins(leap, *contract)) << "behind the term";
}

}  // namespace
}  // namespace xj::domain
