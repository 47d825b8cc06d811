#include "collector/domain/grading.h"

#include <gtest/gtest.h>

#include "tests/unit/domain/fixture.h"
#include "tests/unit/domain/samples.h"

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

TEST(Grading, WhatTheFactsDoNotTellIsLeftToAPerson) {
  GradeRule peak;
  peak.state = State::critical, peak.during = "peak";
  EXPECT_FALSE(holds(peak, facts(State::critical)));
  GradeRule period;
  period.key_period = true;
  EXPECT_FALSE(holds(period, facts(State::critical)));
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
