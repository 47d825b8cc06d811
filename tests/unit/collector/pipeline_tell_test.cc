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

TEST_F(PipelineTell, ATurnThatFallsDueWhileNothingCanBeWrittenIsSentAfterwards) {
  ASSERT_EQ(act(domain::Verb::acknowledge, {}), "");
  ASSERT_EQ(rows("progress").size(), 1U);
  w.advance(2h - 5s);
  ASSERT_EQ(rows("progress").size(), 1U);
  w.db->full = true;
  w.now += 5s;
  EXPECT_THROW(w.pipeline->tick(w.now), Fault);
  w.db->full = false;
  w.advance(5s);
  EXPECT_EQ(rows("progress").size(), 2U);
}

// With a kind whose end is to be told within a day by word of mouth.
class PipelineTellTheEnd : public testing::Test {
 protected:
  PipelineTellTheEnd() {
    auto c = World::contract();
    domain::TellRule end;
    end.id = "end", end.what = {"事件通报", "the end"}, end.on = "false_alarm", end.to = {"lead"};
    end.how = {"written"}, end.within = {{"I", 24h}, {"II", 24h}, {"III", 24h}};
    c->kinds[0].tell = {end};
    c->routes[0].on = {"clock_warning", "clock_breached"};
    w.contracts = {c};
    w.options.read_contract = [c](const std::string&) { return domain::ContractPtr(c); };
    w.start();
    w.send("web1", {World::result(1, World::kLogin, w.now, State::critical)});
    w.advance(10s);
    act(domain::Verb::false_alarm);
  }
  void act(domain::Verb verb) {
    domain::Act a;
    a.verb = verb, a.person = "zhang", a.via = "cli", a.rule = "end", a.text = "已办";
    const auto out = w.pipeline->act({"office-oa", w.numbers().at(0)}, a, w.now);
    EXPECT_TRUE(std::holds_alternative<std::vector<domain::Event>>(out));
  }
  // Whether the next start reads it.
  bool held() {
    const auto all = w.pipeline->cases().held();
    return std::find(all.begin(), all.end(), domain::CaseRef{"office-oa", w.numbers().at(0)}) != all.end();
  }
  // What was said of it, and how many messages that made.
  std::pair<std::string, std::size_t> said() {
    std::string course;
    for (const auto& event : w.pipeline->cases().events("office-oa", w.numbers().at(0))) {
      if (event.kind() == domain::EventKind::clock_warning) course += "warned ";
      if (event.kind() == domain::EventKind::clock_breached) course += "missed ";
    }
    std::size_t rows = 0;
    for (const auto& row : w.pipeline->outbox().recent(1000))
      if (row.event.find("\"clock_") != std::string::npos) ++rows;
    return {course, rows};
  }
  void expect_recomputed() {
    RecomputeOptions options;
    options.read_contract = [this](const std::string&, const std::string&) { return w.contracts[0]; };
    for (const auto& d : recompute(*w.db, options).differences)
      ADD_FAILURE() << d.key << ' ' << d.column << ": " << d.stored << ", again: " << d.rebuilt;
  }
  World w;
};

TEST_F(PipelineTellTheEnd, IsWarnedOfAndSaidToBeMissedOnceOverRestarts) {
  EXPECT_EQ(w.pipeline->book().size(), 0U);
  ASSERT_TRUE(held());
  w.restart();
  w.advance(12h - 5s);
  EXPECT_EQ(said().first, "");
  w.advance(10s);
  const auto warned = said();
  EXPECT_EQ(warned.first, "warned ");
  EXPECT_GT(warned.second, 0U);
  expect_recomputed();
  // The collector is away when it falls due.
  w.crash();
  w.now += 48h;
  w.start();
  w.advance(5s);
  const auto missed = said();
  EXPECT_EQ(missed.first, "warned missed ");
  EXPECT_GT(missed.second, warned.second);
  expect_recomputed();
  EXPECT_FALSE(held()) << "the next start does not read it";
  w.restart();
  w.advance(48h);
  EXPECT_EQ(said(), missed);
}

TEST_F(PipelineTellTheEnd, IsDoneWithAWordInTime) {
  w.advance(1h);
  ASSERT_TRUE(held());
  act(domain::Verb::told);
  EXPECT_FALSE(held());
  expect_recomputed();
  w.restart();
  w.advance(48h);
  EXPECT_EQ(said().first, "");
}

// As the migration leaves each of those that ended before: the first start sees by the events which owe.
TEST_F(PipelineTellTheEnd, OfWhatEndedBeforeItWasAskedForTheFirstStartSeesWhatIsOwed) {
  act(domain::Verb::told);
  w.send("web1", {World::result(2, World::kLogin, w.now, State::ok)});
  w.db->execute("update cases set owes = 1 where over = 1");
  ASSERT_TRUE(held());
  w.restart();
  EXPECT_FALSE(held());
  expect_recomputed();
  w.advance(48h);
  EXPECT_EQ(said().first, "");
}

class PipelineRemind : public testing::Test {
 protected:
  PipelineRemind() {
    auto c = World::contract();
    c->routes[0].repeat = {{"", 15min}};
    w.contracts = {c};
    w.options.read_contract = [c](const std::string&) { return domain::ContractPtr(c); };
    w.start();
    w.send("web1", {World::result(1, World::kLogin, w.now, State::critical)});
  }
  std::size_t again() {
    std::size_t out = 0;
    for (const auto& row : w.pipeline->outbox().recent(1000))
      out += row.key.find(":again:") != std::string::npos ? 1 : 0;
    return out;
  }
  void act(domain::Verb verb) {
    domain::Act a;
    a.verb = verb, a.person = "zhang", a.via = "cli", a.text = "已办";
    const auto out = w.pipeline->act({"office-oa", w.numbers().at(0)}, a, w.now);
    EXPECT_TRUE(std::holds_alternative<std::vector<domain::Event>>(out));
  }
  World w;
};

TEST_F(PipelineRemind, SaysItAgainOverARestartUntilSomebodyIsOnIt) {
  w.advance(15min - 5s);
  EXPECT_EQ(again(), 0U);
  w.advance(5s);
  EXPECT_EQ(again(), 2U) << "zhang and li";
  for (const auto& row : w.pipeline->outbox().recent(1000))
    if (row.key.find(":again:") != std::string::npos) {
      EXPECT_EQ((parse_json(row.event).index()), 0U);
      EXPECT_NE(row.event.find("\"again\":1"), std::string::npos) << row.event;
      EXPECT_FALSE(row.address.empty());
    }
  w.restart();
  w.advance(1min);
  EXPECT_EQ(again(), 2U);
  w.crash();
  w.now += 40min;  // two pass while it is away
  w.start();
  w.advance(1min);
  EXPECT_EQ(again(), 4U) << "of those that passed only the last";
  act(domain::Verb::note);
  EXPECT_EQ(again(), 4U) << "another event of the case says none anew";
  act(domain::Verb::acknowledge);
  w.advance(1h);
  EXPECT_EQ(again(), 4U);
}

TEST_F(PipelineRemind, AFullDatabaseLosesNoneAndSaysNoneTwice) {
  w.advance(15min - 5s);
  w.db->full = true;
  w.now += 5s;
  EXPECT_THROW(w.pipeline->tick(w.now), Fault);
  EXPECT_EQ(again(), 0U);
  w.db->full = false;
  w.advance(5s);
  EXPECT_EQ(again(), 2U);
  w.advance(5s);
  EXPECT_EQ(again(), 2U);
}

TEST_F(PipelineRemind, WhoIsOnDutyThenIsTold) {
  auto c = std::make_shared<domain::Contract>(*w.contracts[0]);
  c->roles.at("duty").roster.shifts = {{w.now + 10min, w.now + 2h, "li", ""}};
  w.pipeline->set_contracts({c}, w.now);
  w.advance(15min);
  ASSERT_EQ(again(), 1U);
  act(domain::Verb::false_alarm);
  w.advance(1h);
  EXPECT_EQ(again(), 1U);
}

}  // namespace
}  // namespace xj::collector
