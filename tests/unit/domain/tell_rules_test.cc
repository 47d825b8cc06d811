// What the contract wants told: owed, told, late, by events alone.
#include <gtest/gtest.h>

#include "collector/domain/explain.h"
#include "collector/domain/incident.h"
#include "collector/domain/recheck.h"
#include "collector/domain/routing.h"
#include "collector/domain/telling.h"
#include "collector/domain/tick.h"
#include "tests/fakes/event_samples.h"
#include "tests/fakes/small_contract.h"

namespace xj::domain {
namespace {

using namespace std::chrono_literals;
using fixture::kT0;

TellRule rule(std::string id, std::string on, std::vector<std::string> to, std::vector<std::string> how,
              std::map<std::string, Duration> within = {}) {
  TellRule out;
  out.id = id, out.what = {"告知" + id, id}, out.on = std::move(on);
  out.to = std::move(to), out.how = std::move(how), out.within = std::move(within);
  return out;
}

// A case of grade II with these rules.
class Case {
 public:
  explicit Case(std::vector<TellRule> rules, std::string grade = "II") {
    contract->kinds[0].tell = std::move(rules);
    then(samples::sample(static_cast<Detected*>(nullptr)), 0ms);
    then(Graded{"", std::move(grade), GradeHow::machine, ""}, 0ms);
  }
  Case& then(Payload p, Duration at) {
    auto e = samples::event(std::move(p), state.last_n + 1);
    e.at = kT0 + at;
    e.known = std::max(e.at, known);
    known = e.known;
    apply(state, e);
    events.push_back(e);
    return *this;
  }
  TellView view(Duration now, int turn = 1, int run = 0) const {
    for (auto& v : tellings(state, *contract, kT0 + now))
      if (v.turn == turn && v.run == (run == 0 ? state.run : run)) return v;
    ADD_FAILURE() << "no telling";
    return {};
  }
  std::size_t owed(Duration now) const { return tellings(state, *contract, kT0 + now).size(); }
  // What a person says, and what comes of it: the message of a refusal, else nothing.
  std::string say(Duration now, const std::string& which, const std::string& how = {},
                  const std::string& to = {}, std::optional<Duration> at = std::nullopt,
                  Duration within = 0ms) {
    Act a;
    a.verb = Verb::told, a.person = "zhang", a.via = "cli";
    a.rule = which, a.how = how, a.to = to, a.within = within;
    if (at) a.at = kT0 + *at;
    const auto out = act(state, *contract, a, kT0 + now);
    if (const auto* refused = std::get_if<Rejection>(&out)) return refused->why.id;
    add(std::get<std::vector<Event>>(out));
    return {};
  }
  void add(const std::vector<Event>& more) {
    for (const auto& e : more) apply(state, e), known = e.known, events.push_back(e);
  }
  std::vector<Notification> out(Duration now, const ChannelKinds& channels) const {
    return tell({}, state, *contract, kT0 + now, nullptr, channels);
  }

  std::shared_ptr<Contract> contract = fixture::contract();
  CaseState state;
  std::vector<Event> events;
  Timestamp known = kT0;
};

const ChannelKinds kBoth{{"mail", true}, {"hook", false}};

TEST(Telling, IsInTimeUpToItsDueTimeToTheMillisecond) {
  for (const auto& [at, expected] :
       {std::pair{Duration{30min - 1ms}, TellStatus::told}, std::pair{Duration{30min}, TellStatus::told},
        std::pair{Duration{30min + 1ms}, TellStatus::late}}) {
    Case c({rule("lead", "graded", {"lead"}, {"oral"}, {{"I", 10min}, {"II", 30min}})});
    EXPECT_EQ(c.view(1min).due, kT0 + 30min);
    EXPECT_EQ(c.view(30min).status, TellStatus::owed);
    EXPECT_EQ(c.view(30min + 1ms).status, TellStatus::overdue);
    EXPECT_EQ(c.say(2h, "lead", {}, {}, at), "");
    EXPECT_EQ(c.view(2h).status, expected);
    EXPECT_EQ(c.view(2h).told, kT0 + at);
  }
}

TEST(Telling, AGradeWithoutALimitOwesNothingAndARegradeTakesTheNewOne) {
  Case c({rule("lead", "graded", {"lead"}, {"oral"}, {{"I", 10min}, {"II", 30min}})}, "III");
  EXPECT_EQ(c.owed(1min), 0U);
  EXPECT_EQ(c.say(1min, "lead"), "domain.refuse.tell_not_yet");
  c.then(Graded{"III", "II", GradeHow::changed, ""}, 5min);
  EXPECT_EQ(c.view(6min).since, kT0) << "a regrade keeps the start";
  EXPECT_EQ(c.view(6min).due, kT0 + 30min);
  EXPECT_EQ(c.say(7min, "lead"), "");
  c.then(Graded{"II", "I", GradeHow::changed, ""}, 20min);
  EXPECT_EQ(c.view(40min).status, TellStatus::told) << "what was told keeps the limit it was told under";
}

TEST(Telling, AtOnceIsAMinuteAfterItWasKnown) {
  Case c({rule("found", "detected", {"lead"}, {"phone"}, {{"II", 0s}})});
  const auto due = kT0 + 60s;
  EXPECT_EQ(c.view(1s).due, due);
  EXPECT_FALSE(c.view(1s).warn) << "there is no time to warn";
  // Entered days later, it is due a minute after that; half of those days is no point to warn at.
  c.contract->kinds[0].tell[0].on = "acknowledged";
  c.known = kT0 + 240h;
  c.then(Acknowledged{""}, 1h);
  EXPECT_EQ(c.view(240h).due, kT0 + 240h + 60s);
  EXPECT_FALSE(c.view(240h).warn);
}

TEST(Telling, WithoutALimitItIsOwedToTheEndAndNeverLate) {
  Case c({rule("result", "recovered", {"lead"}, {})});
  EXPECT_EQ(c.owed(1h), 0U);
  c.then(Recovered{"x", 168h}, 1h);
  EXPECT_EQ(c.view(500h).status, TellStatus::owed);
  EXPECT_FALSE(c.view(500h).due);
  EXPECT_EQ(c.say(501h, "result", "push"), "") << "any way will do";
  EXPECT_EQ(c.view(502h).status, TellStatus::told);
  EXPECT_EQ(c.state.told[0].how, std::vector<std::string>{"push"});
}

TEST(Telling, EveryWayToEveryRoleIsAPartOfItsOwn) {
  Case c({rule("found", "detected", {"lead", "duty"}, {"phone", "form"}, {{"II", 1h}})});
  EXPECT_EQ(c.view(1min).parts.size(), 4U);
  EXPECT_EQ(c.say(1min, "found", "phone", "lead"), "");
  EXPECT_EQ(c.say(2min, "found", "phone", "lead"), "domain.refuse.told_already");
  EXPECT_EQ(c.say(3min, "found", {}, "lead"), "") << "what is left of it: the form";
  EXPECT_EQ(parts_left(c.view(4min)).size(), 2U);
  EXPECT_EQ(c.view(4min).status, TellStatus::owed);
  EXPECT_EQ(c.say(59min, "found"), "");
  EXPECT_EQ(c.view(2h).status, TellStatus::told);
  EXPECT_EQ(c.view(2h).told, kT0 + 59min);
  EXPECT_EQ(c.say(2h, "fuond"), "domain.refuse.tell_rule");
  EXPECT_EQ(c.say(2h, "found", "fax"), "domain.refuse.tell_how");
  EXPECT_EQ(c.say(2h, "found", "mail"), "domain.refuse.tell_how") << "not one that the contract asks for";
  EXPECT_EQ(c.say(2h, "found", {}, "client"), "domain.refuse.tell_to");
}

TEST(Telling, OneThatRepeatsIsOwedAgainUntilRecovery) {
  auto progress = rule("progress", "acknowledged", {"lead"}, {"phone"});
  progress.repeat = 2h;
  Case c({progress});
  EXPECT_EQ(c.owed(1h), 0U);
  c.then(Acknowledged{}, 1h);
  EXPECT_EQ(c.view(1h).due, kT0 + 3h);
  EXPECT_EQ(c.say(3h, "progress"), "") << "the due time is still in time, and the first turn's";
  EXPECT_EQ(c.view(3h).status, TellStatus::told);
  EXPECT_EQ(c.view(3h, 2).since, kT0 + 3h);
  EXPECT_EQ(c.view(3h, 2).status, TellStatus::owed);
  // The second is missed; what is said in the third is the third's.
  EXPECT_EQ(c.say(6h, "progress"), "");
  EXPECT_EQ(c.view(6h, 2).status, TellStatus::overdue);
  EXPECT_EQ(c.view(6h, 3).status, TellStatus::told);
  c.then(Recovered{"x", 168h}, 8h);
  EXPECT_EQ(c.view(100h, 4).status, TellStatus::ended);
  EXPECT_EQ(c.owed(100h), 4U);
  EXPECT_FALSE(next_telling_instant(c.state, *c.contract, kT0 + 100h));
}

TEST(Telling, TheLastTurnsOfALongOneAreLookedAt) {
  auto progress = rule("progress", "detected", {"lead"}, {"phone"});
  progress.repeat = 1min;
  Case c({progress});
  const auto all = tellings(c.state, *c.contract, kT0 + 24h);
  ASSERT_EQ(all.size(), static_cast<std::size_t>(kTellTurns));
  EXPECT_EQ(all.back().turn, 1441);
  // After a long absence one sentence says it for all.
  std::size_t breaches = 0;
  for (const auto& e : tick(c.state, *c.contract, kT0 + 24h))
    if (const auto* b = std::get_if<ClockBreached>(&e.payload); b != nullptr && is_tell_clock(b->clock)) {
      ++breaches;
      EXPECT_EQ(b->due, kT0 + 24h - 1min);
    }
  EXPECT_EQ(breaches, 1U);
}

TEST(Telling, AReopeningOwesItAnewAndTheEndOfACaseEndsIt) {
  Case c({rule("found", "detected", {"lead"}, {"phone"}, {{"II", 1h}}),
          rule("closed", "closed", {"lead"}, {"written"})});
  c.say(10min, "found");
  c.then(Recovered{"x", 168h}, 1h).then(Reopened{2, ""}, 24h);
  EXPECT_EQ(c.view(24h, 1, 1).status, TellStatus::told);
  EXPECT_EQ(c.view(24h).status, TellStatus::owed);
  EXPECT_EQ(c.view(24h).due, kT0 + 25h);
  c.then(FalseAlarm{"none"}, 24h + 30min);
  EXPECT_EQ(c.view(40h).status, TellStatus::ended);

  Case over({rule("closed", "closed", {"lead"}, {"written"})});
  over.then(Recovered{"x", 0ms}, 1h).then(Closed{}, 2h);
  EXPECT_EQ(over.view(9h).status, TellStatus::owed) << "what the end makes owed outlives it";
  EXPECT_EQ(over.say(9h, "closed"), "");
  EXPECT_EQ(over.view(9h).status, TellStatus::told);
}

TEST(Telling, IsWarnedOfWhenHalfTheTimeIsOverAndMissedWhenAllIs) {
  Case c({rule("lead", "graded", {"lead"}, {"oral"}, {{"II", 20min}})});
  c.contract->kinds[0].clocks.clear();
  EXPECT_EQ(next_deadline(c.state, *c.contract, kT0 + 1min), kT0 + 10min);
  const auto warned = tick(c.state, *c.contract, kT0 + 10min);
  ASSERT_EQ(warned.size(), 1U);
  EXPECT_EQ(std::get<ClockWarning>(warned[0].payload).due, kT0 + 20min);
  EXPECT_TRUE(recheck(c.state, *c.contract, warned[0]).empty());
  auto wrong = warned[0];
  std::get<ClockWarning>(wrong.payload).due += 1ms;
  EXPECT_FALSE(recheck(c.state, *c.contract, wrong).empty());
  c.add(warned);
  EXPECT_TRUE(tick(c.state, *c.contract, kT0 + 11min).empty()) << "said once";
  EXPECT_EQ(next_deadline(c.state, *c.contract, kT0 + 11min), kT0 + 20min + 1ms);
  const auto late = tick(c.state, *c.contract, kT0 + 20min + 1ms);
  ASSERT_EQ(late.size(), 1U);
  EXPECT_EQ(std::get<ClockBreached>(late[0].payload).due, kT0 + 20min);
  EXPECT_TRUE(recheck(c.state, *c.contract, late[0]).empty());
  EXPECT_FALSE(route(late[0], c.state, *c.contract, kT0 + 21min).empty()) << "as for any clock";
  c.add(late);
  EXPECT_TRUE(tick(c.state, *c.contract, kT0 + 1h).empty());
  for (const auto lang : {Lang::zh, Lang::en}) {
    const auto says = render(describe(late[0], *c.contract, "incident"), lang);
    EXPECT_EQ(says.find("tell:lead"), std::string::npos) << says;
    EXPECT_NE(says.find(lang == Lang::zh ? "告知：告知lead" : "tell: lead"), std::string::npos) << says;
  }
}

// What the end makes owed is warned of and missed behind it, and nothing else is.
TEST(Telling, OfTheEndIsWarnedOfAndMissedBehindIt) {
  for (const bool closed : {true, false}) {
    Case c({rule("end", closed ? "closed" : "false_alarm", {"lead"}, {"written"}, {{"II", 24h}}),
            rule("found", "detected", {"lead"}, {"phone"}, {{"II", 2h}})});
    if (closed)
      c.then(Recovered{"x", 0ms}, 50min).then(Closed{}, 1h);
    else
      c.then(FalseAlarm{"x"}, 1h);
    EXPECT_TRUE(owes_behind_end(c.state, *c.contract));
    EXPECT_EQ(next_deadline(c.state, *c.contract, kT0 + 1h), kT0 + 13h) << "half of it";
    c.add(tick(c.state, *c.contract, kT0 + 13h));
    EXPECT_EQ(next_deadline(c.state, *c.contract, kT0 + 13h), kT0 + 25h + 1ms);
    EXPECT_TRUE(tick(c.state, *c.contract, kT0 + 25h).empty());
    auto told = c;
    EXPECT_EQ(told.say(25h, "end"), "");
    EXPECT_FALSE(owes_behind_end(told.state, *told.contract));
    EXPECT_FALSE(next_deadline(told.state, *told.contract, kT0 + 25h));
    EXPECT_TRUE(tick(told.state, *told.contract, kT0 + 240h).empty());

    c.add(tick(c.state, *c.contract, kT0 + 240h));
    std::vector<std::string> said;
    for (const auto& one : c.state.said) said.push_back(one.clock + (one.breach ? " breached" : " warned"));
    EXPECT_EQ(said, (std::vector<std::string>{"tell:end warned", "tell:end breached"}))
        << "what ended with the case is not";
    EXPECT_EQ(c.events.back().known, kT0 + 240h);
    EXPECT_EQ(c.state.said.back().instant, kT0 + 25h);
    EXPECT_FALSE(owes_behind_end(c.state, *c.contract));
    EXPECT_FALSE(next_deadline(c.state, *c.contract, kT0 + 240h));
    EXPECT_TRUE(tick(c.state, *c.contract, kT0 + 480h).empty()) << "said once";
    EXPECT_TRUE(recheck(c.state, *c.contract, c.events.back()).empty());
    // Told late, it stays the breach that was said; amended, it falls due anew.
    EXPECT_EQ(c.say(481h, "end"), "");
    EXPECT_FALSE(owes_behind_end(c.state, *c.contract));
  }
}

TEST(Telling, AnEndThatWasLaterThanWrittenIsToBeToldAnew) {
  Case c({rule("end", "closed", {"lead"}, {"written"}, {{"II", 24h}})});
  c.then(Recovered{"x", 0ms}, 50min).then(Closed{}, 1h);
  c.add(tick(c.state, *c.contract, kT0 + 30h));
  ASSERT_FALSE(owes_behind_end(c.state, *c.contract));
  c.then(Amended{4, "at", to_iso(kT0 + 1h), to_iso(kT0 + 20h), "x"}, 31h);
  EXPECT_TRUE(owes_behind_end(c.state, *c.contract));
  EXPECT_EQ(next_deadline(c.state, *c.contract, kT0 + 31h), kT0 + 32h) << "half of the new time";
}

TEST(Telling, AWordToTheMinuteIsNotBeforeTheEvent) {
  Case c({rule("result", "recovered", {"lead"}, {})});
  c.then(Recovered{"x", 168h}, 1h + 19s);
  EXPECT_EQ(c.say(2h, "result", {}, {}, 1h, 60s), "");
  EXPECT_EQ(c.view(2h).told, kT0 + 1h + 19s);
}

TEST(Telling, TheProgramSendsWhatItsChannelsCarry) {
  Case c({rule("found", "detected", {"lead"}, {"phone", "mail"}, {{"II", 1h}}),
          rule("threshold", "detected", {"lead"}, {"sms", "push"}), rule("any", "detected", {"lead"}, {})});
  const auto sent = c.out(1s, kBoth);
  ASSERT_EQ(sent.size(), 3U);
  EXPECT_EQ(sent[0].key, "office-oa/INC-261120-01/1/tell:found:1/wang/mail");
  EXPECT_EQ(sent[0].tells->how, std::vector<std::string>{"mail"});
  EXPECT_EQ(sent[1].channel, "hook");
  EXPECT_EQ(sent[1].tells->how, std::vector<std::string>{"push"});
  EXPECT_EQ(sent[2].channel, "mail") << "any way: the first channel of the routes";
  EXPECT_NE(render(sent[0].body[0], Lang::zh).find("告知found"), std::string::npos)
      << "the contract's own words";
  // A person without an address is not mailed, and what nobody carries is a person's to do.
  c.contract->people["wang"].mail.clear();
  EXPECT_EQ(c.out(1s, {{"mail", true}}).size(), 0U);
  EXPECT_EQ(c.out(1s, kBoth).size(), 2U);
}

TEST(Telling, ADeliveryFulfilsItsWayOnce) {
  Case c({rule("found", "detected", {"lead"}, {"phone", "mail"}, {{"II", 1h}})});
  const auto sent = c.out(1s, kBoth).at(0);
  const auto told = delivered(c.state, *c.contract, *sent.tells, kT0 + 3s, kT0 + 4s);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].actor, "system:notify");
  EXPECT_EQ(told[0].at, kT0 + 3s);
  c.add(told);
  EXPECT_TRUE(delivered(c.state, *c.contract, *sent.tells, kT0 + 5s, kT0 + 5s).empty());
  EXPECT_EQ(c.view(1min).status, TellStatus::owed) << "the telephone call is still owed";
  EXPECT_TRUE(c.out(1min, kBoth).empty()) << "not sent again";
  EXPECT_EQ(c.say(2min, "found"), "");
  EXPECT_EQ(std::get<Told>(c.events.back().payload).how, std::vector<std::string>{"phone"});
  EXPECT_EQ(c.view(2min).status, TellStatus::told);
  for (const auto lang : {Lang::zh, Lang::en}) {
    std::string all;
    for (const auto& line : explain(c.events, *c.contract, kT0 + 1h)) all += render(line, lang) + '\n';
    EXPECT_EQ(all.find('{'), std::string::npos) << all;
    EXPECT_NE(all.find(lang == Lang::zh ? " 全部告知" : "\"found\" was told in full at"), std::string::npos)
        << all;
    EXPECT_NE(all.find(lang == Lang::zh ? "“告知found”已于" : "\"found\" was told to lead (by e-mail)"),
              std::string::npos)
        << all;
  }
}

TEST(Telling, TakesThePlaceOfARoutesMessageOfTheSameEvent) {
  Case c({rule("found", "detected", {"duty"}, {"mail"}, {{"II", 1h}})});
  auto routed = route(c.events, c.state, *c.contract, kT0);
  const auto before = routed.size();
  const auto all = together(std::move(routed), tell(c.events, c.state, *c.contract, kT0, nullptr, kBoth));
  EXPECT_EQ(all.size(), before) << "zhang and li are mailed once each";
  int told = 0;
  for (const auto& n : all) told += n.tells ? 1 : 0;
  EXPECT_EQ(told, 2);
}

}  // namespace
}  // namespace xj::domain
