// Two cases become one, one becomes two.
#include <gtest/gtest.h>

#include "collector/domain/clock.h"
#include "collector/domain/draft.h"
#include "collector/domain/explain.h"
#include "collector/domain/incident.h"
#include "collector/domain/routing.h"
#include "collector/domain/tick.h"
#include "tests/fakes/event_samples.h"
#include "tests/fakes/small_contract.h"

namespace xj::domain {
namespace {

using namespace std::chrono_literals;
using fixture::kT0;

const ItemRef kHttp{"oa", "http", "web1", ""}, kDisk{"oa", "disk", "web1", "/data"},
    kDocs{"oa", "docs", "web2", ""}, kHr{"hr", "http", "web2", ""};

class Regroup : public testing::Test {
 protected:
  std::vector<Event> take(Outcome outcome) {
    if (const auto* no = std::get_if<Rejection>(&outcome)) {
      ADD_FAILURE() << render(no->why, Lang::en);
      return {};
    }
    auto events = std::get<std::vector<Event>>(std::move(outcome));
    for (const auto& e : events) {
      ASSERT_EVENT(e);
      book_.apply(e, contract_, now_);
      auto& state = all_[e.number];
      apply(state, e);
      lives_[e.number].push_back(e);
    }
    return events;
  }
  void ASSERT_EVENT(const Event& e) {
    EXPECT_FALSE(refuse(all_[e.number], e.payload)) << encode(e);
    EXPECT_EQ(std::get<Event>(decode_event(encode(e))), e);
  }
  std::vector<Event> fails(const ItemRef& item, State state = State::warning) {
    Transition t;
    t.after = {true, state, false, false}, t.at = t.known = now_, t.message = Message::literal("bad");
    t.evidence = {now_ - 2min, 3, {}};
    return take(step(book_, contract_, item, t, now_));
  }
  std::vector<Event> heals(const ItemRef& item) {
    Transition t;
    t.before = {true, State::warning, false, false}, t.at = t.known = now_;
    return take(step(book_, contract_, item, t, now_));
  }
  Outcome does(Act a, const std::string& number) {
    a.person = a.person.empty() ? "zhang" : a.person, a.via = "cli";
    return act(book_, all_[number], contract_, a, now_);
  }
  Outcome merge(const std::string& number, std::string into, std::string text = "one and the same") {
    Act a;
    a.verb = Verb::merge, a.into = std::move(into), a.text = std::move(text);
    return does(std::move(a), number);
  }
  Outcome split(const std::string& number, std::vector<std::string> items,
                std::string text = "another cause") {
    Act a;
    a.verb = Verb::split, a.items = std::move(items), a.text = std::move(text);
    return does(std::move(a), number);
  }
  std::string phone(std::string text = "portal is slow", std::string grade = "") {
    Opening what;
    what.system = "oa", what.text = std::move(text), what.person = "li", what.via = "cli";
    what.grade = std::move(grade);
    return take(open_case(book_, contract_, what, now_)).front().number;
  }
  static std::string why(const Outcome& out) {
    const auto* no = std::get_if<Rejection>(&out);
    if (no == nullptr) return "";
    EXPECT_TRUE(has_text(no->why.id)) << no->why.id;
    for (const auto lang : {Lang::zh, Lang::en})
      EXPECT_EQ(render(no->why, lang).find('{'), std::string::npos) << render(no->why, lang);
    return no->why.id;
  }
  static std::string kinds(const std::vector<Event>& events) {
    std::string out;
    for (const auto& e : events)
      out += (out.empty() ? "" : " ") + e.number.substr(11) + ':' + std::string(to_text(e.kind()));
    return out;
  }
  // Cases in which it stands.
  std::string where(const ItemRef& item) const {
    std::string out;
    for (const auto& [number, state] : all_)
      if (const auto* p = state.problem(item); p != nullptr && !p->cleared) out += number.substr(11);
    return out;
  }
  ClockView clock(const std::string& number, const std::string& name) const {
    for (auto& view : clocks(all_.at(number), *contract_, now_))
      if (view.name == name && view.run == all_.at(number).run) return view;
    return {};
  }

  std::shared_ptr<Contract> contract_ = fixture::contract();
  CaseBook book_;
  Timestamp now_ = kT0;
  std::map<std::string, CaseState> all_;
  std::map<std::string, std::vector<Event>> lives_;
  const std::string one_ = "INC-261120-01", two_ = "INC-261120-02";
};

TEST_F(Regroup, AMergedCaseEndsAndItsProblemsGoOnInTheOther) {
  fails(kHttp);
  now_ += 5min;
  fails(kHr);  // the same host took both systems down
  EXPECT_EQ(where(kHr), "02");
  now_ += 5min;
  const auto events = take(merge(two_, one_));
  EXPECT_EQ(kinds(events), "02:merged 01:absorbed 01:joined");
  EXPECT_EQ(all_[two_].status, Status::merged);
  EXPECT_EQ(all_[two_].into, one_);
  EXPECT_EQ(all_[two_].problems[0].moved_to, one_);
  EXPECT_EQ(where(kHr), "01");
  EXPECT_EQ(book_.find({"office-oa", two_}), nullptr) << "it is over";
  // Its clocks end there; those of the other go on as they were.
  const auto ended = clock(two_, "respond");
  EXPECT_EQ(ended.status, ClockStatus::ended);
  EXPECT_EQ(ended.why.back().id, "domain.clock.merged");
  EXPECT_EQ(clock(one_, "respond").due, kT0 + 30min);
  now_ += 10min;
  EXPECT_TRUE(tick(all_[two_], *contract_, now_ + 30 * 24h).empty());
  heals(kHttp);
  EXPECT_EQ(all_[one_].status, Status::open) << "the other problem stands";
  EXPECT_EQ(kinds(heals(kHr)), "01:problem_cleared 01:recovered");
}

TEST_F(Regroup, NoDeadlineMovesByAMerge) {
  fails(kHttp);
  now_ += 5min;
  const auto called = phone();
  EXPECT_EQ(why(merge(one_, called)), "domain.refuse.merge_later");
  EXPECT_EQ(kinds(take(merge(called, one_))), "02:merged 01:absorbed");
  EXPECT_EQ(why(merge(one_, two_)), "domain.refuse.into_over");
}

TEST_F(Regroup, TheGraverGradeHolds) {
  fails(kHttp);
  EXPECT_EQ(all_[one_].grade, "III");
  now_ += 1min;
  const auto called = phone("the minister cannot log in", "I");
  EXPECT_EQ(kinds(take(merge(called, one_))), "02:merged 01:absorbed 01:graded");
  EXPECT_EQ(all_[one_].grade, "I");
}

TEST_F(Regroup, ACallThatCameFirstTakesTheChecksIn) {
  const auto called = phone();
  now_ += 3min;
  fails(kHttp);
  EXPECT_EQ(where(kHttp), "02") << "checks do not join a person's case by themselves";
  take(merge(two_, called));
  EXPECT_EQ(where(kHttp), "01");
  now_ += 3min;
  fails(kDisk);
  EXPECT_EQ(where(kDisk), "01") << "now it has problems of its own";
  heals(kDisk);
  EXPECT_EQ(kinds(heals(kHttp)), "01:problem_cleared 01:recovered");
}

TEST_F(Regroup, WhatCannotBeMergedSaysWhy) {
  fails(kHttp);
  now_ += 1min;
  const auto called = phone();
  EXPECT_EQ(why(merge(called, called)), "domain.refuse.merge_self");
  EXPECT_EQ(why(merge(called, "office-oa/" + called)), "domain.refuse.merge_self");
  EXPECT_EQ(why(merge(called, "INC-1")), "domain.refuse.into_none");
  EXPECT_EQ(why(merge(called, one_, "")), "domain.refuse.text");
  EXPECT_EQ(why(merge("INC-1", one_)), "domain.refuse.no_case");
  Act a;
  a.verb = Verb::merge, a.into = one_, a.text = "x", a.person = "stranger";
  EXPECT_EQ(why(does(a, called)), "domain.refuse.person");
  a.person = "zhang", a.at = now_ - 10s;
  EXPECT_EQ(why(does(a, called)), "domain.refuse.before_start");
  a.at = now_ + 2min;
  EXPECT_EQ(why(does(a, called)), "domain.refuse.future");
  heals(kHttp);
  EXPECT_EQ(why(merge(called, one_)), "domain.refuse.into_status") << "nobody handles it any more";
  contract_->kinds.push_back(contract_->kinds[0]);
  contract_->kinds[1].id = "bug", contract_->kinds[1].number = "BUG-{yymmdd}-{nn}";
  Opening what;
  what.system = "oa", what.text = "x", what.person = "li", what.case_kind = "bug";
  const auto bug = take(open_case(book_, contract_, what, now_)).front().number;
  EXPECT_EQ(why(merge(bug, called)), "domain.refuse.merge_kind");
}

TEST_F(Regroup, ASplitCaseBeginsWhenItsProblemsCameToStand) {
  fails(kHttp);
  now_ += 10min;
  fails(kDisk);
  now_ += 5min;
  Act ack;
  ack.verb = Verb::acknowledge, ack.person = "li";
  take(does(ack, one_));
  now_ += 45min;
  const auto events = take(split(one_, {"disk@web1:/data"}));
  EXPECT_EQ(kinds(events), "01:problem_moved 02:split_off 02:joined 02:graded 02:acknowledged");
  EXPECT_EQ(where(kDisk), "02");
  EXPECT_EQ(where(kHttp), "01");
  const auto& s = all_[two_];
  EXPECT_EQ(s.from, one_);
  EXPECT_EQ(s.at(1), kT0 + 10min) << "a split gives nobody more time";
  EXPECT_EQ(s.status, Status::acknowledged);
  EXPECT_EQ(s.acknowledged_by(), "li");
  EXPECT_EQ(clock(two_, "respond").status, ClockStatus::met);
  EXPECT_EQ(clock(two_, "respond").stop, kT0 + 15min);
  EXPECT_EQ(clock(two_, "resolve").due, kT0 + 10min + 6h);
  EXPECT_EQ(clock(one_, "resolve").due, kT0 + 6h);
  // New problems join the case that stands longer; each ends by itself.
  now_ += 1min;
  fails(kDocs);
  EXPECT_EQ(where(kDocs), "01");
  EXPECT_EQ(kinds(heals(kDisk)), "02:problem_cleared 02:recovered");
  heals(kHttp);
  EXPECT_EQ(all_[one_].status, Status::acknowledged);
}

TEST_F(Regroup, WhatCannotBeSplitSaysWhy) {
  fails(kHttp);
  now_ += 1min;
  EXPECT_EQ(why(split(one_, {"http"})), "domain.refuse.split_all");
  fails(kDisk);
  EXPECT_EQ(why(split(one_, {"http", "disk"})), "domain.refuse.split_all");
  EXPECT_EQ(why(split(one_, {"@web1"})), "domain.refuse.split_all");
  EXPECT_EQ(why(split(one_, {"docs"})), "domain.refuse.no_problem");
  EXPECT_EQ(why(split(one_, {"disk@web2"})), "domain.refuse.no_problem");
  EXPECT_EQ(why(split(one_, {"disk@web1:/"})), "domain.refuse.no_problem");
  EXPECT_EQ(why(split(one_, {})), "domain.refuse.split_none");
  EXPECT_EQ(why(split(one_, {"disk"}, "")), "domain.refuse.text");
  EXPECT_EQ(why(split(one_, {"disk", "disk@web1"})), "");
  heals(kDisk), heals(kHttp);
  EXPECT_EQ(why(split(one_, {"disk"})), "domain.refuse.status");
}

TEST_F(Regroup, WhatRestsByAPersonsWordMovesWhereItIsHandled) {
  contract_->kinds[0].watch.clear();
  fails(kHttp);
  Act recover;
  recover.verb = Verb::recover, recover.text = "worked around";
  take(does(recover, one_));
  EXPECT_EQ(all_[one_].status, Status::recovered);
  now_ += 1min;
  fails(kDisk);
  EXPECT_EQ(where(kDisk), "02");
  now_ += 1min;
  Transition worse;
  worse.before = {true, State::warning, false, false}, worse.after = {true, State::critical, false, false};
  worse.at = worse.known = now_;
  const auto events = take(step(book_, contract_, kHttp, worse, now_));
  EXPECT_EQ(events.front().kind(), EventKind::problem_moved) << kinds(events);
  EXPECT_EQ(where(kHttp), "02") << "in one case, the one that is handled";
}

TEST_F(Regroup, BothSidesAreToldAndExplained) {
  fails(kHttp);
  now_ += 1min;
  fails(kDisk);
  take(split(one_, {"disk"}));
  take(merge(two_, one_));
  EXPECT_EQ(why(merge(two_, one_)), "domain.refuse.status");
  for (const auto& [number, events] : lives_)
    for (const auto lang : {Lang::zh, Lang::en}) {
      std::string all;
      for (const auto& line : explain(events, *contract_, now_)) {
        EXPECT_EQ(render(line, lang).find('{'), std::string::npos) << render(line, lang);
        all += render(line, lang) + '\n';
      }
      EXPECT_NE(all.find(number == one_ ? two_ : one_), std::string::npos) << all;
    }
  // Who waits to hear of a recovery hears that it goes on elsewhere.
  CaseState s;
  bool told = false, opened = false;
  for (const auto& e : lives_[two_]) {
    apply(s, e);
    if (e.kind() == EventKind::merged) told = !route(e, s, *contract_, now_).empty();
    if (e.kind() == EventKind::split_off) opened = !route(e, s, *contract_, now_).empty();
  }
  EXPECT_TRUE(told);
  EXPECT_TRUE(opened);
  Act a;
  a.verb = Verb::amend, a.n = 1, a.field = "at", a.value = to_iso(kT0), a.text = "x";
  EXPECT_EQ(why(does(a, two_)), "domain.refuse.amend_two");
}

}  // namespace
}  // namespace xj::domain
