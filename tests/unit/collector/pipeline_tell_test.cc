// What the contract wants told, through the pipeline: the machine's own messages, and that a delivery counts.
#include "collector/domain/telling.h"
#include "collector/store/recompute.h"
#include "tests/unit/collector/world.h"

namespace xj::collector {
namespace {

using domain::TellStatus;

class PipelineTell : public testing::Test {
 protected:
  PipelineTell() {
    auto c = World::contract();
    domain::TellRule found;
    found.id = "found", found.what = {"发现事件", "found"}, found.on = "detected";
    found.to = {"lead"}, found.how = {"phone", "mail"};
    found.within = {{"I", 1h}, {"II", 1h}, {"III", 1h}};
    domain::TellRule progress;
    progress.id = "progress", progress.what = {"进展", "progress"}, progress.on = "acknowledged";
    progress.to = {"lead"}, progress.how = {"mail"}, progress.repeat = 2h;
    c->kinds[0].tell = {found, progress};
    w.contracts = {c};
    w.options.read_contract = [c](const std::string&) { return domain::ContractPtr(c); };
    w.start();
    w.send("web1", {World::result(1, World::kLogin, w.now, State::critical)});
  }
  // Rows that tell by a rule.
  std::vector<OutboxRow> rows(const std::string& rule) {
    std::vector<OutboxRow> out;
    for (auto& row : w.pipeline->outbox().recent(1000))
      if (row.key.find("/tell:" + rule + ':') != std::string::npos) out.push_back(row);
    return out;
  }
  domain::TellView view(const std::string& rule, int turn = 1) {
    const auto found = w.pipeline->find_case({"office-oa", number()});
    for (auto& v : domain::tellings(found->state, *found->contract, w.now))
      if (v.rule == rule && v.turn == turn) return v;
    ADD_FAILURE() << "not owed";
    return {};
  }
  std::string number() { return w.numbers().at(0); }
  std::size_t count(const std::string& kind) {
    const auto course = w.course(number());
    return static_cast<std::size_t>(std::count(course.begin(), course.end(), kind));
  }
  std::string act(domain::Verb verb, const std::string& rule = {}) {
    domain::Act a;
    a.verb = verb, a.person = "zhang", a.via = "cli", a.rule = rule, a.text = "已办";
    const auto out = w.pipeline->act({"office-oa", number()}, a, w.now);
    const auto* refused = std::get_if<domain::Rejection>(&out);
    return refused == nullptr ? "" : refused->why.id;
  }
  World w;
};

TEST_F(PipelineTell, ADeliveryIsAnEventAndAPersonDoesTheRest) {
  auto mail = rows("found");
  ASSERT_EQ(mail.size(), 1U);
  EXPECT_EQ(mail[0].address, "wang@example.test");
  EXPECT_EQ(count("told"), 0U) << "sent is not delivered";
  w.now += 20s;
  w.pipeline->outbox().retry(mail[0].key, w.now + 5s, "no connection");
  w.pipeline->tick(w.now);
  EXPECT_EQ(count("told"), 0U);
  w.pipeline->outbox().finish(mail[0].key, OutboxState::delivered, w.now, "");
  w.now += 2s;
  w.pipeline->tick(w.now);
  ASSERT_EQ(count("told"), 1U);
  const auto told = w.pipeline->cases().events("office-oa", number()).back();
  EXPECT_EQ(told.at, w.now - 2s) << "when it was delivered";
  EXPECT_EQ(told.known, w.now);
  EXPECT_EQ(told.actor, "system:notify");
  w.advance(1min);
  w.restart();
  w.advance(1min);
  EXPECT_EQ(count("told"), 1U);
  EXPECT_EQ(rows("found").size(), 1U) << "neither sent nor counted again";
  EXPECT_EQ(view("found").status, TellStatus::owed);
  EXPECT_EQ(act(domain::Verb::told, "found"), "");
  EXPECT_EQ(view("found").status, TellStatus::told);
  EXPECT_EQ(act(domain::Verb::told, "found"), "domain.refuse.told_already");
  // Proved from the events.
  RecomputeOptions options;
  options.read_contract = [this](const std::string&, const std::string&) { return w.contracts[0]; };
  const auto again = recompute(*w.db, options);
  EXPECT_TRUE(again.differences.empty());
}

TEST_F(PipelineTell, WhatIsRefusedStaysOwedAndIsMissed) {
  w.pipeline->outbox().finish(rows("found").at(0).key, OutboxState::refused, w.now, "550 no such user");
  EXPECT_EQ(act(domain::Verb::told, "found"), "") << "the person telephoned, and wrote himself";
  EXPECT_EQ(count("told"), 1U);
  w.advance(10s);
  EXPECT_EQ(count("told"), 1U);
  EXPECT_TRUE(w.pipeline->outbox().told(10).empty());
}

TEST_F(PipelineTell, IsWarnedOfAndMissedThroughTheRoutesOfClocks) {
  w.advance(1h + 10s);
  std::size_t warned = 0, missed = 0;
  for (const auto& event : w.pipeline->cases().events("office-oa", number())) {
    if (const auto* p = std::get_if<domain::ClockWarning>(&event.payload)) warned += p->clock == "tell:found";
    if (const auto* p = std::get_if<domain::ClockBreached>(&event.payload))
      missed += p->clock == "tell:found";
  }
  EXPECT_EQ(warned, 1U);
  EXPECT_EQ(missed, 1U);
  EXPECT_EQ(view("found").status, TellStatus::overdue);
}

TEST_F(PipelineTell, EachTurnOfARuleThatRepeatsIsSentOnceAndRecoveryEndsIt) {
  EXPECT_EQ(act(domain::Verb::acknowledge), "");
  ASSERT_EQ(rows("progress").size(), 1U);
  w.advance(2h + 5s);
  EXPECT_EQ(rows("progress").size(), 2U);
  w.restart();
  w.advance(5s);
  EXPECT_EQ(rows("progress").size(), 2U);
  // The collector was away for two turns: the present one is told, not those that are over.
  w.crash();
  w.now += 6h;
  w.start();
  w.advance(5s);
  EXPECT_EQ(rows("progress").size(), 3U);
  for (const auto& row : rows("progress"))
    w.pipeline->outbox().finish(row.key, OutboxState::delivered, w.now, "");
  w.advance(5s);
  EXPECT_EQ(view("progress", 1).status, TellStatus::late);
  EXPECT_EQ(view("progress", 3).status, TellStatus::overdue);
  EXPECT_EQ(view("progress", 5).status, TellStatus::told);
  EXPECT_EQ(act(domain::Verb::recover), "");
  w.advance(8h);
  EXPECT_EQ(rows("progress").size(), 3U);
}

}  // namespace
}  // namespace xj::collector
