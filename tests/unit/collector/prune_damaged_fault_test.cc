// Every operation of `db prune --damaged` fails once, or the power with it: the folder is as before or as
// after, or becomes so, and no file is lost.
#include "tests/fakes/every_fault.h"
#include "tests/fakes/failing_fs.h"
#include "tests/unit/collector/damaged_days.h"

namespace xj::collector {
namespace {

using namespace damaged;

// Samples of one day and hours of another.
struct DamagedDays : Days {
  DamagedDays() {
    for (const auto& name : {samples(2), hours(1)}) flip(name, 30), damaged[name] = read(name);
    after = encode(without(before, {samples(2), hours(1)}));
  }
  void expect_before_or_after() {
    const auto now = encode(manifest());
    ASSERT_TRUE(now == encode(before) || now == after);
    for (const auto& [name, bytes] : damaged) {
      const bool there = disk.exists(kHistory + "/" + name);
      ASSERT_NE(there, disk.exists(kHistory + "/" + name + ".damaged")) << name;
      ASSERT_EQ(read(there ? name : name + ".damaged"), bytes) << name;
      ASSERT_TRUE(there || now == after) << name;
    }
  }
  // What a start or another try makes of it, in either order.
  void expect_it_is_finished(bool starts_first) {
    expect_before_or_after();
    if (starts_first) {
      const History start(disk, kHistory);
    }
    expect_before_or_after();
    (void)prune(disk);
    ASSERT_EQ(encode(manifest()), after);
    ASSERT_EQ(answers(Summaries::when_gone), whole);
    expect_before_or_after();
    for (const auto& [name, bytes] : damaged) ASSERT_FALSE(disk.exists(kHistory + "/" + name)) << name;
    ASSERT_FALSE(disk.exists(kHistory + "/setting-aside"));
    ASSERT_EQ(wrong(), "");
  }
  std::map<std::string, std::string> damaged;
  std::string after;
};

TEST(PruneDamagedFaults, ACallThatFailsLeavesTheFolderAsBeforeOrAsAfter) {
  const auto met = fakes::every_fault([](std::uint64_t nth) {
    for (const bool starts_first : {false, true}) {
      DamagedDays days;
      auto found = find_damaged(days.disk, kDir, {});
      EXPECT_EQ(found.files.size(), 2U);
      fakes::FailingFs failing(days.disk);
      failing.fail_at(nth, nth % 2 == 0 ? ENOSPC : EIO);
      try {
        take_out(failing, kDir, found);
        EXPECT_FALSE(failing.failed()) << "it must be told";
      } catch (const io::IoFault&) {
      }
      days.expect_it_is_finished(starts_first);
      if (!failing.failed()) return false;
    }
    return true;
  });
  EXPECT_GT(met, 15U);
}

TEST(PruneDamagedFaults, APowerCutLeavesTheFolderAsBeforeOrAsAfter) {
  const auto met = fakes::every_fault([](std::uint64_t nth) {
    bool cut = false;
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      DamagedDays days;
      auto found = find_damaged(days.disk, kDir, {});
      days.disk.cut_at(days.disk.operations() + nth);
      try {
        take_out(days.disk, kDir, found);
      } catch (const fakes::PowerCut&) {
      }
      cut = days.disk.cut();
      days.disk.restart(seed);
      days.expect_it_is_finished(seed % 2 == 0);
    }
    return cut;
  });
  EXPECT_GT(met, 8U);
}

// A right or a descriptor that is missing says nothing of a file; what the disk does not give is said.
TEST(PruneDamagedFaults, LookingWritesNothingAndCallsNothingDamagedForWantOfARight) {
  DamagedDays days;
  const auto operations = days.disk.operations();
  fakes::every_fault([&](std::uint64_t nth) {
    fakes::FailingFs failing(days.disk);
    failing.fail_at(nth, EACCES);
    try {
      EXPECT_EQ(find_damaged(failing, kDir, {}).files.size(), 2U);
      EXPECT_FALSE(failing.failed());
    } catch (const io::IoFault& fault) {
      EXPECT_EQ(fault.error_number(), EACCES);
    }
    return failing.failed();
  });
  EXPECT_EQ(days.disk.operations(), operations);
}

}  // namespace
}  // namespace xj::collector
