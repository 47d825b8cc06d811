// Routes that say it again while nobody takes a case on.
#include <gtest/gtest.h>

#include <set>

#include "collector/domain/routing.h"
#include "collector/domain/tick.h"
#include "tests/fakes/event_samples.h"
#include "tests/fakes/small_contract.h"

namespace xj::domain {
namespace {

using namespace std::chrono_literals;
using fixture::kT0;

class Open {
 public:
  explicit Open(std::string grade = "II") {
    contract->routes[0].repeat = {{"I", 15min}, {"II", 1h}};
    contract->kinds[0].clocks.clear();
    then(samples::sample(static_cast<Detected*>(nullptr)), 0ms);
    then(Graded{"", std::move(grade), GradeHow::machine, ""}, 0ms);
  }
  Open& then(Payload p, Duration at) {
    auto e = samples::event(std::move(p), state.last_n + 1);
    e.at = e.known = kT0 + at;
    apply(state, e);
    return *this;
  }
  std::vector<std::string> keys(Duration now) const {
    std::vector<std::string> out;
    for (const auto& n : remind(state, *contract, kT0 + now, contract.get())) out.push_back(n.key);
    return out;
  }
  std::shared_ptr<Contract> contract = fixture::contract();
  CaseState state;
};

TEST(Reminder, ComesAtTheIntervalOfTheGrade) {
  Open c;
  EXPECT_TRUE(c.keys(1h - 1s).empty());
  EXPECT_EQ(next_reminder(c.state, *c.contract, kT0), kT0 + 1h);
  EXPECT_EQ(next_deadline(c.state, *c.contract, kT0), kT0 + 1h);
  const std::vector<std::string> first{"office-oa/INC-261120-01/1/duty:again:1/zhang/mail",
                                       "office-oa/INC-261120-01/1/duty:again:1/li/mail"};
  EXPECT_EQ(c.keys(1h), first);
  EXPECT_EQ(c.keys(1h + 1s), first) << "the same one, under the same key";
  EXPECT_EQ(c.keys(2h - 1s), first);
  EXPECT_NE(c.keys(2h), first);
  EXPECT_EQ(c.keys(2h + 1s), c.keys(2h));
  EXPECT_EQ(next_reminder(c.state, *c.contract, kT0 + 1h), kT0 + 2h);
  EXPECT_EQ(next_reminder(c.state, *c.contract, kT0 - 1h), kT0 + 1h) << "the clock was set back";
  EXPECT_TRUE(remind(c.state, *c.contract, kT0 - 1h).empty());
}

TEST(Reminder, ARouteThatRepeatsRarelySilencesNoneThatRepeatsOften) {
  Open c;
  c.contract->routes.insert(c.contract->routes.begin() + 1, c.contract->routes[0]);
  auto& often = c.contract->routes[1];
  often.id = "often", often.repeat = {{"", 15min}};
  std::set<std::string> keys;
  for (auto at = 1min; at <= 3h; at += 1min)
    for (const auto& key : c.keys(at))
      if (key.ends_with("/zhang/mail")) keys.insert(key);
  EXPECT_EQ(keys.size(), 12U) << "each quarter of an hour one";
  EXPECT_EQ(c.keys(2h).at(0), "office-oa/INC-261120-01/1/duty:again:2/zhang/mail")
      << "of two at once the first";
  EXPECT_EQ(c.keys(2h).size(), 2U);
  EXPECT_EQ(c.keys(2h + 15min).at(0), "office-oa/INC-261120-01/1/often:again:9/zhang/mail");
}

TEST(Reminder, AnotherGradeCountsAnew) {
  Open c;
  c.then(Graded{"II", "I", GradeHow::changed, ""}, 2h + 10min);
  EXPECT_TRUE(c.keys(2h + 10min).empty()) << "who hears of the grade needs no reminder";
  EXPECT_TRUE(c.keys(2h + 25min - 1s).empty());
  EXPECT_EQ(next_reminder(c.state, *c.contract, kT0 + 2h + 10min), kT0 + 2h + 25min);
  ASSERT_EQ(c.keys(2h + 25min).size(), 2U);
  EXPECT_EQ(c.keys(2h + 25min + 1s).at(0), "office-oa/INC-261120-01/3/duty:again:1/zhang/mail");
  c.then(Graded{"I", "I", GradeHow::confirmed, ""}, 2h + 20min);
  EXPECT_EQ(c.keys(2h + 25min).size(), 2U) << "the same grade, confirmed";
  c.then(Graded{"I", "III", GradeHow::changed, ""}, 3h);
  EXPECT_TRUE(c.keys(9h).empty()) << "a grade without an interval";
  EXPECT_FALSE(next_reminder(c.state, *c.contract, kT0 + 3h));
  c.contract->routes[0].repeat = {{"", 30min}};
  const auto told = remind(c.state, *c.contract, kT0 + 9h);
  ASSERT_EQ(told.size(), 2U) << "one for all grades, which no grade moves";
  EXPECT_EQ(told[0].n, 1U);
  EXPECT_EQ(told[0].again, 18);
  for (const auto lang : {Lang::zh, Lang::en}) {
    const auto subject = render(told[0].subject, lang);
    EXPECT_NE(subject.find(lang == Lang::zh ? "仍无人响应" : "still not acknowledged"), std::string::npos)
        << subject;
    EXPECT_EQ(render(told[0].body[0], lang).find('{'), std::string::npos);
    EXPECT_EQ(render(told[0].reason, lang).find('{'), std::string::npos);
  }
}

TEST(Reminder, ARouteForGradesRemindsOnlyOfWhatItTold) {
  Open c;
  c.contract->routes[0].grades = {"I"};
  c.contract->routes[0].repeat = {{"", 30min}};
  EXPECT_TRUE(c.keys(1h).empty());
  c.then(Graded{"II", "I", GradeHow::changed, ""}, 1h);
  EXPECT_TRUE(c.keys(3h).empty()) << "it told nothing: it is not on `graded`";
  c.contract->routes[0].on.emplace_back("graded");
  EXPECT_TRUE(c.keys(90min - 1s).empty());
  EXPECT_EQ(c.keys(90min).size(), 2U);
  c.then(Graded{"I", "II", GradeHow::changed, ""}, 2h).then(Graded{"II", "I", GradeHow::changed, ""}, 4h);
  EXPECT_TRUE(c.keys(4h).empty()) << "nor at once when it comes back";
  EXPECT_EQ(c.keys(4h + 30min).size(), 2U);
}

TEST(Reminder, EndsWhenSomebodyIsOnItOrItIsOver) {
  for (const Payload& end : {Payload{Acknowledged{}}, Payload{Recovered{"x", 168h}},
                             Payload{FalseAlarm{"none"}}, Payload{Merged{"INC-261120-02", ""}}}) {
    Open c;
    ASSERT_FALSE(c.keys(3h).empty());
    c.then(end, 3h);
    EXPECT_TRUE(c.keys(3h).empty()) << to_text(kind_of(end));
    EXPECT_TRUE(c.keys(9h).empty());
    EXPECT_FALSE(next_reminder(c.state, *c.contract, kT0 + 3h));
  }
}

TEST(Reminder, AReopeningBeginsAnew) {
  Open c;
  c.then(Acknowledged{}, 10min).then(Recovered{"x", 168h}, 1h).then(Reopened{2, ""}, 24h);
  EXPECT_TRUE(c.keys(24h + 59min).empty());
  EXPECT_EQ(c.keys(25h).size(), 2U);
  EXPECT_NE(c.keys(25h).at(0).find("/5/duty:again:1/"), std::string::npos);
}

TEST(Reminder, AreBounded) {
  Open c;
  std::set<std::string> keys;
  for (auto at = 0h; at < 1000h; at += 1h)
    for (const auto& key : c.keys(at)) keys.insert(key);
  EXPECT_EQ(keys.size(), 2U * kReminders);
  EXPECT_FALSE(next_reminder(c.state, *c.contract, kT0 + 1000h));
  const auto last = remind(c.state, *c.contract, kT0 + kReminders * 1h);
  ASSERT_EQ(last.size(), 2U);
  EXPECT_EQ(last[0].body.at(1).id, "domain.notify.again_last");
  EXPECT_TRUE(c.keys((kReminders + 1) * 1h).empty()) << "not again when the outbox has forgotten it";
}

TEST(Reminder, WaitsWhileAMaintenanceWindowCoversAllThatStands) {
  Open c;
  MaintenanceWindow window;
  window.id = "cutover", window.calendar = "7x24", window.at = 10h, window.length = 3h + 30min;
  window.dates = {{Date{std::chrono::year{2026} / 11 / 20}, Date{std::chrono::year{2026} / 11 / 20}}};
  c.contract->maintenance = {window};
  EXPECT_TRUE(c.keys(1h).empty());
  EXPECT_TRUE(c.keys(3h).empty());
  EXPECT_TRUE(c.keys(4h + 45min).empty()) << "over at 13:30, but what fell into it is not said afterwards";
  EXPECT_EQ(c.keys(5h).size(), 2U);
}

}  // namespace
}  // namespace xj::domain
