#include "collector/store/cases.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "collector/store/documents.h"
#include "collector/store/migrate.h"
#include "tests/fakes/power_cut_fs.h"
#include "tests/fakes/power_cut_vfs.h"
#include "tests/fakes/small_contract.h"

namespace xj::collector {
namespace {

constexpr auto kNow = from_ms(1'700'000'000'000);

class StoreTest : public testing::Test {
 protected:
  StoreTest() : db_(open(fs_, vfs_)), cases_(*db_), documents_(*db_) {}
  static std::unique_ptr<io::Db> open(fakes::PowerCutFs& fs, const fakes::PowerCutVfs& vfs) {
    fs.make_dirs("/d");
    auto db = io::open_sqlite("/d/s.db", io::DbMode::read_write, vfs.name().c_str());
    migrate(*db, fs, "/d/s.db", kNow);
    return db;
  }
  static domain::Event event(const std::string& number, std::uint32_t n, domain::Payload payload) {
    domain::Event e;
    e.contract = "c";
    e.number = number;
    e.n = n;
    e.at = e.known = kNow + Duration{n * 1'000};
    e.actor = "system:test";
    e.via = "test";
    e.revision = "r";
    e.calendar = "k";
    e.payload = std::move(payload);
    return e;
  }
  static domain::Detected detected(const std::string& system) {
    return {"incident",
            {system, "disk", "web1", "/"},
            State::critical,
            {"checks.x", {{"value", "95"}}},
            {kNow, 3, {{"v", 1.5}}}};
  }
  void append(const std::vector<domain::Event>& events, const domain::Contract* contract = nullptr) {
    domain::CaseState state;
    io::Transaction transaction(*db_);
    for (const auto& e : events) {
      domain::apply(state, e);
      cases_.append(e, state, contract);
    }
    transaction.commit();
  }

  fakes::PowerCutFs fs_;
  fakes::PowerCutVfs vfs_{fs_, "store-cases"};
  std::unique_ptr<io::Db> db_;
  Cases cases_;
  Documents documents_;
};

TEST_F(StoreTest, EventsComeBackAsTheyWereAndRowsFollowThem) {
  const std::vector<domain::Event> events{
      event("INC-1", 1, detected("oa")),
      event("INC-1", 2, domain::Graded{"", "II", domain::GradeHow::machine, "why"}),
      event("INC-1", 3, domain::Acknowledged{"seen"})};
  append(events);
  EXPECT_EQ(cases_.events("c", "INC-1"), events);
  EXPECT_TRUE(cases_.events("c", "INC-2").empty());
  const auto rows = cases_.list({});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].status, "acknowledged");
  EXPECT_EQ(rows[0].grade, "II");
  EXPECT_EQ(rows[0].opened, events[0].at);
  EXPECT_EQ(rows[0].last_n, 3u);
  EXPECT_FALSE(rows[0].over);
}

TEST_F(StoreTest, FiltersAndOpenOnes) {
  append({event("INC-1", 1, detected("oa")), event("INC-1", 2, domain::FalseAlarm{"no"})});
  append({event("INC-2", 1, detected("hr"))});
  EXPECT_EQ(cases_.numbers().size(), 2u);
  ASSERT_EQ(cases_.held().size(), 1u);
  EXPECT_EQ(cases_.held()[0].number, "INC-2");
  CaseFilter filter;
  filter.system = "oa";
  EXPECT_EQ(cases_.list(filter).size(), 1u);
  filter.open_only = true;
  EXPECT_TRUE(cases_.list(filter).empty());
}

TEST_F(StoreTest, DerivedRowsAreMadeAgainFromEventsAlone) {
  append({event("INC-1", 1, detected("oa")), event("INC-1", 2, domain::Acknowledged{})});
  append({event("INC-2", 1, detected("hr"))});
  const auto before = cases_.list({});
  db_->execute(
      "update cases set status = 'closed', grade = 'X', over = 1; delete from cases where number = 'INC-2'");
  EXPECT_EQ(cases_.rebuild([](const domain::CaseState&) { return nullptr; }), 2u);
  const auto after = cases_.list({});
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    EXPECT_EQ(after[i].number, before[i].number);
    EXPECT_EQ(after[i].status, before[i].status);
    EXPECT_EQ(after[i].over, before[i].over);
  }
}

// Of those over only what its end left owed is read at a start, and by an index: they are far more.
TEST_F(StoreTest, OneThatIsOverIsHeldWhileItsEndIsToBeTold) {
  auto contract = domain::fixture::contract();
  domain::TellRule rule;
  rule.id = "no", rule.on = "false_alarm", rule.to = {"lead"}, rule.how = {"phone"};
  rule.within = {{"II", std::chrono::hours{1}}};
  contract->kinds[0].tell = {rule};
  const auto run = [&](const std::string& number, std::vector<domain::Payload> more) {
    std::vector<domain::Event> events{
        event(number, 1, detected("oa")),
        event(number, 2, domain::Graded{"", "II", domain::GradeHow::machine, ""}),
        event(number, 3, domain::FalseAlarm{"no"})};
    for (auto& payload : more)
      events.push_back(event(number, static_cast<std::uint32_t>(events.size() + 1), std::move(payload)));
    append(events, contract.get());
  };
  const auto due = kNow + Duration{3'000} + std::chrono::hours{1};
  run("INC-1", {});
  run("INC-2", {domain::Told{"no", 1, {"lead"}, {"phone"}, {}, {}, {}}});
  run("INC-3", {domain::ClockBreached{"tell:no", 1, due}});
  ASSERT_EQ(cases_.held().size(), 1U) << "told, and said to be missed: nothing is left of them";
  EXPECT_EQ(cases_.held()[0].number, "INC-1");
  const auto rows = cases_.list({});
  EXPECT_EQ(std::count_if(rows.begin(), rows.end(), [](const CaseRow& row) { return row.owes; }), 1);
  db_->execute("update cases set owes = 0");
  cases_.rebuild([&](const domain::CaseState&) { return contract; });
  ASSERT_EQ(cases_.held().size(), 1U);
  auto plan = db_->prepare(
      "explain query plan select contract, number from cases where owes = 1 "
      "union select contract, number from cases where over = 0");
  while (plan->step()) EXPECT_NE(plan->text_at(3), "SCAN cases");
}

TEST_F(StoreTest, AnEventNumberIsUsedOnce) {
  append({event("INC-1", 1, detected("oa"))});
  EXPECT_THROW(append({event("INC-1", 1, detected("oa"))}), Fault);
  EXPECT_EQ(cases_.events("c", "INC-1").size(), 1u);
}

TEST_F(StoreTest, ContractsAreKeptWholeAndPositionsReadBack) {
  cases_.keep_contract("c", "r1", kNow, "{\"a\":1}");
  cases_.keep_contract("c", "r1", kNow, "other");
  EXPECT_EQ(cases_.contract_body("c", "r1"), "{\"a\":1}");
  EXPECT_FALSE(cases_.contract_body("c", "r2").has_value());
  EXPECT_FALSE(cases_.position().has_value());
  cases_.set_position(41);
  cases_.set_position(42);
  EXPECT_EQ(cases_.position(), 42u);
}

TEST_F(StoreTest, DocumentsAreNumberedByTheDayAndTheHundredthIsRefused) {
  const domain::Zone zone{"Asia/Shanghai", {{Timestamp{}, std::chrono::minutes{480}}}};
  const auto evening = *parse_iso("2026-11-20T23:30:00+08:00");
  for (int i = 1; i <= 99; ++i) {
    auto number = documents_.next_number("c", "{yymmdd}-{nn}", zone, evening);
    ASSERT_TRUE(std::holds_alternative<std::string>(number)) << i;
    EXPECT_EQ(std::get<std::string>(number), (i < 10 ? "261120-0" : "261120-") + std::to_string(i));
  }
  EXPECT_TRUE(
      std::holds_alternative<domain::Rejection>(documents_.next_number("c", "{yymmdd}-{nn}", zone, evening)));
  EXPECT_EQ(std::get<std::string>(documents_.next_number("d", "{yymmdd}-{nn}", zone, evening)), "261120-01")
      << "another contract";
  EXPECT_EQ(std::get<std::string>(
                documents_.next_number("c", "{yymmdd}-{nn}", zone, evening + Duration{3'600'000})),
            "261121-01");
}

TEST_F(StoreTest, DocumentsComeBack) {
  Document document;
  document.contract = "c";
  document.number = "261120-01";
  document.kind = "round";
  document.form = "software-inspection";
  document.about = "daily";
  document.created = kNow;
  document.facts = "{\"a\":1}";
  document.hash = "abc";
  documents_.put(document);
  EXPECT_THROW(documents_.put(document), Fault) << "a number is used once";
  const auto found = documents_.find("c", "261120-01");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->facts, document.facts);
  EXPECT_EQ(found->hash, "abc");
  EXPECT_EQ(documents_.list("c", 10).size(), 1u);
  EXPECT_EQ(documents_.list("", 10).size(), 1u);
  EXPECT_TRUE(documents_.list("d", 10).empty());
  EXPECT_FALSE(documents_.find("c", "261120-02").has_value());
}

}  // namespace
}  // namespace xj::collector
