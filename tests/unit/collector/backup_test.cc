// A backup is one state of everything, whole or none, and a restored folder holds all that was acknowledged
// before it was asked for; whatever stops either in the middle leaves nothing that passes for whole.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <set>
#include <thread>

#include "collector/safety/backup_desk.h"
#include "tests/unit/collector/data_folder.h"

namespace xj::collector {
namespace {

class Backup : public testing::Test {
 protected:
  void make() {
    std::filesystem::create_directory(folder.dir + "/pki");
    io::write_whole(folder.fs, folder.dir + "/pki/ca.key", "a key", io::Secrecy::secret);
    io::write_whole(folder.fs, folder.dir + "/pki/ca.pem", "a certificate");
    folder.start();
    folder.live(5);
    folder.pipeline->save(folder.now);
    folder.live(5);
  }
  BackupSource live_source() {
    hold = folder.pipeline->hold();
    auto source = stopped_folder(folder.fs, folder.dir);
    source.history = hold->history.manifest;
    source.copy_state = [this](const std::string& file) {
      io::copy_database(*io::open_sqlite(folder.dir + "/state.db"), file);
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
  EXPECT_TRUE(folder.check(to).backup);

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
    struct stat st{};
    ASSERT_EQ(::stat((dir + "/pki/ca.key").c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 0777, 0600u);
    EXPECT_EQ(io::read_whole(folder.fs, dir + "/pki/ca.key"), "a key");
  }
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
  EXPECT_EQ(told(check_backup(folder.fs, to, list, {})), "");
}

// The Nth call of the file system fails, for each N until a run is untouched.
TEST_F(Backup, WhateverFailsLeavesNoWholeBackupAndTheFolderAsItWas) {
  make();
  auto source = live_source();
  std::size_t failures = 0;
  for (std::uint64_t n = 1;; ++n) {
    fakes::FailingFs failing(folder.fs);
    failing.fail_at(n);
    try {
      back_up(failing, source, to, folder.now, {});
    } catch (const Fault&) {
      ++failures;
      std::size_t files = 0;
      if (std::filesystem::exists(to))
        for (const auto& entry : std::filesystem::recursive_directory_iterator(to))
          files += entry.is_regular_file();
      EXPECT_EQ(files, 0u) << "call " << n;
    }
    if (!failing.failed()) break;
  }
  EXPECT_GT(failures, 50u);
  EXPECT_EQ(told(folder.check(to).findings), "");
  hold.reset();
  folder.live(1);
  EXPECT_EQ(held(*folder.pipeline), up_to(folder.sent));
}

TEST_F(Backup, WhateverStopsARestoreLeavesAFolderNoCollectorStartsOn) {
  make();
  const auto sent = folder.sent;
  take(live_source());
  hold.reset();
  folder.crash();
  std::size_t failures = 0, whole = 0;
  for (std::uint64_t n = 1;; ++n) {
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
        folder.start(restored);
        EXPECT_EQ(held(*folder.pipeline), up_to(sent)) << "started on a part, call " << n;
        EXPECT_TRUE(std::filesystem::exists(restored + "/pki/ca.key"));
        ++whole;
      } catch (const Fault&) {
      }
      folder.crash();
    } else if (std::filesystem::exists(restored)) {
      for (const auto& entry : std::filesystem::recursive_directory_iterator(restored))
        EXPECT_TRUE(entry.is_directory() || entry.path().extension() == ".new") << entry.path();
    }
    if (!failing.failed()) break;
  }
  EXPECT_GT(failures, 50u);
  EXPECT_GE(whole, 1u);
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
    world.send("web1",
               {World::result(sent_, World::kLogin, world.now, sent_ > 2 ? State::critical : State::ok)});
  }
  void take(World& world) {
    const auto hold = world.pipeline->hold();
    BackupSource source;
    source.dir = "/data";
    source.history = hold.history.manifest;
    source.copy_state = [&world](const std::string& to) {
      io::copy_database(*io::open_sqlite("/data/state.db", io::DbMode::read_write, world.vfs.name().c_str()),
                        to);
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
  std::uint64_t sent_ = 0;
};

TEST_F(BackupPowerCut, LeavesAWholeBackupOrNone) {
  std::size_t cuts = 0, whole = 0;
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
    }
    world.start();
    EXPECT_EQ(world.values("web1", World::kLogin).size(), sent_) << "operation " << cuts + 1;
  }
  EXPECT_GT(cuts, 40u);
  EXPECT_GE(whole, 1u);
}

TEST_F(BackupPowerCut, LeavesARestoredFolderWholeOrOneThatIsRefused) {
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
