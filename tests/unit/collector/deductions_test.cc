#include "collector/deductions.h"

#include <gtest/gtest.h>

#include "tests/unit/collector/world.h"

namespace xj::collector {
namespace {

class Deductions : public testing::Test {
 protected:
  Deductions() {
    auto priced = World::contract();
    domain::Deduction late;
    late.id = "slow", late.title = {"响应超时", ""}, late.party = "provider", late.amount.cents = 100'00;
    late.kind = "incident", late.clock = "respond";
    priced->deductions = {late};
    w.contracts = {priced};
    w.start();
  }
  // An incident that nobody answers within its half hour.
  void breach(std::uint64_t n) {
    w.send("web1", {World::result(n, World::kLogin, w.now, State::critical, 1)});
    w.advance(40min);
    w.send("web1", {World::result(n + 1, World::kLogin, w.now, State::ok)});
  }
  void act(domain::Verb verb, const std::string& number) {
    domain::Act a;
    a.verb = verb, a.person = "zhang", a.via = "cli", a.text = "并非故障";
    const auto out = w.pipeline->act({"office-oa", number}, a, w.now);
    const auto* refused = std::get_if<domain::Rejection>(&out);
    ASSERT_EQ(refused, nullptr) << refused->why.id;
  }
  std::vector<std::string> says() {
    std::vector<std::string> out;
    for (const auto& line : costs_of(*w.pipeline, w.contracts.front(), w.now).lines)
      out.push_back(line.what.number + ' ' + std::string(to_text(line.state)));
    return out;
  }
  using Lines = std::vector<std::string>;
  World w;
};

// Else each list would read every case that ever was.
TEST_F(Deductions, WhatNoLaterTimeChangesIsNotReadAgain) {
  breach(1);
  const auto number = w.numbers().front();
  EXPECT_EQ(says(), Lines{number + " counted"});
  EXPECT_EQ(w.pipeline->settled_costs().size(), 0U) << "the case goes on";

  act(domain::Verb::false_alarm, number);
  EXPECT_EQ(says(), Lines{number + " not_counting"});
  ASSERT_EQ(w.pipeline->settled_costs().size(), 1U);
  // Whether it is read shows when what is kept is another thing.
  w.pipeline->settled_costs().keep({"office-oa", number}, w.course(number).size(), {});
  EXPECT_EQ(says(), Lines{});

  act(domain::Verb::note, number);
  EXPECT_EQ(says(), Lines{number + " not_counting"}) << "there was another event";

  w.pipeline->settled_costs().keep({"office-oa", number}, w.course(number).size(), {});
  w.pipeline->set_contracts(w.contracts, w.now);
  EXPECT_EQ(says(), Lines{number + " not_counting"}) << "the calendars may be others";
}

}  // namespace
}  // namespace xj::collector
