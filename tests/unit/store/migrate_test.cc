#include "collector/store/migrate.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/fakes/power_cut_fs.h"
#include "tests/fakes/power_cut_vfs.h"

namespace xj {
std::span<const EmbeddedFile> store_migrations();
}

namespace xj::collector {
namespace {

constexpr auto kNow = from_ms(1'700'000'000'000);
constexpr EmbeddedFile kOne{"0001_first.sql", "create table a (x integer) strict; insert into a values (1);"};
constexpr EmbeddedFile kTwo{"0002_second.sql", "create table b (x integer) strict;"};

class Migrate : public testing::Test {
 protected:
  fakes::PowerCutFs fs_;
  fakes::PowerCutVfs vfs_{fs_, "migrate"};
  void SetUp() override { fs_.make_dirs("/d"); }
  std::unique_ptr<io::Db> open() {
    return io::open_sqlite("/d/s.db", io::DbMode::read_write, vfs_.name().c_str());
  }
  static std::int64_t count(io::Db& db, const std::string& sql) {
    auto row = db.prepare(sql);
    return row->step() ? row->int_at(0) : -1;
  }
};

TEST_F(Migrate, StepsRunOnceInOrderAndAnExistingDatabaseIsCopiedFirst) {
  const EmbeddedFile first[] = {kOne}, both[] = {kTwo, kOne};
  auto db = open();
  auto done = migrate(*db, fs_, "/d/s.db", kNow, first);
  EXPECT_EQ(done.from, 0);
  EXPECT_EQ(done.to, 1);
  EXPECT_TRUE(done.copy.empty()) << "nothing was there to lose";
  done = migrate(*db, fs_, "/d/s.db", kNow, first);
  EXPECT_EQ(done.from, done.to);
  EXPECT_EQ(count(*db, "select count(*) from a"), 1);
  done = migrate(*db, fs_, "/d/s.db", kNow, both);
  EXPECT_EQ(done.to, 2);
  EXPECT_EQ(done.copy, "/d/s.db.before-2");
  EXPECT_EQ(count(*db, "select count(*) from b"), 0);
  auto copy = io::open_sqlite(done.copy, io::DbMode::read_write, vfs_.name().c_str());
  EXPECT_EQ(count(*copy, "select max(version) from migrations"), 1);
  EXPECT_EQ(count(*copy, "select count(*) from a"), 1);
}

TEST_F(Migrate, ANewerDatabaseIsRefusedWithWords) {
  const EmbeddedFile both[] = {kOne, kTwo}, first[] = {kOne};
  auto db = open();
  migrate(*db, fs_, "/d/s.db", kNow, both);
  try {
    migrate(*db, fs_, "/d/s.db", kNow, first);
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_NE(std::string(fault.what()).find("newer"), std::string::npos);
    EXPECT_FALSE(fault.hint().empty());
  }
}

TEST_F(Migrate, AStepThatWasChangedAfterwardsIsRefused) {
  const EmbeddedFile first[] = {kOne}, edited[] = {{"0001_first.sql", "create table a (y text) strict;"}};
  auto db = open();
  migrate(*db, fs_, "/d/s.db", kNow, first);
  EXPECT_THROW(migrate(*db, fs_, "/d/s.db", kNow, edited), Fault);
}

TEST_F(Migrate, AStepThatFailsLeavesTheDatabaseAsItWas) {
  const EmbeddedFile first[] = {kOne},
                     bad[] = {kOne,
                              {"0002_bad.sql",
                               "create table b (x integer) strict; insert into nowhere values (1);"}};
  auto db = open();
  migrate(*db, fs_, "/d/s.db", kNow, first);
  EXPECT_THROW(migrate(*db, fs_, "/d/s.db", kNow, bad), Fault);
  EXPECT_EQ(count(*db, "select count(*) from sqlite_master where name = 'b'"), 0);
  EXPECT_EQ(count(*db, "select max(version) from migrations"), 1);
}

TEST_F(Migrate, NamesWithoutANumberAndGapsAreRefused) {
  auto db = open();
  const EmbeddedFile unnamed[] = {{"first.sql", ""}}, gap[] = {kTwo};
  EXPECT_THROW(migrate(*db, fs_, "/d/s.db", kNow, unnamed), Fault);
  EXPECT_THROW(migrate(*db, fs_, "/d/s.db", kNow, gap), Fault);
}

TEST_F(Migrate, APowerCutAtAnyOperationLeavesAVersionToGoOnFrom) {
  const auto life = [&](fakes::PowerCutFs& fs, fakes::PowerCutVfs& vfs) {
    auto db = io::open_sqlite("/d/s.db", io::DbMode::read_write, vfs.name().c_str());
    const EmbeddedFile first[] = {kOne}, both[] = {kOne, kTwo};
    migrate(*db, fs, "/d/s.db", kNow, first);
    migrate(*db, fs, "/d/s.db", kNow, both);
  };
  std::uint64_t operations = 0;
  {
    fakes::PowerCutFs fs;
    fakes::PowerCutVfs vfs(fs, "migrate-whole");
    fs.make_dirs("/d");
    life(fs, vfs);
    operations = fs.operations();
  }
  for (std::uint64_t cut = 1; cut <= operations; ++cut) {
    fakes::PowerCutFs fs;
    fakes::PowerCutVfs vfs(fs, "migrate-cut");
    fs.make_dirs("/d");
    fs.cut_at(cut);
    try {
      life(fs, vfs);
    } catch (const std::exception&) {
    }
    fs.restart(cut % 4);
    auto db = io::open_sqlite("/d/s.db", io::DbMode::read_write, vfs.name().c_str());
    const EmbeddedFile both[] = {kOne, kTwo};
    EXPECT_EQ(migrate(*db, fs, "/d/s.db", kNow, both).to, 2) << cut;
    EXPECT_EQ(count(*db, "select count(*) from a"), 1) << cut;
  }
}

// What the program really carries.
TEST_F(Migrate, TheShippedStepsMakeADatabase) {
  auto db = open();
  const auto done = migrate(*db, fs_, "/d/s.db", kNow);
  EXPECT_GE(done.to, 2);
  EXPECT_EQ(count(*db, "select count(*) from events"), 0);
  EXPECT_THROW(
      db->execute(
          "insert into events (contract, number, n, kind, at, known, body) values ('c','1',1,'x',1,1,'{}');"
          "delete from events"),
      Fault)
      << "events are append-only";
}

TEST_F(Migrate, CertificatesOfAnOlderDatabaseKnowTheNewest) {
  const auto shipped = store_migrations();
  std::vector<EmbeddedFile> before;
  for (const auto& step : shipped)
    if (step.name < "0003") before.push_back(step);
  auto db = open();
  migrate(*db, fs_, "/d/s.db", kNow, before);
  db->execute(
      "insert into agents (name, enrolled) values ('web', 1), ('db', 1);"
      "insert into agent_certificates (serial, agent, sha256, not_before, not_after, issued, via) values "
      "('a', 'web', '', 1, 10, 1, ''), ('b', 'web', '', 5, 20, 5, ''), ('c', 'db', '', 1, 10, 1, '')");
  migrate(*db, fs_, "/d/s.db", kNow);
  auto row = db->prepare("select group_concat(serial) from agent_certificates where superseded is not null");
  ASSERT_TRUE(row->step());
  EXPECT_EQ(row->text_at(0), "a");
}

}  // namespace
}  // namespace xj::collector
