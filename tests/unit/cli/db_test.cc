// `db check|backup|restore` of a folder made here; the shipped programs do it in tests/e2e.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "collector/history/history.h"
#include "collector/store/migrate.h"
#include "core/io/record_log.h"
#include "core/width.h"
#include "tests/unit/cli/commands.h"
#include "tests/unit/cli/db_folder.h"

namespace xj::cli {
namespace {

TEST_F(Db, CheckSaysWhatIsWrongAndWhatToDo) {
  EXPECT_EQ(call({"check", "--dir", dir_.string()}), 0) << out_.str() << err_.str();
  EXPECT_NE(out_.str().find("everything is sound"), std::string::npos) << out_.str();
  fs::create_directory(dir_ / "history");
  std::ofstream(dir_ / "history" / "manifest") << "{";
  EXPECT_EQ(call({"check", "--dir", dir_.string()}), 1);
  EXPECT_NE(out_.str().find("history/manifest"), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("Restore the folder from a backup."), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("findings: 1"), std::string::npos) << out_.str();
  EXPECT_EQ(call({"check", "--dir", dir_.string()}, Lang::zh), 1);
  EXPECT_NE(out_.str().find("发现 1 处问题"), std::string::npos) << out_.str();
  EXPECT_EQ(call({"check", "--json", "--dir", dir_.string()}), 1);
  const auto json = std::get<Json>(parse_json(out_.str()));
  EXPECT_FALSE(json["sound"].bool_or(true));
  EXPECT_FALSE(json["backup"].bool_or(true));
  EXPECT_EQ(json["findings"].at(0)["file"].string_or(""), "history/manifest");
}

TEST_F(Db, WhatCannotBeCheckedIsNotCalledDamaged) {
  EXPECT_EQ(call({"check", "--dir", (root_ / "absent").string()}), 2);
  EXPECT_NE(err_.str().find("there is no folder"), std::string::npos) << err_.str();
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
  EXPECT_NE(out_.str().find("records: 3"), std::string::npos) << out_.str();
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

TEST_F(Db, SeveralMayLookAtOnce) {
  std::ofstream(dir_ / "lock");
  const io::FolderLock looks(dir_.string(), io::FolderLock::Mode::look);
  EXPECT_EQ(call({"status", "--dir", dir_.string()}), 0) << err_.str();
  EXPECT_NE(out_.str().find("held by nobody"), std::string::npos) << out_.str();
  EXPECT_EQ(call({"check", "--dir", dir_.string()}), 0) << err_.str();
  EXPECT_THROW(io::FolderLock{dir_.string()}, io::IoFault) << "nobody starts meanwhile";
}

// Of what a power cut has left the list is missing: everything may be sound, and it is no backup.
TEST_F(Db, CheckSaysWhetherThereWasAList) {
  const auto backup = (root_ / "backup").string();
  EXPECT_EQ(call({"backup", "--dir", dir_.string(), "--to", backup}), 0) << err_.str();
  EXPECT_EQ(call({"check", "--dir", backup}), 0) << out_.str();
  EXPECT_NE(out_.str().find("held against the list"), std::string::npos) << out_.str();
  EXPECT_EQ(call({"check", "--json", "--dir", backup}), 0);
  EXPECT_TRUE(std::get<Json>(parse_json(out_.str()))["backup"].bool_or(false));
  fs::remove(backup + "/backup.json");
  EXPECT_EQ(call({"check", "--dir", backup}), 0) << out_.str();
  EXPECT_NE(out_.str().find("No file was held against the list"), std::string::npos) << out_.str();
}

TEST_F(Db, AStateThatCannotBeCopiedToBeReadIsNoFinding) {
  std::ofstream(dir_ / "state.db-wal") << "x";
  const char* before = ::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe)
  const std::string kept = before != nullptr ? before : "";
  ::setenv("TMPDIR", (root_ / "absent").c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
  EXPECT_EQ(call({"check", "--dir", dir_.string()}), 2) << out_.str();
  EXPECT_NE(err_.str().find("TMPDIR=/path"), std::string::npos) << err_.str();
  if (before != nullptr)
    ::setenv("TMPDIR", kept.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
  else
    ::unsetenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe)
}

TEST_F(Db, ARecordThatIsNotWholeIsLeftOutAndSaid) {
  std::string segment;
  {
    io::RecordLog log(files_, (dir_ / "journal").string(), {});
    for (int i = 0; i < 3; ++i) log.append("xxxx");
    log.sync();
  }
  for (const auto& entry : fs::directory_iterator(dir_ / "journal"))
    if (entry.path().filename().string().starts_with("0")) segment = entry.path().string();
  std::fstream(segment, std::ios::in | std::ios::out).seekp(32 + 3 * 20 - 1) << "y";
  const auto backup = (root_ / "backup").string();
  EXPECT_EQ(call({"backup", "--dir", dir_.string(), "--to", backup}), 0) << err_.str();
  EXPECT_NE(out_.str().find("The journal's last record, 3, was not whole"), std::string::npos) << out_.str();
  fs::remove_all(backup);
  EXPECT_EQ(call({"backup", "--json", "--dir", dir_.string(), "--to", backup}), 0) << err_.str();
  EXPECT_EQ(std::get<Json>(parse_json(out_.str()))["left_out"].int_or(0), 3);
  std::fstream(segment, std::ios::in | std::ios::out).seekp(32 + 20 - 1) << "y";
  fs::remove_all(backup);
  EXPECT_EQ(call({"backup", "--dir", dir_.string(), "--to", backup}), 1);
  EXPECT_NE(err_.str().find("is damaged at byte 32"), std::string::npos) << err_.str();
}

TEST_F(Db, NoBackupGoesIntoTheFolderItIsOf) {
  fs::create_directory_symlink(dir_, root_ / "link");
  for (const auto& to : {dir_.string() + "/", (dir_ / "in").string(), (root_ / "link" / "in").string()}) {
    EXPECT_EQ(call({"backup", "--dir", dir_.string(), "--to", to}), 2) << to;
    EXPECT_NE(err_.str().find("which is to be copied"), std::string::npos) << err_.str();
  }
  EXPECT_FALSE(fs::exists(dir_ / "in"));
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
  // What keeps it from being proven afterwards is said before a byte is copied.
  EXPECT_EQ(call({"restore", "--from", backup, "--to", restored, "--config", (root_ / "none").string()}), 2);
  EXPECT_FALSE(fs::exists(restored));
  {
    fs::create_directory(restored);
    const io::FolderLock other(restored);
    EXPECT_EQ(call({"restore", "--from", backup, "--to", restored}), 2) << out_.str();
    EXPECT_NE(err_.str().find("holds"), std::string::npos) << err_.str();
  }
  // Without an installed configuration the holidays are this machine's.
  EXPECT_EQ(call({"restore", "--from", backup, "--to", restored}), 0) << out_.str() << err_.str();
  EXPECT_NE(out_.str().find("everything is sound"), std::string::npos) << out_.str();
  EXPECT_TRUE(fs::exists(restored + "/state.seal"));
}

using DbOnline = Commands;

// A unit with PrivateTmp=yes writes into a /tmp of its own.
TEST_F(DbOnline, ABackupThatIsNotWhereItWasAskedForIsNone) {
  const auto to = (fs::temp_directory_path() / ("xj-unseen-" + std::to_string(::getpid()))).string();
  answer("POST /api/v1/backups", "{}", 202);
  answer("GET /api/v1/backups", R"({"state":"done","to":")" + to + R"(","done_bytes":7,"files":2})");
  EXPECT_EQ(call({"db", "backup", "--to", to}), 1) << out_.str();
  EXPECT_NE(err_.str().find("/var/lib/xunjian-backup"), std::string::npos) << err_.str();
  EXPECT_EQ(out_.str(), "");
  fs::create_directory(to);
  EXPECT_EQ(call({"db", "backup", "--to", to}), 1) << "another folder of that name";
  std::ofstream(to + "/backup.json") << "{}";
  EXPECT_EQ(call({"db", "backup", "--to", to + "/"}), 0) << err_.str();
  fs::remove_all(to);
}

// The asking and the doing are two questions to the collector.
TEST_F(DbOnline, PruneShowsAsksAndRemoves) {
  answer("POST /api/v1/history/prune",
         R"({"before":"2026-08-22","dry_run":true,"days":[{"day":"2026-08-20","files":1,"bytes":2048},)"
         R"({"day":"2026-08-21","files":2,"bytes":1048576}],"files":3,"bytes":1050624})");
  const auto bodies = [&] {
    std::string out;
    for (const auto& request : answers_.asked) out += request.body;
    answers_.asked.clear();
    return out;
  };
  EXPECT_EQ(call({"db", "prune", "--keep", "90d", "--dry-run"}), 0) << err_.str();
  EXPECT_EQ(bodies(), R"({"before":"2026-08-22","dry_run":true})");
  EXPECT_NE(out_.str().find("2026-08-21      2  1.0 MiB"), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("would remove what is before 2026-08-22"), std::string::npos) << out_.str();

  EXPECT_EQ(call({"db", "prune", "--before", "2026-08-22"}), 2) << "nobody is there to be asked";
  EXPECT_NE(err_.str().find("--yes"), std::string::npos);
  EXPECT_EQ(bodies(), R"({"before":"2026-08-22","dry_run":true})");

  confirm_ = false;
  EXPECT_EQ(call({"db", "prune", "--before", "2026-08-22"}), 1);
  EXPECT_NE(question_.find("history before 2026-08-22 for ever? Days: 2, 1.0 MiB"), std::string::npos)
      << question_;
  EXPECT_EQ(bodies(), R"({"before":"2026-08-22","dry_run":true})");

  confirm_ = true;
  EXPECT_EQ(call({"db", "prune", "--before", "2026-08-22"}), 0);
  EXPECT_EQ(bodies(), R"({"before":"2026-08-22","dry_run":true}{"before":"2026-08-22","dry_run":false})");
  EXPECT_NE(out_.str().find("removed what was before 2026-08-22 (UTC); days: 2, files: 3, 1.0 MiB"),
            std::string::npos)
      << out_.str();
  confirm_.reset();
  EXPECT_EQ(call({"db", "prune", "--before", "2026-08-22", "--yes", "--json"}), 0);
  EXPECT_EQ(json_of(out_.str())["files"].int_or(0), 3);

  for (const auto& wrong :
       std::vector<std::vector<std::string>>{{},
                                             {"--before", "22.8.2026"},
                                             {"--keep", "90"},
                                             {"--keep", "36h"},
                                             {"--keep", "9d", "--before", "2026-01-01"}}) {
    std::vector<std::string> words{"db", "prune"};
    words.insert(words.end(), wrong.begin(), wrong.end());
    EXPECT_EQ(call(words), 2) << (wrong.empty() ? "" : wrong[0]);
  }
}

TEST_F(Db, PruneOfAFolderRefusesABackupAndAFolderInUse) {
  EXPECT_EQ(call({"prune", "--dir", dir_.string(), "--keep", "9d"}), 1) << "no history";
  fs::create_directory(dir_ / "history");
  std::ofstream(dir_ / "history" / "manifest") << R"({"v":1,"position":0,"next":1,"files":[]})" << '\n';
  EXPECT_EQ(call({"prune", "--dir", dir_.string(), "--keep", "9d"}), 0) << err_.str();
  EXPECT_NE(out_.str().find("there is no history before 2026-11-11"), std::string::npos) << out_.str();
  EXPECT_EQ(call({"prune", "--dir", dir_.string(), "--before", "2026-11-21"}), 1);
  EXPECT_NE(err_.str().find("only days that are over"), std::string::npos) << err_.str();
  {
    const io::FolderLock held(dir_.string());
    EXPECT_EQ(call({"prune", "--dir", dir_.string(), "--keep", "9d"}), 2);
  }
  std::ofstream(dir_ / "backup.json") << "{}";
  EXPECT_EQ(call({"prune", "--dir", dir_.string(), "--keep", "9d"}), 1);
}

class DbDamaged : public Db {
 protected:
  // Two sealed days; samples of the first are damaged, those of the second are gone.
  DbDamaged() {
    {
      collector::History history(files_, (dir_ / "history").string());
      for (const auto ago : {4, 3})
        history.add(history.handle("web1", "c/s/cpu", ""), clock_.now() - std::chrono::hours{24 * ago},
                    State::ok, {}, {{"v", 1.5}});
      history.flush(0, clock_.now());
      while (auto job = history.prepare(0, clock_.now(), true)) job->run(), history.finish(*job);
      const auto manifest = history.hold().manifest;
      damaged_ = dir_ / "history" / manifest.files.at(0).name;
      gone_ = dir_ / "history" / manifest.files.at(1).name;
    }
    std::fstream(damaged_, std::ios::in | std::ios::out).seekp(30) << "xxxx";
    fs::remove(gone_);
  }
  int prune(std::vector<std::string> words, Lang lang = Lang::en) {
    words.insert(words.begin(), {"prune", "--damaged", "--dir", dir_.string()});
    return call(words, lang);
  }
  fs::path damaged_, gone_;
};

TEST_F(DbDamaged, IsShownAskedAboutAndTakenOut) {
  EXPECT_EQ(prune({"--dry-run"}), 0) << err_.str();
  EXPECT_NE(out_.str().find(damaged_.filename().string()), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("is missing"), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("2 files of 2 days would be taken out"), std::string::npos) << out_.str();
  EXPECT_EQ(prune({}), 2) << "nobody is there to be asked";
  EXPECT_NE(err_.str().find("--yes"), std::string::npos) << err_.str();
  confirm_ = false;
  EXPECT_EQ(prune({}), 1);
  EXPECT_NE(question_.find("Take 2 files of 2 days out of history"), std::string::npos) << question_;
  EXPECT_NE(out_.str().find("nothing was removed"), std::string::npos) << out_.str();
  EXPECT_TRUE(fs::exists(damaged_));
  EXPECT_EQ(call({"check", "--dir", dir_.string()}), 1);
  EXPECT_NE(out_.str().find("xunjian db prune --damaged --dir DIR"), std::string::npos) << out_.str();

  confirm_ = true;
  EXPECT_EQ(prune({}), 0) << err_.str();
  EXPECT_NE(out_.str().find("2 files of 2 days are taken out of history."), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find((dir_ / "history").string()), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find(damaged_.filename().string() + ".damaged"), std::string::npos) << out_.str();
  EXPECT_FALSE(fs::exists(damaged_));
  EXPECT_TRUE(fs::exists(damaged_.string() + ".damaged"));
  EXPECT_EQ(call({"check", "--dir", dir_.string()}), 0) << out_.str();
  EXPECT_EQ(prune({}, Lang::zh), 0);
  EXPECT_NE(out_.str().find("历史数据文件无损坏或缺失"), std::string::npos) << out_.str();
}

TEST_F(DbDamaged, IsToldToProgramsToo) {
  const auto size = static_cast<std::int64_t>(fs::file_size(damaged_));
  EXPECT_EQ(prune({"--yes", "--json"}), 0) << err_.str();
  const auto json = std::get<Json>(parse_json(out_.str()));
  EXPECT_FALSE(json["dry_run"].bool_or(true));
  EXPECT_EQ(json["files"].int_or(0), 2);
  EXPECT_EQ(json["bytes"].int_or(0), size);
  const auto& first = json["damaged"].at(0);
  EXPECT_EQ(first["day"].string_or(""), damaged_.filename().string().substr(0, 10));
  EXPECT_EQ(first["file"].string_or(""), "history/" + damaged_.filename().string());
  EXPECT_EQ(first["aside"].string_or(""), "history/" + damaged_.filename().string() + ".damaged");
  EXPECT_EQ(first["stays"].string_or(""), "hours");
  EXPECT_NE(first["what"].at(0).string_or(""), "");
  EXPECT_TRUE(json["damaged"].at(1)["missing"].bool_or(false));
  EXPECT_TRUE(json["damaged"].at(1)["aside"].is_null());
}

TEST_F(DbDamaged, FitsATerminal) {
  width_ = 80;
  for (const auto lang : {Lang::en, Lang::zh}) {
    EXPECT_EQ(prune({"--dry-run"}, lang), 0);
    std::istringstream lines(out_.str());
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 80) << out_.str();
  }
}

TEST_F(DbDamaged, IsOfAStoppedFolderAlone) {
  EXPECT_EQ(call({"prune", "--damaged"}), 2);
  EXPECT_NE(err_.str().find("db prune --damaged --dir DIR"), std::string::npos) << err_.str();
  EXPECT_EQ(prune({"--keep", "9d"}), 2);
  EXPECT_EQ(prune({"--before", "2026-11-01"}), 2);
  EXPECT_NE(err_.str().find("--before, --keep, --damaged"), std::string::npos) << err_.str();
  {
    const io::FolderLock held(dir_.string());
    EXPECT_EQ(prune({"--yes"}), 2);
    EXPECT_NE(err_.str().find("Stop it, then"), std::string::npos) << err_.str();
  }
  std::ofstream(dir_ / "backup.json") << "{}";
  EXPECT_EQ(prune({"--yes"}), 1);
  EXPECT_NE(err_.str().find("is a backup"), std::string::npos) << err_.str();
  EXPECT_TRUE(fs::exists(damaged_));
}

TEST_F(Db, ExportOfAFolderIsAFolderWithAList) {
  const auto to = (root_ / "handed-over").string();
  EXPECT_EQ(call({"export", "--dir", dir_.string()}), 2) << "where to";
  EXPECT_EQ(call({"export", "--dir", dir_.string(), "--out", to}), 0) << err_.str();
  EXPECT_NE(out_.str().find("samples: 0, records: 0, files: 0"), std::string::npos) << out_.str();
  EXPECT_TRUE(fs::exists(to + "/export.json"));
  EXPECT_EQ(call({"export", "--dir", dir_.string(), "--out", to}), 1) << "not empty";
  EXPECT_EQ(call({"export", "--dir", dir_.string(), "--out", (dir_ / "in").string()}), 2);
  EXPECT_EQ(call({"export", "--dir", dir_.string(), "--out", to, "--what", "some"}), 2);
  EXPECT_EQ(
      call({"export", "--dir", dir_.string(), "--out", to, "--from", "2026-11-20", "--to", "2026-11-19"}), 2);
  EXPECT_EQ(call({"export", (root_ / "absent.xjh").string(), "--out", to + "2"}), 1);
  EXPECT_FALSE(fs::exists(to + "2")) << "nothing is left of it";
  const io::FolderLock held(dir_.string());
  EXPECT_EQ(call({"export", "--json", "--dir", dir_.string(), "--out", to + "3"}), 2);
}

}  // namespace
}  // namespace xj::cli
