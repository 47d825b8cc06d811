// `case recompute --check` over a state.db made here; the shipped programs do it in tests/e2e.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/run.h"
#include "collector/store/cases.h"
#include "collector/store/migrate.h"

namespace xj::cli {
namespace {

namespace fs = std::filesystem;

class CaseRecompute : public testing::Test {
 protected:
  CaseRecompute() : dir_(fs::temp_directory_path() / ("xj-recompute-" + std::to_string(::getpid()))) {
    fs::remove_all(dir_);  // of a run that crashed
    fs::create_directories(dir_);
    db_ = io::open_sqlite(file());
    io::PosixFileSystem files;
    collector::migrate(*db_, files, file(), clock_.now());
    domain::Event event;
    event.contract = "demo", event.number = "INC-1", event.n = 1;
    event.at = event.known = clock_.now();
    event.payload = domain::Detected{"incident", {"oa", "port", "host-1", ""}, State::critical, {}, {}};
    domain::CaseState state;
    domain::apply(state, event);
    collector::Cases(*db_).append(event, state);
  }
  ~CaseRecompute() override { fs::remove_all(dir_); }
  std::string file() const { return (dir_ / "state.db").string(); }

  int call(std::vector<std::string> words, Lang lang = Lang::en) {
    words.insert(words.begin(), {"case", "recompute"});
    out_.str(""), err_.str("");
    Context context(out_, err_, clock_);
    context.lang = lang;
    context.progress = progress_;
    return run(words, context);
  }
  int check(Lang lang = Lang::en) { return call({"--check", "--data", dir_.string()}, lang); }

  fs::path dir_;
  bool progress_ = false;
  ManualClock clock_{parse_iso("2026-11-20T10:00:00+08:00").value()};
  std::unique_ptr<io::Db> db_;
  std::ostringstream out_, err_;
};

TEST_F(CaseRecompute, SaysTheSameAndHowFarItIsOnATerminalOnly) {
  EXPECT_EQ(check(), 0);
  EXPECT_EQ(out_.str(), file() + ": 1 cases, 1 events, 0 deadlines, 0 documents made again\nno difference\n");
  EXPECT_EQ(err_.str(), "");
  progress_ = true;
  EXPECT_EQ(check(), 0);
  EXPECT_EQ(err_.str(), "\r1/1\n");
}

TEST_F(CaseRecompute, NamesWhatDiffersInBothLanguages) {
  db_->execute("update cases set status = 'closed'");
  EXPECT_EQ(check(), 1);
  EXPECT_TRUE(
      out_.str().starts_with("TABLE  KEY         COLUMN  STORED  REBUILT\n"
                             "cases  demo/INC-1  status  closed  open\n"))
      << out_.str();
  EXPECT_TRUE(out_.str().ends_with("1 differences\n")) << out_.str();
  EXPECT_EQ(check(Lang::zh), 1);
  EXPECT_TRUE(out_.str().ends_with("1 处不一致\n")) << out_.str();
  EXPECT_EQ(call({"--check", "--json", "--data", dir_.string()}), 1);
  const auto json = std::get<Json>(parse_json(out_.str()));
  EXPECT_FALSE(json["same"].bool_or(true));
  EXPECT_EQ(json["differences"].dump(),
            R"([{"table":"cases","key":"demo/INC-1","column":"status","stored":"closed","rebuilt":"open"}])");
}

TEST_F(CaseRecompute, WhatCannotBeComparedIsNoDifference) {
  EXPECT_EQ(call({"--data", dir_.string()}), 2);
  EXPECT_NE(err_.str().find("--check is required"), std::string::npos) << err_.str();
  EXPECT_EQ(call({"--check", "--data", (dir_ / "absent").string()}), 2);
  EXPECT_NE(err_.str().find("there is no state.db in"), std::string::npos) << err_.str();
  EXPECT_EQ(call({"--check", "--config", (dir_ / "absent.yaml").string()}), 2);
  db_->execute("delete from migrations where version > 3");
  EXPECT_EQ(check(), 2);
  EXPECT_NE(err_.str().find("is at version 3, this program needs"), std::string::npos) << err_.str();
  db_->execute("drop table migrations");
  EXPECT_EQ(check(), 2);
  db_.reset();
  std::ofstream(file()) << "no database at all";
  EXPECT_EQ(check(), 2);
}

}  // namespace
}  // namespace xj::cli
