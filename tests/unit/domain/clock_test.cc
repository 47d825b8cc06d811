#include "collector/domain/clock.h"

#include <gtest/gtest.h>

#include "collector/domain/tick.h"
#include "tests/fakes/event_samples.h"
#include "tests/fakes/small_contract.h"

namespace xj::domain {
namespace {

using namespace std::chrono_literals;
using fixture::kT0;

// A case built from events at given times, asked for one clock.
class Case {
 public:
  explicit Case(std::string grade = "II") {
    then(samples::sample(static_cast<Detected*>(nullptr)), 0ms);
    then(Graded{"", std::move(grade), GradeHow::machine, ""}, 0ms);
  }
  Case& then(Payload p, Duration at) {
    auto e = samples::event(std::move(p), state.last_n + 1);
    e.at = kT0 + at;
    e.known = std::max(e.at, known);
    known = e.known;
    apply(state, e);
    return *this;
  }
  ClockView view(std::string_view name, Duration now, int run = 0) const {
    for (auto& v : clocks(state, *contract, kT0 + now))
      if (v.name == name && v.run == (run == 0 ? state.run : run)) return v;
    ADD_FAILURE() << "no clock " << name;
    return {};
  }
  ClockStatus status(std::string_view name, Duration now, int run = 0) const {
    return view(name, now, run).status;
  }

  std::shared_ptr<Contract> contract = fixture::contract();
  CaseState state;
  Timestamp known = kT0;
};

TEST(Clock, IsBreachedOnlyAfterItsDueTimeToTheMillisecond) {
  Case c;
  EXPECT_EQ(c.view("report", 1min).due, kT0 + 30min);
  EXPECT_EQ(c.status("report", 30min - 1ms), ClockStatus::running);
  EXPECT_EQ(c.status("report", 30min), ClockStatus::running);
  EXPECT_EQ(c.status("report", 30min + 1ms), ClockStatus::breached);
}

TEST(Clock, IsMetByAStopUpToItsDueTime) {
  for (const auto& [at, expected] :
       {std::pair{Duration{30min - 1ms}, ClockStatus::met}, std::pair{Duration{30min}, ClockStatus::met},
        std::pair{Duration{30min + 1ms}, ClockStatus::breached}}) {
    Case c;
    c.then(Reported{"lead", ""}, at);
    EXPECT_EQ(c.status("report", 30min + 1ms), expected);
    EXPECT_EQ(c.status("report", 900h), expected) << "a stopped clock stays what it was";
    EXPECT_EQ(c.view("report", 1h).stop, kT0 + at);
  }
}

TEST(Clock, ARegradeKeepsTheStartAndTakesTheNewLimit) {
  Case c;
  c.then(Graded{"II", "I", GradeHow::machine, ""}, 5min);
  EXPECT_EQ(c.view("report", 6min).start, kT0);
  EXPECT_EQ(c.view("report", 6min).due, kT0 + 10min);
  EXPECT_EQ(c.view("report", 6min).limit, 10min);
  c.then(Graded{"I", "III", GradeHow::changed, ""}, 15min);
  EXPECT_EQ(c.view("report", 16min).due, kT0 + 1h);
  EXPECT_EQ(c.status("report", 16min), ClockStatus::running);
}

TEST(Clock, OneThatHasStoppedKeepsTheLimitItStoppedUnder) {
  Case c;
  c.then(Reported{"lead", ""}, 25min).then(Graded{"II", "I", GradeHow::machine, ""}, 40min);
  EXPECT_EQ(c.status("report", 41min), ClockStatus::met);
  EXPECT_EQ(c.view("report", 41min).limit, 30min);
  EXPECT_EQ(c.view("resolve", 41min).limit, 2h);
}

TEST(Clock, AReopeningStartsRunTwoAndKeepsRunOne) {
  Case c;
  c.then(Acknowledged{}, 10min).then(Recovered{"x", 168h}, 1h).then(Reopened{2, ""}, 24h);
  EXPECT_EQ(c.status("respond", 24h, 1), ClockStatus::met);
  EXPECT_EQ(c.status("resolve", 24h, 1), ClockStatus::met);
  EXPECT_EQ(c.status("report", 24h, 1), ClockStatus::breached) << "it was missed before the run ended";
  EXPECT_EQ(c.view("respond", 24h, 2).start, kT0 + 24h);
  EXPECT_EQ(c.view("respond", 24h, 2).due, kT0 + 24h + 30min);
  EXPECT_EQ(c.status("respond", 24h + 30min), ClockStatus::running);
  c.then(Acknowledged{}, 24h + 31min);
  EXPECT_EQ(c.status("respond", 25h), ClockStatus::breached);
  EXPECT_EQ(c.status("respond", 25h, 1), ClockStatus::met);
}

TEST(Clock, ARunThatEndsBeforeTheDueTimeEndsItsClocks) {
  Case c;
  c.then(Recovered{"x", 168h}, 5min).then(Reopened{2, ""}, 20min);
  EXPECT_EQ(c.status("report", 1000h, 1), ClockStatus::ended);
  EXPECT_EQ(c.status("respond", 1000h, 1), ClockStatus::ended);
  Case f;
  f.then(FalseAlarm{"none"}, 30min);
  EXPECT_EQ(f.status("report", 31min), ClockStatus::ended);
  Case late;
  late.then(FalseAlarm{"none"}, 30min + 1ms);
  EXPECT_EQ(late.status("report", 31min), ClockStatus::breached);
}

TEST(Clock, APauseForAListedReasonMovesTheDueTimeByItsWorkingTime) {
  Case c;
  c.then(Paused{"client", ""}, 1h);
  EXPECT_EQ(c.status("resolve", 3h), ClockStatus::paused);
  EXPECT_FALSE(c.view("resolve", 3h).due);
  EXPECT_EQ(c.view("resolve", 3h).paused, 2h);
  EXPECT_EQ(c.status("report", 20min + 1h), ClockStatus::breached) << "report lists no reason";
  c.then(Resumed{}, 3h).then(Paused{"spare_part", ""}, 4h).then(Resumed{}, 4h + 30min);
  const auto v = c.view("resolve", 5h);
  EXPECT_EQ(v.due, kT0 + 6h + 30min);
  EXPECT_EQ(v.paused, 2h + 30min);
  EXPECT_EQ(c.status("resolve", 6h + 30min), ClockStatus::running);
  EXPECT_EQ(c.status("resolve", 6h + 30min + 1ms), ClockStatus::breached);
}

TEST(Clock, APauseAfterTheDueTimeChangesNothing) {
  Case c;
  c.then(Paused{"client", ""}, 4h);
  EXPECT_EQ(c.view("resolve", 5h).due, kT0 + 4h) << "used up exactly when the pause began";
  EXPECT_EQ(c.status("resolve", 5h), ClockStatus::breached);
  EXPECT_EQ(c.view("resolve", 5h).paused, 0h);
}

TEST(Clock, AStopDuringAPauseIsInTime) {
  Case c;
  c.then(Paused{"client", ""}, 3h).then(Recovered{"x", 0h}, 9h);
  const auto v = c.view("resolve", 10h);
  EXPECT_EQ(v.status, ClockStatus::met);
  EXPECT_EQ(v.due, kT0 + 10h) << "one hour was left";
}

TEST(Clock, WorkingHoursOnly) {
  auto wide = fixture::contract();
  Case c;
  c.contract = wide;
  // Friday 16:30: 1h30m left of the day, Saturday and Sunday do not count, 6h30m on Monday: 09–12, 13–16:30.
  c.then(Recovered{"x", 0h}, 7h + 30min);
  const auto v = c.view("written", 8h);
  EXPECT_EQ(to_iso(*v.due, 480min), "2026-11-23T16:30:00+08:00");
  EXPECT_EQ(c.status("written", (3 * 24h) + 7h + 30min), ClockStatus::running);
  EXPECT_EQ(c.status("written", (3 * 24h) + 7h + 30min + 1ms), ClockStatus::breached);
  EXPECT_FALSE(v.leaves_cover);
}

TEST(Clock, SaysWhenItLeansOnDaysTheCalendarDoesNotKnow) {
  Case c;
  c.contract->calendars["office"].holidays.covers_to = Date{std::chrono::year{2026} / 11 / 21};
  c.then(Recovered{"x", 0h}, 7h + 30min);
  const auto v = c.view("written", 8h);
  EXPECT_TRUE(v.leaves_cover);
  EXPECT_EQ(v.why.back().id, "domain.clock.leaves_cover");
}

TEST(Clock, ACalendarThatNeverWorksIsNeverDue) {
  Case c;
  c.contract->calendars["office"].segments.clear();
  c.then(Recovered{"x", 0h}, 1h);
  const auto v = c.view("written", 2h);
  EXPECT_EQ(v.status, ClockStatus::running);
  EXPECT_FALSE(v.due);
  EXPECT_EQ(v.why.back().id, "domain.clock.never");
  EXPECT_EQ(next_deadline(c.state, *c.contract, kT0 + 200h), kT0 + 200h)
      << "breaches of the others; nothing overflows";
  c.then(Closed{}, 3h);
  EXPECT_EQ(c.status("written", 4h), ClockStatus::met);
}

TEST(Clock, NotStartedWithoutItsStartAndAbsentWithoutALimit) {
  Case c;
  EXPECT_EQ(c.status("written", 1h), ClockStatus::not_started);
  EXPECT_FALSE(c.view("written", 1h).due);
  Case mild("III");
  for (const auto& v : clocks(mild.state, *mild.contract, kT0)) EXPECT_NE(v.name, "written");
}

TEST(Clock, AnAmendedStartMovesTheDueTime) {
  Case c;
  c.then(Reported{"lead", ""}, 20min).then(Amended{1, "at", "", to_iso(kT0 - 15min), "earlier"}, 25min);
  EXPECT_EQ(c.view("report", 26min).due, kT0 + 15min);
  EXPECT_EQ(c.status("report", 26min), ClockStatus::breached);
}

TEST(Clock, WarnsBeforeItIsDue) {
  Case c;
  const auto v = c.view("report", 1min);
  ASSERT_EQ(v.warns.size(), 2U);
  EXPECT_EQ(v.warns[0].point, "50%");
  EXPECT_EQ(v.warns[0].at, kT0 + 15min);
  EXPECT_EQ(v.warns[1].point, "5m");
  EXPECT_EQ(v.warns[1].at, kT0 + 25min);
}

TEST(Clock, ExplainsItself) {
  Case c;
  c.then(Paused{"client", "no key"}, 1h).then(Resumed{}, 2h);
  const auto v = c.view("resolve", 2h);
  ASSERT_EQ(v.why.size(), 4U);
  EXPECT_EQ(render(v.why[0], Lang::zh),
            "时限“处置”自 2026-11-20 09:00:00（发现异常）起算，二级为 4 小时，日历 7x24");
  EXPECT_EQ(render(v.why[1], Lang::en),
            "clock \"resolve\" stood still from 2026-11-20 10:00:00 to 2026-11-20 11:00:00 (client): 1 h of "
            "working "
            "time does not count");
  EXPECT_EQ(render(v.why[2], Lang::zh), "时限“处置”截止时间 2026-11-20 14:00:00，完成标志为：恢复");
  EXPECT_EQ(render(v.why[3], Lang::en), "clock \"resolve\" is running, 3 h left");
}

TEST(Clock, TheNextInstantIsNeverMissed) {
  Case c;
  // From every instant, nothing changes before the instant named, and something does at it.
  Timestamp t = kT0;
  std::vector<Duration> seen;
  while (const auto next = next_clock_instant(c.state, *c.contract, t)) {
    ASSERT_GT(*next, t);
    const auto before = clocks(c.state, *c.contract, *next - 1ms),
               after = clocks(c.state, *c.contract, *next);
    ASSERT_EQ(before.size(), after.size());
    seen.push_back(*next - kT0);
    t = *next;
  }
  EXPECT_EQ(seen, (std::vector<Duration>{15min, 25min, 30min + 1ms, 4h + 1ms}));
}

TEST(Tick, SaysWarningsAndBreachesOnceAndCatchesUpAfterAnAbsence) {
  Case c;
  EXPECT_TRUE(tick(c.state, *c.contract, kT0 + 15min - 1ms).empty());
  auto said = tick(c.state, *c.contract, kT0 + 26min);
  ASSERT_EQ(said.size(), 1U) << "of two points passed only the nearest to the due time";
  EXPECT_EQ(std::get<ClockWarning>(said[0].payload).point, "5m");
  EXPECT_EQ(said[0].at, kT0 + 25min);
  EXPECT_EQ(said[0].known, kT0 + 26min);
  apply(c.state, said[0]);
  EXPECT_TRUE(tick(c.state, *c.contract, kT0 + 30min).empty());
  EXPECT_EQ(next_deadline(c.state, *c.contract, kT0 + 26min), kT0 + 30min + 1ms);
  said = tick(c.state, *c.contract, kT0 + 50h);
  ASSERT_EQ(said.size(), 3U);  // respond, report, resolve
  for (const auto& e : said) {
    EXPECT_EQ(e.kind(), EventKind::clock_breached);
    EXPECT_EQ(e.at, std::get<ClockBreached>(e.payload).due);
    EXPECT_EQ(e.actor, "system:clock");
    apply(c.state, e);
  }
  EXPECT_TRUE(tick(c.state, *c.contract, kT0 + 50h).empty());
  EXPECT_FALSE(next_deadline(c.state, *c.contract, kT0 + 50h));
}

TEST(Tick, ALaterDueTimeThatIsMissedTooIsSaidAgain) {
  Case c("I");
  for (const auto& e : tick(c.state, *c.contract, kT0 + 11min)) apply(c.state, e);
  c.then(Graded{"I", "III", GradeHow::changed, ""}, 12min);
  EXPECT_EQ(c.status("report", 13min), ClockStatus::running);
  std::vector<std::string> breached;
  for (const auto& e : tick(c.state, *c.contract, kT0 + 1h + 1ms)) {
    if (const auto* b = std::get_if<ClockBreached>(&e.payload)) breached.push_back(b->clock);
    apply(c.state, e);
  }
  EXPECT_EQ(breached, (std::vector<std::string>{"respond", "report"}));
  // Back to the severe grade: the earlier due time was long said.
  c.then(Graded{"III", "II", GradeHow::changed, ""}, 2h);
  EXPECT_TRUE(tick(c.state, *c.contract, kT0 + 2h).empty());
}

TEST(Tick, TheWatchEndsAtItsInstantAndFollowsTheGrade) {
  Case c;
  c.then(Reported{"lead", ""}, 1min).then(Acknowledged{}, 1min).then(Recovered{"x", 168h}, 1h);
  EXPECT_EQ(watch_end(c.state, *c.contract), kT0 + 169h);
  c.then(Graded{"II", "III", GradeHow::changed, ""}, 2h);
  EXPECT_EQ(watch_end(c.state, *c.contract), kT0 + 73h);
  EXPECT_TRUE(tick(c.state, *c.contract, kT0 + 73h - 1ms).empty());
  const auto said = tick(c.state, *c.contract, kT0 + 73h);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(std::get<WatchEnded>(said[0].payload).watch, 72h);
}

TEST(Tick, AClockOnTheWatchPeriodIsMetHoweverLateTheTick) {
  Case c;
  ClockSpec watch;
  watch.name = "watch", watch.calendar = "7x24", watch.start = "recovered", watch.stop = "watch_ended",
  watch.limit = {{"II", 168h}};
  c.contract->kinds[0].clocks = {watch};
  c.then(Recovered{"x", 168h}, 1h);
  const auto said = tick(c.state, *c.contract, kT0 + 300h);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].kind(), EventKind::watch_ended);
  apply(c.state, said[0]);
  EXPECT_EQ(c.status("watch", 300h), ClockStatus::met);
}

ClockSpec plan_clock() {
  ClockSpec plan;
  plan.name = "plan", plan.calendar = "7x24", plan.start = "detected", plan.stop = "noted",
  plan.about = "emergency-plan", plan.unless = "recovered", plan.limit = {{"II", 18h}};
  return plan;
}

TEST(Clocks, OnlyANoteAboutItStopsOneThatWaitsForIt) {
  Case c;
  c.contract->kinds[0].clocks = {plan_clock()};
  c.then(Noted{"looked at it", ""}, 1h).then(Noted{"other", "written-report"}, 2h);
  EXPECT_EQ(c.status("plan", 18h), ClockStatus::running);
  EXPECT_EQ(c.status("plan", 18h + 1ms), ClockStatus::breached);
  c.then(Noted{"the plan", "emergency-plan"}, 18h).then(Noted{"again", "emergency-plan"}, 20h);
  EXPECT_EQ(c.view("plan", 30h).stop, kT0 + 18h);
  EXPECT_EQ(c.status("plan", 30h), ClockStatus::met);
}

TEST(Clocks, WhatMakesOneNeedlessEndsItUnlessItWasLate) {
  for (const auto& [recovered, expected] : {std::pair{Duration{18h}, ClockStatus::ended},
                                            std::pair{Duration{18h + 1ms}, ClockStatus::breached}}) {
    Case c;
    c.contract->kinds[0].clocks = {plan_clock()};
    c.then(Recovered{"x", 0h}, recovered);
    EXPECT_EQ(c.status("plan", 40h), expected);
    // What comes after it is no breach, and mends none.
    c.then(Noted{"the plan", "emergency-plan"}, 30h);
    EXPECT_EQ(c.status("plan", 40h), expected);
    EXPECT_EQ(c.view("plan", 40h).why.back().id,
              expected == ClockStatus::ended ? "domain.clock.needless" : "domain.clock.breached");
  }
}

}  // namespace
}  // namespace xj::domain
