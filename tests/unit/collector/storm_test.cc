// A storm of notices through the pipeline: the first go out one by one, the rest in one message, and nothing
// is lost or said twice.
#include "collector/storm_desk.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/fakes/temp_db.h"
#include "tests/unit/collector/world.h"

namespace xj::collector {
namespace {

constexpr int kHosts = 200;

// As many systems of one host each. Two persons get mail of all of it.
std::shared_ptr<domain::Contract> many() {
  auto c = World::contract();
  c->revision = "rev-many";
  auto check = c->systems[1].checks[0];
  c->systems.clear();
  for (int i = 0; i < kHosts; ++i) {
    domain::System s;
    s.id = "s" + std::to_string(i), s.title.zh = s.id;
    s.hosts = {"h" + std::to_string(i)};
    check.hosts = s.hosts;
    s.checks = {check};
    c->systems.push_back(s);
  }
  c->kinds[0].number = "INC-{yymmdd}-{nnn}";
  c->routes = {{"duty", {"detected", "reopened", "recovered"}, {}, {"duty"}, {"mail"}}};
  return c;
}

class Storms : public testing::Test {
 protected:
  explicit Storms(std::shared_ptr<domain::Contract> c = many()) : contract(std::move(c)) {}
  void SetUp() override { begin(); }
  void begin() {
    w.contracts = {contract};
    w.options.read_contract = [this](const std::string&) { return domain::ContractPtr(contract); };
    w.start();
    all(State::ok);
    w.now += 1min;
  }
  void all(State state, int from = 0, int to = kHosts) {
    for (int i = from; i < to; ++i)
      w.send("h" + std::to_string(i),
             {World::result(++n, "office-oa/s" + std::to_string(i) + "/http", w.now, state)});
  }
  std::vector<OutboxRow> rows(std::optional<OutboxState> state, const std::string& person = "zhang") {
    auto out = w.pipeline->outbox().recent(10'000, state);
    std::erase_if(out, [&](const OutboxRow& row) { return row.person != person; });
    return out;
  }
  std::vector<OutboxRow> summaries(const std::string& person = "zhang") {
    auto out = rows(OutboxState::waiting, person);
    std::erase_if(out, [](const OutboxRow& row) { return !row.key.starts_with("office-oa/storm/"); });
    return out;
  }
  // How often each case is named in the messages that go out to a person: by its own, and in summaries.
  std::map<std::string, int> named(const std::string& kind, const std::string& person = "zhang") {
    std::map<std::string, int> out;
    for (const auto& row : rows(OutboxState::waiting, person)) {
      auto read = parse_json(row.event);
      const auto& json = std::get<Json>(read);
      if (json["kind"].string_or("") == kind) ++out[json["case"].string_or("")];
      if (json["kind"].string_or("") != "storm") continue;
      std::string text;
      for (const auto& line : row.lines) text += render(line, Lang::zh) + '\n';
      const auto word = render({"domain.event." + kind, {}}, Lang::zh);
      for (const auto& number : json["cases"].items()) {
        const auto at = text.find(number.string_or("?"));
        EXPECT_NE(at, std::string::npos) << "not in the text: " << number.string_or("?");
        if (text.substr(at, text.find('\n', at) - at).find(word) != std::string::npos)
          ++out[number.string_or("")];
      }
    }
    return out;
  }
  void expect_all_once(const std::map<std::string, int>& cases) {
    EXPECT_EQ(cases.size(), static_cast<std::size_t>(kHosts));
    for (const auto& [number, times] : cases) EXPECT_EQ(times, 1) << number;
  }

  std::shared_ptr<domain::Contract> contract;
  World w;
  std::uint64_t n = 0;
};

TEST_F(Storms, TwoHundredHostsAtOnceAreTwentyMessagesAndOneThatNamesTheRest) {
  all(State::critical);
  EXPECT_EQ(w.numbers().size(), static_cast<std::size_t>(kHosts));
  EXPECT_EQ(rows(OutboxState::waiting).size(), 20U);
  EXPECT_EQ(rows(OutboxState::held).size(), 180U);
  EXPECT_EQ(w.pipeline->storms().lasting().size(), 2U) << "one of each receiver";
  const auto began = w.now;
  w.advance(55s);
  EXPECT_TRUE(summaries().empty());
  w.advance(5s);
  ASSERT_EQ(summaries().size(), 1U);
  EXPECT_EQ(summaries("li").size(), 1U);
  EXPECT_EQ(rows(OutboxState::waiting).size(), 21U);
  EXPECT_TRUE(rows(OutboxState::held).empty());
  const auto summary = summaries().at(0);
  EXPECT_EQ(summary.address, "zhang@example.test");
  for (const auto& row : rows(OutboxState::summed)) {
    EXPECT_EQ(row.summary, summary.key);
    EXPECT_EQ(row.done, w.now);
  }
  expect_all_once(named("detected"));
  // And so is their recovery.
  w.advance(30s);
  all(State::ok);
  EXPECT_EQ(rows(OutboxState::waiting).size(), 21U);
  w.advance(1min);
  ASSERT_EQ(summaries().size(), 2U);
  EXPECT_EQ(rows(OutboxState::waiting).size(), 22U);
  expect_all_once(named("recovered"));
  expect_all_once(named("detected"));
  // It is over when no more came for long enough.
  EXPECT_EQ(w.pipeline->storms().lasting().size(), 2U);
  for (int i = 0; i < 6; ++i) {
    w.advance(1min);
    all(State::ok);  // nobody falls silent
  }
  EXPECT_TRUE(w.pipeline->storms().lasting().empty());
  const auto storms = w.pipeline->storms().recent(10);
  ASSERT_EQ(storms.size(), 2U);
  EXPECT_EQ(storms[0].began, began);
  ASSERT_TRUE(storms[0].ended);
  EXPECT_GE(*storms[0].ended, began + 5min);
  EXPECT_EQ(storms[0].summaries, 2);
  EXPECT_EQ(storms[0].held, 380);
  EXPECT_EQ(summaries().size(), 2U) << "the end needs no message";
}

TEST_F(Storms, AsManyAsAllowedAreToldOneByOneAndOneMoreIsHeld) {
  all(State::critical, 0, 20);
  EXPECT_TRUE(rows(OutboxState::held).empty());
  w.now += 5min - 1s;
  all(State::ok, 21);  // nobody falls silent
  all(State::critical, 20, 21);
  EXPECT_EQ(rows(OutboxState::held).size(), 1U);
  w.advance(1min);
  ASSERT_EQ(summaries().size(), 1U);
  EXPECT_EQ(summaries()[0].lines.at(summaries()[0].lines.size() - 2).id, "domain.storm.over");
  EXPECT_TRUE(w.pipeline->storms().lasting().empty());
}

TEST_F(Storms, WhatComesBehindTheWindowIsToldByItself) {
  all(State::critical, 0, 20);
  w.now += 5min;
  all(State::critical, 20, 21);
  EXPECT_TRUE(rows(OutboxState::held).empty());
  EXPECT_EQ(rows(OutboxState::waiting).size(), 21U);
}

TEST_F(Storms, SurvivesAKillBetweenHoldingAndSaying) {
  all(State::critical, 0, 100);
  w.restart();
  all(State::critical, 100);
  EXPECT_EQ(rows(OutboxState::waiting).size(), 20U);
  EXPECT_EQ(rows(OutboxState::held).size(), 180U);
  w.crash();
  w.now += 3min;
  w.start();
  w.now += 1s;
  w.pipeline->tick(w.now);
  ASSERT_EQ(summaries().size(), 1U);
  w.restart();
  w.advance(10s);
  EXPECT_EQ(summaries().size(), 1U);
  expect_all_once(named("detected"));
}

TEST_F(Storms, AFullDatabaseLosesNothingAndSaysNothingTwice) {
  all(State::critical);
  w.now += 1min;
  w.db->full = true;
  EXPECT_THROW(w.pipeline->tick(w.now), Fault);
  EXPECT_TRUE(summaries().empty());
  EXPECT_EQ(rows(OutboxState::held).size(), 180U);
  w.db->full = false;
  w.advance(5s);
  EXPECT_EQ(summaries().size(), 1U);
  w.advance(20s);
  EXPECT_EQ(summaries().size(), 1U);
  expect_all_once(named("detected"));
}

TEST(StormDeskTest, ForgetsAStormThatATransactionTookBack) {
  test::TempDb made;
  const auto db = made.open();
  Outbox outbox(*db);
  StormDesk desk(*db, outbox);
  const auto now = domain::fixture::kT0;
  domain::Brake brake;
  brake.more_than = 1;
  {
    const io::Transaction never_committed(*db);
    for (const auto* key : {"a", "b"}) {
      OutboxRow row;
      row.key = key, row.channel = "mail", row.person = "zhang", row.created = row.due = now;
      EXPECT_EQ(desk.add("office-oa", row, true, false, brake, now), row.key == "a");
    }
  }
  EXPECT_TRUE(desk.lasting().empty());
  ASSERT_TRUE(desk.next());
  const auto none = [](const std::string&, const std::string&) { return domain::CaseNow{}; };
  EXPECT_EQ(desk.tick({}, none, now + 30s), 0U);
  EXPECT_TRUE(desk.next()) << "not asked of the database before it is due";
  EXPECT_EQ(desk.tick({}, none, now + 1min), 0U);
  EXPECT_FALSE(desk.next());
}

TEST_F(Storms, AClockSetBackHoldsNothingForever) {
  all(State::critical);
  w.now -= 24h;
  w.advance(10s);
  EXPECT_EQ(summaries().size(), 1U);
  EXPECT_TRUE(rows(OutboxState::held).empty());
}

TEST_F(Storms, AClockSetBackByAnHourDoesNotLetAnybodyWaitForIt) {
  all(State::critical);
  w.now -= 1h;
  w.advance(10s);
  EXPECT_EQ(summaries().size(), 1U);
  EXPECT_TRUE(rows(OutboxState::held).empty());
}

TEST_F(Storms, ABrakeThatIsTakenOffSaysWhatItHeldAtOnce) {
  all(State::critical);
  auto off = std::make_shared<domain::Contract>(*contract);
  off->storm.more_than = 0;
  off->revision = "rev-off";
  w.pipeline->set_contracts({off}, w.now);
  w.pipeline->tick(w.now);
  ASSERT_EQ(summaries().size(), 1U);
  const auto summary = summaries()[0];
  EXPECT_NE(render(summary.subject, Lang::zh).find(contract->title), std::string::npos)
      << render(summary.subject, Lang::zh);
  EXPECT_EQ(summary.lines.back().id, "domain.storm.over") << "at how many it held is not known any more";
  EXPECT_TRUE(w.pipeline->storms().lasting().empty());
  expect_all_once(named("detected"));
  w.now += 1s;
  all(State::ok);
  EXPECT_EQ(rows(OutboxState::waiting).size(), 221U);
}

TEST_F(Storms, AContractThatIsGoneHoldsNothing) {
  contract->routes.push_back({"time", {"clock_warning"}, {}, {"duty"}, {"mail"}});
  all(State::critical);
  w.pipeline->set_contracts({}, w.now);
  w.pipeline->tick(w.now);
  EXPECT_EQ(summaries().size(), 1U);
  w.now += 15min;
  w.pipeline->tick(w.now);
  EXPECT_TRUE(w.pipeline->storms().lasting().empty());
  w.advance(2min);
  EXPECT_EQ(summaries().size(), 1U);
  EXPECT_GE(rows(OutboxState::waiting).size(), 21U + kHosts) << "each case's clock was said by itself";
}

TEST_F(Storms, WhoHeardOfTroubleInASummaryHearsOfItsEnd) {
  all(State::critical);
  w.advance(7min);
  const auto number = w.numbers().back();
  EXPECT_EQ(w.pipeline->outbox().heard("office-oa", number).size(), 2U);
  contract->routes[0].on = {"detected"};
  all(State::ok, kHosts - 1, kHosts);
  EXPECT_EQ(named("recovered")[number], 1);
}

TEST_F(Storms, WhatIsHeldIsNotForgotten) {
  all(State::critical);
  EXPECT_EQ(w.pipeline->outbox().forget(w.now + 24h, 10'000), 0);
  w.advance(7min);
  EXPECT_EQ(w.pipeline->storms().recent(10).size(), 2U);
  EXPECT_EQ(w.pipeline->outbox().forget(w.now + 24h, 10'000), 360) << "both persons'";
  EXPECT_TRUE(w.pipeline->storms().recent(10).empty());
}

TEST_F(Storms, WhatAPersonDoesIsNeverHeld) {
  all(State::critical);
  const auto before = rows(OutboxState::waiting).size();
  for (int i = 0; i < 5; ++i) {
    domain::Act a;
    a.verb = domain::Verb::false_alarm, a.person = "wang", a.via = "cli", a.text = "演练";
    const auto out =
        w.pipeline->act({"office-oa", w.numbers().at(static_cast<std::size_t>(100 + i))}, a, w.now);
    ASSERT_TRUE(std::holds_alternative<std::vector<domain::Event>>(out));
  }
  EXPECT_EQ(rows(OutboxState::waiting).size(), before + 5);
  // And the summary, which comes after it, does not call live what the reader heard is over.
  w.advance(1min);
  const auto said = summaries();
  ASSERT_EQ(said.size(), 1U);
  const auto read = parse_json(said[0].event);
  const auto& cases = std::get<Json>(read)["cases"].items();
  ASSERT_EQ(cases.size(), 180U);
  std::set<std::string> last;
  for (std::size_t i = 175; i < 180; ++i) last.insert(cases[i].string_or(""));
  for (std::size_t i = 100; i < 105; ++i) {
    const auto number = w.numbers().at(i);
    EXPECT_TRUE(last.contains(number)) << number;
    for (const auto& line : said[0].lines)
      if (const auto text = render(line, Lang::zh); text.find(number) != std::string::npos) {
        EXPECT_NE(text.find("误报"), std::string::npos) << text;
      }
  }
}

// Every other check concerns security: its cases are of the most severe grade.
std::shared_ptr<domain::Contract> half_grave() {
  auto c = many();
  for (std::size_t i = 1; i < c->systems.size(); i += 2) c->systems[i].checks[0].tags = {"security"};
  return c;
}
class GraveStorms : public Storms {
 protected:
  GraveStorms() : Storms(half_grave()) {}
};

TEST_F(GraveStorms, TheMostSevereGradeIsNeverHeld) {
  all(State::critical);
  for (const auto& row : rows(OutboxState::held))
    EXPECT_NE(row.event.find("\"grade\":\"II\""), std::string::npos);
  int grave = 0;
  for (const auto& row : rows(OutboxState::waiting))
    grave += row.event.find("\"grade\":\"I\"") != std::string::npos ? 1 : 0;
  EXPECT_EQ(grave, kHosts / 2);
  EXPECT_EQ(rows(OutboxState::waiting).size() + rows(OutboxState::held).size(),
            static_cast<std::size_t>(kHosts));
  EXPECT_EQ(rows(OutboxState::waiting).size(), 110U)
      << "they count: of the other half the first ten went out";
  w.advance(1min);
  expect_all_once(named("detected"));
}

std::shared_ptr<domain::Contract> owed() {
  auto c = many();
  domain::TellRule found;
  found.id = "found", found.what = {"发现事件", "found"}, found.on = "detected";
  found.to = {"duty"}, found.how = {"mail"}, found.within = {{"I", 1h}, {"II", 1h}, {"III", 1h}};
  c->kinds[0].tell = {found};
  return c;
}
class OwedStorms : public Storms {
 protected:
  OwedStorms() : Storms(owed()) {}
};

TEST_F(OwedStorms, WhatTheContractWantsToldIsNeverHeld) {
  all(State::critical);
  EXPECT_TRUE(rows(OutboxState::held).empty());
  EXPECT_EQ(rows(OutboxState::waiting).size(), static_cast<std::size_t>(kHosts));
  for (const auto& row : rows(OutboxState::waiting)) EXPECT_FALSE(row.tells.empty());
}

}  // namespace
}  // namespace xj::collector
