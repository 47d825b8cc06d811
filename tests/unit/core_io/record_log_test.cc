#include "core/io/record_log.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <random>

#include "tests/fakes/every_fault.h"
#include "tests/fakes/failing_fs.h"
#include "tests/fakes/power_cut_fs.h"

namespace xj::io {
namespace {

using fakes::FailingFs;
using fakes::PowerCut;
using fakes::PowerCutFs;

using Records = std::vector<std::pair<std::uint64_t, std::string>>;

RecordLogOptions small() { return {.segment_bytes = 400, .max_record = 2000, .spare_segments = 1}; }

Records all(RecordLog& log, std::uint64_t from = 1) {
  Records out;
  log.read(from, [&](std::uint64_t n, std::string_view payload) {
    out.emplace_back(n, payload);
    return true;
  });
  return out;
}

// What record n holds, of many lengths, some larger than a segment.
std::string payload(std::uint64_t n) {
  const std::size_t size = n % 7 == 0 ? 600 : n * 37 % 150;
  std::string text = "record " + std::to_string(n) + " ";
  while (text.size() < size) text += static_cast<char>('a' + n % 26);
  return text;
}

TEST(Crc32c, KnownAnswersInBothWays) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
  EXPECT_EQ(crc32c(""), 0U);
  std::mt19937 random(1);
  for (int i = 0; i < 300; ++i) {
    std::string bytes;
    for (unsigned n = random() % 100; n > 0; --n) bytes += static_cast<char>(random());
    const auto cut = random() % (bytes.size() + 1);
    const auto whole = crc32c(bytes, 17);
    EXPECT_EQ(crc32c_by_table(bytes, 17), whole);
    EXPECT_EQ(crc32c(std::string_view(bytes).substr(cut), crc32c(std::string_view(bytes).substr(0, cut), 17)),
              whole);
  }
}

TEST(RecordLog, ANewLogIsEmptyAndCountsFromOne) {
  PowerCutFs fs;
  RecordLog log(fs, "/log", small());
  EXPECT_EQ(log.opened().last, 0U);
  EXPECT_EQ(log.first(), 0U);
  EXPECT_EQ(log.bytes(), 0U);
  log.sync();
  log.release(100);
  EXPECT_TRUE(all(log).empty());
  EXPECT_EQ(log.append("x"), 1U);
  EXPECT_EQ(log.append(std::vector<std::string_view>{"a", "", "bc"}), 2U);
  EXPECT_EQ(log.append(""), 3U);
  EXPECT_EQ(log.synced(), 0U);
  log.sync();
  EXPECT_EQ(log.synced(), 3U);
  EXPECT_EQ(all(log), (Records{{1, "x"}, {2, "abc"}, {3, ""}}));
  EXPECT_EQ(all(log, 3), (Records{{3, ""}}));
  EXPECT_TRUE(all(log, 4).empty());
}

TEST(RecordLog, GoesOnOverManySegmentsAndOpenings) {
  PowerCutFs fs;
  Records expected;
  std::uint64_t id = 0;
  for (int life = 0; life < 5; ++life) {
    RecordLog log(fs, "/log", small());
    EXPECT_EQ(log.opened().last, expected.size());
    EXPECT_EQ(log.opened().torn_bytes, 0U);
    if (life > 0) {
      EXPECT_EQ(log.opened().first, 1U);
      EXPECT_EQ(log.id(), id);
    }
    for (int i = 0; i < 20; ++i) {
      const auto n = expected.size() + 1;
      EXPECT_EQ(log.append(payload(n)), n);
      expected.emplace_back(n, payload(n));
    }
    log.sync();
    id = log.id();
    EXPECT_EQ(all(log), expected);
    for (const std::uint64_t from : {5U, 19U, 20U, 21U})
      EXPECT_EQ(all(log, from),
                Records(expected.begin() + static_cast<std::ptrdiff_t>(from) - 1, expected.end()));
  }
}

TEST(RecordLog, ReadingInPortionsGivesEachRecordOnce) {
  PowerCutFs fs;
  RecordLog log(fs, "/log", small());
  for (std::uint64_t n = 1; n <= 100; ++n) log.append(payload(n));
  std::uint64_t next = 1;
  while (next <= 100) {
    int taken = 0;
    log.read(next, [&](std::uint64_t n, std::string_view bytes) {
      if (taken == 7) return false;
      ++taken;
      EXPECT_EQ(n, next++);
      EXPECT_EQ(bytes, payload(n));
      return true;
    });
    ASSERT_GT(taken, 0);
  }
  EXPECT_EQ(all(log, 3).front().first, 3U) << "and back again";
}

TEST(RecordLog, ReleaseFreesWholeSegmentsRecyclesAndNeverReusesNumbers) {
  PowerCutFs fs;
  std::uint64_t n = 0;
  for (int round = 0; round < 30; ++round) {
    RecordLog log(fs, "/log", small());
    ASSERT_EQ(log.opened().last, n) << "all were released, the number is known";
    for (int i = 0; i < 25; ++i, ++n) ASSERT_EQ(log.append(payload(n + 1)), n + 1);
    log.sync();
    log.release(n - 3);
    const auto held = all(log, n - 3);
    ASSERT_EQ(held.size(), 4U);
    EXPECT_EQ(held.front(), (std::pair<std::uint64_t, std::string>{n - 3, payload(n - 3)}));
    log.release(n + 1);
    EXPECT_EQ(log.last(), n);
    EXPECT_LE(fs.list("/log").size(), 2U) << "the newest and one spare";
    EXPECT_LE(log.bytes(), 2U * 700);
  }
}

TEST(RecordLog, ARecordTooLargeIsRefusedAndNothingChanges) {
  PowerCutFs fs;
  RecordLog log(fs, "/log", small());
  log.append("a");
  EXPECT_THROW(log.append(std::string(2001, 'x')), Fault);
  EXPECT_EQ(log.append(std::string(2000, 'x')), 2U);
  EXPECT_EQ(all(log).size(), 2U);
}

// The bytes of a log of `count` records in one segment.
std::string one_segment(PowerCutFs& fs, std::uint64_t count, std::uint64_t stale) {
  RecordLog log(fs, "/log", {.segment_bytes = 4096, .max_record = 2000, .spare_segments = 1});
  for (std::uint64_t n = 1; n <= stale; ++n) log.append(payload(n));  // fills what is recycled below
  for (std::uint64_t n = 1; n <= count; ++n) log.append(payload(stale + n));
  log.sync();
  log.release(stale + 1);
  return read_whole(fs, "/log/" + fs.list("/log").front());
}

TEST(RecordLog, CutAtEveryByteItHoldsWhatWasWholeBefore) {
  PowerCutFs made;
  const auto bytes = one_segment(made, 9, 0);
  std::vector<std::uint64_t> ends{32};
  for (std::uint64_t n = 1; n <= 9; ++n) ends.push_back(ends.back() + 16 + payload(n).size());
  for (std::uint64_t cut = 0; cut <= ends.back() + 5; ++cut) {
    PowerCutFs fs;
    fs.make_dirs("/log");
    fs.open("/log/00000000000000000001.log", OpenMode::create)->write_at(0, bytes.substr(0, cut));
    const auto whole =
        cut < 32
            ? 0
            : static_cast<std::uint64_t>(std::upper_bound(ends.begin(), ends.end(), cut) - ends.begin()) - 1;
    RecordLog log(fs, "/log", small());
    ASSERT_EQ(log.opened().last, whole) << cut;
    ASSERT_EQ(all(log).size(), whole);
    ASSERT_EQ(log.append("next"), whole + 1) << cut;
    log.sync();
    const auto held = all(log);
    ASSERT_EQ(held.size(), whole + 1);
    for (std::uint64_t n = 1; n <= whole; ++n) ASSERT_EQ(held[n - 1].second, payload(n));
    RecordLog again(fs, "/log", small());
    ASSERT_EQ(all(again), held);
    ASSERT_EQ(again.opened().torn_bytes, 0U);
  }
}

TEST(RecordLog, AFlippedBitAnywhereInventsNothingAndKeepsOrder) {
  PowerCutFs made;
  const auto bytes = one_segment(made, 9, 0);
  for (std::uint64_t at = 0; at < 1200; ++at)
    for (const int bit : {0, 3, 7}) {
      PowerCutFs fs;
      fs.make_dirs("/log");
      auto changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      fs.open("/log/00000000000000000001.log", OpenMode::create)->write_at(0, changed);
      try {
        RecordLog log(fs, "/log", small());
        std::uint64_t expected = 1;
        for (const auto& [n, text] : all(log)) {
          ASSERT_EQ(n, expected++) << at;
          ASSERT_EQ(text, payload(n)) << at;
        }
        if (at >= 32) continue;
        ASSERT_EQ(expected, 10U) << "a header can be told from the name and its own checksum: " << at;
        log.append("more");
        log.sync();
        ASSERT_EQ(all(log).size(), 10U) << at;
        ASSERT_EQ(all(*std::make_unique<RecordLog>(fs, "/log", small())).size(), 10U) << at;
      } catch (const Fault& fault) {
        ADD_FAILURE() << at << ": " << fault.what();
      }
    }
}

TEST(RecordLog, DamageInAnOlderSegmentLeavesTheLaterOnes) {
  PowerCutFs fs;
  {
    RecordLog log(fs, "/log", small());
    for (std::uint64_t n = 1; n <= 40; ++n) log.append(payload(n));
    log.sync();
  }
  const auto names = fs.list("/log");
  ASSERT_GT(names.size(), 4U);
  fs.open("/log/" + names[1], OpenMode::read_write)->write_at(60, "\xFF\xFF");
  RecordLog log(fs, "/log", small());
  EXPECT_EQ(log.opened().last, 40U);
  const auto held = all(log);
  EXPECT_LT(held.size(), 40U);
  EXPECT_GT(held.size(), 25U);
  EXPECT_EQ(held.back().first, 40U);
  for (const auto& [n, text] : held) EXPECT_EQ(text, payload(n));
  EXPECT_TRUE(std::is_sorted(held.begin(), held.end()));
}

TEST(RecordLog, ForeignSegmentsAndNewerVersions) {
  PowerCutFs fs, other;
  for (auto* where : {&fs, &other}) {
    RecordLog log(*where, "/log", small());
    for (std::uint64_t n = 1; n <= 20; ++n) log.append(payload(n) + (where == &other ? "!" : ""));
    log.sync();
  }
  const auto names = fs.list("/log");
  const auto foreign = read_whole(other, "/log/" + names[0]);
  fs.open("/log/" + names[0], OpenMode::create)->write_at(0, foreign);
  fs.open("/log/readme.txt", OpenMode::create)->write_at(0, "not ours");
  {
    RecordLog log(fs, "/log", small());
    EXPECT_EQ(log.opened().last, 20U);
    for (const auto& [n, text] : all(log)) EXPECT_EQ(text, payload(n));
  }
  // Version 2, with the CRC it would have.
  auto newer = read_whole(other, "/log/" + names[0]);
  newer[4] = 2;
  const auto crc = crc32c(std::string_view(newer).substr(0, 24));
  for (std::size_t i = 0; i < 4; ++i) newer[24 + i] = static_cast<char>(crc >> (8 * i));
  other.open("/log/" + names[0], OpenMode::create)->write_at(0, newer);
  EXPECT_THROW(RecordLog(other, "/log", small()), Fault);
}

TEST(RecordLog, TornRecordIsCutSaidAndNeverComesBack) {
  PowerCutFs fs;
  {
    RecordLog log(fs, "/log", small());
    log.append("one");
    log.append("two");
    log.append("three");
    log.sync();
  }
  // The second is damaged, the third behind it is whole: it must not return once 2 is written anew.
  fs.open("/log/00000000000000000001.log", OpenMode::read_write)->write_at(32 + 16 + 3 + 16, "X");
  {
    RecordLog log(fs, "/log", small());
    EXPECT_EQ(log.opened().last, 1U);
    EXPECT_EQ(log.opened().torn_bytes, 19U);
    EXPECT_EQ(log.append("TWO"), 2U);
    log.sync();
  }
  RecordLog log(fs, "/log", small());
  EXPECT_EQ(all(log), (Records{{1, "one"}, {2, "TWO"}}));
}

// A torn tail and a spare too many stay until the log is owned: by a word, or by the first change.
TEST(RecordLog, LookingFirstChangesNothing) {
  for (const bool by_append : {false, true}) {
    PowerCutFs fs;
    Records sent;
    {
      RecordLog log(fs, "/log", small());
      for (std::uint64_t n = 1; n <= 9; ++n) sent.emplace_back(log.append(payload(n)), payload(n));
      log.sync();
    }
    const auto newest = "/log/" + fs.list("/log").back();
    const auto end = read_whole(fs, newest).find_last_not_of('\0') + 1;
    fs.open(newest, OpenMode::read_write)->write_at(end, "torn");
    fs.open("/log/spare-1.log", OpenMode::create)->write_at(0, "a");
    fs.open("/log/spare-2.log", OpenMode::create)->write_at(0, "b");
    const auto image = [&] {
      std::string out;
      for (const auto& name : fs.list("/log")) out += name + '\n' + read_whole(fs, "/log/" + name) + '\n';
      return out;
    };
    const auto before = image();
    auto look = small();
    look.look_first = true;
    RecordLog log(fs, "/log", look);
    EXPECT_EQ(log.last(), 9U);
    EXPECT_EQ(all(log), sent);
    EXPECT_EQ(image(), before);
    if (by_append)
      sent.emplace_back(log.append("more"), "more");
    else
      log.own();
    EXPECT_NE(image(), before);
    EXPECT_EQ(read_whole(fs, newest).size(), end) << "cut";
    log.sync();
    EXPECT_EQ(all(log), sent);
  }
  PowerCutFs fs;
  auto look = small();
  look.look_first = true;
  RecordLog log(fs, "/none", look);
  EXPECT_FALSE(fs.exists("/none"));
  EXPECT_EQ(log.append("x"), 1U);
}

TEST(RecordLog, AFullDiskRefusesAndGoesOnWhenThereIsRoom) {
  PowerCutFs under;
  FailingFs fs(under);
  RecordLog log(fs, "/log", small());
  std::uint64_t n = 0;
  for (int i = 0; i < 12; ++i) log.append(payload(++n));
  fs.set_full(true);
  bool refused = false;
  for (int i = 0; i < 30; ++i) {
    try {
      log.append(payload(n + 1));
      ++n;
    } catch (const IoFault& fault) {
      EXPECT_TRUE(fault.disk_full());
      refused = true;
    }
    log.sync();
  }
  EXPECT_TRUE(refused);
  EXPECT_EQ(log.last(), n);
  fs.set_full(false);
  EXPECT_EQ(log.append(payload(n + 1)), n + 1);
  ++n;
  log.sync();
  const auto held = all(log);
  ASSERT_EQ(held.size(), n);
  for (const auto& [number, text] : held) EXPECT_EQ(text, payload(number));
}

TEST(RecordLog, AfterAFailedSyncNothingIsClaimed) {
  PowerCutFs under;
  FailingFs fs(under);
  {
    RecordLog log(fs, "/log", small());
    log.append("a");
    log.sync();
    log.append("b");
    fs.fail_at(fs.calls() + 1);
    EXPECT_THROW(log.sync(), IoFault);
    EXPECT_EQ(log.synced(), 1U);
    EXPECT_THROW(log.sync(), Fault) << "a second fdatasync would lie";
    EXPECT_THROW(log.append("c"), Fault);
  }
  RecordLog log(fs, "/log", small());
  log.append("c");
  log.sync();
}

// Appends, syncs, releases and reopens by a fixed script; tells which numbers were promised.
struct Script {
  std::uint64_t appended = 0, synced = 0, released = 0;
  template <typename Fs>
  void run(Fs& fs, unsigned seed) {
    std::mt19937 random(seed);
    auto log = std::make_unique<RecordLog>(fs, "/log", small());
    for (int step = 0; step < 60; ++step) {
      const auto what = random() % 12;
      if (what < 7) {
        appended = std::max(appended, log->last() + 1);  // under way at the cut it may have arrived
        log->append(payload(log->last() + 1));
      } else if (what < 10) {
        const auto until = log->last();
        log->sync();
        synced = until;
      } else if (what == 10) {
        released = synced > 2 ? synced - 2 : 0;
        log->release(released);
      } else {
        log.reset();
        log = std::make_unique<RecordLog>(fs, "/log", small());
        if (log->opened().last < synced) throw std::logic_error("lost without a cut");
        synced = log->opened().last;
      }
    }
  }
};

TEST(RecordLog, APowerCutAtEveryWriteAndSyncKeepsWhatWasSynced) {
  for (unsigned script_seed = 0; script_seed < 4; ++script_seed) {
    std::uint64_t operations = 0;
    {
      PowerCutFs fs;
      Script().run(fs, script_seed);
      operations = fs.operations();
    }
    ASSERT_GT(operations, 60U);
    for (std::uint64_t cut = 1; cut <= operations; ++cut)
      for (std::uint64_t seed = 0; seed < 8; ++seed) {
        PowerCutFs fs;
        fs.cut_at(cut);
        Script script;
        try {
          script.run(fs, script_seed);
        } catch (const PowerCut&) {
        }
        fs.restart(seed < 2 ? seed : seed * 1000 + cut);
        RecordLog log(fs, "/log", small());
        const auto where = testing::Message()
                           << "script " << script_seed << " cut " << cut << " seed " << seed;
        ASSERT_GE(log.opened().last, script.synced) << where;
        ASSERT_LE(log.opened().last, script.appended) << where;
        const auto held = all(log);
        std::uint64_t expected = held.empty() ? log.last() + 1 : held.front().first;
        ASSERT_LE(expected, std::max<std::uint64_t>(script.released, 1) + (held.empty() ? log.last() + 1 : 0))
            << where;
        for (const auto& [n, text] : held) {
          ASSERT_EQ(n, expected++) << where;
          ASSERT_EQ(text, payload(n)) << where;
        }
        ASSERT_EQ(expected, log.last() + 1) << where;
        // It goes on, and a second cut takes nothing of what the first left.
        const auto next = log.append("after");
        log.sync();
        fs.restart(0);
        RecordLog again(fs, "/log", small());
        ASSERT_EQ(again.opened().last, next) << where;
        ASSERT_EQ(all(again).size(), held.size() + 1) << where;
      }
  }
}

TEST(RecordLog, AnyFailingCallIsAFaultAndLosesNothingSynced) {
  for (const int error_number : {EIO, ENOSPC})
    fakes::every_fault([&](std::uint64_t n) {
      PowerCutFs under;
      FailingFs fs(under);
      fs.fail_at(n, error_number);
      Script script;
      try {
        script.run(fs, 3);
      } catch (const Fault&) {
      }
      RecordLog log(under, "/log", small());
      EXPECT_GE(log.opened().last, script.synced);
      for (const auto& [number, text] : all(log)) EXPECT_EQ(text, payload(number));
      return fs.failed();
    });
}

TEST(RecordLogRoom, ASmallDiskTakesWhatThereIsRoomFor) {
  fakes::PowerCutFs disk;
  fakes::FailingFs fs(disk);
  fs.set_room(100'000);
  RecordLog log(fs, "/log", {.segment_bytes = 64u << 20, .max_record = 16u << 20, .spare_segments = 2});
  const std::string payload(1'000, 'x');
  std::uint64_t taken = 0;
  try {
    for (;;) taken = log.append(payload), log.sync();
  } catch (const IoFault& fault) {
    EXPECT_TRUE(fault.disk_full());
  }
  EXPECT_GE(taken, 90u) << "it refuses only when there is no room for the record";
  EXPECT_LE(log.bytes(), 100'000u);
  fs.set_room(64u << 20);
  EXPECT_EQ(log.append(payload), taken + 1);
  log.sync();
  std::uint64_t seen = 0;
  log.read(1, [&](std::uint64_t, std::string_view) { return ++seen, true; });
  EXPECT_EQ(seen, taken + 1);
}

}  // namespace
}  // namespace xj::io
