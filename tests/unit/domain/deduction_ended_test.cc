// What is said of a breach whose clock ended without what it waited for: by what made it needless, or with
// the run.
#include <gtest/gtest.h>

#include "collector/domain/deduction.h"
#include "collector/domain/explain.h"
#include "tests/fakes/event_samples.h"
#include "tests/fakes/small_contract.h"

namespace xj::domain {
namespace {

using namespace std::chrono_literals;
using fixture::kT0;

// A case of grade II whose plan is due four hours after it was found, unless it recovers.
class Plan {
 public:
  Plan() {
    auto& clock = contract_->kinds[0].clocks.emplace_back();
    clock.name = "plan", clock.title = {"应急方案", "plan"}, clock.limit["II"].time = 4h;
    clock.calendar = "7x24", clock.start = "detected", clock.stop = "noted", clock.about = "plan";
    clock.unless = "recovered", clock.to = "duty";
    Deduction d;
    d.id = "late", d.title = {"late", ""}, d.party = "provider", d.amount.cents = 100;
    d.kind = "incident", d.clock = "plan";
    contract_->deductions = {d};
    then(samples::sample(static_cast<Detected*>(nullptr)), 0ms);
    then(Graded{"", "II", GradeHow::machine, ""}, 0ms);
  }
  Plan& then(Payload payload, Duration at) {
    auto event = samples::event(std::move(payload), state_.last_n + 1);
    event.at = event.known = kT0 + at;
    apply(state_, event);
    events_.push_back(std::move(event));
    return *this;
  }
  // Of its first run, the sentence on the breach.
  std::string says(Duration now, Lang lang = Lang::en) const {
    const auto all =
        reckon(occasions(state_, events_, contract_, kT0 + now), {}, Timestamp::min(), Timestamp::max());
    return all.lines.empty() ? "" : render(all.lines.front().why.front(), lang);
  }
  std::string at(Duration offset) const { return local_text(kT0 + offset, contract_->zone); }

 private:
  std::shared_ptr<Contract> contract_ = fixture::contract();
  CaseState state_;
  std::vector<Event> events_;
};

TEST(DeductionEnded, WhatCameLateCame) {
  Plan p;
  p.then(Noted{"x", "plan"}, 5h);
  EXPECT_EQ(p.says(9h), "“plan” (II) was due by " + p.at(4h) + " and came at " + p.at(5h) + ".");
}

TEST(DeductionEnded, WhatRecoveryMadeNeedlessNeverCame) {
  Plan p;
  EXPECT_EQ(p.says(4h), "");
  EXPECT_EQ(p.says(5h), "“plan” (II) was due by " + p.at(4h) + " and has not come.");
  p.then(Recovered{"x", 168h}, 6h);
  EXPECT_EQ(p.says(9h), "“plan” (II) was due by " + p.at(4h) + " and had not come when it ended at " +
                            p.at(6h) + ": recovered.");
  EXPECT_EQ(p.says(9h, Lang::zh), "时限“应急方案”（二级）应在 " + p.at(4h) + " 前完成，至 " + p.at(6h) +
                                      " 因“恢复”终止时仍未完成。");
  // A note afterwards does not make it come.
  p.then(Noted{"x", "plan"}, 7h);
  EXPECT_NE(p.says(9h).find("had not come"), std::string::npos) << p.says(9h);
}

TEST(DeductionEnded, WhatEndedWithItsRunNeverCame) {
  Plan p;
  p.then(FalseAlarm{"x"}, 6h);
  EXPECT_NE(p.says(9h).find("when it ended at " + p.at(6h) + ": false alarm."), std::string::npos)
      << p.says(9h);
}

}  // namespace
}  // namespace xj::domain
