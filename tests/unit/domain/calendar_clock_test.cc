// Clocks whose limit is a day, through the code that runs those whose limit is a time.
#include <gtest/gtest.h>

#include "collector/domain/clock.h"
#include "collector/domain/tick.h"
#include "tests/fakes/event_samples.h"
#include "tests/fakes/small_contract.h"

namespace xj::domain {
namespace {

using namespace std::chrono_literals;
using fixture::kT0;  // Friday 2026-11-20 09:00

class DayClock : public testing::Test {
 protected:
  DayClock() {
    auto& clocks = contract_->kinds.front().clocks;
    clocks.clear();
    ClockSpec spec;
    spec.name = "data", spec.title = {"数据修改", "Data change"}, spec.calendar = "office";
    spec.start = "detected", spec.stop = "recovered", spec.to = "duty";
    spec.limit = {{"I", *parse_day_rule("by 18:00")}, {"II", *parse_day_rule("2nd working day")}};
    spec.warn = {{50.0, std::nullopt}, {std::nullopt, 1h}};
    clocks.push_back(spec);
    then(samples::sample(static_cast<Detected*>(nullptr)), 0ms);
    then(Graded{"", "II", GradeHow::machine, ""}, 0ms);
  }
  void then(Payload p, Duration at) {
    auto e = samples::event(std::move(p), state_.last_n + 1);
    e.at = e.known = kT0 + at;
    apply(state_, e);
  }
  ClockView view(Duration now) const { return clocks(state_, *contract_, kT0 + now).at(0); }

  std::shared_ptr<Contract> contract_ = fixture::contract();
  CaseState state_;
};

constexpr Duration kDue = 4 * 24h + 9h;  // Tuesday 18:00

TEST_F(DayClock, IsDueWhenTheHoursOfThatDayEnd) {
  EXPECT_EQ(view(1h).due, kT0 + kDue);
  EXPECT_EQ(view(kDue).status, ClockStatus::running);
  EXPECT_EQ(view(kDue + 1ms).status, ClockStatus::breached);
  EXPECT_EQ(to_text(view(1h).limit), "2nd working day");
  EXPECT_NE(render(view(1h).why.front(), Lang::zh).find("第 2 个工作日"), std::string::npos)
      << render(view(1h).why.front(), Lang::zh);
  EXPECT_NE(render(view(1h).why.front(), Lang::en).find("has 2nd working day on calendar office"),
            std::string::npos)
      << render(view(1h).why.front(), Lang::en);
}

TEST_F(DayClock, WarnsAtHalfOfTheWorkUpToIt) {
  // 24 working hours lie before it; 12 are used on Monday at 14:00.
  const auto warns = view(1h).warns;
  ASSERT_EQ(warns.size(), 2U);
  EXPECT_EQ(warns[0].at, kT0 + 3 * 24h + 5h);
  EXPECT_EQ(warns[1].at, kT0 + kDue - 1h);
  EXPECT_EQ(next_clock_instant(state_, *contract_, kT0 + 1h), warns[0].at);
  EXPECT_EQ(next_clock_instant(state_, *contract_, warns[1].at), kT0 + kDue + 1ms);
}

TEST_F(DayClock, ARegradeTakesTheOtherRuleFromTheSameStart) {
  then(Graded{"II", "I", GradeHow::changed, "x"}, 10h);
  EXPECT_EQ(view(10h).due, kT0 + 9h);
  EXPECT_EQ(view(10h).status, ClockStatus::breached);
}

TEST_F(DayClock, SaysWhenItLeansOnUnknownDays) {
  contract_->calendars.at("office").holidays.covers_to = Date{std::chrono::year{2026} / 11 / 23};
  EXPECT_TRUE(view(1h).leaves_cover);
  contract_->calendars.at("office").holidays.covers_to = Date{std::chrono::year{2026} / 11 / 24};
  EXPECT_FALSE(view(1h).leaves_cover);
}

}  // namespace
}  // namespace xj::domain
