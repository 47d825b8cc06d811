// A folder that the pipeline wrote is sound; with any bit of it flipped, or cut anywhere, it is not, and the
// file is named.
#include <gtest/gtest.h>

#include <stdlib.h>

#include <algorithm>
#include <map>

#include "collector/safety/still_state.h"
#include "tests/fakes/every_fault.h"
#include "tests/fakes/failing_fs.h"
#include "tests/unit/collector/data_folder.h"

namespace xj {
std::span<const EmbeddedFile> store_migrations();
}

namespace xj::collector {
namespace {

std::map<std::string, std::string> everything(const std::string& dir) {
  std::map<std::string, std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
    std::ifstream in(entry.path(), std::ios::binary);
    out[entry.path().string()] =
        entry.is_regular_file() ? std::string{std::istreambuf_iterator<char>(in), {}} : "";
  }
  return out;
}

bool names(const Findings& findings, const std::string& file) {
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& f) { return f.file == file; });
}

class CheckFolder : public testing::Test {
 protected:
  // Five minutes in history and snapshot, five in the journal alone, as `stop` leaves it or a crash.
  void make(bool stopped) {
    folder.start();
    folder.live(5);
    folder.pipeline->save(folder.now);
    folder.live(5);
    if (stopped)
      folder.stop();
    else
      folder.crash();
  }
  Checked journal() {
    Checked out;
    check_journal(folder.fs, folder.dir, folder.check_options(), CheckMeter({}, 1), out);
    return out;
  }
  Checked history() {
    Checked out;
    check_history(folder.fs, folder.dir, CheckMeter({}, 1), out);
    return out;
  }
  Checked state() {
    Checked out;
    check_state(folder.fs, folder.dir, folder.check_options(), out);
    return out;
  }
  // Where the records of the newest segment end.
  std::size_t used(const std::string& name) const {
    const auto bytes = folder.read(name);
    return bytes.find_last_not_of('\0') + 1;
  }

  DataFolder folder;
};

TEST_F(CheckFolder, WhatThePipelineWroteIsSoundAndNothingIsWrittenThere) {
  make(true);
  const auto before = everything(folder.dir);
  const auto checked = folder.check();
  EXPECT_EQ(told(checked.findings), "");
  EXPECT_TRUE(checked.sealed);
  EXPECT_EQ(checked.journal.last, checked.positions.snapshot);
  EXPECT_GE(checked.history.values, 40u);
  EXPECT_EQ(checked.proven.cases, 1u);
  EXPECT_EQ(everything(folder.dir), before);
}

TEST_F(CheckFolder, ItCountsHistoryAsStatusDoes) {
  folder.start();
  folder.live(5);
  folder.now += 26h;
  folder.live(2);
  folder.pipeline->save(folder.now);
  folder.pipeline->history().settle(folder.pipeline->applied(), folder.now);
  folder.stop();
  const auto checked = folder.check();
  EXPECT_EQ(told(checked.findings), "");
  EXPECT_EQ(checked.history.summaries, 1u);
  EXPECT_EQ(checked.history.days, 2u);
  EXPECT_EQ(checked.history, measure_folder(folder.fs, folder.dir, false).history);
}

TEST_F(CheckFolder, SoIsWhatACrashLeaves) {
  make(false);
  const auto before = everything(folder.dir);
  const auto checked = folder.check();
  EXPECT_EQ(told(checked.findings), "");
  EXPECT_FALSE(checked.sealed);
  EXPECT_EQ(checked.journal.last - checked.positions.snapshot, 10u);
  EXPECT_EQ(everything(folder.dir), before);
}

// Killed before the first manifest: the files count for nothing, and a start makes them anew.
TEST_F(CheckFolder, SoIsWhatAKillLeavesOfTheFirstFlush) {
  folder.start();
  folder.live(5);
  folder.crash();
  folder.write("history/2026-11-20-00000001.xjh", "XJHIST01");
  folder.write("history/2026-11-21-00000002.xjh", "");
  EXPECT_EQ(told(folder.check().findings), "");
  folder.write("history/2026-11-21-00000003.xjh", "");  // there was one before it
  EXPECT_TRUE(names(folder.check().findings, "history/manifest"));
  std::filesystem::remove(folder.dir + "/history/2026-11-21-00000003.xjh");
  folder.write("history/2026-11-20-00000001.xjs", "");
  EXPECT_TRUE(names(folder.check().findings, "history/manifest"));
}

TEST_F(CheckFolder, EveryFlippedBitOfTheJournalIsNamed) {
  make(false);
  ASSERT_EQ(told(journal().findings), "");
  std::size_t flips = 0;
  for (const auto& name : folder.names("journal")) {
    if (name.find("spare") != std::string::npos) continue;
    const auto end = used(name);
    for (std::size_t at = 0; at < end; ++at, ++flips) {
      const int bit = static_cast<int>(at % 8);
      folder.flip(name, at, bit);
      EXPECT_TRUE(names(journal().findings, name)) << name << " byte " << at;
      folder.flip(name, at, bit);
    }
  }
  EXPECT_GT(flips, 2'000u);
  EXPECT_EQ(told(journal().findings), "");
}

TEST_F(CheckFolder, DamageInTheMiddleOfTheJournalIsNoTornTail) {
  make(false);
  const auto name = folder.names("journal").back();
  const auto records = journal().journal.records;
  folder.flip(name, 32 + 20, 0);
  auto checked = journal();
  ASSERT_EQ(checked.findings.size(), 1u) << told(checked.findings);
  EXPECT_EQ(checked.findings[0].what.id, "safety.journal.record");
  EXPECT_EQ(checked.findings[0].what.args[1].second, std::to_string(records - checked.journal.records));
  folder.flip(name, 32 + 20, 0);
  folder.flip(name, used(name) - 1, 0);
  checked = journal();
  ASSERT_EQ(checked.findings.size(), 1u) << told(checked.findings);
  EXPECT_EQ(checked.findings[0].what.id, "safety.journal.tail");
}

TEST_F(CheckFolder, EveryFlippedBitOfTheSnapshotIsNamedOrChangesNothing) {
  make(true);
  const auto sound = encode_snapshot(read_snapshot(folder.fs, folder.dir + "/snapshot"));
  std::size_t harmless = 0;
  for (std::size_t at = 0; at < folder.read("snapshot").size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      folder.flip("snapshot", at, bit);
      Checked out;
      check_snapshot(folder.fs, folder.dir, out);
      if (!names(out.findings, "snapshot")) {
        // A bit of the zstd frame that no reader looks at.
        EXPECT_EQ(encode_snapshot(read_snapshot(folder.fs, folder.dir + "/snapshot")), sound)
            << at << ' ' << bit;
        ++harmless;
      }
      folder.flip("snapshot", at, bit);
    }
  EXPECT_LE(harmless, 8u);
}

TEST_F(CheckFolder, EveryFlippedBitAndEveryCutOfTheHistoryIsNamed) {
  make(true);
  ASSERT_EQ(told(history().findings), "");
  const auto all = folder.names("history");
  ASSERT_GE(all.size(), 3u);
  for (const auto& name : all) {
    const auto bytes = folder.read(name);
    for (std::size_t at = 0; at < bytes.size(); ++at)
      for (int bit = 0; bit < 8; ++bit) {
        folder.flip(name, at, bit);
        // A name of a file may point elsewhere then: the manifest's own checksum says it.
        EXPECT_TRUE(names(history().findings, name)) << name << " byte " << at << " bit " << bit;
        folder.flip(name, at, bit);
      }
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      folder.write(name, bytes.substr(0, size));
      EXPECT_TRUE(names(history().findings, name)) << name << " cut to " << size;
    }
    folder.write(name, bytes);
  }
  EXPECT_EQ(told(history().findings), "");
}

TEST_F(CheckFolder, EveryFlippedBitOfASealedStateIsNamed) {
  make(true);
  ASSERT_EQ(broken_seals(folder.fs, folder.dir), std::vector<std::uint64_t>{});
  const auto size = folder.read("state.db").size();
  for (std::size_t at = 0; at < size; at += 61) {
    folder.flip("state.db", at, static_cast<int>(at % 8));
    EXPECT_EQ(broken_seals(folder.fs, folder.dir), std::vector<std::uint64_t>{at / kSealBlock * kSealBlock});
    folder.flip("state.db", at, static_cast<int>(at % 8));
  }
  const auto seal = folder.read("state.seal");
  for (std::size_t at = 0; at < seal.size(); ++at) {
    folder.flip("state.seal", at, 3);
    EXPECT_THROW((void)broken_seals(folder.fs, folder.dir), Fault) << at;
    folder.flip("state.seal", at, 3);
  }
  folder.flip("state.db", size - 10, 1);
  EXPECT_TRUE(names(state().findings, "state.db"));
}

// Without a seal, as after a crash: what follows from what tells.
TEST_F(CheckFolder, AFlippedBitInARowThatMattersIsNamedWithoutASealToo) {
  make(true);
  std::filesystem::remove(folder.dir + "/state.seal");
  ASSERT_EQ(told(state().findings), "");
  std::vector<std::string> payloads;
  {
    const auto db = io::open_sqlite(folder.dir + "/state.db", io::DbMode::still);
    for (const auto* sql :
         {"select body from events", "select body from contracts", "select digest from events",
          "select sql from sqlite_master where sql is not null", "select checksum from migrations"}) {
      auto row = db->prepare(sql);
      while (row->step()) payloads.push_back(row->text_at(0));
    }
  }
  std::size_t flips = 0;
  for (const auto& payload : payloads) {
    const auto whole = folder.read("state.db");
    const auto at = whole.find(payload);
    if (at == std::string::npos) continue;  // on more than one page
    for (std::size_t i = 0; i < payload.size(); i += 1 + payload.size() / 8, ++flips) {
      folder.flip("state.db", at + i, static_cast<int>(i % 7));
      EXPECT_TRUE(names(state().findings, "state.db")) << payload.substr(0, 60) << " byte " << i;
      folder.flip("state.db", at + i, static_cast<int>(i % 7));
    }
  }
  EXPECT_GT(flips, 100u);
}

TEST_F(CheckFolder, ADamagedFrameOfTheWriteAheadLogIsNamed) {
  folder.start();
  folder.live(10);
  // As kill -9 leaves it: nobody closes the database.
  std::filesystem::create_directory(folder.root + "/copy");
  for (const auto* name : {"state.db", "state.db-wal"})
    std::filesystem::copy_file(folder.dir + "/" + name, folder.root + "/copy/" + name);
  folder.crash();
  folder.dir = folder.root + "/copy";
  ASSERT_EQ(told(state().findings), "");
  const auto wal = folder.read("state.db-wal");
  ASSERT_GT(wal.size(), 10'000u);
  // Every byte of the log's head and of the last frame's, its salts too, which are in no sum: with them
  // SQLite would drop the last commit without a word.
  const auto last = wal.size() - 4'096 - 24;
  const auto in_head = [&](std::size_t at) { return at < 100 || (at >= last && at < last + 24); };
  for (std::size_t at = 0; at < wal.size(); at = in_head(at) ? at + 1
                                                 : at < last ? std::min(at + 211, last)
                                                             : at + 211) {
    folder.flip("state.db-wal", at, 2);
    Checked out;
    check_wal(folder.fs, folder.dir, out);
    EXPECT_TRUE(names(out.findings, "state.db-wal")) << at;
    folder.flip("state.db-wal", at, 2);
  }
}

// A backup of the program before this one is as good as it was.
TEST_F(CheckFolder, AStateOfAnEarlierVersionIsNoFinding) {
  const auto steps = store_migrations();
  {
    const auto db = io::open_sqlite(folder.dir + "/state.db");
    migrate(*db, folder.fs, folder.dir + "/state.db", folder.now, steps.first(steps.size() - 1));
  }
  const auto checked = folder.check();
  EXPECT_EQ(told(checked.findings), "");
  EXPECT_TRUE(checked.older);
  EXPECT_EQ(checked.state_version, newest_version() - 1);
  make(true);
  EXPECT_FALSE(folder.check().older);
}

// No right, no descriptor: whatever cannot be looked at for that is not called damaged.
TEST_F(CheckFolder, WhatThisMachineLacksIsNoFinding) {
  make(true);
  std::size_t refused = 0;
  fakes::every_fault([&](std::uint64_t n) {
    fakes::FailingFs failing(folder.fs);
    failing.fail_at(n, n % 2 == 0 ? EACCES : EMFILE);
    try {
      const auto checked = check_folder(failing, folder.dir, folder.check_options());
      EXPECT_FALSE(failing.failed()) << told(checked.findings);
      EXPECT_EQ(told(checked.findings), "");
    } catch (const io::IoFault& fault) {
      EXPECT_TRUE(fault.error_number() == EACCES || fault.error_number() == EMFILE);
      ++refused;
    }
    return failing.failed();
  });
  EXPECT_GT(refused, 20u);
}

TEST_F(CheckFolder, WhatTheDiskCannotGiveIsNamed) {
  make(true);
  std::size_t named = 0;
  fakes::every_fault([&](std::uint64_t n) {
    fakes::FailingFs failing(folder.fs);
    failing.fail_at(n, EIO);
    const auto checked = check_folder(failing, folder.dir, folder.check_options());
    if (!failing.failed()) return false;
    EXPECT_NE(told(checked.findings), "");
    ++named;
    return true;
  });
  EXPECT_GT(named, 20u);
}

TEST_F(CheckFolder, AStateThatCannotBeCopiedSaysWhereItWantedTo) {
  make(false);
  folder.write("state.db-wal", "x");        // so that it has to be
  const char* before = ::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe)
  const std::string kept = before != nullptr ? before : "";
  for (const auto& absent : {folder.root + "/absent", folder.dir + "/state.db"}) {
    ::setenv("TMPDIR", absent.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
    try {
      const StillState state(folder.fs, folder.dir);
      ADD_FAILURE() << "copied";
    } catch (const CannotCheck& fault) {
      EXPECT_NE(fault.hint().find("TMPDIR"), std::string::npos) << fault.hint();
    }
    Checked out;
    EXPECT_THROW(check_state(folder.fs, folder.dir, folder.check_options(), out), CannotCheck);
  }
  if (before != nullptr)
    ::setenv("TMPDIR", kept.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
  else
    ::unsetenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe)
}

TEST_F(CheckFolder, FindingsOfAStateAreCountedBehindTheFirstThousand) {
  make(true);
  folder.write("state.db", folder.read("state.db") + std::string(5'000 * kSealBlock, 'x'));
  seal_state(folder.fs, folder.dir);
  folder.write("state.db", std::string(folder.read("state.db").size(), 'y'));
  const auto findings = state().findings;
  std::size_t seals = 0, more = 0;
  for (const auto& f : findings) {
    seals += f.what.id == "safety.state.seal" ? 1 : 0;
    more += f.what.id == "safety.state.more" ? 1 : 0;
  }
  EXPECT_EQ(seals, 1'000u);
  EXPECT_EQ(more, 1u);
}

TEST_F(CheckFolder, PartsOfAnotherTimeAreNamed) {
  make(true);
  const auto snapshot = folder.read("snapshot");
  folder.start();
  folder.live(300);
  folder.stop();
  EXPECT_EQ(told(folder.check().findings), "");
  folder.write("snapshot", snapshot);
  const auto findings = folder.check().findings;
  ASSERT_EQ(findings.size(), 1u) << told(findings);
  EXPECT_NE(told(findings).find("the journal in"), std::string::npos) << told(findings);
}

TEST_F(CheckFolder, WhatIsMissingIsNamed) {
  make(true);
  for (const auto& name :
       {std::string("state.db"), std::string("history/manifest"), folder.names("history").front()}) {
    std::filesystem::rename(folder.dir + "/" + name, folder.root + "/away");
    EXPECT_TRUE(names(folder.check().findings, name)) << name;
    std::filesystem::rename(folder.root + "/away", folder.dir + "/" + name);
  }
  EXPECT_EQ(told(folder.check().findings), "");
}

}  // namespace
}  // namespace xj::collector
