// A backup is one state of everything, whole or none, and a restored folder holds all that was acknowledged
// before it was asked for; whatever stops either in the middle leaves nothing that passes for whole.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <set>
#include <thread>

#include "collector/http/server_pki.h"
#include "collector/safety/backup_desk.h"
#include "collector/safety/copy.h"
#include "tests/fakes/every_fault.h"
#include "tests/unit/collector/data_folder.h"

namespace xj::collector {
namespace {

class Backup : public testing::Test {
 protected:
  void make() {
    (void)http::ServerPki(folder.dir + "/pki", {"localhost"}, std::chrono::hours{24 * 90}, folder.now);
    folder.start();
    folder.live(5);
    folder.pipeline->save(folder.now);
    folder.live(5);
  }
  BackupSource live_source() {
    hold = folder.pipeline->hold();
    auto source = stopped_folder(folder.fs, folder.dir);
    source.history = hold->history.manifest;
    source.synced = hold->synced;
    source.copy_state = [this](const std::string& file) {
      return copy_state_db(*io::open_sqlite(folder.dir + "/state.db"), file);
    };
    return source;
  }
  BackupList take(const BackupSource& source) { return back_up(folder.fs, source, to, folder.now, {}); }

  // Values of the metric that is the result's number, as a collector on that folder finds them.
  static std::multiset<std::int64_t> held(Pipeline& pipeline) {
    std::multiset<std::int64_t> out;
    for (const auto* agent : {"web1", "web2"})
      for (const auto& check : {World::kHttp, World::kLogin})
        for (const auto& s :
             pipeline.history().range({agent, check, ""}, Timestamp{}, Timestamp::max(), SIZE_MAX))
          out.insert(std::get<std::int64_t>(s.metrics.at(0).value));
    return out;
  }
  static std::multiset<std::int64_t> up_to(std::uint64_t sent) {
    std::multiset<std::int64_t> out;
    for (std::uint64_t n = 1; n <= sent; ++n) out.insert(static_cast<std::int64_t>(n));
    return out;
  }
  static unsigned mode_of(const std::string& path) {
    struct stat st{};
    EXPECT_EQ(::stat(path.c_str(), &st), 0) << path;
    return st.st_mode & 0777;
  }
  // The newest segment, and where its records end.
  std::pair<std::string, std::size_t> newest() {
    std::string name;
    for (const auto& one : folder.names("journal"))
      if (one.find("spare") == std::string::npos) name = one;
    return {name, folder.read(name).find_last_not_of('\0') + 1};
  }
  void expect_refused(const BackupSource& source, const std::string& words) {
    try {
      take(source);
      ADD_FAILURE() << "a backup was made";
    } catch (const Fault& fault) {
      EXPECT_NE(std::string(fault.what()).find(words), std::string::npos) << fault.what();
    }
    EXPECT_FALSE(std::filesystem::exists(to));
  }
  static void expect_refused_as_half(const std::function<void()>& act) {
    try {
      act();
      ADD_FAILURE() << "taken for whole";
    } catch (const Fault& fault) {
      EXPECT_NE(std::string(fault.what()).find("was not finished"), std::string::npos) << fault.what();
      EXPECT_NE(fault.hint().find("another backup"), std::string::npos) << fault.hint();
    }
  }
  void stop_restores_anywhere();
  static std::string rows(io::Db& db) {
    std::string out;
    for (const auto* sql :
         {"select body from events order by seq", "select contract || number || status from cases",
          "select key || state || lines from outbox order by key",
          "select contract || number || hash from documents order by 1"}) {
      auto row = db.prepare(sql);
      while (row->step()) out += row->text_at(0) + "\n";
    }
    return out;
  }

  DataFolder folder;
  std::optional<Pipeline::Hold> hold;
  std::string to = folder.root + "/backup", restored = folder.root + "/restored";
};

TEST_F(Backup, OfARunningCollectorIsRestoredWithAllThatWasAcknowledged) {
  make();
  const auto acknowledged = folder.sent;
  auto source = live_source();
  const auto rows_then = rows(*folder.db);
  // The collector goes on between any two files: flushes, snapshots, frees its journal.
  const auto list = back_up(folder.fs, source, to, folder.now,
                            {[&](std::uint64_t, std::uint64_t) {
                               folder.live(2);
                               folder.pipeline->save(folder.now);
                             },
                             nullptr});
  hold.reset();
  ASSERT_GT(folder.sent, acknowledged + 10);
  EXPECT_EQ(told(folder.check(to).findings), "");
  EXPECT_EQ(encode(folder.check(to).list.value()), encode(list));

  restore(folder.fs, to, restored, {});
  EXPECT_EQ(told(folder.check(restored).findings), "");
  const auto before = folder.sent;
  folder.crash();
  folder.start(restored);
  const auto found = held(*folder.pipeline);
  const std::set<std::int64_t> distinct(found.begin(), found.end());
  EXPECT_EQ(distinct.size(), found.size()) << "each once";
  for (const auto n : up_to(acknowledged)) EXPECT_EQ(distinct.count(n), 1u) << n;
  EXPECT_LE(*distinct.rbegin(), static_cast<std::int64_t>(before));
  const auto now_there = rows(*folder.db);
  EXPECT_NE(rows_then, "");
  for (std::size_t at = 0; at < rows_then.size();) {
    const auto end = rows_then.find('\n', at);
    EXPECT_NE(now_there.find(rows_then.substr(at, end - at)), std::string::npos);
    at = end + 1;
  }
}

TEST_F(Backup, OfAStoppedFolderIsTheFolder) {
  make();
  const auto rows_then = rows(*folder.db);
  folder.crash();
  take(stopped_folder(folder.fs, folder.dir));
  restore(folder.fs, to, restored, {});
  EXPECT_EQ(told(folder.check(restored).findings), "");
  folder.start(restored);
  EXPECT_EQ(held(*folder.pipeline), up_to(folder.sent));
  EXPECT_EQ(rows(*folder.db), rows_then);
}

TEST_F(Backup, KeysAreForTheirAccountAlone) {
  make();
  take(live_source());
  restore(folder.fs, to, restored, {});
  for (const auto& dir : {to, restored}) {
    EXPECT_EQ(mode_of(dir + "/pki/ca.key"), 0600u);
    EXPECT_EQ(mode_of(dir + "/state.db") & 0007, 0u) << "tokens and people are nobody else's matter";
    EXPECT_EQ(io::read_whole(folder.fs, dir + "/pki/ca.key"), folder.read("pki/ca.key"));
  }
}

TEST_F(Backup, WhatIsNoFileBesideTheKeysIsLeftOut) {
  make();
  std::filesystem::create_directory(folder.dir + "/pki/old");
  ASSERT_EQ(::mkfifo((folder.dir + "/pki/pipe").c_str(), 0600), 0);
  take(live_source());
  EXPECT_FALSE(std::filesystem::exists(to + "/pki/old"));
  EXPECT_FALSE(std::filesystem::exists(to + "/pki/pipe"));
  EXPECT_TRUE(std::filesystem::exists(to + "/pki/ca.key"));
}

// What is left of a damaged journal would pass as sound, and the evidence would be gone.
TEST_F(Backup, ADamagedJournalIsNotCopied) {
  make();
  const auto [name, end] = newest();
  ASSERT_GT(end, 200u);
  folder.flip(name, 32 + 20, 3);
  expect_refused(live_source(), "is damaged at byte 32");
  expect_refused(stopped_folder(folder.fs, folder.dir), "is damaged at byte 32");
  folder.flip(name, 32 + 20, 3);
  take(live_source());
  EXPECT_EQ(told(folder.check(to).findings), "");
}

TEST_F(Backup, AJournalThatEndsBeforeWhatWasDurableIsNotCopied) {
  make();
  auto source = live_source();
  const auto [name, end] = newest();
  folder.flip(name, end - 1, 3);
  expect_refused(source, "was written");
  // Where nobody writes a cut write looks the same: left out, and said.
  source = stopped_folder(folder.fs, folder.dir);
  std::uint64_t left_out = 0;
  source.torn = [&](const io::RecordLogFault& fault) { left_out = fault.number; };
  take(source);
  EXPECT_EQ(left_out, *live_source().synced);
  EXPECT_EQ(folder.check(to).journal.last, left_out - 1);
  EXPECT_EQ(told(folder.check(to).findings), "");
}

TEST_F(Backup, PartsThatDoNotFitAreNoBackup) {
  make();
  folder.crash();
  for (const auto& name : folder.names("journal")) std::filesystem::remove(folder.dir + "/" + name);
  expect_refused(stopped_folder(folder.fs, folder.dir), "ends at record 0");
}

// As a start would refuse it, and the proof of what was restored.
TEST_F(Backup, AStateOlderThanTheSnapshotBesideItIsNoBackup) {
  folder.start();
  folder.live(5);
  folder.stop();
  const auto older = folder.read("state.db");
  folder.start();
  folder.live(5);
  folder.stop();
  folder.write("state.db", older);
  expect_refused(stopped_folder(folder.fs, folder.dir), "is older than the snapshot");
}

TEST_F(Backup, AFolderIsWithinItselfByWhateverName) {
  const auto own = folder.dir;
  std::filesystem::create_directory_symlink(own, folder.root + "/link");
  for (const auto& path : {own, own + "/", own + "/a/b", own + "//a", own + "/../data/a",
                           folder.root + "/link/a", folder.root + "/link/"}) {
    EXPECT_TRUE(is_within(path, own)) << path;
    EXPECT_TRUE(is_within(path, own + "/")) << path;
    EXPECT_TRUE(is_within(path, folder.root + "/link")) << path;
  }
  for (const auto& path : {own + "-2", own + "-2/a", folder.root, own + "/../x", std::string("/")})
    EXPECT_FALSE(is_within(path, own + "/")) << path;
}

TEST_F(Backup, NoFolderThatHoldsAnythingIsTaken) {
  make();
  std::filesystem::create_directory(to);
  std::ofstream(to + "/mine") << "x";
  EXPECT_THROW(take(live_source()), Fault);
  std::filesystem::remove(to + "/mine");
  take(live_source());
  EXPECT_THROW(restore(folder.fs, to, folder.dir, {}), Fault);
  EXPECT_THROW(restore(folder.fs, folder.dir, restored, {}), Fault) << "no list";
}

TEST_F(Backup, AnyFlippedByteIsNamedAndNotRestored) {
  make();
  const auto list = take(live_source());
  folder.crash();
  folder.dir = to;
  for (const auto& file : list.files)
    for (std::size_t at = 0; at < file.bytes; at += 1 + file.bytes / 11) {
      folder.flip(file.name, at, 5);
      EXPECT_EQ(told(check_backup(folder.fs, to, list, {})).rfind(file.name, 0), 0u)
          << file.name << ' ' << at;
      EXPECT_THROW(restore(folder.fs, to, restored, {}), Fault) << file.name << ' ' << at;
      std::filesystem::remove_all(restored);
      folder.flip(file.name, at, 5);
    }
  const auto whole = folder.read(kBackupList);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    folder.flip(kBackupList, at, static_cast<int>(at % 8));
    EXPECT_THROW(read_backup_list(folder.fs, to), Fault) << at;
    folder.flip(kBackupList, at, static_cast<int>(at % 8));
    EXPECT_THROW(decode_backup_list(whole.substr(0, at)), Fault);
  }
  for (const auto* name : {"../x", "/etc/x", "a/../b", "a//b", ""}) {
    auto other = list;
    other.files[0].name = name;
    EXPECT_THROW(decode_backup_list(encode(other)), Fault) << name;
  }
  EXPECT_THROW(
      decode_backup_list(R"({"v":1,"made":0,"program":"","files":[{"name":"a","bytes":-1,"sha256":""}]})"),
      Fault);
  EXPECT_THROW(decode_manifest(R"({"v":1,"position":-1,"next":1,"files":[],"crc":0})"), Fault);
  EXPECT_EQ(told(check_backup(folder.fs, to, list, {})), "");
}

// The Nth call of the file system fails, for each N until a run is untouched.
TEST_F(Backup, WhateverFailsLeavesNoWholeBackupAndTheFolderAsItWas) {
  make();
  auto source = live_source();
  to = folder.root + "/deep/down/backup";
  std::size_t failures = 0;
  fakes::every_fault([&](std::uint64_t n) {
    fakes::FailingFs failing(folder.fs);
    failing.fail_at(n);
    try {
      back_up(failing, source, to, folder.now, {});
    } catch (const Fault&) {
      ++failures;
      EXPECT_FALSE(std::filesystem::exists(folder.root + "/deep"));
    }
    return failing.failed();
  });
  EXPECT_GT(failures, 50u);
  EXPECT_EQ(told(folder.check(to).findings), "");
  // A folder that was there before stays.
  std::filesystem::remove_all(to);
  std::filesystem::create_directory(to);
  source.synced = UINT64_MAX;
  EXPECT_THROW(take(source), Fault);
  EXPECT_TRUE(std::filesystem::is_empty(to));
  hold.reset();
  folder.live(1);
  EXPECT_EQ(held(*folder.pipeline), up_to(folder.sent));
}

// state.db, which comes first, refuses a start itself as soon as it knows of any record; where no case ever
// was it knows of none.
TEST_F(Backup, WhateverStopsARestoreLeavesAFolderNoCollectorStartsOn) { stop_restores_anywhere(); }
TEST_F(Backup, SoItDoesWhereNoCaseEverWas) {
  folder.all_well = true;
  stop_restores_anywhere();
}

void Backup::stop_restores_anywhere() {
  make();
  const auto sent = folder.sent;
  take(live_source());
  hold.reset();
  folder.crash();
  std::size_t failures = 0, whole = 0;
  fakes::every_fault([&](std::uint64_t n) {
    fakes::FailingFs failing(folder.fs);
    failing.fail_at(n);
    std::filesystem::remove_all(restored);
    try {
      restore(failing, to, restored, {});
    } catch (const Fault&) {
      ++failures;
    }
    // Before state.db is there, nothing of it is: an empty folder is as before.
    if (std::filesystem::exists(restored + "/state.db")) {
      try {
        require_startable(folder.fs, restored);
        folder.start(restored);
        EXPECT_EQ(held(*folder.pipeline), up_to(sent)) << "started on a part";
        EXPECT_TRUE(std::filesystem::exists(restored + "/pki/ca.key"));
        ++whole;
      } catch (const Fault&) {
      }
      folder.crash();
    } else if (std::filesystem::exists(restored)) {
      for (const auto& entry : std::filesystem::recursive_directory_iterator(restored))
        EXPECT_TRUE(entry.is_directory() || entry.path().extension() == ".new" ||
                    entry.path().filename() == kRestoring)
            << entry.path();
    }
    return failing.failed();
  });
  EXPECT_GT(failures, 50u);
  EXPECT_GE(whole, 1u);
}

TEST_F(Backup, AHalfRestoredFolderIsNamedAndNotRestoredIntoNorCopied) {
  make();
  take(live_source());
  restore(folder.fs, to, restored, {});
  require_startable(folder.fs, restored);
  EXPECT_THROW(require_startable(folder.fs, to), Fault) << "a backup is no collector's folder";
  std::ofstream(restored + "/" + kRestoring) << "from somewhere";
  EXPECT_THROW(require_startable(folder.fs, restored), Fault);
  EXPECT_THROW(stopped_folder(folder.fs, restored), Fault);
  EXPECT_NE(told(folder.check(restored).findings).find("was not finished"), std::string::npos);
  try {
    restore(folder.fs, to, restored, {});
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_NE(fault.hint().find("restore again"), std::string::npos) << fault.hint();
  }
}

// As kill -9 leaves one, whose folder may lack no more than the end of the journal.
TEST_F(Backup, OneThatWasStoppedIsNamedAndNotTakenForACollectorsFolder) {
  make();
  take(live_source());
  hold.reset();
  std::filesystem::remove(to + "/" + kBackupList);
  std::ofstream(to + "/" + kBackingUp) << "of somewhere";
  EXPECT_NE(told(folder.check(to).findings).find("was not finished"), std::string::npos);
  EXPECT_THROW(require_startable(folder.fs, to), Fault);
  EXPECT_THROW(restore(folder.fs, to, restored, {}), Fault);
  expect_refused_as_half([&] { take(live_source()); });
  expect_refused_as_half([&] { (void)stopped_folder(folder.fs, to); });
}

TEST_F(Backup, TheDeskMakesOneAtATimeAndSaysHowItWent) {
  make();
  ManualClock clock{folder.now};
  BackupDesk desk(folder.fs, folder.dir, clock);
  EXPECT_EQ(desk.report().state, BackupReport::State::none);
  ASSERT_TRUE(desk.start(folder.pipeline->hold(), to));
  while (desk.report().state == BackupReport::State::running) std::this_thread::yield();
  auto report = desk.report();
  EXPECT_EQ(report.state, BackupReport::State::done) << report.error;
  EXPECT_EQ(report.files, read_backup_list(folder.fs, to).files.size());
  EXPECT_EQ(told(folder.check(to).findings), "");
  ASSERT_TRUE(desk.start(folder.pipeline->hold(), to));
  while (desk.report().state == BackupReport::State::running) std::this_thread::yield();
  report = desk.report();
  EXPECT_EQ(report.state, BackupReport::State::failed);
  EXPECT_NE(report.error.find("is not empty"), std::string::npos) << report.error;
}

class BackupPowerCut : public testing::Test {
 protected:
  void make(World& world) {
    world.start();
    for (int i = 0; i < 4; ++i) send(world);
    world.pipeline->save(world.now);
    for (int i = 0; i < 3; ++i) send(world);
  }
  void send(World& world) {
    world.now += 60s;
    ++sent_;
    const bool bad = sent_ > 2 && !all_well_;
    world.send("web1", {World::result(sent_, World::kLogin, world.now, bad ? State::critical : State::ok)});
  }
  void take(World& world) {
    const auto hold = world.pipeline->hold();
    BackupSource source;
    source.dir = "/data";
    source.history = hold.history.manifest;
    source.synced = hold.synced;
    source.copy_state = [&world](const std::string& to) {
      const auto* vfs = world.vfs.name().c_str();
      return copy_state_db(*io::open_sqlite("/data/state.db", io::DbMode::read_write, vfs), to, vfs);
    };
    back_up(world.disk, source, "/backup", world.now, {});
  }
  // False when nothing was cut any more.
  static bool cut_at(World& world, std::uint64_t n, const std::function<void()>& act) {
    world.disk.cut_at(world.disk.operations() + n);
    try {
      act();
    } catch (const fakes::PowerCut&) {
    } catch (const Fault&) {  // SQLite's way of saying so
    }
    return world.disk.cut();
  }
  // Not one file, or nothing but what tells that there should be more.
  static bool is_bare(io::FileSystem& disk, const std::string& dir) {
    for (const auto* below : {"", "/pki", "/history", "/journal"})
      for (const auto& name : disk.list(dir + below))
        if (disk.exists(dir + below + "/" + name) && !name.starts_with(kBackingUp) && name != "pki" &&
            name != "history" && name != "journal")
          return false;
    return true;
  }
  // It would miss the end of the journal, or all of a part, and nobody would be told.
  static void expect_no_folder_of_a_collector(io::FileSystem& disk, const std::string& dir,
                                              std::size_t operation) {
    EXPECT_THROW(require_startable(disk, dir), Fault) << "operation " << operation;
    EXPECT_THROW(stopped_folder(disk, dir), Fault) << "operation " << operation;
    try {
      require_empty(disk, dir);
      ADD_FAILURE() << "operation " << operation;
    } catch (const Fault& fault) {
      EXPECT_NE(std::string(fault.what()).find("was not finished"), std::string::npos) << fault.what();
    }
  }
  void restore_anywhere();
  std::uint64_t sent_ = 0;
  bool all_well_ = false;
};

TEST_F(BackupPowerCut, LeavesAWholeBackupOrNone) {
  std::size_t cuts = 0, whole = 0, half = 0;
  for (bool cut = true; cut; ++cuts) {
    World world;
    sent_ = 0;
    make(world);
    cut = cut_at(world, cuts + 1, [&] { take(world); });
    world.crash();
    world.disk.restart(cuts % 5);
    if (is_backup(world.disk, "/backup")) {
      EXPECT_EQ(told(check_backup(world.disk, "/backup", read_backup_list(world.disk, "/backup"), {})), "")
          << "operation " << cuts + 1;
      ++whole;
    } else if (!is_bare(world.disk, "/backup")) {
      expect_no_folder_of_a_collector(world.disk, "/backup", cuts + 1);
      ++half;
    }
    world.start();
    EXPECT_EQ(world.values("web1", World::kLogin).size(), sent_) << "operation " << cuts + 1;
  }
  EXPECT_GT(cuts, 40u);
  EXPECT_GE(whole, 1u);
  EXPECT_GT(half, 20u);
}

TEST_F(BackupPowerCut, LeavesARestoredFolderWholeOrOneThatIsRefused) { restore_anywhere(); }
TEST_F(BackupPowerCut, SoItDoesWhereNoCaseEverWas) {
  all_well_ = true;
  restore_anywhere();
}

void BackupPowerCut::restore_anywhere() {
  std::size_t cuts = 0, whole = 0, refused = 0;
  for (bool cut = true; cut; ++cuts) {
    World world;
    sent_ = 0;
    make(world);
    take(world);
    world.crash();
    cut = cut_at(world, cuts + 1, [&] { restore(world.disk, "/backup", "/restored", {}); });
    world.disk.restart(cuts % 5);
    if (!world.disk.exists("/restored/state.db")) continue;
    try {
      require_startable(world.disk, "/restored");
      const auto db = io::open_sqlite("/restored/state.db", io::DbMode::read_write, world.vfs.name().c_str());
      migrate(*db, world.disk, "/restored/state.db", world.now);
      Pipeline pipeline(world.disk, *db, "/restored", world.contracts, world.now, world.options);
      EXPECT_EQ(pipeline.history()
                    .range({"web1", World::kLogin, ""}, Timestamp{}, Timestamp::max(), SIZE_MAX)
                    .size(),
                sent_)
          << "operation " << cuts + 1;
      ++whole;
    } catch (const Fault&) {
      ++refused;
    }
  }
  EXPECT_GT(cuts, 30u);
  EXPECT_GE(whole, 1u);
  EXPECT_GE(refused, 5u);
}

}  // namespace
}  // namespace xj::collector
