// Steps up: drafted by time or by a person, approved, told.
#include <gtest/gtest.h>

#include "collector/domain/explain.h"
#include "collector/domain/incident.h"
#include "collector/domain/recheck.h"
#include "collector/domain/routing.h"
#include "collector/domain/tick.h"
#include "tests/fakes/event_samples.h"
#include "tests/fakes/small_contract.h"

namespace xj::domain {
namespace {

using namespace std::chrono_literals;
using fixture::kT0;

// Half an hour before the resolve clock is due the duty is told; at its breach the lead, if the lead
// approves; a third step is for grade I alone. Grade II resolves within 4 h.
std::shared_ptr<Contract> contract() {
  auto c = fixture::contract();
  EscalationStep before, late, grave;
  before.clock = "resolve", before.before = WarnPoint{std::nullopt, 30min}, before.to = {"duty"};
  late.clock = "resolve", late.to = {"lead", "duty"}, late.approve = "lead";
  grave.clock = "report", grave.grades = {"I"}, grave.to = {"lead"};
  c->kinds[0].escalation = {before, late, grave};
  return c;
}

class Escalates : public testing::Test {
 protected:
  void SetUp() override {
    Transition t;
    t.after = {true, State::critical, false, false}, t.at = t.known = kT0, t.evidence = {kT0 - 2min, 3, {}};
    take(step(CaseBook{}, contract_, {"oa", "disk", "web1", "/data"}, t, kT0));
    ASSERT_EQ(state_.grade, "II");
  }
  std::string take(Outcome outcome) {
    if (const auto* no = std::get_if<Rejection>(&outcome)) {
      EXPECT_TRUE(has_text(no->why.id)) << no->why.id;
      for (const auto lang : {Lang::zh, Lang::en})
        EXPECT_EQ(render(no->why, lang).find('{'), std::string::npos) << render(no->why, lang);
      return no->why.id;
    }
    for (const auto& e : std::get<std::vector<Event>>(outcome)) {
      EXPECT_FALSE(refuse(state_, e.payload)) << encode(e);
      if (state_.last_n > 0) {
        EXPECT_TRUE(recheck(state_, *contract_, e).empty()) << encode(e);
      }
      apply(state_, e), events_.push_back(e);
    }
    return "";
  }
  // Kinds of what time alone made, clock events left out.
  std::string at(Duration since) {
    now_ = kT0 + since;
    const auto before = next_deadline(state_, *contract_, now_ - 1ms);
    const auto events = tick(state_, *contract_, now_);
    std::string out;
    for (const auto& e : events)
      if (const auto* d = std::get_if<EscalationDrafted>(&e.payload)) {
        out += std::to_string(d->step);
        EXPECT_TRUE(before && *before <= now_) << "nobody would have looked";
      }
    take(events);
    EXPECT_TRUE(tick(state_, *contract_, now_).empty()) << "said twice";
    return out;
  }
  std::string does(Verb verb, std::string text = "because", std::uint32_t n = 0,
                   std::string person = "zhang") {
    Act a;
    a.verb = verb, a.person = std::move(person), a.via = "cli", a.text = std::move(text), a.n = n;
    return take(act(state_, *contract_, a, now_));
  }
  std::string told() const {
    std::set<std::string> people;
    for (const auto& n : route(events_.back(), state_, *contract_, now_))
      people.insert(n.person + '/' + n.channel);
    std::string out;
    for (const auto& p : people) out += (out.empty() ? "" : " ") + p;
    return out;
  }

  std::shared_ptr<Contract> contract_ = contract();
  CaseState state_;
  std::vector<Event> events_;
  Timestamp now_ = kT0;
};

TEST_F(Escalates, StepsAreDraftedOnceWhenTheirTimeComes) {
  EXPECT_EQ(at(3h + 30min - 1ms), "");
  EXPECT_EQ(at(3h + 30min), "1");
  EXPECT_EQ(told(), "li/hook li/mail zhang/hook zhang/mail") << "no route names it: over every channel";
  EXPECT_EQ(at(4h), "") << "at the limit it is not late";
  EXPECT_EQ(at(4h + 1ms), "2");
  const auto& facts = std::get<EscalationDrafted>(events_.back().payload);
  EXPECT_EQ(facts.clock, "resolve");
  EXPECT_EQ(facts.due, to_iso(kT0 + 4h));
  EXPECT_EQ(facts.grade, "II");
  EXPECT_EQ(facts.approve, "lead");
  EXPECT_EQ(events_.back().reason.id, "domain.why.escalated_late");
  EXPECT_EQ(told(), "wang/hook wang/mail") << "who must approve it";
  const auto body = route(events_.back(), state_, *contract_, now_).front().body;
  bool course = false;
  for (const auto& line : body) course = course || line.id == "domain.notify.course";
  EXPECT_TRUE(course);
  EXPECT_EQ(at(9h), "") << "and not for grade I alone";
}

TEST_F(Escalates, AfterALongAbsenceAllStepsFollowInOrder) { EXPECT_EQ(at(20h), "12"); }

TEST_F(Escalates, WhatRecoveredInTimeIsNotEscalated) {
  now_ = kT0 + 1h;
  EXPECT_EQ(does(Verb::recover), "");
  EXPECT_EQ(at(20h), "");
}

TEST_F(Escalates, APauseMovesItAndAGradeChoosesTheStep) {
  now_ = kT0 + 1h;
  Act a;
  a.verb = Verb::pause, a.person = "zhang", a.via = "cli", a.reason = "client", a.text = "x";
  EXPECT_EQ(take(act(state_, *contract_, a, now_)), "");
  EXPECT_EQ(at(3h), "");
  EXPECT_EQ(does(Verb::resume), "");
  EXPECT_EQ(at(3h + 30min), "") << "two hours later now";
  a.verb = Verb::grade, a.grade = "I";
  EXPECT_EQ(take(act(state_, *contract_, a, now_)), "");
  EXPECT_EQ(at(3h + 30min), "13") << "grade I resolves in 2 h, four with the pause; its report is late";
  EXPECT_EQ(at(4h + 1ms), "2");
}

TEST_F(Escalates, TheRoleApprovesAndTheNextIsTold) {
  at(4h + 1ms);
  EXPECT_EQ(does(Verb::approve, "agreed", 0, "zhang"), "domain.refuse.role");
  EXPECT_EQ(does(Verb::approve, "", 0, "wang"), "domain.refuse.text");
  EXPECT_EQ(does(Verb::approve, "agreed", 1, "wang"), "domain.refuse.no_draft") << "step 1 asks nobody";
  EXPECT_EQ(does(Verb::approve, "effects assessed, agreed", 2, "wang"), "");
  EXPECT_EQ(events_.back().kind(), EventKind::escalation_approved);
  EXPECT_EQ(told(), "li/hook li/mail wang/hook wang/mail zhang/hook zhang/mail");
  EXPECT_EQ(does(Verb::approve, "again", 0, "wang"), "domain.refuse.no_draft");
  EXPECT_EQ(does(Verb::escalate), "domain.refuse.steps_done");
  EXPECT_EQ(does(Verb::escalate, "still nothing", 2), "") << "by hand again";
}

TEST_F(Escalates, ARejectionIsToldToWhoAnswersForTheClockAndMayBeTriedAgain) {
  contract_->kinds[0].clocks[2].to = "duty";
  at(4h + 1ms);
  EXPECT_EQ(does(Verb::disapprove, "nearly done", 0, "wang"), "");
  EXPECT_EQ(told(), "li/hook li/mail zhang/hook zhang/mail");
  EXPECT_EQ(at(8h), "") << "the machine does not insist";
  EXPECT_EQ(does(Verb::escalate, "it is not done"), "");
  EXPECT_EQ(std::get<EscalationDrafted>(events_.back().payload).step, 2);
  EXPECT_EQ(does(Verb::escalate, "it is not done", 2), "domain.refuse.drafted");
}

TEST_F(Escalates, APersonEscalatesAtAnyTime) {
  EXPECT_EQ(does(Verb::escalate, ""), "domain.refuse.text");
  EXPECT_EQ(does(Verb::escalate, "x", 4), "domain.refuse.step");
  EXPECT_EQ(does(Verb::escalate, "the client calls every minute"), "");
  EXPECT_EQ(std::get<EscalationDrafted>(events_.back().payload).step, 1);
  EXPECT_EQ(events_.back().actor, "person:zhang");
  EXPECT_EQ(at(4h), "") << "the step was taken";
  EXPECT_EQ(at(4h + 1ms), "2");
  contract_ = fixture::contract();
  EXPECT_EQ(does(Verb::escalate), "domain.refuse.no_steps");
}

TEST_F(Escalates, ANamedRouteChoosesTheChannel) {
  contract_->routes.push_back({"up", {"escalation_drafted"}, {}, {}, {"hook"}});
  at(3h + 30min);
  EXPECT_EQ(told(), "li/hook zhang/hook");
}

TEST_F(Escalates, IsExplainedInBothLanguages) {
  at(4h + 1ms);
  for (const auto lang : {Lang::zh, Lang::en}) {
    std::string all;
    for (const auto& line : explain(events_, *contract_, now_)) {
      EXPECT_EQ(render(line, lang).find('{'), std::string::npos) << render(line, lang);
      all += render(line, lang) + '\n';
    }
    EXPECT_NE(all.find(lang == Lang::zh ? "升级第 2 步待总负责人审批" : "escalation step 2 waits"),
              std::string::npos)
        << all;
  }
}

}  // namespace
}  // namespace xj::domain
