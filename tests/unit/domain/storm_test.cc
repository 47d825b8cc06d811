// The message that says what the storm brake held, and what it may hold.
#include "collector/domain/storm.h"

#include <gtest/gtest.h>

#include <set>

#include "collector/domain/explain.h"
#include "tests/fakes/small_contract.h"

namespace xj::domain {
namespace {

Withheld one(const std::string& number, const std::string& grade, EventKind kind = EventKind::detected,
             bool again = false) {
  return {number, grade, "@[" + grade + " 级|grade " + grade + "]", "@[门户|portal]", "磁盘 /data",
          kind,   again};
}
std::string rendered(const StormSummary& summary, Lang lang) {
  auto out = render(summary.subject, lang) + '\n';
  for (const auto& line : summary.body) out += render(line, lang) + '\n';
  return out;
}

TEST(Storm, NamesEachCaseOnceWithAllThatWasSaidOfIt) {
  const auto contract = fixture::contract();
  const auto summary =
      sum_up({one("A-01", "III"), one("A-02", "II"), one("A-03", "II"), one("A-01", "III", EventKind::graded),
              one("A-03", "II", EventKind::recovered), one("A-02", "II", EventKind::detected, true)},
             *contract, {}, false);
  EXPECT_EQ(summary.numbers, (std::vector<std::string>{"A-02", "A-01", "A-03"}))
      << "the most severe first, those that are over last";
  const auto en = rendered(summary, Lang::en), zh = rendered(summary, Lang::zh);
  EXPECT_NE(en.find("6 messages about 3 cases"), std::string::npos) << en;
  EXPECT_NE(en.find("[grade III] A-01 portal, 磁盘 /data: detected, graded\n"), std::string::npos) << en;
  EXPECT_NE(en.find("A-03 portal, 磁盘 /data: detected, recovered\n"), std::string::npos) << en;
  EXPECT_NE(en.find("A-02 portal, 磁盘 /data: detected, still not acknowledged\n"), std::string::npos) << en;
  EXPECT_NE(zh.find("【III 级】A-01 门户 磁盘 /data"), std::string::npos) << zh;
  for (const auto& text : {en, zh}) {
    EXPECT_EQ(text.find('{'), std::string::npos) << text;
    EXPECT_EQ(text.find('@'), std::string::npos) << text;
  }
  EXPECT_EQ(summary.body.back().id, "domain.storm.goes_on");
  EXPECT_EQ(sum_up({one("A-01", "I")}, *contract, {}, true).body.back().id, "domain.storm.over");
}

TEST(Storm, WhatPeopleDidSinceIsHowACaseStands) {
  const auto contract = fixture::contract();
  const auto is = [](Withheld what, Status status) {
    what.status = status;
    return what;
  };
  const auto summary = sum_up({is(one("A-01", "I"), Status::false_alarm),
                               is(one("A-02", "III", EventKind::recovered), Status::watching),
                               is(one("A-03", "III", EventKind::recovered), Status::open),
                               is(one("A-04", "III", EventKind::detected, true), Status::acknowledged),
                               is(one("A-05", "II", EventKind::detected, true), Status::open),
                               is(one("A-06", "II"), Status::acknowledged)},
                              *contract, {}, false);
  EXPECT_EQ(summary.numbers, (std::vector<std::string>{"A-05", "A-06", "A-03", "A-04", "A-01", "A-02"}));
  const auto en = rendered(summary, Lang::en);
  for (const auto* line :
       {"A-01 portal, 磁盘 /data: detected, false alarm\n", "A-02 portal, 磁盘 /data: recovered\n",
        "A-03 portal, 磁盘 /data: recovered, open\n", "A-04 portal, 磁盘 /data: being handled\n",
        "A-05 portal, 磁盘 /data: still not acknowledged\n", "A-06 portal, 磁盘 /data: detected\n"})
    EXPECT_NE(en.find(line), std::string::npos) << line << en;
}

TEST(Storm, ACaseStandsAsItsStateSays) {
  const auto contract = fixture::contract();
  CaseState state;
  state.case_kind = "incident", state.grade = "II", state.text = "登录很慢", state.status = Status::watching;
  const auto now = case_now(state, *contract);
  EXPECT_EQ(now.grade_id, "II");
  EXPECT_EQ(now.grade, title_argument({"二级", ""}, "II"));
  EXPECT_EQ(now.title, "登录很慢");
  EXPECT_EQ(now.status, Status::watching);
  state.grade.clear();
  EXPECT_EQ(case_now(state, *contract).grade, "@domain.grade.none");
}

TEST(Storm, OfVeryManyItStillNamesEachOnce) {
  const auto contract = fixture::contract();
  for (const auto count : {kWholeLines, kWholeLines + 1, kWholeLines + 50, kWholeLines + 173}) {
    std::vector<Withheld> all;
    for (std::size_t i = 0; i < count; ++i) all.push_back(one("C" + std::to_string(10'000 + i), "II"));
    const auto summary = sum_up(all, *contract, {}, false);
    EXPECT_EQ(summary.numbers.size(), count);
    const auto text = rendered(summary, Lang::en);
    for (const auto& number : summary.numbers) {
      const auto at = text.find(number);
      ASSERT_NE(at, std::string::npos) << number;
      EXPECT_EQ(text.find(number, at + 1), std::string::npos) << number;
    }
    EXPECT_LE(summary.body.size(), kWholeLines + 6);
  }
}

TEST(Storm, IsAboutWhatTheMachineSaysByItself) {
  EXPECT_TRUE(is_braked(EventKind::detected, "system:engine"));
  EXPECT_TRUE(is_braked(EventKind::recovered, "agent:web1"));
  EXPECT_TRUE(is_braked(EventKind::clock_breached, "system:clock"));
  EXPECT_FALSE(is_braked(EventKind::opened, "person:zhang"));
  EXPECT_FALSE(is_braked(EventKind::recovered, "person:zhang"));
  EXPECT_FALSE(is_braked(EventKind::escalation_drafted, "system:escalation"));
}

TEST(Storm, TheGravestGradeIsTheFirstOfSeveral) {
  auto contract = fixture::contract();
  CaseState state;
  state.case_kind = "incident", state.grade = "I";
  EXPECT_TRUE(is_gravest(state, *contract));
  state.grade = "II";
  EXPECT_FALSE(is_gravest(state, *contract));
  state.grade.clear();
  EXPECT_FALSE(is_gravest(state, *contract));
  contract->kinds[0].grades.resize(1);
  state.grade = "I";
  EXPECT_FALSE(is_gravest(state, *contract)) << "else nothing would ever be held";
  state.case_kind = "gone";
  EXPECT_FALSE(is_gravest(state, *contract));
}

TEST(Storm, ACaseIsCalledByWhatWasReportedOrByWhatStands) {
  const auto contract = fixture::contract();
  CaseState state;
  EXPECT_EQ(case_title(state, *contract), "");
  CaseProblem over, stands;
  over.item = {"oa", "disk", "web1", "/data"}, over.cleared = true;
  stands.item = {"oa", "disk", "web1", "/var"};
  state.problems = {over};
  EXPECT_NE(case_title(state, *contract).find("/data"), std::string::npos);
  state.problems.push_back(stands);
  EXPECT_NE(case_title(state, *contract).find("/var"), std::string::npos);
  state.text = "登录很慢";
  EXPECT_EQ(case_title(state, *contract), "登录很慢");
}

}  // namespace
}  // namespace xj::domain
