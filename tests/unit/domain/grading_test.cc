#include "collector/domain/grading.h"

#include <gtest/gtest.h>

#include "tests/fakes/event_samples.h"
#include "tests/fakes/small_contract.h"

namespace xj::domain {
namespace {

using namespace std::chrono_literals;
using fixture::kT0;

CaseKind one_rule(GradeRule rule) {
  CaseKind kind;
  kind.grades = {{"I", {}, {std::move(rule)}, {}}, {"II", {}, {}, {}}};
  return kind;
}
bool holds(const GradeRule& rule, const GradingFacts& facts) {
  return propose_grade(one_rule(rule), facts)->grade == "I";
}
GradingFacts facts(State state, std::string kind = "http", std::vector<std::string> tags = {}) {
  GradingFacts f;
  f.problems = {{state, std::move(kind), std::move(tags)}};
  return f;
}

TEST(Grading, AStateMeansThatOrWorse) {
  GradeRule r;
  r.state = State::unknown;
  EXPECT_FALSE(holds(r, facts(State::warning)));
  EXPECT_TRUE(holds(r, facts(State::unknown)));
  EXPECT_TRUE(holds(r, facts(State::critical)));
  EXPECT_FALSE(holds(r, {}));
}

// 2026-11-20 is a Friday; 10:30 to 11:30 is worked, then nothing until Monday.
struct AtPeak {
  AtPeak() {
    WorkCalendar peak;
    peak.id = "peak", peak.zone = contract->zone, peak.segments = {{10h + 30min, 11h + 30min}};
    contract->calendars.emplace("peak", peak);
    CaseKind& kind = contract->kinds[0];
    kind.grades = {{"I", {}, {}, {}}, {"II", {}, {}, {}}};
    GradeRule rule;
    rule.state = State::critical, rule.during = "peak";
    kind.grades[0].when = {rule};
    apply(state,
          samples::event(Detected{"incident", {"oa", "http", "web1", ""}, State::critical, {}, {}}, 1));
    apply(state, samples::event(Graded{"", "II", GradeHow::machine, ""}, 2));
  }
  GradeRule& rule() { return contract->kinds[0].grades[0].when[0]; }
  Timestamp when(const char* local) const { return *parse_iso(std::string(local) + ":00+08:00"); }
  bool graded(Timestamp t) const { return regrade(state, *contract, t).has_value(); }
  std::shared_ptr<Contract> contract = fixture::contract();
  CaseState state;
};

TEST(Grading, ARuleOfPeakHoursHoldsOnlyInThem) {
  AtPeak at;
  ASSERT_EQ(at.state.at(1), at.when("2026-11-20T09:00"));
  EXPECT_FALSE(at.graded(at.when("2026-11-20T10:29")));
  EXPECT_TRUE(at.graded(at.when("2026-11-20T10:30")));
  EXPECT_FALSE(at.graded(at.when("2026-11-20T11:30")));
  EXPECT_LE(*next_grading(at.state, *at.contract, at.when("2026-11-20T09:00")),
            at.when("2026-11-20T10:30") + 1ms);
  EXPECT_LE(*next_grading(at.state, *at.contract, at.when("2026-11-20T11:30")),
            at.when("2026-11-23T10:30") + 1ms);
}

TEST(Grading, WhatMustLastAtPeakCountsPeakHoursAlone) {
  AtPeak at;
  at.rule().lasting = 90min;
  EXPECT_FALSE(at.graded(at.when("2026-11-20T18:00"))) << "an hour of peak and much else";
  EXPECT_FALSE(at.graded(at.when("2026-11-23T11:00") - 1ms));
  EXPECT_TRUE(at.graded(at.when("2026-11-23T11:00")));
  EXPECT_EQ(next_grading(at.state, *at.contract, at.when("2026-11-20T09:00")), at.when("2026-11-23T11:00"));
}

TEST(Grading, ARuleOfKeyPeriodsHoldsOnTheirDays) {
  AtPeak at;
  at.rule().during.clear(), at.rule().key_period = true;
  EXPECT_FALSE(at.graded(at.when("2026-11-20T23:59")));
  KeyPeriod period;
  const auto saturday = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21};
  period.dates = {{Date{saturday.time_since_epoch()}, Date{saturday.time_since_epoch()}}};
  at.contract->key_periods = {period};
  EXPECT_FALSE(at.graded(at.when("2026-11-20T23:59")));
  EXPECT_TRUE(at.graded(at.when("2026-11-21T00:00")));
  EXPECT_TRUE(at.graded(at.when("2026-11-21T23:59")));
  EXPECT_FALSE(at.graded(at.when("2026-11-22T00:00")));
  EXPECT_EQ(next_grading(at.state, *at.contract, at.when("2026-11-20T12:00")), at.when("2026-11-21T00:00"));
  at.contract->key_periods[0].systems = {"other"};
  EXPECT_FALSE(at.graded(at.when("2026-11-21T00:00")));
  at.contract->key_periods[0].systems = {"oa"};
  EXPECT_TRUE(at.graded(at.when("2026-11-21T00:00")));
  at.contract->key_periods[0].dates.clear(), at.contract->key_periods[0].months = {12};
  EXPECT_FALSE(at.graded(at.when("2026-11-30T00:00")));
  EXPECT_TRUE(at.graded(at.when("2026-12-01T00:00")));
}

TEST(Grading, StateKindAndTagsMustHoldOfOneProblem) {
  GradeRule r;
  r.state = State::critical, r.kinds = {"disk", "http"}, r.tags = {"security"};
  EXPECT_TRUE(holds(r, facts(State::critical, "disk", {"capacity", "security"})));
  EXPECT_FALSE(holds(r, facts(State::critical, "disk", {"capacity"})));
  EXPECT_FALSE(holds(r, facts(State::critical, "tcp", {"security"})));
  GradingFacts split;
  split.problems = {{State::critical, "disk", {}}, {State::warning, "disk", {"security"}}};
  EXPECT_FALSE(holds(r, split)) << "one is critical, another is of security";
}

TEST(Grading, WeightSharesAndDurationAreAtLeast) {
  auto f = facts(State::critical);
  f.weight = 3, f.hosts_share = 50, f.points_share = 33.4, f.lasting = 2h;
  GradeRule r;
  r.weight = 3;
  EXPECT_TRUE(holds(r, f));
  r.weight = 4;
  EXPECT_FALSE(holds(r, f));
  r = {};
  r.hosts_share = 50;
  EXPECT_TRUE(holds(r, f));
  r.hosts_share = 50.1;
  EXPECT_FALSE(holds(r, f));
  r = {};
  r.points_share = 33;
  EXPECT_TRUE(holds(r, f));
  r.points_share = 34;
  EXPECT_FALSE(holds(r, f));
  r = {};
  r.lasting = 2h;
  EXPECT_TRUE(holds(r, f));
  r.lasting = 2h + 1ms;
  EXPECT_FALSE(holds(r, f));
}

TEST(Grading, ReasonsAreTheContractsWordsOrTheConditions) {
  GradeRule r;
  r.state = State::critical, r.hosts_share = 50, r.kinds = {"http", "tcp"}, r.lasting = 90min;
  auto f = facts(State::critical);
  f.hosts_share = 60, f.lasting = 2h;
  EXPECT_EQ(render(propose_grade(one_rule(r), f)->reason, Lang::en),
            "I, because its conditions hold: state >= critical, kind http|tcp, hosts >= 50%, lasting "
            ">= 1h30m");
  r.text = "系统停止运行";
  EXPECT_EQ(render(propose_grade(one_rule(r), f)->reason, Lang::zh), "定为I，依据合同：系统停止运行");
  EXPECT_EQ(render(propose_grade(one_rule(r), {})->reason, Lang::en),
            "II, because no rule of a more severe grade applies");
  EXPECT_FALSE(propose_grade(CaseKind{}, f));
}

TEST(Grading, FactsAreOfTheSystem) {
  const auto contract = fixture::contract();
  CaseState s;
  const auto add = [&](Payload p) { apply(s, samples::event(std::move(p), s.last_n + 1)); };
  add(Detected{"incident", {"oa", "http", "web1", ""}, State::critical, {}, {}});
  auto f = grading_facts(s, *contract, kT0 + 90min);
  EXPECT_EQ(f.weight, 3);
  EXPECT_EQ(f.hosts_share, 50);
  EXPECT_EQ(f.points_share, 50) << "one of two that a check speaks for; the manual one does not count";
  EXPECT_EQ(f.lasting, 90min);
  ASSERT_EQ(f.problems.size(), 1U);
  EXPECT_EQ(f.problems[0].kind, "http");
  add(Joined{{"oa", "docs", "web2", ""}, State::warning, {}, {}});
  f = grading_facts(s, *contract, kT0);
  EXPECT_EQ(f.hosts_share, 100);
  EXPECT_EQ(f.points_share, 50) << "a warning is not down";
  add(ProblemCleared{{"oa", "http", "web1", ""}, {}});
  f = grading_facts(s, *contract, kT0);
  EXPECT_EQ(f.hosts_share, 50);
  EXPECT_EQ(f.points_share, 0);
  add(Joined{{"oa", "", "web1", ""}, State::unknown, {}, {}});
  EXPECT_EQ(grading_facts(s, *contract, kT0).problems.back().kind, "agent");
}

TEST(Grading, TheNextLastingRuleIsKnownInAdvance) {
  const auto contract = fixture::contract();
  CaseState s;
  apply(s, samples::event(Detected{"incident", {"oa", "disk", "web1", ""}, State::warning, {}, {}}, 1));
  apply(s, samples::event(Graded{"", "III", GradeHow::machine, ""}, 2));
  EXPECT_EQ(next_grading(s, *contract, kT0), kT0 + 2h);
  EXPECT_FALSE(regrade(s, *contract, kT0 + 2h - 1ms));
  EXPECT_EQ(regrade(s, *contract, kT0 + 2h)->grade, "II");
  apply(s, samples::event(Graded{"III", "II", GradeHow::machine, ""}, 3));
  EXPECT_FALSE(next_grading(s, *contract, kT0 + 1h)) << "the rule belongs to a grade it already has";
  apply(s, samples::event(Recovered{"x", 0h}, 4));
  EXPECT_FALSE(regrade(s, *contract, kT0 + 5h)) << "nothing is graded once it is over";
}

}  // namespace
}  // namespace xj::domain
