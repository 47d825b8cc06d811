// What the `db` commands say: of a folder, of what went wrong, and what to do; in both languages.
#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/cli/commands.h"
#include "tests/unit/cli/db_folder.h"

namespace xj::cli {
namespace {

// The same sentence after the restore that has compared them, and none where nobody asked about a backup.
TEST_F(Db, ARestoreSaysThatEveryFileWasCompared) {
  const auto backup = (root_ / "backup").string(), to = (root_ / "restored").string();
  ASSERT_EQ(call({"backup", "--dir", dir_.string(), "--to", backup}), 0) << err_.str();
  ASSERT_EQ(call({"restore", "--from", backup, "--to", to}), 0) << err_.str();
  const std::string sentence =
      "Every file was held against the list of the backup of 2026-11-20T02:00:00Z; files: ";
  EXPECT_NE(out_.str().find(sentence), std::string::npos) << out_.str();
  EXPECT_EQ(out_.str().find("No file was held"), std::string::npos) << out_.str();
  ASSERT_EQ(call({"restore", "--json", "--from", backup, "--to", to + "2"}), 0) << err_.str();
  EXPECT_TRUE(std::get<Json>(parse_json(out_.str()))["backup"].bool_or(false));
  ASSERT_EQ(call({"check", "--dir", backup}), 0);
  EXPECT_NE(out_.str().find(sentence), std::string::npos) << out_.str();

  const auto contract = root_ / "contract.yaml", config = root_ / "collector.yaml";
  std::ofstream(config) << "data_dir: " << to << "\nnames: [localhost]\ncontracts: [" << contract.string()
                        << "]\nlisten: {agents: \"127.0.0.1:0\"}\n";
  ASSERT_EQ(call({"check", "--config", config.string()}), 0) << err_.str();
  EXPECT_EQ(out_.str().find("list of"), std::string::npos) << out_.str();
}

// What is found of a backup is mended by another one, not by what is in it.
TEST_F(Db, OfADamagedBackupOneThingIsToBeDone) {
  const auto backup = root_ / "backup";
  ASSERT_EQ(call({"backup", "--dir", dir_.string(), "--to", backup.string()}), 0) << err_.str();
  std::fstream(backup / "state.db", std::ios::in | std::ios::out).seekp(5'000) << "damage";
  EXPECT_EQ(call({"check", "--dir", backup.string()}), 1);
  EXPECT_NE(out_.str().find("do not restore this one"), std::string::npos) << out_.str();
  EXPECT_EQ(out_.str().find("Restore the folder"), std::string::npos) << out_.str();
}

// One folder test for all of them, before anything is opened or made.
TEST_F(Db, WhatIsNoFolderOfOursIsSaidTheSameByEveryCommand) {
  const auto absent = (root_ / "absent").string(), other = (root_ / "other").string(),
             to = (root_ / "to").string();
  fs::create_directory(other);
  const std::vector<std::vector<std::string>> all = {{"status", "--dir"},
                                                     {"check", "--dir"},
                                                     {"export", "--out", to, "--dir"},
                                                     {"backup", "--to", to, "--dir"},
                                                     {"restore", "--to", to, "--from"},
                                                     {"prune", "--keep", "9d", "--dir"}};
  for (auto words : all) {
    words.push_back(absent);
    EXPECT_EQ(call(words), 2) << words[0];
    EXPECT_EQ(err_.str(), "xunjian: there is no folder " + absent +
                              "\n  Say which folder: " + words[words.size() - 2] + " DIR\n");
    words.back() = other;
    EXPECT_EQ(call(words), 2) << words[0];
    EXPECT_NE(err_.str().find(other + " is no collector's folder"), std::string::npos) << err_.str();
    words.back() = (dir_ / "state.db").string();
    EXPECT_EQ(call(words), 2) << words[0];
    EXPECT_NE(err_.str().find("is no collector's folder"), std::string::npos) << err_.str();
    words.back() = "";
    EXPECT_EQ(call(words), 2) << words[0];
    EXPECT_NE(err_.str().find("names no folder"), std::string::npos) << err_.str();
  }
  for (auto words : std::vector<std::vector<std::string>>{{"export", "--out", "", "--dir"},
                                                          {"backup", "--to", "", "--dir"},
                                                          {"restore", "--to", "", "--from"}}) {
    words.push_back(dir_.string());
    EXPECT_EQ(call(words), 2) << words[0];
    EXPECT_NE(err_.str().find("names no folder"), std::string::npos) << err_.str();
  }
  EXPECT_TRUE(fs::is_empty(other));
  fs::create_directory(fs::path(other) / "journal");
  for (const auto& words : std::vector<std::vector<std::string>>{{"export", "--out", to, "--dir", other},
                                                                 {"backup", "--to", to, "--dir", other}}) {
    EXPECT_EQ(call(words), 2) << words[0];
    EXPECT_NE(err_.str().find("there is no state.db"), std::string::npos) << err_.str();
  }
  EXPECT_FALSE(fs::exists(to));
}

TEST_F(Db, WhatOneMayNotReadIsSaidWithTheAccount) {
  const bool root = ::geteuid() == 0;  // who may read everything
  fs::permissions(dir_, root ? fs::perms::owner_all : fs::perms::none);
  constexpr uid_t kNobody = 65'534;
  if (root) {
    ASSERT_EQ(::seteuid(kNobody), 0);
  }
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"status"}, {"check"}, {"export", "--out", (root_ / "to").string()}}) {
    auto all = words;
    all.insert(all.end(), {"--dir", dir_.string()});
    EXPECT_EQ(call(all), 2) << words[0];
    EXPECT_NE(err_.str().find("sudo -u xunjian"), std::string::npos) << err_.str();
  }
  if (root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  fs::permissions(dir_, fs::perms::owner_all);
}

// No collector starts on a backup: what it holds in its journal alone comes out another way.
TEST_F(Db, AnExportFromABackupSaysHowToGetTheRest) {
  {
    io::RecordLog log(files_, (dir_ / "journal").string(), {});
    for (int i = 0; i < 3; ++i) log.append("x");
    log.sync();
  }
  const auto backup = (root_ / "backup").string(), to = (root_ / "to").string();
  ASSERT_EQ(call({"backup", "--dir", dir_.string(), "--to", backup}), 0) << err_.str();
  ASSERT_EQ(call({"export", "--dir", dir_.string(), "--out", to}), 0) << err_.str();
  EXPECT_NE(out_.str().find("Start and stop the collector"), std::string::npos) << out_.str();
  ASSERT_EQ(call({"export", "--dir", backup, "--out", to + "2"}), 0) << err_.str();
  EXPECT_EQ(out_.str().find("Start and stop the collector"), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("Restore the backup into an empty folder"), std::string::npos) << out_.str();
}

TEST_F(Db, WhatGoesWrongIsSaidInChineseAndHasAnId) {
  const auto backup = (root_ / "backup").string(), full = (root_ / "full").string();
  fs::create_directories(root_ / "full" / "mine");
  ASSERT_EQ(call({"backup", "--dir", dir_.string(), "--to", backup}), 0) << err_.str();
  const auto expect = [&](const std::vector<std::string>& words, const std::string& chinese,
                          const std::string& id) {
    EXPECT_NE(call(words, Lang::zh), 0);
    EXPECT_NE(err_.str().find(chinese), std::string::npos) << err_.str();
    auto json = words;
    json.push_back("--json");
    fs::remove_all(full + "2");
    EXPECT_NE(call(json), 0);
    EXPECT_EQ(std::get<Json>(parse_json(out_.str()))["error"]["message"]["id"].string_or(""), id);
  };
  expect({"backup", "--dir", dir_.string(), "--to", full}, "不为空", "safety.not_empty");
  expect({"export", "--dir", dir_.string(), "--out", full}, "不为空", "safety.not_empty");
  expect({"restore", "--from", backup, "--to", full}, "不为空", "safety.not_empty");
  expect({"restore", "--from", backup, "--to", backup + "/in"}, "之内", "safety.restore.inside");
  expect({"restore", "--from", dir_.string(), "--to", full + "2"}, "不是完整的备份", "safety.backup.no_list");
  expect({"prune", "--dir", backup, "--keep", "9d"}, "是备份", "safety.backup.is_one");
  expect({"export", (root_ / "absent.xjh").string(), "--out", full + "2"}, "不存在", "safety.export.no_file");
  std::ofstream(root_ / "c.yaml") << "data_dir: /var/lib/xunjian\n";
  expect({"export", (root_ / "c.yaml").string(), "--out", full + "2"}, "不是历史数据的某日文件",
         "safety.export.no_day_file");
  expect({"export", full, "--out", full + "2"}, "不是历史数据的某日文件", "safety.export.no_day_file");
  std::fstream(backup + "/state.db", std::ios::in | std::ios::out).seekp(5'000) << "damage";
  expect({"restore", "--from", backup, "--to", full + "2"}, "与备份清单不符", "safety.restore.differs");
  fs::create_directory(full + "5");
  std::ofstream(full + "5/restoring") << "from somewhere";
  expect({"backup", "--dir", full + "5", "--to", full + "3"}, "恢复未完成", "safety.restore.unfinished");
  std::ofstream(backup + "/backup.json") << "{";
  expect({"restore", "--from", backup, "--to", full + "4"}, "备份清单损坏", "safety.backup.damaged_list");
}

// As on a full disk: half of it stays, and is in the way of the next.
TEST_F(Db, ARestoreThatFailsSaysWhatItLeaves) {
  const auto backup = (root_ / "backup").string(), to = (root_ / "to").string();
  ASSERT_EQ(call({"backup", "--dir", dir_.string(), "--to", backup}), 0) << err_.str();
  fs::remove(backup + "/state.seal");
  EXPECT_EQ(call({"restore", "--from", backup, "--to", to}), 1);
  EXPECT_NE(err_.str().find("state.seal: No such file"), std::string::npos) << err_.str();
  EXPECT_NE(err_.str().find(to + " holds a part of the backup now: remove all that is in it"),
            std::string::npos)
      << err_.str();
  EXPECT_EQ(call({"restore", "--from", backup, "--to", to}, Lang::zh), 1);
  EXPECT_NE(err_.str().find("请清空该文件夹"), std::string::npos) << err_.str();
}

TEST_F(Db, StatusSaysWhatAFolderIs) {
  const auto kind = [&](const std::string& dir) {
    EXPECT_EQ(call({"status", "--json", "--dir", dir}), 0) << out_.str();
    auto out = std::get<Json>(parse_json(out_.str()))["kind"].string_or("");
    EXPECT_EQ(call({"status", "--dir", dir}), 0) << err_.str();
    return out;
  };
  const auto backup = (root_ / "backup").string();
  EXPECT_EQ(kind(dir_.string()), "collector");
  ASSERT_EQ(call({"backup", "--dir", dir_.string(), "--to", backup}), 0) << err_.str();
  EXPECT_EQ(kind(backup), "backup");
  EXPECT_NE(out_.str().find("This is the backup of 2026-11-20T02:00:00Z"), std::string::npos) << out_.str();
  fs::rename(backup + "/backup.json", backup + "/backing-up");
  EXPECT_EQ(kind(backup), "half_backup");
  EXPECT_NE(out_.str().find("take another backup"), std::string::npos) << out_.str();
  fs::rename(backup + "/backing-up", backup + "/restoring");
  EXPECT_EQ(kind(backup), "half_restore");
  EXPECT_NE(out_.str().find("restore again"), std::string::npos) << out_.str();
  std::ofstream(backup + "/state.db", std::ios::trunc) << "not yet a database";
  EXPECT_EQ(call({"status", "--dir", backup}), 1);
  EXPECT_NE(err_.str().find("was not finished"), std::string::npos) << err_.str();
}

TEST_F(Db, WhoeverHoldsTheFolderIsSaidWithWhatFitsTheCommand) {
  const auto to = (root_ / "to").string();
  const io::FolderLock held(dir_.string());
  for (const auto& [words, mend] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"check"}, "check a backup"},
           {{"backup", "--to", to}, "Leave out --dir"},
           {{"prune", "--keep", "9d"}, "Leave out --dir"},
           {{"export", "--out", to}, "Export from a backup"}}) {
    auto all = words;
    all.insert(all.end(), {"--dir", dir_.string()});
    EXPECT_EQ(call(all), 2);
    EXPECT_NE(err_.str().find(mend), std::string::npos) << err_.str();
  }
}

using DbOnline = Commands;

TEST_F(DbOnline, WhyABackupFailedIsSaidInTheLanguageAsked) {
  answer("POST /api/v1/backups", "{}", 202);
  answer(
      "GET /api/v1/backups",
      R"({"state":"failed","to":"/srv/b","error":"/srv/b is not empty","hint":"Name","message":)"
      R"({"id":"safety.not_empty","args":{"dir":"/srv/b"}},"mend":{"id":"safety.mend.not_empty","args":{}}})");
  EXPECT_EQ(call({"db", "backup", "--to", "/srv/b"}, Lang::zh), 1);
  EXPECT_NE(err_.str().find("/srv/b 不为空"), std::string::npos) << err_.str();
  EXPECT_NE(err_.str().find("请指明尚不存在或为空的文件夹"), std::string::npos) << err_.str();
  answer("GET /api/v1/backups", R"({"state":"failed","to":"/srv/b","error":"no luck","hint":""})");
  EXPECT_EQ(call({"db", "backup", "--to", "/srv/b"}), 1);
  EXPECT_EQ(err_.str(), "xunjian: no luck\n");
}

}  // namespace
}  // namespace xj::cli
