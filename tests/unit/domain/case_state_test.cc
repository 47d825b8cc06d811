#include "collector/domain/case_state.h"

#include <gtest/gtest.h>

#include <array>
#include <map>

#include "core/fault.h"
#include "tests/fakes/event_samples.h"

namespace xj::domain {
namespace {

using namespace std::chrono_literals;
using samples::kT0;

class Life {
 public:
  Life& then(Payload payload, Duration after = 0ms, std::string actor = "person:zhang") {
    auto e = samples::event(std::move(payload), static_cast<std::uint32_t>(events.size() + 1));
    e.at = e.known = kT0 + after;
    e.actor = std::move(actor);
    events.push_back(e);
    return *this;
  }
  CaseState state() const { return fold(events); }
  std::vector<Event> events;
};

template <typename P>
P of() {
  return samples::sample(static_cast<P*>(nullptr));
}

// A case in each status, with one standing problem and grade II.
CaseState in(Status status) {
  Life life;
  if (status == Status::none) return life.state();
  life.then(of<Detected>()).then(Graded{"", "II", GradeHow::machine, ""}, 0ms, "system:grading");
  switch (status) {
    case Status::none:
    case Status::open: break;
    case Status::acknowledged: life.then(Acknowledged{}); break;
    case Status::watching: life.then(Recovered{"by hand", 72h}); break;
    case Status::recovered: life.then(Recovered{"by hand", 0h}); break;
    case Status::closed: life.then(Recovered{"by hand", 0h}).then(Closed{}); break;
    case Status::false_alarm: life.then(FalseAlarm{"none"}); break;
    case Status::merged: life.then(Merged{"INC-261120-09", "the same"}); break;
    case Status::closing: life.then(Recovered{"by hand", 0h}).then(CloseRequested{}); break;
    case Status::verified: life.then(Recovered{"by hand", 0h}).then(CloseRequested{}).then(Verified{}); break;
  }
  return life.state();
}

// What each status allows, by the status in the order none, open, acknowledged, watching, recovered, closed,
// false_alarm, closing, verified, merged. A new kind has no overload here and stops the build.
using Row = std::array<bool, kStatuses>;
struct Allowed {
  static constexpr Row first{true, false, false, false, false, false, false, false, false, false};
  static constexpr Row handled{false, true, true, false, false, false, false, false, false, false};
  static constexpr Row living{false, true, true, true, true, false, false, true, true, false};
  static constexpr Row existing{false, true, true, true, true, true, true, true, true, true};
  Row operator()(const Detected&) const { return first; }
  Row operator()(const Joined&) const { return handled; }
  Row operator()(const ProblemChanged&) const { return living; }
  Row operator()(const ProblemCleared&) const { return living; }
  Row operator()(const Graded&) const { return living; }
  Row operator()(const Registered&) const { return living; }
  Row operator()(const Acknowledged&) const {
    return {false, true, false, true, true, false, false, true, true, false};
  }
  Row operator()(const Reported&) const { return living; }
  Row operator()(const Arrived&) const { return living; }
  Row operator()(const Noted&) const { return existing; }
  Row operator()(const Told&) const { return existing; }
  Row operator()(const SignedOff&) const {
    return {false, true, true, true, true, true, false, true, true, false};
  }
  Row operator()(const Recovered&) const { return handled; }
  Row operator()(const Reopened&) const {
    return {false, false, false, true, true, false, false, true, true, false};
  }
  Row operator()(const WatchEnded&) const {
    return {false, false, false, true, false, false, false, false, false, false};
  }
  Row operator()(const Closed&) const {
    return {false, false, false, false, true, false, false, true, true, false};
  }
  Row operator()(const FalseAlarm&) const { return living; }
  Row operator()(const ClockWarning&) const { return living; }
  Row operator()(const ClockBreached&) const { return living; }
  Row operator()(const Paused&) const { return handled; }
  Row operator()(const Resumed&) const { return {}; }  // only when paused, see below
  Row operator()(const Amended&) const { return existing; }
  Row operator()(const Rebound&) const { return living; }
  Row operator()(const CalendarChanged&) const { return living; }
  Row operator()(const ProblemUnwatched&) const { return living; }
  Row operator()(const ProblemWatched&) const { return {}; }  // only when unwatched, see below
  Row operator()(const Opened&) const { return first; }
  Row operator()(const EscalationDrafted&) const { return living; }
  Row operator()(const EscalationApproved&) const { return {}; }  // only when drafted, see below
  Row operator()(const EscalationRejected&) const { return {}; }
  Row operator()(const DependentHeld&) const { return living; }
  Row operator()(const DependentFreed&) const { return {}; }  // only when held, see below
  Row operator()(const CauseFound&) const { return living; }
  Row operator()(const Merged&) const { return living; }
  Row operator()(const Absorbed&) const { return handled; }
  Row operator()(const SplitOff&) const { return first; }
  Row operator()(const ProblemMoved&) const { return living; }
  Row operator()(const CloseRequested&) const {
    return {false, false, false, false, true, false, false, false, false, false};
  }
  Row operator()(const Verified&) const {
    return {false, false, false, false, false, false, false, true, false, false};
  }
  Row operator()(const CloseRejected&) const {
    return {false, false, false, false, false, false, false, true, true, false};
  }
  Row operator()(const ConditionConfirmed&) const { return living; }
};

// What a case becomes where the kind is allowed.
struct Becomes {
  Status before;
  Status operator()(const Detected&) const { return Status::open; }
  Status operator()(const Joined&) const { return before; }
  Status operator()(const ProblemChanged&) const { return before; }
  Status operator()(const ProblemCleared&) const { return before; }
  Status operator()(const Graded&) const { return before; }
  Status operator()(const Registered&) const { return before; }
  Status operator()(const Acknowledged&) const {
    return before == Status::open ? Status::acknowledged : before;
  }
  Status operator()(const Reported&) const { return before; }
  Status operator()(const Arrived&) const { return before; }
  Status operator()(const Noted&) const { return before; }
  Status operator()(const Told&) const { return before; }
  Status operator()(const SignedOff&) const { return before; }
  Status operator()(const Recovered&) const { return Status::watching; }
  Status operator()(const Reopened&) const { return Status::open; }
  Status operator()(const WatchEnded&) const { return Status::recovered; }
  Status operator()(const Closed&) const { return Status::closed; }
  Status operator()(const FalseAlarm&) const { return Status::false_alarm; }
  Status operator()(const ClockWarning&) const { return before; }
  Status operator()(const ClockBreached&) const { return before; }
  Status operator()(const Paused&) const { return before; }
  Status operator()(const Resumed&) const { return before; }
  Status operator()(const Amended&) const { return before; }
  Status operator()(const Rebound&) const { return before; }
  Status operator()(const CalendarChanged&) const { return before; }
  Status operator()(const ProblemUnwatched&) const { return before; }
  Status operator()(const ProblemWatched&) const { return before; }
  Status operator()(const Opened&) const { return Status::open; }
  Status operator()(const EscalationDrafted&) const { return before; }
  Status operator()(const EscalationApproved&) const { return before; }
  Status operator()(const EscalationRejected&) const { return before; }
  Status operator()(const DependentHeld&) const { return before; }
  Status operator()(const DependentFreed&) const { return before; }
  Status operator()(const CauseFound&) const { return before; }
  Status operator()(const Merged&) const { return Status::merged; }
  Status operator()(const Absorbed&) const { return before; }
  Status operator()(const SplitOff&) const { return Status::open; }
  Status operator()(const ProblemMoved&) const { return before; }
  Status operator()(const CloseRequested&) const { return Status::closing; }
  Status operator()(const Verified&) const { return Status::verified; }
  Status operator()(const CloseRejected&) const { return Status::recovered; }
  Status operator()(const ConditionConfirmed&) const { return before; }
};

// The samples, made to fit a case of in().
Payload fitting(Payload p) {
  if (auto* g = std::get_if<Graded>(&p)) g->from = "II", g->to = "I", g->how = GradeHow::changed;
  return p;
}

TEST(CaseState, EveryStatusMeetsEveryKind) {
  int allowed = 0, refused = 0;
  samples::walk([&](const Payload& sample) {
    const auto payload = fitting(sample);
    const Row row = std::visit(Allowed{}, payload);
    for (int i = 0; i < kStatuses; ++i) {
      const auto status = static_cast<Status>(i);
      CaseState s = in(status);
      ASSERT_EQ(s.status, status);
      const auto no = refuse(s, payload);
      const auto where = std::string(to_text(status)) + " x " + std::string(to_text(kind_of(payload)));
      EXPECT_EQ(!no, row[static_cast<std::size_t>(i)]) << where;
      if (no) {
        ++refused;
        EXPECT_TRUE(has_text(no->why.id)) << where << ": " << no->why.id;
        EXPECT_EQ(render(no->why, Lang::zh).find('{'), std::string::npos) << render(no->why, Lang::zh);
        continue;
      }
      ++allowed;
      apply(s, samples::event(payload, s.last_n + 1));
      EXPECT_EQ(s.status, std::visit(Becomes{status}, payload)) << where;
    }
  });
  EXPECT_EQ(allowed + refused, static_cast<int>(kEventKinds) * kStatuses);
}

TEST(CaseState, AnEscalationIsDecidedOnceAndOnlyWhereItWaits) {
  Life life;
  life.then(of<Detected>()).then(of<EscalationDrafted>(), 1min, "system:escalation");
  auto s = life.state();
  ASSERT_NE(s.escalation(0), nullptr);
  EXPECT_EQ(refuse(s, of<EscalationDrafted>())->why.id, "domain.refuse.drafted");
  EXPECT_EQ(refuse(s, EscalationApproved{2, {}, "x"})->why.id, "domain.refuse.no_draft");
  EXPECT_EQ(refuse(s, EscalationRejected{1, ""})->why.id, "domain.refuse.text");
  EXPECT_FALSE(refuse(s, of<EscalationRejected>()));
  EXPECT_FALSE(refuse(s, of<EscalationApproved>()));
  life.then(of<EscalationApproved>(), 2min);
  s = life.state();
  EXPECT_EQ(s.escalation(0), nullptr);
  EXPECT_TRUE(s.escalation(1)->approved);
  EXPECT_EQ(refuse(s, of<EscalationRejected>())->why.id, "domain.refuse.no_draft");
}

TEST(CaseState, WhatIsHeldBackUnderItIsKnownUntilItIsFreed) {
  Life life;
  life.then(of<Detected>()).then(of<DependentHeld>(), 1min, "system:dependency");
  auto s = life.state();
  const auto item = of<DependentHeld>().item;
  ASSERT_NE(s.dependent(item), nullptr);
  EXPECT_EQ(s.standing_problems(), 1U) << "it is no problem of this case";
  EXPECT_EQ(refuse(s, of<DependentHeld>())->why.id, "domain.refuse.held");
  EXPECT_FALSE(refuse(s, of<DependentFreed>()));
  life.then(of<DependentFreed>(), 2min, "system:dependency");
  s = life.state();
  EXPECT_EQ(s.dependent(item), nullptr);
  EXPECT_EQ(refuse(s, of<DependentFreed>())->why.id, "domain.refuse.not_held");
  EXPECT_FALSE(refuse(s, of<DependentHeld>())) << "again";
}

TEST(CaseState, ACauseInAnotherCaseIsSaidOnceARun) {
  Life life;
  life.then(of<Detected>()).then(of<CauseFound>(), 1min, "system:dependency");
  auto s = life.state();
  EXPECT_EQ(refuse(s, of<CauseFound>())->why.id, "domain.refuse.cause_known");
  auto other = of<CauseFound>();
  other.number = "INC-261120-07";
  EXPECT_FALSE(refuse(s, other));
  other.number = s.number;
  EXPECT_TRUE(refuse(s, other)) << "a case is not its own cause";
  life.then(of<ProblemCleared>(), 2min).then(of<Recovered>(), 2min).then(of<Reopened>(), 3min);
  EXPECT_FALSE(refuse(life.state(), of<CauseFound>()));
}

TEST(CaseState, AProblemNobodyWatchesStandsUntilItIsSeenAgain) {
  Life life;
  life.then(of<Detected>()).then(of<ProblemUnwatched>(), 1min, "system:contract");
  auto s = life.state();
  EXPECT_TRUE(s.problems[0].unwatched);
  EXPECT_EQ(s.standing_problems(), 1U) << "that nobody looks is no recovery";
  EXPECT_EQ(refuse(s, of<ProblemUnwatched>())->why.id, "domain.refuse.watched");
  EXPECT_EQ(refuse(s, ProblemUnwatched{{"oa", "http", "web9", ""}})->why.id, "domain.refuse.no_problem");
  EXPECT_FALSE(refuse(s, of<ProblemWatched>()));
  for (const Payload& seen :
       {Payload(of<ProblemWatched>()), Payload(of<ProblemChanged>()), Payload(of<ProblemCleared>())}) {
    auto then = life;
    then.then(seen, 2min);
    EXPECT_FALSE(then.state().problems[0].unwatched) << to_text(kind_of(seen));
  }
  life.then(of<ProblemCleared>(), 2min).then(of<Joined>(), 3min);
  EXPECT_EQ(refuse(life.state(), of<ProblemUnwatched>())->why.id, "domain.refuse.no_problem");
}

TEST(CaseState, KindsHaveConditionsOfTheirOwn) {
  const auto id = [](const CaseState& s, Payload p) {
    const auto no = refuse(s, p);
    return no ? no->why.id : "";
  };
  auto s = in(Status::open);
  EXPECT_EQ(id(s, Joined{samples::kItem, State::critical, {}, {}}), "domain.refuse.joined");
  EXPECT_EQ(id(s, ProblemCleared{{"oa", "http", "web9", ""}, {}}), "domain.refuse.no_problem");
  EXPECT_EQ(id(s, Graded{"III", "I", GradeHow::machine, ""}), "domain.refuse.grade_moved");
  EXPECT_EQ(id(s, Graded{"II", "II", GradeHow::changed, ""}), "domain.refuse.grade_same");
  EXPECT_EQ(id(s, Graded{"II", "II", GradeHow::confirmed, ""}), "");
  EXPECT_EQ(id(s, Graded{"II", "I", GradeHow::confirmed, ""}), "domain.refuse.grade_same");
  EXPECT_EQ(id(s, Recovered{"", 0ms}), "domain.refuse.standing");
  EXPECT_EQ(id(s, Resumed{}), "domain.refuse.not_paused");
  EXPECT_EQ(id(s, ClockBreached{"report", 2, kT0}), "domain.refuse.run");
  EXPECT_EQ(id(s, Rebound{"other", "rev-2", ""}), "domain.refuse.same_revision");
  EXPECT_EQ(id(s, Amended{9, "at", "", "2026-11-20T00:00:00Z", "x"}), "domain.refuse.no_event");
  EXPECT_EQ(id(s, Amended{1, "text", "", "2026-11-20T00:00:00Z", "x"}), "domain.refuse.field");
  EXPECT_EQ(id(s, Amended{1, "at", "", "yesterday", "x"}), "domain.refuse.time");
  EXPECT_EQ(id(in(Status::watching), Reopened{3, "x"}), "domain.refuse.run");
  EXPECT_EQ(id(in(Status::watching), Closed{}), "domain.refuse.watching");
  EXPECT_EQ(id(in(Status::closed), ClockBreached{"report", 1, kT0}), "domain.refuse.status");
  EXPECT_EQ(id(in(Status::closed), ClockBreached{"tell:closed", 1, kT0}), "") << "its end is to be told";
  EXPECT_EQ(id(in(Status::closed), ClockWarning{"tell:closed", 2, "50%", kT0, kT0}), "domain.refuse.run");
  apply(s, samples::event(Paused{"client", ""}, s.last_n + 1));
  EXPECT_EQ(id(s, Paused{"client", ""}), "domain.refuse.paused");
  EXPECT_EQ(id(s, Resumed{}), "");
  EXPECT_EQ(id(in(Status::acknowledged), Acknowledged{}), "domain.refuse.acknowledged");
}

TEST(CaseState, ProblemsGradesAndRunsAreKeptWithTheirHistory) {
  const ItemRef second{"oa", "http", "web2", ""};
  Life life;
  life.then(of<Detected>())
      .then(Graded{"", "III", GradeHow::machine, ""})
      .then(Joined{second, State::warning, {}, {}})
      .then(ProblemChanged{second, State::warning, State::critical, {}, {}})
      .then(Graded{"III", "I", GradeHow::machine, ""})
      .then(ProblemCleared{samples::kItem, {}});
  auto s = life.state();
  ASSERT_EQ(s.problems.size(), 2U);
  EXPECT_TRUE(s.problem(samples::kItem)->cleared);
  EXPECT_EQ(s.problem(second)->state, State::critical);
  EXPECT_EQ(s.problem(second)->joined_n, 3U);
  EXPECT_EQ(s.problem(second)->last_n, 4U);
  EXPECT_EQ(s.standing_problems(), 1U);
  EXPECT_EQ(s.grade, "I");
  EXPECT_EQ(s.grade_in(1, 4), "III");
  EXPECT_EQ(s.grade_in(1, 1), "III") << "the first grade also speaks for what came before it";

  life.then(Paused{"client", ""})
      .then(ProblemCleared{second, {}})
      .then(Recovered{"", 72h}, 1h)
      .then(Reopened{2, ""}, 2h);
  life.then(Joined{second, State::warning, {}, {}}, 2h).then(Graded{"I", "II", GradeHow::changed, ""}, 3h);
  s = life.state();
  EXPECT_EQ(s.run, 2);
  EXPECT_EQ(s.status, Status::open);
  EXPECT_FALSE(s.paused()) << "a recovery ends a pause";
  EXPECT_EQ(s.pauses[0].to_n, 9U);
  EXPECT_EQ(s.start_of(1), 1U);
  EXPECT_EQ(s.start_of(2), 10U);
  EXPECT_EQ(s.grade_in(1), "I");
  EXPECT_EQ(s.grade_in(2), "II");
  EXPECT_EQ(s.problem(second)->joined_n, 3U);
  EXPECT_FALSE(s.problem(second)->cleared);
}

TEST(CaseState, AmendedTimesCountAndTheEarliestOfAKindIsTheFirst) {
  Life life;
  life.then(of<Detected>()).then(Reported{"lead", ""}, 20min).then(Reported{"lead", "again"}, 30min);
  EXPECT_EQ(life.state().first(EventKind::reported, 1), 2U);
  life.then(Amended{3, "at", "", to_iso(kT0 + 5min), "written down wrong"}, 40min);
  const auto s = life.state();
  EXPECT_EQ(s.first(EventKind::reported, 1), 3U);
  EXPECT_EQ(s.at(3), kT0 + 5min);
  EXPECT_TRUE(s.marks[2].amended);
  EXPECT_EQ(s.marks[2].known, kT0 + 30min);
}

TEST(CaseState, WhoAcknowledgedIsOfThePresentRun) {
  Life life;
  life.then(of<Detected>()).then(Acknowledged{}, 1min, "person:li").then(Recovered{"x", 72h}, 2min);
  EXPECT_EQ(life.state().acknowledged_by(), "li");
  life.then(Reopened{2, "x"}, 3min);
  EXPECT_EQ(life.state().acknowledged_by(), "");
}

TEST(CaseState, DamagedListsAreFaults) {
  Life life;
  life.then(of<Detected>()).then(of<Noted>());
  auto gap = life.events;
  gap[1].n = 3;
  EXPECT_THROW(fold(gap), Fault);
  auto foreign = life.events;
  foreign[1].number = "INC-261120-02";
  EXPECT_THROW(fold(foreign), Fault);
  auto headless = std::vector<Event>{samples::event(of<Noted>(), 1)};
  EXPECT_THROW(fold(headless), Fault);
  auto twice = std::vector<Event>{samples::event(of<Detected>(), 1), samples::event(of<Detected>(), 2)};
  EXPECT_THROW(fold(twice), Fault);
  auto amends = life.events;
  amends.push_back(samples::event(Amended{7, "at", "", "2026-11-20T00:00:00Z", "x"}, 3));
  EXPECT_THROW(fold(amends), Fault);
}

}  // namespace
}  // namespace xj::domain
