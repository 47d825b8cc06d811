// The fakes decide what the other tests can prove, so they are tested themselves.
#include <gtest/gtest.h>

#include <set>

#include "core/io/file.h"
#include "tests/fakes/failing_fs.h"
#include "tests/fakes/power_cut_fs.h"

namespace xj::fakes {
namespace {

using io::OpenMode;
using io::read_whole;

TEST(PowerCutFs, KeepsWhatWasSyncedUnderEverySeed) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    PowerCutFs fs;
    fs.make_dirs("/d/e");
    auto f = fs.open("/d/e/f", OpenMode::create);
    f->write_at(0, "synced");
    f->sync_data();
    fs.sync_dir("/d/e");
    fs.restart(seed);
    EXPECT_EQ(read_whole(fs, "/d/e/f"), "synced");
  }
}

TEST(PowerCutFs, ForgetsNamesDataAndSizesThatWereNot) {
  std::set<std::string> contents;
  std::set<bool> named, sized;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    PowerCutFs fs;
    fs.make_dirs("/d");
    auto f = fs.open("/d/f", OpenMode::create);
    f->write_at(0, std::string(1024, 'a'));
    f->sync_data();
    fs.sync_dir("/d");
    f->write_at(0, std::string(1024, 'b'));
    fs.open("/d/g", OpenMode::create)->preallocate(10);
    fs.restart(seed);
    contents.insert(read_whole(fs, "/d/f"));
    named.insert(fs.exists("/d/g"));
    if (fs.exists("/d/g")) sized.insert(read_whole(fs, "/d/g").size() == 10);
  }
  EXPECT_EQ(named.size(), 2U);
  EXPECT_EQ(sized.size(), 2U);
  const std::string a(512, 'a'), b(512, 'b');
  for (const auto& wanted : {a + a, a + b, b + a, b + b}) EXPECT_TRUE(contents.contains(wanted));
  EXPECT_GT(contents.size(), 10U) << "torn inside a sector";
}

TEST(PowerCutFs, TheTwoEndsAreSeedsZeroAndOne) {
  for (const std::uint64_t seed : {0U, 1U}) {
    PowerCutFs fs;
    auto f = fs.open("f", OpenMode::create);
    fs.sync_dir(".");
    f->write_at(0, std::string(5000, 'x'));
    fs.open("g", OpenMode::create);
    fs.restart(seed);
    EXPECT_EQ(read_whole(fs, "f").size(), seed == 1 ? 5000U : 0U);
    EXPECT_EQ(fs.exists("g"), seed == 1);
  }
}

TEST(PowerCutFs, ARenameIsOneNameOrTheOtherAndKeepsOrder) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    PowerCutFs fs;
    for (const char* name : {"old", "fresh"}) {
      auto f = fs.open(name, OpenMode::create);
      f->write_at(0, name);
      f->sync_data();
    }
    fs.sync_dir(".");
    fs.rename("fresh", "old");
    fs.open("later", OpenMode::create);
    fs.restart(seed);
    ASSERT_TRUE(fs.exists("old"));
    seen.insert(read_whole(fs, "old"));
    EXPECT_EQ(fs.exists("fresh"), read_whole(fs, "old") == "old");
    if (fs.exists("later")) {
      EXPECT_EQ(read_whole(fs, "old"), "fresh");
    }
  }
  EXPECT_EQ(seen.size(), 2U);
}

TEST(PowerCutFs, AtTheCutEverythingStopsUntilRestart) {
  PowerCutFs fs;
  auto f = fs.open("f", OpenMode::create);
  f->sync_data();
  fs.sync_dir(".");
  const auto before = fs.operations();
  fs.cut_at(before + 2);
  f->write_at(0, "1");
  EXPECT_THROW(f->sync_data(), PowerCut);
  EXPECT_THROW(f->write_at(0, "2"), PowerCut);
  EXPECT_THROW(fs.exists("f"), PowerCut);
  EXPECT_TRUE(fs.cut());
  fs.restart(0);
  EXPECT_THROW(f->size(), std::logic_error);
  EXPECT_EQ(read_whole(fs, "f"), "");
}

TEST(PowerCutFs, WriteWholeIsOldOrNewAtEveryCut) {
  for (std::uint64_t cut = 1;; ++cut) {
    bool finished = false;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      PowerCutFs fs;
      io::write_whole(fs, "f", std::string(3000, 'o'));
      fs.cut_at(fs.operations() + cut);
      try {
        io::write_whole(fs, "f", std::string(2000, 'n'));
        finished = true;
      } catch (const PowerCut&) {
      }
      fs.restart(seed);
      const auto got = read_whole(fs, "f");
      EXPECT_TRUE(got == std::string(2000, 'n') || (!finished && got == std::string(3000, 'o'))) << cut;
    }
    if (finished) {
      EXPECT_GT(cut, 4U);
      return;
    }
  }
}

TEST(FailingFs, FailsTheNthCallOnceAndLeavesHalfAWrite) {
  PowerCutFs under;
  FailingFs fs(under);
  auto f = fs.open("f", OpenMode::create);
  fs.fail_at(fs.calls() + 2);
  f->sync_data();
  EXPECT_FALSE(fs.failed());
  try {
    f->write_at(0, "abcd");
    FAIL();
  } catch (const io::IoFault& fault) {
    EXPECT_EQ(fault.error_number(), EIO);
  }
  EXPECT_TRUE(fs.failed());
  EXPECT_EQ(read_whole(under, "f"), "ab");
  f->write_at(0, "abcd");
}

TEST(FailingFs, WhileFullOnlyNewSpaceFails) {
  PowerCutFs under;
  FailingFs fs(under);
  auto f = fs.open("f", OpenMode::create);
  f->preallocate(10);
  fs.set_full(true);
  f->write_at(0, "0123456789");
  for (int i = 0; i < 2; ++i) {
    EXPECT_THROW(f->write_at(9, "xy"), io::IoFault);
    EXPECT_THROW(f->preallocate(11), io::IoFault);
    EXPECT_THROW(fs.open("g", OpenMode::create), io::IoFault);
  }
  fs.open("f", OpenMode::create);
  fs.remove("f");
  fs.set_full(false);
  fs.open("g", OpenMode::create)->write_at(0, "x");
}

TEST(FailingFs, WriteWholeThatFailsLeavesTheOldAndNoHalf) {
  for (std::uint64_t n = 1;; ++n) {
    PowerCutFs under;
    FailingFs fs(under);
    io::write_whole(fs, "f", "old");
    fs.fail_at(fs.calls() + n, ENOSPC);
    bool done = true;
    try {
      io::write_whole(fs, "f", "new");
    } catch (const io::IoFault& fault) {
      EXPECT_TRUE(fault.disk_full());
      done = false;
    }
    const auto got = read_whole(under, "f");
    EXPECT_TRUE(got == "new" || (!done && got == "old")) << n;
    if (!fs.failed()) return;
  }
}

}  // namespace
}  // namespace xj::fakes
