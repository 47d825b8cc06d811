// `db check|backup|restore` of a folder made here; the shipped programs do it in tests/e2e.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/run.h"
#include "collector/store/migrate.h"
#include "core/io/record_log.h"

namespace xj::cli {
namespace {

namespace fs = std::filesystem;

class Db : public testing::Test {
 protected:
  Db() : root_(fs::temp_directory_path() / ("xj-db-" + std::to_string(::getpid()))), dir_(root_ / "data") {
    fs::remove_all(root_);  // of a run that crashed
    fs::create_directories(dir_);
    const auto db = io::open_sqlite((dir_ / "state.db").string());
    collector::migrate(*db, files_, (dir_ / "state.db").string(), clock_.now());
    io::RecordLog log(files_, (dir_ / "journal").string(), {});
  }
  ~Db() override { fs::remove_all(root_); }

  int call(std::vector<std::string> words, Lang lang = Lang::en) {
    words.insert(words.begin(), "db");
    out_.str(""), err_.str("");
    Context context(out_, err_, clock_);
    context.lang = lang;
    return run(words, context);
  }

  io::PosixFileSystem files_;
  ManualClock clock_{parse_iso("2026-11-20T10:00:00+08:00").value()};
  fs::path root_, dir_;
  std::ostringstream out_, err_;
};

TEST_F(Db, CheckSaysWhatIsWrongAndWhatToDo) {
  EXPECT_EQ(call({"check", "--dir", dir_.string()}), 0) << out_.str() << err_.str();
  EXPECT_NE(out_.str().find("everything is sound"), std::string::npos) << out_.str();
  fs::create_directory(dir_ / "history");
  std::ofstream(dir_ / "history" / "manifest") << "{";
  EXPECT_EQ(call({"check", "--dir", dir_.string()}), 1);
  EXPECT_NE(out_.str().find("history/manifest"), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("Restore the folder from a backup."), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("1 findings"), std::string::npos) << out_.str();
  EXPECT_EQ(call({"check", "--dir", dir_.string()}, Lang::zh), 1);
  EXPECT_NE(out_.str().find("发现 1 处问题"), std::string::npos) << out_.str();
  EXPECT_EQ(call({"check", "--json", "--dir", dir_.string()}), 1);
  const auto json = std::get<Json>(parse_json(out_.str()));
  EXPECT_FALSE(json["sound"].bool_or(true));
  EXPECT_EQ(json["findings"].at(0)["file"].string_or(""), "history/manifest");
}

TEST_F(Db, WhatCannotBeCheckedIsNotCalledDamaged) {
  EXPECT_EQ(call({"check", "--dir", (root_ / "absent").string()}), 2);
  EXPECT_NE(err_.str().find("is no collector's folder"), std::string::npos) << err_.str();
  const io::FolderLock held(dir_.string());
  EXPECT_EQ(call({"check", "--dir", dir_.string()}), 2);
  EXPECT_NE(err_.str().find("(" + std::to_string(::getpid()) + ") holds"), std::string::npos) << err_.str();
  EXPECT_EQ(call({"backup", "--dir", dir_.string(), "--to", (root_ / "backup").string()}), 2);
}

TEST_F(Db, StatusTellsWhatIsThereAlsoBesideWhoeverHoldsIt) {
  {
    io::RecordLog log(files_, (dir_ / "journal").string(), {});
    for (int i = 0; i < 3; ++i) log.append("x");
    log.sync();
  }
  EXPECT_EQ(call({"status", "--dir", dir_.string()}), 0) << err_.str();
  EXPECT_NE(out_.str().find("3 records"), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("held by nobody"), std::string::npos) << out_.str();
  const io::FolderLock held(dir_.string());
  EXPECT_EQ(call({"status", "--json", "--dir", dir_.string()}), 0) << err_.str();
  const auto json = std::get<Json>(parse_json(out_.str()));
  EXPECT_EQ(json["journal"]["last"].int_or(0), 3);
  EXPECT_EQ(json["state"]["version"].int_or(0), collector::newest_version());
  EXPECT_GT(json["free_bytes"].int_or(0), 0);
  EXPECT_NE(json["held_by"].string_or("").find(std::to_string(::getpid())), std::string::npos);
  EXPECT_EQ(call({"status", "--dir", (root_ / "absent").string()}), 2);
}

TEST_F(Db, AStoppedFolderIsCopiedAndRestored) {
  const auto backup = (root_ / "backup").string(), restored = (root_ / "restored").string();
  EXPECT_EQ(call({"backup", "--dir", dir_.string()}), 2) << "--to is required";
  EXPECT_EQ(call({"backup", "--dir", dir_.string(), "--to", backup}), 0) << err_.str();
  EXPECT_NE(out_.str().find("keep it as safe as the collector itself"), std::string::npos) << out_.str();
  EXPECT_EQ(call({"backup", "--dir", dir_.string(), "--to", backup}), 1);
  EXPECT_NE(err_.str().find("is not empty"), std::string::npos) << err_.str();
  EXPECT_EQ(call({"restore", "--from", backup}), 2) << "--to is required";
  EXPECT_EQ(call({"restore", "--from", dir_.string(), "--to", restored}), 1);
  EXPECT_NE(err_.str().find("no whole backup"), std::string::npos) << err_.str();
  // Without an installed configuration the holidays are this machine's.
  EXPECT_EQ(call({"restore", "--from", backup, "--to", restored}), 0) << out_.str() << err_.str();
  EXPECT_NE(out_.str().find("everything is sound"), std::string::npos) << out_.str();
  EXPECT_TRUE(fs::exists(restored + "/state.seal"));
}

}  // namespace
}  // namespace xj::cli
