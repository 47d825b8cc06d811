#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "core/io/db.h"
#include "core/io/file.h"
#include "tests/fakes/failing_fs.h"
#include "tests/fakes/power_cut_vfs.h"

namespace xj::io {
namespace {

class SqliteTest : public testing::Test {
 protected:
  SqliteTest() {
    std::string name = std::filesystem::temp_directory_path() / "xj-db-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    dir_ = name;
    path_ = dir_ + "/state.db";
  }
  ~SqliteTest() override { std::filesystem::remove_all(dir_); }
  std::string dir_, path_;
};

std::string scalar(Db& db, std::string_view sql) {
  const auto s = db.prepare(sql);
  return s->step() ? s->text_at(0) : "(no row)";
}

TEST_F(SqliteTest, OpensWithTheDurableSettings) {
  const auto db = open_sqlite(path_);
  EXPECT_EQ(scalar(*db, "PRAGMA journal_mode"), "wal");
  EXPECT_EQ(scalar(*db, "PRAGMA synchronous"), "2");
  EXPECT_EQ(scalar(*db, "PRAGMA foreign_keys"), "1");
}

TEST_F(SqliteTest, ValuesComeBackAsTheyWere) {
  const auto db = open_sqlite(path_);
  db->execute("CREATE TABLE t(i INTEGER, s TEXT, n TEXT)");
  const std::string with_nul("a\0b\0", 4);
  const auto in = db->prepare("INSERT INTO t VALUES(:i, :s, :n)");
  in->bind("i", std::numeric_limits<std::int64_t>::min()).bind(":s", with_nul).bind_null("n").run();
  in->bind("i", std::int64_t{5}).bind("s", std::string_view{}).bind("n", "巡检").run();
  EXPECT_EQ(db->changes(), 1);
  const auto out = db->prepare("SELECT i, s, n FROM t ORDER BY i");
  ASSERT_TRUE(out->step());
  EXPECT_EQ(out->int_at(0), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(out->text_at(1), with_nul);
  EXPECT_TRUE(out->null_at(2));
  EXPECT_EQ(out->text_at(2), "");
  ASSERT_TRUE(out->step());
  EXPECT_FALSE(out->null_at(1)) << "an empty text is a text";
  EXPECT_EQ(out->text_at(2), "巡检");
  EXPECT_FALSE(out->step());
  // Once more, from the start.
  ASSERT_TRUE(out->step());
  EXPECT_EQ(out->int_at(0), std::numeric_limits<std::int64_t>::min());
}

TEST_F(SqliteTest, StatementsAreKeptAndComeBackClean) {
  const auto db = open_sqlite(path_);
  db->execute("CREATE TABLE t(a); INSERT INTO t VALUES(1),(2)");
  {
    const auto half = db->prepare("SELECT a FROM t WHERE a > :least");
    half->bind("least", std::int64_t{0});
    EXPECT_TRUE(half->step());
  }
  const auto again = db->prepare("SELECT a FROM t WHERE a > :least");
  EXPECT_FALSE(again->step()) << "nothing is bound any more: NULL compares with nothing";
  const auto twin = db->prepare("SELECT a FROM t WHERE a > :least");
  EXPECT_TRUE(twin->bind("least", std::int64_t{1}).step());
  again->bind("least", std::int64_t{0});
  EXPECT_TRUE(again->step());
  EXPECT_TRUE(again->step());
}

TEST_F(SqliteTest, MistakesOfOursAreLogicErrors) {
  const auto db = open_sqlite(path_);
  db->execute("CREATE TABLE t(a)");
  EXPECT_THROW(db->prepare("SELECT 1; SELECT 2"), std::logic_error);
  EXPECT_THROW(db->prepare(""), std::logic_error);
  const auto s = db->prepare("INSERT INTO t VALUES(:a)");
  EXPECT_THROW(s->bind("b", std::int64_t{1}), std::logic_error);
  EXPECT_THROW(s->text_at(0), std::logic_error);
  EXPECT_THROW(db->prepare("SELEC 1"), DbFault);
  EXPECT_THROW(db->execute("INSERT INTO t VALUES(\"text\")"), DbFault) << "double quotes are names";
}

TEST_F(SqliteTest, ATransactionIsAllOrNothing) {
  const auto db = open_sqlite(path_);
  db->execute("CREATE TABLE t(a UNIQUE)");
  {
    Transaction t(*db);
    db->execute("INSERT INTO t VALUES(1)");
  }
  EXPECT_EQ(scalar(*db, "SELECT count(*) FROM t"), "0");
  try {
    Transaction t(*db);
    db->execute("INSERT INTO t VALUES(1)");
    db->execute("INSERT INTO t VALUES(1)");
    t.commit();
    FAIL();
  } catch (const DbFault& fault) {
    EXPECT_NE(std::string(fault.what()).find("UNIQUE"), std::string::npos);
    EXPECT_NE(std::string(fault.what()).find(path_), std::string::npos);
  }
  EXPECT_EQ(scalar(*db, "SELECT count(*) FROM t"), "0");
  Transaction t(*db);
  db->execute("INSERT INTO t VALUES(1)");
  t.commit();
  EXPECT_EQ(scalar(*db, "SELECT count(*) FROM t"), "1");
}

TEST_F(SqliteTest, AReaderSeesItsSnapshotAndCannotWrite) {
  const auto db = open_sqlite(path_);
  db->execute("CREATE TABLE t(a)");
  const auto reader = open_sqlite(path_, DbMode::read_only);
  Transaction t(*db);
  db->execute("INSERT INTO t VALUES(1)");
  EXPECT_EQ(scalar(*reader, "SELECT count(*) FROM t"), "0");
  t.commit();
  EXPECT_EQ(scalar(*reader, "SELECT count(*) FROM t"), "1");
  EXPECT_THROW(reader->execute("INSERT INTO t VALUES(1)"), DbFault);
}

TEST_F(SqliteTest, FaultsSayWhatToDo) {
  const auto fault_of = [](auto work) -> DbFault {
    try {
      work();
    } catch (const DbFault& fault) {
      return fault;
    }
    ADD_FAILURE() << "nothing was thrown";
    return DbFault("");
  };
  EXPECT_NE(fault_of([&] { open_sqlite(dir_ + "/no/such.db"); }).hint().find("owner and mode"),
            std::string::npos);
  PosixFileSystem fs;
  write_whole(fs, dir_ + "/junk.db", std::string(8192, 'j'));
  EXPECT_NE(fault_of([&] { open_sqlite(dir_ + "/junk.db"); }).hint().find("damaged"), std::string::npos);
  const auto db = open_sqlite(path_);
  db->execute("CREATE TABLE t(a); PRAGMA max_page_count=4");
  const auto full = fault_of([&] {
    const auto s = db->prepare("INSERT INTO t VALUES(:a)");
    for (int i = 0; i < 100; ++i) s->bind("a", std::string(4000, 'x')).run();
  });
  EXPECT_NE(full.hint().find("disk is full"), std::string::npos);
}

TEST_F(SqliteTest, ConnectionsOnTheFakeDiskAreKeptApart) {
  fakes::PowerCutFs disk;
  fakes::PowerCutVfs vfs(disk, "cut-two");
  const auto one = open_sqlite("/two.db", DbMode::read_write, vfs.name().c_str());
  const auto two = open_sqlite("/two.db", DbMode::read_write, vfs.name().c_str());
  one->execute("CREATE TABLE t(a)");
  two->execute("PRAGMA busy_timeout=0");
  Transaction t(*one);
  one->execute("INSERT INTO t VALUES(1)");
  EXPECT_EQ(scalar(*two, "SELECT count(*) FROM t"), "0");
  EXPECT_THROW(two->execute("INSERT INTO t VALUES(2)"), DbFault) << "one writer at a time";
  t.commit();
  EXPECT_EQ(scalar(*two, "SELECT count(*) FROM t"), "1");
  two->execute("INSERT INTO t VALUES(2)");
  EXPECT_EQ(scalar(*one, "SELECT count(*) FROM t"), "2");
}

// The disk of the copy is full, not that of the database.
TEST_F(SqliteTest, ACopyThatFindsNoRoomNamesWhereItGoes) {
  fakes::PowerCutFs disk;
  disk.make_dirs("/data");
  disk.make_dirs("/backup");
  fakes::FailingFs failing(disk);
  fakes::PowerCutVfs vfs(failing, "cut-copy");
  const auto db = open_sqlite("/data/state.db", DbMode::read_write, vfs.name().c_str());
  db->execute("CREATE TABLE t(a)");
  db->execute("INSERT INTO t VALUES('" + std::string(20'000, 'x') + "')");
  (void)failing.open("/backup/state.db", OpenMode::create);  // as who takes a backup does, for its mode
  failing.set_full(true, "/backup/");
  try {
    copy_database(*db, "/backup/state.db");
    FAIL();
  } catch (const IoFault& fault) {
    EXPECT_TRUE(fault.disk_full());
    EXPECT_NE(std::string(fault.what()).find("/backup/state.db"), std::string::npos) << fault.what();
    EXPECT_EQ((fault.what() + fault.hint()).find("/data"), std::string::npos) << fault.what();
  }
  failing.set_full(false);
  copy_database(*db, "/backup/whole.db");
  EXPECT_EQ(scalar(*open_sqlite("/backup/whole.db", DbMode::read_only, vfs.name().c_str()),
                   "SELECT length(a) FROM t"),
            "20000");
}

// Commits pairs of rows; what commit() returned for must be there after the cut, and no half of a pair.
std::int64_t commit_pairs(fakes::PowerCutVfs& vfs, int pairs, std::int64_t& committed) {
  const auto db = open_sqlite("/d/cut.db", DbMode::read_write, vfs.name().c_str());
  db->execute("PRAGMA wal_autocheckpoint=8");
  db->execute("CREATE TABLE IF NOT EXISTS t(n INTEGER PRIMARY KEY, text)");
  const auto in = db->prepare("INSERT INTO t(text) VALUES(:text)");
  for (int i = 0; i < pairs; ++i) {
    Transaction t(*db);
    in->bind("text", std::string(700, static_cast<char>('a' + i % 26))).run();
    in->bind("text", std::string(700, static_cast<char>('a' + i % 26))).run();
    t.commit();
    ++committed;
  }
  return committed;
}

TEST_F(SqliteTest, APowerCutAtEveryWriteAndSyncKeepsWhatWasCommitted) {
  std::uint64_t operations = 0;
  {
    fakes::PowerCutFs disk;
    disk.make_dirs("/d");
    fakes::PowerCutVfs vfs(disk, "cut-count");
    std::int64_t committed = 0;
    ASSERT_EQ(commit_pairs(vfs, 12, committed), 12);
    operations = disk.operations();
  }
  ASSERT_GT(operations, 60U);
  int cuts = 0;
  for (std::uint64_t cut = 1; cut <= operations; ++cut)
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      fakes::PowerCutFs disk;
      disk.make_dirs("/d");
      fakes::PowerCutVfs vfs(disk, "cut-each");
      disk.cut_at(cut);
      std::int64_t committed = 0;
      try {
        commit_pairs(vfs, 12, committed);
      } catch (const DbFault&) {
        ++cuts;
      }
      disk.restart(seed < 2 ? seed : seed * 1000 + cut);
      const auto db = open_sqlite("/d/cut.db", DbMode::read_write, vfs.name().c_str());
      ASSERT_EQ(scalar(*db, "PRAGMA integrity_check"), "ok") << cut << " " << seed;
      db->execute("CREATE TABLE IF NOT EXISTS t(n INTEGER PRIMARY KEY, text)");
      const auto rows = std::stoll(scalar(*db, "SELECT count(*) FROM t"));
      ASSERT_EQ(rows % 2, 0) << cut << " " << seed;
      ASSERT_GE(rows / 2, committed) << cut << " " << seed;
      ASSERT_LE(rows / 2, committed + 1) << cut << " " << seed;
    }
  EXPECT_GT(cuts, 100);
}

// The fake must be able to find a fault: with synchronous=OFF commits are lost.
TEST_F(SqliteTest, WithoutSyncsTheFakeLosesCommits) {
  bool lost = false;
  fakes::PowerCutFs disk;
  fakes::PowerCutVfs vfs(disk, "cut-off");
  {
    const auto db = open_sqlite("/off.db", DbMode::read_write, vfs.name().c_str());
    db->execute("CREATE TABLE t(a)");
    db->execute("PRAGMA synchronous=OFF");
    db->execute("INSERT INTO t VALUES(1)");
    disk.cut_at(disk.operations() + 1);
    EXPECT_THROW(db->execute("INSERT INTO t VALUES(2)"), DbFault);
  }
  disk.restart(0);
  const auto db = open_sqlite("/off.db", DbMode::read_write, vfs.name().c_str());
  lost = scalar(*db, "SELECT count(*) FROM t") == "0";
  EXPECT_TRUE(lost);
}

}  // namespace
}  // namespace xj::io
