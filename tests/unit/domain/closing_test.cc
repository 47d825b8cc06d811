// From recovered to closed where the contract names closing conditions.
#include "collector/domain/closing.h"

#include <gtest/gtest.h>

#include "collector/domain/draft.h"
#include "collector/domain/explain.h"
#include "collector/domain/incident.h"
#include "tests/fakes/event_samples.h"
#include "tests/fakes/small_contract.h"

namespace xj::domain {
namespace {

using namespace std::chrono_literals;
using fixture::kT0;

// The four conditions of the field: running, watched, agreed, documented.
std::shared_ptr<Contract> contract() {
  auto c = fixture::contract();
  auto& kind = c->kinds[0];
  kind.closing = {{{"系统恢复运行", "it runs"}, ClosingProof::recovered, "", {}},
                  {{"观察期已满", "watched"}, ClosingProof::watch_over, "", {}},
                  {{"客户方同意", "client agrees"}, ClosingProof::approved, "lead", {}},
                  {{"文档齐全", "documents complete"}, ClosingProof::documents, "", {}}};
  ClockSpec report;
  report.name = "written_report", report.title = {"书面报告", ""}, report.calendar = "7x24";
  report.start = "detected", report.stop = "noted", report.about = "written-report";
  report.limit = {{"I", 24h}, {"II", 24h}, {"III", 24h}};
  kind.clocks.push_back(report);
  return c;
}

// The word of the last of those who sign, by role.
TEST(Signatures, EachIsGivenOnceARunByItsRoleAndAllOfThemCloseACase) {
  auto c = fixture::contract();
  auto& kind = c->kinds[0];
  kind.signatures = {{{"申请人", "applicant"}, "duty"}, {{"负责人", "lead"}, "lead"}};
  kind.closing = {{{"均已签字", "signed"}, ClosingProof::signed_off, "", {}}};
  CaseState s;
  auto now = kT0;
  const auto then = [&](Payload payload) {
    auto e = samples::event(std::move(payload), s.last_n + 1);
    e.at = e.known = now += 1min, e.actor = "person:zhang";
    apply(s, e);
  };
  const auto signs = [&](const std::string& person, const std::string& part = "") -> std::string {
    Act a;
    a.verb = Verb::sign, a.person = person, a.part = part, a.via = "cli";
    auto out = act(s, *c, a, now += 1min);
    if (const auto* no = std::get_if<Rejection>(&out)) return no->why.id;
    for (const auto& e : std::get<std::vector<Event>>(out)) apply(s, e);
    return std::get<SignedOff>(std::get<std::vector<Event>>(out).front().payload).role;
  };
  const auto closing = [&] { return closing_conditions(s, *c, now).front(); };
  then(Opened{"incident", "oa", "x"});
  EXPECT_EQ(signs("nobody"), "domain.refuse.person");
  EXPECT_EQ(signs("wang", "duty"), "domain.refuse.signers");
  EXPECT_EQ(signs("zhang", "guest"), "domain.refuse.no_part");
  EXPECT_EQ(unsigned_roles(s, *c), (std::vector<std::string>{"duty", "lead"}));
  const auto& lead = c->roles.at("lead").people.front();
  EXPECT_EQ(signs(lead, "lead"), "lead");
  EXPECT_EQ(signs(lead, "lead"), "domain.refuse.signed");
  EXPECT_FALSE(closing().met);
  EXPECT_EQ(closing().why.id, "domain.closing.unsigned");
  EXPECT_FALSE(takes_a_word(closing(), s)) << "nobody may say it for them";
  EXPECT_EQ(signs(c->roles.at("duty").people.front(), "duty"), "duty");
  EXPECT_TRUE(closing().met);
  then(Recovered{"", 168h});
  then(Reopened{2, "again"});
  EXPECT_FALSE(closing().met) << "a reopening asks for every signature again";
  EXPECT_EQ(signs(lead, "lead"), "lead");
}

TEST(Signatures, WhoHoldsSeveralRolesSaysWhich) {
  auto c = fixture::contract();
  c->roles["a"] = {"a", {"甲", ""}, {"zhang"}};
  c->roles["b"] = {"b", {"乙", ""}, {"zhang"}};
  c->kinds[0].signatures = {{{"甲", ""}, "a"}, {{"乙", ""}, "b"}};
  auto e = samples::event(Opened{"incident", "oa", "x"});
  e.at = e.known = kT0;
  CaseState s;
  apply(s, e);
  Act a;
  a.verb = Verb::sign, a.person = "zhang", a.via = "cli";
  const auto refused = act(s, *c, a, kT0 + 1min);
  ASSERT_TRUE(std::holds_alternative<Rejection>(refused));
  EXPECT_EQ(std::get<Rejection>(refused).why.id, "domain.refuse.which_part");
  a.part = "b";
  const auto done = act(s, *c, a, kT0 + 1min);
  ASSERT_TRUE(std::holds_alternative<std::vector<Event>>(done));
  apply(s, std::get<std::vector<Event>>(done).front());
  a.part.clear();
  const auto other = act(s, *c, a, kT0 + 2min);
  ASSERT_TRUE(std::holds_alternative<std::vector<Event>>(other)) << "one is left";
  EXPECT_EQ(std::get<SignedOff>(std::get<std::vector<Event>>(other).front().payload).role, "a");
}

class Closing : public testing::Test {
 protected:
  void SetUp() override {
    auto e = samples::event(Detected{"incident", samples::kItem, State::critical, {}, {}});
    e.at = e.known = now_;
    apply(state_, e), events_.push_back(e);
    then(Graded{"", "II", GradeHow::machine, ""}, "system:grading");
  }
  void then(Payload payload, std::string actor = "person:zhang") {
    now_ += 1min;
    auto e = samples::event(std::move(payload), state_.last_n + 1);
    e.at = e.known = now_, e.actor = std::move(actor);
    ASSERT_FALSE(refuse(state_, e.payload));
    apply(state_, e), events_.push_back(e);
  }
  // The refusal's id, empty when it was done.
  std::string does(Verb verb, const std::string& person = "zhang", std::string text = "", std::uint32_t n = 0,
                   std::string about = "") {
    now_ += 1min;
    Act a;
    a.verb = verb, a.person = person, a.via = "cli", a.text = std::move(text), a.n = n,
    a.about = std::move(about);
    auto out = act(state_, *contract_, a, now_);
    if (const auto* no = std::get_if<Rejection>(&out)) {
      EXPECT_TRUE(has_text(no->why.id)) << no->why.id;
      for (const auto lang : {Lang::zh, Lang::en})
        EXPECT_EQ(render(no->why, lang).find('{'), std::string::npos) << render(no->why, lang);
      said_ = render(no->why, Lang::en);
      return no->why.id;
    }
    for (const auto& e : std::get<std::vector<Event>>(out)) apply(state_, e), events_.push_back(e);
    return "";
  }
  std::string met() const {
    std::string out;
    for (const auto& c : closing_conditions(state_, *contract_, now_)) out += c.met ? '1' : '0';
    return out;
  }
  void recover() {
    then(ProblemCleared{samples::kItem, {}}, "agent:web1");
    then(Recovered{"", 168h}, "system:incident");
  }

  std::shared_ptr<Contract> contract_ = contract();
  Timestamp now_ = kT0;
  CaseState state_;
  std::vector<Event> events_;
  std::string said_;
};

TEST_F(Closing, TheMachineSeesWhatItCanAndPersonsConfirmTheRestByName) {
  EXPECT_EQ(met(), "0000");
  recover();
  EXPECT_EQ(met(), "1000");
  EXPECT_EQ(does(Verb::request_close), "domain.refuse.watching");
  then(WatchEnded{168h}, "system:watch");
  EXPECT_EQ(met(), "1100");
  EXPECT_EQ(does(Verb::close, "zhang"), "domain.refuse.owed");
  EXPECT_EQ(does(Verb::request_close, "zhang", "quiet for a week"), "");
  EXPECT_EQ(state_.status, Status::closing);
  EXPECT_EQ(does(Verb::verify, "zhang"), "domain.refuse.same_person") << "who asks does not answer";
  EXPECT_EQ(does(Verb::verify, "li"), "domain.refuse.conditions");
  EXPECT_NE(said_.find("3 client agrees; 4 documents complete"), std::string::npos) << said_;

  EXPECT_EQ(does(Verb::confirm, "li", "", 0), "domain.refuse.condition");
  EXPECT_EQ(does(Verb::confirm, "li", "", 5), "domain.refuse.condition");
  EXPECT_EQ(does(Verb::confirm, "li", "", 1), "domain.refuse.condition_machine");
  EXPECT_EQ(does(Verb::confirm, "wang", "", 2), "domain.refuse.condition_machine");
  EXPECT_EQ(does(Verb::confirm, "li", "", 3), "domain.refuse.role") << "the client's word, not ours";
  EXPECT_EQ(does(Verb::confirm, "wang", "by telephone", 3), "");
  EXPECT_EQ(does(Verb::confirm, "wang", "", 3), "domain.refuse.confirmed");
  EXPECT_EQ(met(), "1110");
  EXPECT_EQ(closing_conditions(state_, *contract_, now_)[2].by, "wang");
  EXPECT_EQ(does(Verb::confirm, "li", "", 4), "");
  EXPECT_EQ(met(), "1110") << "a report is still owed in writing";
  EXPECT_EQ(does(Verb::note, "li", "sent", 0, "written-report"), "");
  EXPECT_EQ(met(), "1111");
  EXPECT_EQ(does(Verb::close, "li"), "domain.refuse.verify_first");
  EXPECT_EQ(does(Verb::verify, "li", "item by item"), "");
  EXPECT_EQ(state_.status, Status::verified);
  EXPECT_EQ(does(Verb::close, "zhang"), "");
  EXPECT_EQ(state_.status, Status::closed);
}

TEST_F(Closing, ARejectionGoesBackWithItsReasonAndIsAskedAnew) {
  recover();
  then(WatchEnded{168h}, "system:watch");
  EXPECT_EQ(does(Verb::reject, "li", "no"), "domain.refuse.status");
  EXPECT_EQ(does(Verb::request_close), "");
  EXPECT_EQ(does(Verb::reject, "li"), "domain.refuse.text");
  EXPECT_EQ(does(Verb::reject, "li", "the report lacks its annex"), "");
  EXPECT_EQ(state_.status, Status::recovered);
  EXPECT_EQ(does(Verb::request_close, "li"), "") << "asked by another this time";
  EXPECT_EQ(does(Verb::verify, "li"), "domain.refuse.same_person");
  EXPECT_EQ(does(Verb::verify, "zhang"), "domain.refuse.conditions");
}

TEST_F(Closing, AReopeningAsksForEveryWordAgain) {
  recover();
  EXPECT_EQ(does(Verb::confirm, "wang", "", 3), "") << "the word may come before";
  EXPECT_EQ(met(), "1010");
  then(WatchEnded{168h}, "system:watch");
  EXPECT_EQ(does(Verb::request_close), "");
  EXPECT_EQ(does(Verb::reopen, "zhang", "again"), "");
  EXPECT_EQ(state_.status, Status::open);
  EXPECT_EQ(met(), "0000");
  EXPECT_EQ(does(Verb::confirm, "wang", "", 3), "");
}

TEST_F(Closing, WhatStandsIsRecoveredOnlyByAPersonsWord) {
  then(Recovered{"replaced, the check is gone", 0h});
  EXPECT_EQ(met().substr(0, 2), "01");
  EXPECT_EQ(does(Verb::confirm, "li", "looked at it", 1), "");
  EXPECT_EQ(met().substr(0, 2), "11");
}

TEST_F(Closing, WhatEndedWithoutARecoveryMeetsNothing) {
  then(ProblemCleared{samples::kItem, {}}, "agent:web1");
  EXPECT_EQ(does(Verb::false_alarm, "li", "planned work"), "");
  EXPECT_EQ(met(), "0000");
}

TEST_F(Closing, AKindWithoutConditionsClosesAsItDid) {
  contract_ = fixture::contract();
  recover();
  then(WatchEnded{168h}, "system:watch");
  EXPECT_EQ(does(Verb::confirm, "li", "", 1), "domain.refuse.no_conditions");
  EXPECT_EQ(does(Verb::close), "");
}

TEST_F(Closing, IsExplainedInBothLanguages) {
  recover();
  then(WatchEnded{168h}, "system:watch");
  EXPECT_EQ(does(Verb::confirm, "wang", "by telephone", 3), "");
  EXPECT_EQ(does(Verb::request_close), "");
  for (const auto lang : {Lang::zh, Lang::en}) {
    std::string all;
    for (const auto& line : explain(events_, *contract_, now_)) {
      EXPECT_EQ(render(line, lang).find('{'), std::string::npos) << render(line, lang);
      all += render(line, lang) + '\n';
    }
    EXPECT_NE(all.find(lang == Lang::zh ? "关闭条件 3 已满足：客户方同意（王总"
                                        : "closing condition 3 holds: client agrees"),
              std::string::npos)
        << all;
    EXPECT_NE(all.find(lang == Lang::zh ? "关闭条件 4 未满足" : "closing condition 4 is open"),
              std::string::npos)
        << all;
  }
}

}  // namespace
}  // namespace xj::domain
