#include "collector/domain/incident.h"

#include <gtest/gtest.h>

#include "collector/domain/clock.h"
#include "collector/domain/explain.h"
#include "collector/domain/routing.h"
#include "collector/domain/tick.h"
#include "tests/fakes/event_samples.h"
#include "tests/fakes/small_contract.h"

namespace xj::domain {
namespace {

using namespace std::chrono_literals;
using fixture::kT0;

const ItemRef kHttp{"oa", "http", "web1", ""};

Transition bad(State state = State::critical, Duration at = 0ms) {
  Transition t;
  t.after = {true, state, false, false};
  t.at = kT0 + at, t.known = kT0 + at;
  t.message = Message::literal("HTTP 500");
  t.reason = {"domain.why.hard", {{"state", "@core.state.critical"}, {"count", "3"}}};
  t.evidence = {kT0 + at - 2min, 3, {}};
  return t;
}
Transition well(Duration at) {
  Transition t = bad(State::critical, at);
  std::swap(t.before, t.after);
  return t;
}

struct World {
  std::shared_ptr<Contract> contract = fixture::contract();
  CaseBook book;
  std::vector<Event> take(Outcome outcome, Timestamp now = kT0) {
    if (std::holds_alternative<Rejection>(outcome)) {
      ADD_FAILURE() << render(std::get<Rejection>(outcome).why, Lang::en);
      return {};
    }
    auto events = std::get<std::vector<Event>>(std::move(outcome));
    for (const auto& e : events) book.apply(e, contract, now);
    return events;
  }
  const CaseState& only() const { return book.cases().begin()->second.state; }
  std::string refusal(const Act& a, Duration now = 1h) {
    const auto out = act(only(), *contract, a, kT0 + now);
    const auto* no = std::get_if<Rejection>(&out);
    if (no == nullptr) return "";
    EXPECT_TRUE(has_text(no->why.id)) << no->why.id;
    EXPECT_EQ(render(no->why, Lang::en).find('{'), std::string::npos) << render(no->why, Lang::en);
    return no->why.id;
  }
};

Act by(Verb verb, std::string text = "") {
  Act a;
  a.verb = verb, a.person = "zhang", a.via = "cli", a.text = std::move(text);
  return a;
}

TEST(Incident, AnOpeningCarriesEverythingAReaderNeeds) {
  World w;
  const auto events = w.take(step(w.book, w.contract, kHttp, bad(), kT0 + 3s));
  ASSERT_EQ(events.size(), 2U);
  const auto& e = events[0];
  EXPECT_EQ(e.contract, "office-oa");
  EXPECT_EQ(e.number, "INC-261120-01");
  EXPECT_EQ(e.n, 1U);
  EXPECT_EQ(e.at, kT0);
  EXPECT_EQ(e.known, kT0 + 3s);
  EXPECT_EQ(e.actor, "agent:web1");
  EXPECT_EQ(e.via, "ingest");
  EXPECT_EQ(e.revision, "rev-1");
  EXPECT_EQ(e.calendar, "cn-2026-1");
  EXPECT_EQ(e.reason.id, "domain.why.hard");
  const auto& d = std::get<Detected>(e.payload);
  EXPECT_EQ(d.case_kind, "incident");
  EXPECT_EQ(d.item, kHttp);
  EXPECT_EQ(d.message, Message::literal("HTTP 500"));
  EXPECT_EQ(d.evidence.attempts, 3);
  EXPECT_EQ(std::get<Graded>(events[1].payload).to, "II");
  EXPECT_EQ(events[1].reason.id, "domain.grade.rule");
}

TEST(Incident, OneOpenCaseOfASystemTakesAllItsProblems) {
  World w;
  w.take(step(w.book, w.contract, kHttp, bad(), kT0));
  const auto joined =
      w.take(step(w.book, w.contract, {"oa", "disk", "web2", "/"}, bad(State::warning, 1min), kT0 + 1min));
  ASSERT_EQ(joined.size(), 1U);
  EXPECT_EQ(joined[0].kind(), EventKind::joined);
  EXPECT_EQ(joined[0].number, "INC-261120-01");
  const auto other = w.take(step(w.book, w.contract, {"hr", "http", "web2", ""}, bad(), kT0 + 2min));
  EXPECT_EQ(other[0].number, "INC-261120-02");
  EXPECT_EQ(w.book.size(), 2U);
}

TEST(Incident, TransitionsOfNoCaseAreNothing) {
  World w;
  EXPECT_TRUE(w.take(step(w.book, w.contract, kHttp, well(1min), kT0)).empty());
  Transition flat;
  EXPECT_TRUE(w.take(step(w.book, w.contract, kHttp, flat, kT0)).empty());
  auto better = bad(State::warning);
  better.before = {true, State::critical, false, false};
  EXPECT_TRUE(w.take(step(w.book, w.contract, kHttp, better, kT0)).empty())
      << "what only gets better opens nothing";
  w.contract->kinds[0].from_checks = false;
  EXPECT_TRUE(w.take(step(w.book, w.contract, kHttp, bad(), kT0)).empty())
      << "checks open no case under this contract";
}

TEST(Incident, TheHundredthOfADayGoesOnWithThreeDigits) {
  World w;
  w.book.remember_number({"office-oa", "INC-261120-99"});
  w.book.remember_number({"other", "INC-261120-500"});
  w.book.remember_number({"office-oa", "INC-261121-50"});
  const auto opened = w.take(step(w.book, w.contract, kHttp, bad(), kT0));
  ASSERT_EQ(opened.size(), 2U);
  EXPECT_EQ(opened[0].number, "INC-261120-100");
  const auto next = w.take(step(w.book, w.contract, {"hr", "http", "web2", ""}, bad(), kT0));
  EXPECT_EQ(next[0].number, "INC-261120-101");
}

TEST(Incident, ANumberOfAnotherPatternIsStoodClearOf) {
  World w;
  w.contract->kinds[0].number = "{nn}";
  w.book.remember_number({"office-oa", "99"});
  w.book.remember_number({"office-oa", "0100"});
  EXPECT_EQ(w.take(step(w.book, w.contract, kHttp, bad(), kT0))[0].number, "100");
  w.contract->kinds[0].number = "1{nn}";  // changed by a supplement: its first is taken
  w.book.remember_number({"office-oa", "101"});
  const auto other = w.take(step(w.book, w.contract, {"hr", "http", "web2", ""}, bad(), kT0));
  EXPECT_FALSE(other.empty());
  EXPECT_EQ(other[0].number, "102");
}

TEST(Incident, ARecoveryByItselfBeginsTheWatchOfItsGrade) {
  World w;
  w.take(step(w.book, w.contract, kHttp, bad(), kT0));
  const auto events = w.take(step(w.book, w.contract, kHttp, well(10min), kT0 + 10min));
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(std::get<Recovered>(events[1].payload).watch, 168h);
  EXPECT_EQ(events[1].actor, "system:incident");
  EXPECT_EQ(w.only().status, Status::watching);
}

TEST(Incident, AfterTheWatchANewCaseOpensEvenWhenTheTickIsLate) {
  World w;
  w.take(step(w.book, w.contract, kHttp, bad(), kT0));
  w.take(step(w.book, w.contract, kHttp, well(10min), kT0 + 10min));
  const auto at_end = kT0 + 10min + 168h;
  auto again = bad(State::critical, 10min + 168h);
  auto reopened = step(w.book, w.contract, kHttp, again, at_end);
  EXPECT_EQ(std::get<std::vector<Event>>(reopened)[0].kind(), EventKind::reopened);
  again.at += 1ms;
  const auto fresh = w.take(step(w.book, w.contract, kHttp, again, at_end + 1ms));
  EXPECT_EQ(fresh[0].kind(), EventKind::detected);
  EXPECT_EQ(fresh[0].number, "INC-261127-01");
}

TEST(Incident, ACaseIsDecidedUnderTheRevisionItIsBoundTo) {
  World w;
  w.take(step(w.book, w.contract, kHttp, bad(), kT0));
  auto newer = fixture::contract();
  newer->revision = "rev-2", newer->calendar_edition = "cn-2026-2";
  newer->kinds[0].watch["II"] = 1h;
  const auto cleared = step(w.book, newer, kHttp, well(10min), kT0 + 10min);
  const auto& events = std::get<std::vector<Event>>(cleared);
  EXPECT_EQ(events.back().revision, "rev-1");
  EXPECT_EQ(std::get<Recovered>(events.back().payload).watch, 168h);

  const auto moved = rebind(w.only(), *newer, "supplement signed", "person:wang", kT0 + 5min);
  const auto& both = std::get<std::vector<Event>>(moved);
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(std::get<Rebound>(both[0].payload).to, "rev-2");
  EXPECT_EQ(both[1].calendar, "cn-2026-2");
  for (const auto& e : both) w.book.apply(e, newer, kT0 + 5min);
  EXPECT_EQ(w.only().revision, "rev-2");
  EXPECT_TRUE(
      std::get<std::vector<Event>>(rebind(w.only(), *newer, "again", "person:wang", kT0 + 6min)).empty());
  const auto after = step(w.book, newer, kHttp, well(10min), kT0 + 10min);
  EXPECT_EQ(std::get<Recovered>(std::get<std::vector<Event>>(after).back().payload).watch, 1h);
}

TEST(Incident, WhatLeftTheContractIsSaidOnceAndStands) {
  World w;
  w.take(step(w.book, w.contract, kHttp, bad(), kT0));
  auto silent = bad(State::unknown);
  silent.after.silent = true;
  w.take(step(w.book, w.contract, {"oa", "", "web2", ""}, silent, kT0));
  const auto review = [&](const Contract* in_force, std::set<std::string> revoked = {}) {
    auto events = review_watch(w.only(), *w.contract, in_force, revoked, kT0 + 1h);
    for (const auto& e : events) w.book.apply(e, w.contract, kT0 + 1h);
    std::string said;
    for (const auto& e : events) {
      EXPECT_TRUE(has_text(e.reason.id)) << e.reason.id;
      EXPECT_EQ(render(e.reason, Lang::zh).find('{'), std::string::npos);
      EXPECT_EQ(e.actor, "system:contract");
      said += std::string(to_text(e.kind())) + ' ' + e.reason.id + ';';
    }
    return said;
  };
  EXPECT_EQ(review(w.contract.get()), "");
  auto without_check = *w.contract;
  std::erase_if(without_check.systems[0].checks, [](const CheckSpec& c) { return c.id == "http"; });
  EXPECT_EQ(review(&without_check), "problem_unwatched domain.why.unwatched.check;");
  EXPECT_EQ(review(&without_check), "") << "said once";
  EXPECT_EQ(w.only().standing_problems(), 2U);
  EXPECT_TRUE(is_handling(w.only().status)) << "nobody looks is no proof that it is well";
  EXPECT_EQ(review(w.contract.get()), "problem_watched domain.why.watched;");
  auto without_host = *w.contract;
  for (auto& check : without_host.systems[0].checks) std::erase(check.hosts, "web2");
  EXPECT_EQ(review(&without_host), "problem_unwatched domain.why.unwatched.host;");
  EXPECT_EQ(review(w.contract.get(), {"web1"}),
            "problem_unwatched domain.why.unwatched.revoked;problem_watched domain.why.watched;");
  auto without_system = *w.contract;
  without_system.systems.erase(without_system.systems.begin());
  EXPECT_EQ(review(&without_system), "problem_unwatched domain.why.unwatched.system;");
  EXPECT_EQ(review(nullptr), "") << "all of it is marked already";
  auto other_kind = *w.contract;
  other_kind.kinds[0].id = "failure";
  EXPECT_EQ(review(&other_kind), "") << "results belong to cases of another kind now";
  EXPECT_EQ(review(w.contract.get()),
            "problem_watched domain.why.watched;problem_watched domain.why.watched;");
  EXPECT_EQ(
      review(nullptr),
      "problem_unwatched domain.why.unwatched.contract;problem_unwatched domain.why.unwatched.contract;");
  EXPECT_EQ(review(w.contract.get()),
            "problem_watched domain.why.watched;problem_watched domain.why.watched;");
  EXPECT_EQ(review(&other_kind),
            "problem_unwatched domain.why.unwatched.kind;problem_unwatched domain.why.unwatched.kind;");
  // A person ends it; then there is nothing to say any more.
  w.take(act(w.only(), *w.contract, by(Verb::recover, "host was given back"), kT0 + 2h), kT0 + 2h);
  EXPECT_EQ(w.only().status, Status::watching);
  w.take(act(w.only(), *w.contract, by(Verb::false_alarm, "gone"), kT0 + 3h), kT0 + 3h);
  EXPECT_EQ(w.book.size(), 0U);
}

TEST(Incident, ASilentHostIsAProblemOfItsOwn) {
  World w;
  auto t = bad(State::unknown);
  t.after.silent = true;
  const auto events = w.take(step(w.book, w.contract, {"oa", "", "web2", ""}, t, kT0));
  EXPECT_EQ(events[0].actor, "system:evaluate");
  EXPECT_EQ(events[0].via, "tick");
  EXPECT_EQ(w.only().grade, "III");
}

Opening reported(std::string text = "用户电话：无法登录") {
  Opening what;
  what.system = "oa", what.text = std::move(text), what.person = "zhang", what.via = "cli";
  return what;
}

TEST(Opening, APersonsCaseHasANumberAGradeAndClocksFromItsDetection) {
  World w;
  auto what = reported();
  what.at = kT0 - 20min, what.grade = "II";
  const auto events = w.take(open_case(w.book, w.contract, what, kT0));
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].kind(), EventKind::opened);
  EXPECT_EQ(events[0].number, "INC-261120-01");
  EXPECT_EQ(events[0].actor, "person:zhang");
  EXPECT_EQ(events[0].at, kT0 - 20min);
  EXPECT_EQ(events[0].known, kT0);
  EXPECT_EQ(events[0].revision, "rev-1");
  EXPECT_EQ(std::get<Graded>(events[1].payload).how, GradeHow::machine);
  EXPECT_EQ(std::get<Graded>(events[2].payload).to, "II");
  const auto& s = w.only();
  EXPECT_EQ(s.status, Status::open);
  EXPECT_EQ(s.text, "用户电话：无法登录");
  EXPECT_EQ(s.grade, "II");
  EXPECT_EQ(s.start_of(1), 1U);
  for (const auto& view : clocks(s, *w.contract, kT0))
    if (view.start) {
      EXPECT_EQ(view.start, kT0 - 20min) << view.name;
    }
  // Without a grade of the person's own the proposal holds; the numbers go on.
  const auto more = w.take(open_case(w.book, w.contract, reported(), kT0));
  EXPECT_EQ(more.size(), 2U);
  EXPECT_EQ(more[0].number, "INC-261120-02");
  EXPECT_EQ(std::get<Graded>(more[1].payload).to, "III");
}

TEST(Opening, ProblemsOfChecksDoNotJoinIt) {
  World w;
  w.take(open_case(w.book, w.contract, reported(), kT0));
  const auto events = w.take(step(w.book, w.contract, kHttp, bad(), kT0));
  EXPECT_EQ(events[0].kind(), EventKind::detected);
  EXPECT_EQ(events[0].number, "INC-261120-02");
  w.take(step(w.book, w.contract, kHttp, well(10min), kT0 + 10min), kT0 + 10min);
  const auto* phoned = w.book.find({"office-oa", "INC-261120-01"});
  ASSERT_NE(phoned, nullptr);
  EXPECT_EQ(phoned->state.status, Status::open) << "only a person ends it";
  const auto recovered = act(phoned->state, *w.contract, by(Verb::recover), kT0 + 20min);
  EXPECT_TRUE(std::holds_alternative<std::vector<Event>>(recovered)) << "no problem stands, so no text";
}

TEST(Opening, WhatTheContractDoesNotKnowIsRefused) {
  World w;
  const auto refused = [&](Opening what, Timestamp now = kT0) -> std::string {
    const auto out = open_case(w.book, w.contract, what, now);
    const auto* no = std::get_if<Rejection>(&out);
    if (no == nullptr) return "";
    EXPECT_TRUE(has_text(no->why.id)) << no->why.id;
    EXPECT_EQ(render(no->why, Lang::zh).find('{'), std::string::npos) << render(no->why, Lang::zh);
    return no->why.id;
  };
  auto what = reported();
  what.case_kind = "party";
  EXPECT_EQ(refused(what), "domain.refuse.kind");
  what = reported(), what.system = "crm";
  EXPECT_EQ(refused(what), "domain.refuse.system");
  what = reported(), what.grade = "IV";
  EXPECT_EQ(refused(what), "domain.refuse.grade");
  what = reported(), what.person = "stranger";
  EXPECT_EQ(refused(what), "domain.refuse.person");
  what = reported(), what.at = kT0 + 2min;
  EXPECT_EQ(refused(what), "domain.refuse.future");
  what = reported(), what.at = w.contract->from - 1ms;
  EXPECT_EQ(refused(what), "domain.refuse.before_term");
  EXPECT_EQ(refused(reported("")), "domain.refuse.text");
  // Two kinds that only people open: which one must be said; one alone is meant.
  w.contract->kinds[0].from_checks = false;
  EXPECT_EQ(refused(reported()), "");
  w.contract->kinds.push_back(w.contract->kinds[0]);
  w.contract->kinds[1].id = "bug", w.contract->kinds[1].number = "BUG-{yymmdd}-{nn}";
  EXPECT_EQ(refused(reported()), "domain.refuse.kind");
  what = reported(), what.case_kind = "bug";
  EXPECT_EQ(w.take(open_case(w.book, w.contract, what, kT0))[0].number, "BUG-261120-01");
}

TEST(Opening, IsToldAsANewCaseAndExplainedInBothLanguages) {
  World w;
  const auto events = w.take(open_case(w.book, w.contract, reported("portal down"), kT0));
  const auto told = route(events[0], fold(std::span(events).first(1)), *w.contract, kT0);
  ASSERT_FALSE(told.empty()) << "a route on detected means every new case";
  EXPECT_EQ(told[0].route, "duty");
  EXPECT_NE(render(told[0].body[0], Lang::zh).find("portal down"), std::string::npos);
  for (const auto lang : {Lang::zh, Lang::en}) {
    std::string all;
    for (const auto& line : explain(events, *w.contract, kT0 + 1min)) {
      all += render(line, lang) + '\n';
      EXPECT_EQ(render(line, lang).find('{'), std::string::npos) << render(line, lang);
    }
    EXPECT_NE(all.find("portal down"), std::string::npos) << all;
  }
}

TEST(Act, EveryVerbHasAName) {
  for (int i = 0; i < kVerbs; ++i) {
    const auto verb = static_cast<Verb>(i);
    EXPECT_EQ(parse_verb(to_text(verb)), verb);
  }
  EXPECT_EQ(parse_verb("ack"), Verb::acknowledge);
  EXPECT_FALSE(parse_verb("destroy"));
}

TEST(Act, BecomesAnEventOfThePerson) {
  World w;
  w.take(step(w.book, w.contract, kHttp, bad(), kT0));
  auto a = by(Verb::acknowledge, "on it");
  a.at = kT0 + 10min;
  const auto events = w.take(act(w.only(), *w.contract, a, kT0 + 20min));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].actor, "person:zhang");
  EXPECT_EQ(events[0].via, "cli");
  EXPECT_EQ(events[0].at, kT0 + 10min);
  EXPECT_EQ(events[0].known, kT0 + 20min);
  EXPECT_TRUE(entered_later(events[0]));
  EXPECT_EQ(std::get<Acknowledged>(events[0].payload).text, "on it");
}

TEST(Act, FiveMinutesAreNotYetLate) {
  auto e = samples::event(Noted{"x", ""});
  e.known = e.at + 5min;
  EXPECT_FALSE(entered_later(e));
  e.known += 1ms;
  EXPECT_TRUE(entered_later(e));
  e.actor = "agent:web1";
  EXPECT_FALSE(entered_later(e));
}

TEST(Act, ReportsGoToWhomTheContractNamesUnlessSaid) {
  World w;
  w.take(step(w.book, w.contract, kHttp, bad(), kT0));
  auto out = act(w.only(), *w.contract, by(Verb::report), kT0 + 1min);
  EXPECT_EQ(std::get<Reported>(std::get<std::vector<Event>>(out)[0].payload).to, "lead");
  auto a = by(Verb::report);
  a.to = "wang";
  out = act(w.only(), *w.contract, a, kT0 + 1min);
  EXPECT_EQ(std::get<Reported>(std::get<std::vector<Event>>(out)[0].payload).to, "wang");
  a.to = "mayor";
  EXPECT_EQ(w.refusal(a), "domain.refuse.unknown_to");
}

TEST(Act, GradesAreConfirmedOrChanged) {
  World w;
  w.take(step(w.book, w.contract, kHttp, bad(), kT0));
  auto a = by(Verb::grade);
  a.grade = "II";
  auto out = act(w.only(), *w.contract, a, kT0 + 1min);
  EXPECT_EQ(std::get<Graded>(std::get<std::vector<Event>>(out)[0].payload).how, GradeHow::confirmed);
  a.grade = "III";
  out = act(w.only(), *w.contract, a, kT0 + 1min);
  EXPECT_EQ(std::get<Graded>(std::get<std::vector<Event>>(out)[0].payload).how, GradeHow::changed);
  a.grade = "IV";
  EXPECT_EQ(w.refusal(a), "domain.refuse.grade");
}

TEST(Act, ANoteMayBeAboutWhatAClockWaitsForAndNothingElse) {
  World w;
  w.take(step(w.book, w.contract, kHttp, bad(), kT0));
  auto a = by(Verb::note, "the plan");
  a.about = "emergency-plan";
  EXPECT_EQ(w.refusal(a), "domain.refuse.no_about");
  w.contract->kinds[0].clocks[0].about = "emergency-plan";
  const auto out = act(w.only(), *w.contract, a, kT0 + 1min);
  EXPECT_EQ(std::get<Noted>(std::get<std::vector<Event>>(out)[0].payload).about, "emergency-plan");
  a.about = "emergency-plans";
  EXPECT_EQ(w.refusal(a), "domain.refuse.about");
}

TEST(Act, ACaseIsNotClosedWhileSomethingIsOwedInWriting) {
  World w;
  w.take(step(w.book, w.contract, kHttp, bad(), kT0));
  auto& kind = w.contract->kinds[0];
  kind.watch.clear();
  ClockSpec report, plan;
  report.name = "written_report", report.calendar = "7x24", report.start = "recovered", report.stop = "noted",
  report.about = "written-report", report.limit = {{w.only().grade, 24h}};
  plan = report;
  plan.name = "plan", plan.start = "detected", plan.about = "plan", plan.unless = "recovered";
  kind.clocks = {report, plan};
  EXPECT_EQ(w.refusal(by(Verb::close)), "domain.refuse.status");
  const auto then = [&](const Act& a, Duration now) {
    w.take(std::get<std::vector<Event>>(act(w.only(), *w.contract, a, kT0 + now)));
  };
  then(by(Verb::recover, "worked around"), 1h);
  EXPECT_EQ(w.refusal(by(Verb::close), 2h), "domain.refuse.owed");
  EXPECT_EQ(w.refusal(by(Verb::close), 90h), "domain.refuse.owed") << "late is still owed";
  auto note = by(Verb::note, "the report");
  note.about = "written-report";
  then(note, 91h);
  then(by(Verb::close), 92h);
  EXPECT_TRUE(w.book.cases().empty());
}

TEST(Act, IsRefusedWithAReason) {
  World w;
  EXPECT_EQ(std::get<Rejection>(act(CaseState{}, *w.contract, by(Verb::note, "x"), kT0)).why.id,
            "domain.refuse.no_case");
  w.take(step(w.book, w.contract, kHttp, bad(), kT0));
  auto a = by(Verb::acknowledge);
  a.person = "stranger";
  EXPECT_EQ(w.refusal(a), "domain.refuse.person");
  a = by(Verb::acknowledge);
  a.at = kT0 + 1h + 61s;
  EXPECT_EQ(w.refusal(a, 1h), "domain.refuse.future");
  a.at = kT0 - 1ms;
  EXPECT_EQ(w.refusal(a), "domain.refuse.before_start");
  EXPECT_EQ(w.refusal(by(Verb::note)), "domain.refuse.text");
  EXPECT_EQ(w.refusal(by(Verb::false_alarm)), "domain.refuse.text");
  EXPECT_EQ(w.refusal(by(Verb::recover)), "domain.refuse.standing");
  EXPECT_EQ(w.refusal(by(Verb::close)), "domain.refuse.status");
  EXPECT_EQ(w.refusal(by(Verb::reopen, "again")), "domain.refuse.status");
  EXPECT_EQ(w.refusal(by(Verb::resume)), "domain.refuse.not_paused");
  a = by(Verb::pause);
  a.reason = "lunch";
  EXPECT_EQ(w.refusal(a), "domain.refuse.pause_reason");
  for (auto& clock : w.contract->kinds[0].clocks) clock.pause.clear();
  EXPECT_EQ(w.refusal(a), "domain.refuse.no_pause");
}

TEST(Act, AMinuteAheadIsNow) {
  World w;
  w.take(step(w.book, w.contract, kHttp, bad(), kT0));
  auto a = by(Verb::acknowledge);
  a.at = kT0 + 2min;
  const auto out = act(w.only(), *w.contract, a, kT0 + 1min);
  EXPECT_EQ(std::get<std::vector<Event>>(out)[0].at, kT0 + 1min) << "never after it was known";
}

TEST(Act, TheMinuteACaseBeganInIsTheWholeMinute) {
  World w;
  w.take(step(w.book, w.contract, kHttp, bad(), kT0));
  auto a = by(Verb::acknowledge);
  a.at = kT0 - 19s, a.within = 19s;
  EXPECT_EQ(w.refusal(a), "domain.refuse.before_start") << "all of it was before";
  a.within = 1min;
  EXPECT_EQ(std::get<std::vector<Event>>(act(w.only(), *w.contract, a, kT0 + 1h))[0].at, kT0);
  a.at = kT0 + 1min;
  EXPECT_EQ(std::get<std::vector<Event>>(act(w.only(), *w.contract, a, kT0 + 1h))[0].at, kT0 + 1min);
  auto pause = by(Verb::pause);
  pause.reason = "spare_part", pause.at = kT0 + 90s;
  w.take(act(w.only(), *w.contract, pause, kT0 + 1h), kT0 + 1h);
  auto resume = by(Verb::resume);
  resume.at = kT0 + 1min, resume.within = 30s;
  EXPECT_EQ(w.refusal(resume), "domain.refuse.pause_order");
  resume.within = 1min;
  EXPECT_EQ(std::get<std::vector<Event>>(act(w.only(), *w.contract, resume, kT0 + 1h))[0].at, kT0 + 90s);
  auto mend = by(Verb::amend, "it was the same minute");
  mend.n = 2, mend.value = to_iso(kT0 - 19s), mend.within = 1min;
  const auto events = w.take(act(w.only(), *w.contract, mend, kT0 + 1h), kT0 + 1h);
  EXPECT_EQ(std::get<Amended>(events[0].payload).new_value, "2026-11-20T01:00:00Z");
}

TEST(Act, AmendmentsKeepWhatWasThere) {
  World w;
  w.take(step(w.book, w.contract, kHttp, bad(), kT0));
  auto a = by(Verb::amend, "users called first");
  a.n = 1, a.value = "2026-11-20T08:30:00+08:00";
  const auto events = w.take(act(w.only(), *w.contract, a, kT0 + 1h), kT0 + 1h);
  const auto& m = std::get<Amended>(events[0].payload);
  EXPECT_EQ(m.field, "at");
  EXPECT_EQ(m.old_value, "2026-11-20T01:00:00Z");
  EXPECT_EQ(m.new_value, "2026-11-20T00:30:00Z");
  EXPECT_EQ(w.only().at(1), kT0 - 30min);
  a.value = "2026-11-20T12:00:00+08:00";
  EXPECT_EQ(w.refusal(a), "domain.refuse.future");
  a.n = 2, a.value = "2026-11-20T08:00:00+08:00";
  EXPECT_EQ(w.refusal(a), "domain.refuse.before_start");
}

TEST(CaseBook, KnowsDeadlinesAndForgetsWhatIsOver) {
  World w;
  w.take(step(w.book, w.contract, kHttp, bad(), kT0));
  EXPECT_EQ(w.book.next_deadline(), kT0 + 15min);
  EXPECT_TRUE(w.book.due(kT0 + 15min - 1ms).empty());
  EXPECT_EQ(w.book.due(kT0 + 15min).size(), 1U);
  w.take(act(w.only(), *w.contract, by(Verb::false_alarm, "planned"), kT0 + 1min), kT0 + 1min);
  EXPECT_EQ(w.book.size(), 0U);
  EXPECT_FALSE(w.book.next_deadline());
  EXPECT_EQ(w.book.used("office-oa", "INC-{yymmdd}-{nn}", w.contract->zone, kT0), 1);
  // A note on a case that is over passes by.
  auto note = samples::event(Noted{"x", ""}, 4);
  note.number = "INC-261120-01";
  EXPECT_NO_THROW(w.book.apply(note, w.contract, kT0));
  EXPECT_EQ(w.book.size(), 0U);
}

TEST(CaseBook, HoldsWhatIsOverUntilItsEndIsToldAndFindsItForNothingElse) {
  World w;
  TellRule rule;
  rule.id = "end", rule.on = "false_alarm", rule.to = {"lead"}, rule.how = {"phone"};
  for (const auto& grade : w.contract->kinds[0].grades) rule.within[grade.id] = 4h;
  w.contract->kinds[0].tell = {rule};
  w.take(step(w.book, w.contract, kHttp, bad(), kT0));
  const CaseRef ref{w.only().contract, w.only().number};
  w.take(act(w.only(), *w.contract, by(Verb::false_alarm, "planned"), kT0 + 1min), kT0 + 1min);
  EXPECT_EQ(w.book.size(), 0U);
  EXPECT_TRUE(w.book.cases().empty());
  EXPECT_EQ(w.book.find(ref), nullptr);
  EXPECT_EQ(w.book.of_item(ref.contract, kHttp, "incident"), nullptr);
  EXPECT_EQ(w.book.of_system(ref.contract, kHttp.system, "incident"), nullptr);
  EXPECT_EQ(w.book.next_deadline(), kT0 + 1min + 2h);
  ASSERT_NE(w.book.find_held(ref), nullptr);
  for (const auto at : {kT0 + 1min + 2h, kT0 + 1min + 4h + 1ms}) {
    ASSERT_EQ(w.book.due(at).size(), 1U);
    const auto events = tick(w.book.find_held(ref)->state, *w.contract, at);
    ASSERT_EQ(events.size(), 1U);
    w.take(events, at);
  }
  EXPECT_EQ(w.book.find_held(ref), nullptr) << "said: nothing asks for it any more";
  EXPECT_FALSE(w.book.next_deadline());
}

TEST(CaseBook, IsTheSameAfterARestart) {
  World w;
  std::vector<Event> all = w.take(step(w.book, w.contract, kHttp, bad(), kT0));
  for (auto& e : w.take(step(w.book, w.contract, {"oa", "disk", "web1", "/"}, bad(State::warning), kT0)))
    all.push_back(e);
  CaseBook again;
  again.restore(fold(all), w.contract, kT0 + 1min);
  EXPECT_EQ(again.next_deadline(), w.book.next_deadline());
  EXPECT_EQ(again.of_system("office-oa", "oa", "incident")->state.last_n, w.only().last_n);
  EXPECT_EQ(again.of_system("office-oa", "hr", "incident"), nullptr);
  EXPECT_EQ(again.used("office-oa", "INC-{yymmdd}-{nn}", w.contract->zone, kT0), 1);
}

}  // namespace
}  // namespace xj::domain
