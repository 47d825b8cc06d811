#include "collector/store/recompute.h"

#include <gtest/gtest.h>

#include "collector/domain/tick.h"
#include "collector/store/cases.h"
#include "collector/store/deduction_records.h"
#include "collector/store/documents.h"
#include "collector/store/duty_records.h"
#include "collector/store/migrate.h"
#include "core/io/pki.h"
#include "tests/fakes/power_cut_fs.h"
#include "tests/fakes/power_cut_vfs.h"
#include "tests/fakes/small_contract.h"

namespace xj::collector {
namespace {

using namespace std::chrono_literals;

// A case with a warning, a breach, a recovery and its watch period, as the engine would have written it.
class RecomputeTest : public testing::Test {
 protected:
  RecomputeTest() {
    fs_.make_dirs("/d");
    db_ = io::open_sqlite("/d/s.db", io::DbMode::read_write, vfs_.name().c_str());
    migrate(*db_, fs_, "/d/s.db", now_);
    Cases(*db_).keep_contract(contract_->id, contract_->revision, now_, "tree");
    append(domain::Detected{"incident",
                            {"oa", "http", "web1", ""},
                            State::critical,
                            {"checks.x", {{"value", "95"}}},
                            {now_, 3, {}}});
    append(domain::Graded{"", "II", domain::GradeHow::machine, {}});
    tick(now_ + 30h);
    append(domain::ProblemCleared{{"oa", "http", "web1", ""}, {}});
    append(domain::Recovered{"mended", contract_->kinds.at(0).watch.at("II")});
    tick(now_ + 24h * 40);
    Document document;
    document.contract = contract_->id;
    document.number = "261120-01";
    document.facts = "{\"a\":1}";
    document.hash = io::sha256_hex(document.facts);
    Documents(*db_).put(document);
  }
  void append(domain::Payload payload) {
    domain::Event e;
    e.contract = contract_->id;
    e.number = "INC-1";
    e.n = state_.last_n + 1;
    e.at = e.known = now_;
    e.actor = "system:test";
    e.via = "test";
    e.revision = contract_->revision;
    e.calendar = contract_->calendar_edition;
    e.payload = std::move(payload);
    keep(e);
  }
  void keep(const domain::Event& e) {
    domain::apply(state_, e);
    Cases(*db_).append(e, state_);
    kinds_.insert(e.kind());
  }
  // To `end` by way of every deadline.
  void tick(Timestamp end) {
    while (true) {
      const auto next = domain::next_deadline(state_, *contract_, now_);
      now_ = next && *next < end ? std::max(*next, now_) : end;
      for (const auto& e : domain::tick(state_, *contract_, now_)) keep(e);
      if (now_ == end) return;
    }
  }
  Recomputed again() {
    RecomputeOptions options;
    options.read_contract = [&](const std::string& revision, const std::string& tree) {
      return tree == "tree" && revision == contract_->revision ? contract_ : nullptr;
    };
    options.progress = [&](std::size_t done, std::size_t total) { progress_.emplace_back(done, total); };
    return recompute(*db_, options);
  }
  std::vector<std::string> differences() {
    std::vector<std::string> out;
    for (const auto& d : again().differences)
      out.push_back(d.table + ' ' + d.key + ' ' + d.column + ": " + d.stored + " / " + d.rebuilt);
    return out;
  }
  bool found(const std::string& part) {
    for (const auto& line : differences())
      if (line.find(part) != std::string::npos) return true;
    return false;
  }
  // As somebody with a database tool.
  void alter(const std::string& sql) {
    db_->execute("drop trigger if exists events_stay; drop trigger if exists events_are_kept; " + sql);
  }

  domain::ContractPtr contract_ = domain::fixture::contract();
  Timestamp now_ = domain::fixture::kT0;
  fakes::PowerCutFs fs_;
  fakes::PowerCutVfs vfs_{fs_, "recompute"};
  std::unique_ptr<io::Db> db_;
  domain::CaseState state_;
  std::set<domain::EventKind> kinds_;
  std::vector<std::pair<std::size_t, std::size_t>> progress_;
  const std::string key_ = contract_->id + "/INC-1";
};

TEST_F(RecomputeTest, WhatTheEngineWroteComesOutTheSame) {
  for (const auto kind :
       {domain::EventKind::clock_warning, domain::EventKind::clock_breached, domain::EventKind::watch_ended})
    ASSERT_TRUE(kinds_.contains(kind)) << domain::to_text(kind);
  const auto done = again();
  EXPECT_EQ(differences(), std::vector<std::string>{});
  EXPECT_EQ(done.cases, 1U);
  EXPECT_EQ(done.events, state_.last_n);
  EXPECT_GE(done.decisions, 4U);
  EXPECT_EQ(done.not_decided, 0U);
  EXPECT_EQ(done.documents, 1U);
  EXPECT_EQ(progress_.back(), (std::pair<std::size_t, std::size_t>{1, 1}));
}

TEST_F(RecomputeTest, OneAlteredCellAndOneAlteredEventAreBothNamed) {
  alter("update cases set grade = 'I'; update events set body = replace(body, 'mended', 'bended')");
  const auto list = differences();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_TRUE(list[0].starts_with("events " + key_ + '#')) << list[0];
  EXPECT_NE(list[0].find(" digest: "), std::string::npos) << list[0];
  EXPECT_EQ(list[1], "cases " + key_ + " grade: I / II");
}

TEST_F(RecomputeTest, EveryDerivedCellCounts) {
  for (const auto* change :
       {"kind = 'x'", "system = 'x'", "status = 'x'", "grade = 'x'", "run = 9", "opened = 9", "last_n = 99",
        "last_at = 9", "over = 1", "owes = 1", "last_at = 9000000000000000000"}) {
    db_->begin();
    db_->execute(std::string("update cases set ") + change);
    db_->commit();
    const auto list = differences();
    ASSERT_EQ(list.size(), 1U) << change;
    const std::string column(change, std::string(change).find(' '));
    EXPECT_TRUE(list[0].starts_with("cases " + key_ + ' ' + column + ": ")) << list[0];
    Cases(*db_).rebuild([this](const domain::CaseState&) { return contract_; });
  }
  db_->execute("delete from cases");
  EXPECT_EQ(differences(), std::vector<std::string>{"cases " + key_ + " number: - / INC-1"});
}

TEST_F(RecomputeTest, ColumnsBesideTheEventCount) {
  alter("update events set at = at + 1000, known = 0, kind = 'noted' where n = 2");
  const auto list = differences();
  ASSERT_EQ(list.size(), 3U);
  EXPECT_TRUE(list[0].starts_with("events " + key_ + "#2 kind: noted / graded")) << list[0];
  EXPECT_TRUE(list[1].starts_with("events " + key_ + "#2 at: ")) << list[1];
  EXPECT_TRUE(list[2].starts_with("events " + key_ + "#2 known: 1970-01-01T00:00:00Z / ")) << list[2];
}

TEST_F(RecomputeTest, AnEarlierDetectionMovesEveryDueTimeWrittenAfterIt) {
  // Also of an event from before there were digests.
  const auto at = to_iso(domain::fixture::kT0);
  alter("update events set digest = '', body = replace(body, '\"at\":\"" + at + "\"', '\"at\":\"" +
        to_iso(domain::fixture::kT0 - 1h) + "\"'), at = at - 3600000 where n = 1");
  EXPECT_TRUE(found("body.due: "));
  EXPECT_TRUE(found("cases " + key_ + " opened: " + at + " / "));
  EXPECT_FALSE(found("digest"));
}

TEST_F(RecomputeTest, AMissingAndAnUnreadableEventStandInTheWay) {
  alter("delete from events where n = 2");
  EXPECT_TRUE(found("events " + key_ + "#3 body: - / ")) << "the gap";
  alter("update events set body = 'x' where n = 1");
  EXPECT_TRUE(found("events " + key_ + "#1 body: - / "));
  alter("delete from events");
  EXPECT_EQ(differences(), std::vector<std::string>{"cases " + key_ + " number: INC-1 / -"});
}

TEST_F(RecomputeTest, ARevisionThatIsGoneOrAlteredIsNamedOnce) {
  alter("update contracts set body = 'other'");
  const auto name = contract_->id + '@' + contract_->revision;
  EXPECT_EQ(differences(),
            std::vector<std::string>{"contracts " + name + " body: " + contract_->revision + " / " + key_});
  alter("delete from contracts");
  EXPECT_EQ(differences(), std::vector<std::string>{"contracts " + name + " revision: - / " + key_});
}

TEST_F(RecomputeTest, OtherHolidayDataDecideNothingAndSaySo) {
  auto other = domain::fixture::contract();
  other->calendar_edition = "another";
  contract_ = other;
  const auto done = again();
  EXPECT_TRUE(done.differences.empty());
  EXPECT_EQ(done.decisions, 0U);
  EXPECT_GE(done.not_decided, 4U);
}

TEST_F(RecomputeTest, ADocumentThatWasAlteredIsNamed) {
  alter("update documents set facts = '{\"a\":2}'");
  const auto list = differences();
  ASSERT_EQ(list.size(), 1U);
  EXPECT_TRUE(list[0].starts_with("documents " + contract_->id + "/261120-01 hash: ")) << list[0];
}

TEST_F(RecomputeTest, RecordsOfDutiesAreProvedByThemselves) {
  DutyStore store(*db_);
  domain::DutyRecord record;
  record.contract = contract_->id, record.about = "daily", record.period = "2026-11-20";
  record.at = record.known = now_, record.actor = "person:li", record.via = "socket:ops",
  record.text = "sheet 1";
  for (const std::uint32_t n : {1, 2, 3}) {
    record.n = n;
    store.append(record);
  }
  EXPECT_EQ(differences(), std::vector<std::string>{});
  EXPECT_THROW(db_->execute("update duty_records set about = 'x'"), io::DbFault);
  EXPECT_THROW(db_->execute("delete from duty_records"), io::DbFault);
  db_->execute(
      "drop trigger duty_records_stay; drop trigger duty_records_are_kept;"
      "update duty_records set body = replace(body, 'sheet 1', 'sheet 9') where n = 1;"
      "update duty_records set at = at + 1000 where n = 3; delete from duty_records where n = 2");
  const auto list = differences();
  ASSERT_EQ(list.size(), 3U);
  EXPECT_TRUE(list[0].starts_with("duty_records " + contract_->id + "#1 digest: ")) << list[0];
  EXPECT_EQ(list[1], "duty_records " + contract_->id + "#3 n: 3 / 2");
  EXPECT_TRUE(list[2].starts_with("duty_records " + contract_->id + "#3 at: ")) << list[2];
}

TEST_F(RecomputeTest, RecordsOfDeductionsAreProvedByThemselves) {
  MoneyStore store(*db_);
  domain::MoneyRecord record;
  record.contract = contract_->id, record.about = "absence", record.number = "INC-261120-01";
  record.at = record.known = now_, record.actor = "person:li", record.why = "not there";
  for (const std::uint32_t n : {1, 2, 3}) {
    record.n = n;
    store.append(record);
  }
  EXPECT_EQ(differences(), std::vector<std::string>{});
  EXPECT_THROW(db_->execute("update deduction_records set about = 'x'"), io::DbFault);
  EXPECT_THROW(db_->execute("delete from deduction_records"), io::DbFault);
  db_->execute(
      "drop trigger deduction_records_stay; drop trigger deduction_records_are_kept;"
      "update deduction_records set body = replace(body, 'not there', 'was there') where n = 1;"
      "update deduction_records set number = 'x' where n = 3; delete from deduction_records where n = 2");
  const auto list = differences();
  ASSERT_EQ(list.size(), 3U);
  EXPECT_TRUE(list[0].starts_with("deduction_records " + contract_->id + "#1 digest: ")) << list[0];
  EXPECT_EQ(list[1], "deduction_records " + contract_->id + "#3 n: 3 / 2");
  EXPECT_EQ(list[2], "deduction_records " + contract_->id + "#3 number: x / INC-261120-01");
}

TEST_F(RecomputeTest, NothingIsChangedByIt) {
  alter("update cases set grade = 'I'");
  EXPECT_EQ(differences().size(), 1U);
  EXPECT_EQ(differences().size(), 1U) << "told, not mended";
  io::Transaction transaction(*db_);  // and no transaction is left open
  transaction.commit();
}

}  // namespace
}  // namespace xj::collector
