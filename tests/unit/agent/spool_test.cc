#include "agent/spool.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/fakes/every_fault.h"
#include "tests/fakes/failing_fs.h"
#include "tests/fakes/power_cut_fs.h"

namespace xj::agent {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using wire::Lane;

const Timestamp kStart = *parse_iso("2026-11-20T08:00:00Z");
const std::string kDir = "/state/spool";

Result result(const std::string& text, Timestamp slot = kStart) {
  Result r;
  r.check = "local/a";
  r.slot = slot;
  r.msg = Message::literal(text);
  return r;
}

std::vector<std::string> texts(const SpoolPiece& piece) {
  std::vector<std::string> out;
  for (const auto& encoded : piece.encoded) {
    auto decoded = wire::decode_result(encoded);
    out.push_back(std::get<Result>(decoded).msg.args.at(0).second);
  }
  return out;
}

wire::Answer accept(const SpoolPiece& piece, std::uint64_t have = 0) {
  wire::Answer answer;
  for (const auto n : piece.numbers) answer.accepted.push_back({n, n});
  answer.have = have;
  return answer;
}

class SpoolTest : public ::testing::Test {
 protected:
  SpoolOptions options() {
    SpoolOptions out;
    out.dir = kDir;
    out.make_epoch = [this] { return "e" + std::to_string(++epochs); };
    return out;
  }
  std::unique_ptr<Spool> open(SpoolOptions o) {
    return std::make_unique<Spool>(fs, std::move(o), clock.now(), clock.mono());
  }
  std::unique_ptr<Spool> open() { return open(options()); }
  void tick(Spool& spool) { spool.tick(clock.now(), clock.mono()); }
  void pass(Spool& spool, Duration by) { clock.advance(by), tick(spool); }
  SpoolPiece peek(Spool& spool, Lane lane, std::size_t max = 1000) {
    return spool.peek(lane, max, clock.now());
  }

  fakes::PowerCutFs fs;
  ManualClock clock{kStart};
  int epochs = 0;
};

TEST_F(SpoolTest, OnlySyncedResultsAreSentAndSyncsArePaced) {
  const auto spool = open();
  spool->append(result("one"), clock.now(), clock.mono());
  EXPECT_TRUE(peek(*spool, Lane::live).empty());
  EXPECT_LE(spool->next(), clock.mono());
  tick(*spool);
  EXPECT_EQ(texts(peek(*spool, Lane::live)), (std::vector<std::string>{"one"}));
  spool->append(result("two"), clock.now(), clock.mono());
  tick(*spool);
  EXPECT_EQ(peek(*spool, Lane::live).numbers, (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(spool->next(), clock.mono() + Spool::kSyncEvery);
  pass(*spool, Spool::kSyncEvery);
  EXPECT_EQ(peek(*spool, Lane::live).numbers, (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(SpoolTest, AcknowledgedIsGoneTheRestIsAskedAgain) {
  const auto spool = open();
  for (const auto* text : {"1", "2", "3", "4", "5"}) spool->append(result(text), clock.now(), clock.mono());
  tick(*spool);
  const auto piece = peek(*spool, Lane::live, 4);
  ASSERT_EQ(piece.numbers.size(), 4U);
  EXPECT_EQ(texts(peek(*spool, Lane::live, 4)), texts(piece));
  wire::Answer answer;
  answer.accepted = {{1, 1}, {3, 3}, {77, 99}};
  answer.refused = {{2, "malformed", "x"}};
  EXPECT_TRUE(spool->acknowledge(piece, answer));
  EXPECT_EQ(peek(*spool, Lane::live).numbers, (std::vector<std::uint64_t>{4, 5}));
  EXPECT_EQ(spool->status().held, 2U);
  EXPECT_EQ(spool->status().refused, 1U);
  EXPECT_FALSE(spool->acknowledge(peek(*spool, Lane::live), {}));
}

TEST_F(SpoolTest, AWholeBatchRefusedForOneReasonIsOneLine) {
  const auto spool = open();
  for (const auto* text : {"1", "2", "3", "4"}) spool->append(result(text), clock.now(), clock.mono());
  tick(*spool);
  spool->take_log();
  wire::Answer answer;
  answer.refused = {
      {1, "future", "slot 1"}, {2, "malformed", "x"}, {3, "future", "slot 3"}, {4, "future", ""}};
  EXPECT_TRUE(spool->acknowledge(peek(*spool, Lane::live), answer));
  EXPECT_EQ(spool->take_log(),
            (std::vector<std::string>{"spool: the collector refused 3 results, the first 1: future slot 1",
                                      "spool: the collector refused result 2: malformed x"}));
  EXPECT_EQ(spool->status().refused, 4U);
  EXPECT_EQ(spool->status().future, 3U);
}

TEST_F(SpoolTest, ARestartGoesOnNumberingAndSendsWhatIsLeft) {
  auto spool = open();
  for (const auto* text : {"1", "2", "3"}) spool->append(result(text), clock.now(), clock.mono());
  tick(*spool);
  wire::Answer answer;
  answer.accepted = {{2, 2}};
  spool->acknowledge(peek(*spool, Lane::live), answer);
  spool->close();
  const auto epoch = spool->epoch();
  spool.reset();
  clock.advance(hours{1});
  spool = open();
  EXPECT_EQ(spool->epoch(), epoch);
  EXPECT_TRUE(peek(*spool, Lane::live).empty());
  spool->append(result("4"), clock.now(), clock.mono());
  tick(*spool);
  EXPECT_EQ(texts(peek(*spool, Lane::live)), (std::vector<std::string>{"4"}));
  EXPECT_EQ(texts(peek(*spool, Lane::replay)), (std::vector<std::string>{"1", "3"}));
  EXPECT_EQ(peek(*spool, Lane::live).numbers.front(), 4U);
}

// More sent twice than the collector can compare would be taken for another life.
TEST_F(SpoolTest, ACrashForgetsNoMoreOfWhatIsSettledThanTheCollectorCanCompare) {
  auto spool = open();
  const auto all = Spool::kSaveAfter + 100;
  for (std::size_t i = 0; i < all; ++i) spool->append(result("x"), clock.now(), clock.mono());
  tick(*spool);
  clock.advance(seconds(2));
  for (auto piece = peek(*spool, Lane::live); !piece.empty(); piece = peek(*spool, Lane::live)) {
    spool->acknowledge(piece, accept(piece));
    tick(*spool);
  }
  for (auto piece = peek(*spool, Lane::replay); !piece.empty(); piece = peek(*spool, Lane::replay)) {
    spool->acknowledge(piece, accept(piece));
    tick(*spool);
  }
  ASSERT_EQ(spool->status().held, 0U);
  spool = open();  // nothing was closed
  EXPECT_LT(spool->status().held, Spool::kSaveAfter);
}

TEST_F(SpoolTest, AQuickRestartKeepsFreshResultsInTheLiveLane) {
  auto spool = open();
  spool->append(result("alarm"), clock.now(), clock.mono());
  spool->close();
  spool.reset();
  clock.advance(seconds{5});
  spool = open();
  EXPECT_EQ(texts(peek(*spool, Lane::live)), (std::vector<std::string>{"alarm"}));
  EXPECT_FALSE(spool->has(Lane::replay, clock.now()));
}

TEST_F(SpoolTest, WhatGrowsOldMovesToTheReplayLane) {
  const auto spool = open();
  for (int i = 0; i < 10; ++i) {
    spool->append(result(std::to_string(i)), clock.now(), clock.mono());
    pass(*spool, seconds{20});
  }
  EXPECT_EQ(peek(*spool, Lane::replay).numbers.front(), 1U);
  const auto live = peek(*spool, Lane::live).numbers;
  EXPECT_EQ(live.back(), 10U);
  EXPECT_EQ(peek(*spool, Lane::replay).numbers.back() + 1, live.front());
  // Live goes first and leaves a hole; replay goes round it.
  EXPECT_TRUE(spool->acknowledge(peek(*spool, Lane::live), accept(peek(*spool, Lane::live))));
  EXPECT_EQ(peek(*spool, Lane::replay).numbers.size(), 10 - live.size());
  clock.advance(hours{1});
  while (spool->has(Lane::replay, clock.now())) {
    const auto piece = peek(*spool, Lane::replay, 2);
    ASSERT_FALSE(piece.empty());
    ASSERT_TRUE(spool->acknowledge(piece, accept(piece)));
  }
  EXPECT_EQ(spool->status().held, 0U);
}

TEST_F(SpoolTest, SetBackBeginsANewEpochAndSendsEverythingHeldAgain) {
  const auto spool = open();
  spool->append(result("1"), clock.now(), clock.mono());
  spool->append(result("2"), clock.now(), clock.mono());
  tick(*spool);
  const auto epoch = spool->epoch();
  auto piece = peek(*spool, Lane::live, 1);
  EXPECT_TRUE(spool->acknowledge(piece, accept(piece, 40)));
  EXPECT_NE(spool->epoch(), epoch);
  piece = peek(*spool, Lane::live);
  EXPECT_EQ(piece.epoch, spool->epoch());
  EXPECT_EQ(texts(piece), (std::vector<std::string>{"1", "2"}))
      << "what was accepted may have been another life's number 1";
  // An answer to the old epoch that comes late changes nothing more.
  const auto now = spool->epoch();
  SpoolPiece old = piece;
  old.epoch = epoch;
  spool->acknowledge(old, accept({}, 99));
  EXPECT_EQ(spool->epoch(), now);
}

TEST_F(SpoolTest, AConflictCastsDoubtOnItsNeighboursToo) {
  const auto spool = open();
  spool->append(result("1"), clock.now(), clock.mono());
  spool->append(result("2"), clock.now(), clock.mono());
  tick(*spool);
  wire::Answer answer;
  answer.accepted = {{1, 1}};  // behind the collector's window of contents it only knows the number
  answer.refused = {{2, "conflict", ""}};
  answer.have = 2;
  EXPECT_TRUE(spool->acknowledge(peek(*spool, Lane::live), answer));
  EXPECT_EQ(texts(peek(*spool, Lane::live)), (std::vector<std::string>{"1", "2"}));
}

TEST_F(SpoolTest, AConflictGoesAgainUnderANewEpochButNotForEver) {
  const auto spool = open();
  spool->append(result("1"), clock.now(), clock.mono());
  tick(*spool);
  wire::Answer answer;
  answer.refused = {{1, "conflict", ""}};
  const auto before = spool->epoch();
  EXPECT_TRUE(spool->acknowledge(peek(*spool, Lane::live), answer));
  EXPECT_NE(spool->epoch(), before);
  EXPECT_EQ(peek(*spool, Lane::live).numbers.size(), 1U);
  EXPECT_TRUE(spool->acknowledge(peek(*spool, Lane::live), answer));
  EXPECT_EQ(spool->status().refused, 1U);
  EXPECT_EQ(spool->status().held, 0U);
}

TEST_F(SpoolTest, BoundedBySizeOldestFirstAndCounted) {
  auto o = options();
  o.max_bytes = 1u << 20;
  const auto spool = open(o);
  for (int i = 0; i < 3000; ++i) {
    spool->append(result(std::string(1000, 'x') + std::to_string(i)), clock.now(), clock.mono());
    pass(*spool, seconds{1});
  }
  const auto status = spool->status();
  EXPECT_LE(status.bytes, (1u << 20) + (128u << 10));
  EXPECT_GT(status.dropped, 1500U);
  EXPECT_EQ(status.dropped + status.held, 3000U);
  EXPECT_GT(status.held, 500U);
  EXPECT_EQ(peek(*spool, Lane::replay).numbers.front(), status.dropped + 1);
}

TEST_F(SpoolTest, BoundedByAge) {
  auto o = options();
  o.max_age = hours{1};
  const auto spool = open(o);
  for (int i = 0; i < 120; ++i) {
    spool->append(result(std::to_string(i)), clock.now(), clock.mono());
    pass(*spool, seconds{60});
  }
  EXPECT_NEAR(static_cast<double>(spool->status().held), 60, 2);
  EXPECT_EQ(spool->status().held + spool->status().dropped, 120U);
}

TEST_F(SpoolTest, AcknowledgedSegmentsAreGivenBack) {
  auto o = options();
  o.max_bytes = 4u << 20;
  const auto spool = open(o);
  for (int i = 0; i < 5000; ++i) {
    spool->append(result(std::string(1000, 'x')), clock.now(), clock.mono());
    pass(*spool, seconds{1});
    const auto piece = peek(*spool, Lane::live);
    spool->acknowledge(piece, accept(piece));
  }
  EXPECT_EQ(spool->status().dropped, 0U);
  EXPECT_LE(spool->status().bytes, 2u << 20);
}

TEST_F(SpoolTest, DamagedPositionFileMeansANewEpoch) {
  for (const std::string text : {"", "{", "{\"epoch\":\"UPPER\"}", "[]", "\xff\xfe"}) {
    auto spool = open();
    spool->append(result("x"), clock.now(), clock.mono());
    spool->close();
    const auto epoch = spool->epoch();
    const auto held = spool->status().held;
    spool.reset();
    io::write_whole(fs, kDir + ".position", text);
    spool = open();
    EXPECT_NE(spool->epoch(), epoch);
    EXPECT_EQ(spool->status().held, held) << "nothing is lost by it";
  }
}

TEST_F(SpoolTest, ALogThatLostItsEndNeverReusesItsNumbersInTheSameEpoch) {
  auto spool = open();
  for (const auto* text : {"1", "2", "3"}) spool->append(result(text), clock.now(), clock.mono());
  spool->close();
  const auto epoch = spool->epoch();
  spool.reset();
  for (const auto& name : fs.list(kDir)) fs.remove(kDir + '/' + name);
  spool = open();
  EXPECT_NE(spool->epoch(), epoch);
}

// Every prefix of the segment's bytes is a spool that opens, holds a prefix of what was appended, and goes
// on.
TEST_F(SpoolTest, CutAtEveryByte) {
  std::uint64_t before = 0;
  std::size_t used = 1;
  for (std::size_t cut = 0; cut <= used; ++cut) {
    fakes::PowerCutFs disk;
    const auto open_disk = [&] {
      return std::make_unique<Spool>(disk, options(), clock.now(), clock.mono());
    };
    auto spool = open_disk();
    for (int i = 0; i < 4; ++i) spool->append(result(std::to_string(i)), clock.now(), clock.mono());
    tick(*spool);
    spool.reset();
    const auto names = disk.list(kDir);
    ASSERT_EQ(names.size(), 1U);
    used = io::read_whole(disk, kDir + '/' + names[0]).find_last_not_of('\0') + 8;
    disk.open(kDir + '/' + names[0], io::OpenMode::read_write)->truncate(cut);

    spool = open_disk();
    const auto held = spool->status().held;
    ASSERT_TRUE(spool->status().trouble.empty()) << cut;
    ASSERT_GE(held, before) << cut;
    before = held;
    spool->append(result("new"), clock.now(), clock.mono());
    tick(*spool);
    const auto piece = peek(*spool, Lane::live);
    const auto words = texts(piece);
    ASSERT_EQ(words.size(), held + 1) << cut;
    EXPECT_EQ(words.back(), "new");
    for (std::size_t i = 0; i < held; ++i) EXPECT_EQ(words[i], std::to_string(i)) << cut;
  }
  EXPECT_EQ(before, 4U);
}

// A cut at every changing operation of a small life. The collector's ledger (epoch, number → content) must
// never see two contents under one number, and nothing synced and unacknowledged may be missing afterwards.
TEST(SpoolPower, CutAtEveryOperation) {
  std::uint64_t operations = 0;
  for (const std::uint64_t seed : {0ULL, 1ULL, 2ULL, 3ULL}) {
    for (std::uint64_t at = 1;; ++at) {
      fakes::PowerCutFs fs;
      ManualClock clock(kStart);
      int made = 0;
      std::map<std::pair<std::string, std::uint64_t>, std::string> ledger;
      std::set<std::string> synced, received;
      bool finished = false;
      const auto live = [&](int lives, bool armed) {
        SpoolOptions options;
        options.dir = kDir;
        options.max_bytes = 1u << 20;
        options.make_epoch = [&] { return "e" + std::to_string(++made); };
        if (armed) fs.cut_at(fs.operations() + at);
        Spool spool(fs, options, clock.now(), clock.mono());
        for (int i = 0; i < 12; ++i) {
          const auto text = std::to_string(lives) + "." + std::to_string(i);
          spool.append(result(text), clock.now(), clock.mono());
          clock.advance(seconds{1});
          spool.tick(clock.now(), clock.mono());
          if (!spool.unsynced()) synced.insert(text);
          for (const auto lane : {Lane::live, Lane::replay}) {
            if (i % 3 == 0) continue;
            const auto piece = spool.peek(lane, 100, clock.now());
            const auto words = texts(piece);
            for (std::size_t k = 0; k < piece.numbers.size(); ++k) {
              const auto [it, fresh] = ledger.try_emplace({piece.epoch, piece.numbers[k]}, words[k]);
              EXPECT_EQ(it->second, words[k])
                  << "one number, two contents; cut at " << at << " seed " << seed;
              received.insert(words[k]);
            }
            spool.acknowledge(piece, accept(piece));
          }
        }
        spool.close();
        finished = true;
      };
      try {
        live(1, true);
      } catch (const fakes::PowerCut&) {
      }
      const bool whole = finished;
      fs.restart(seed);
      ASSERT_NO_THROW(live(2, false)) << "cut at " << at << " seed " << seed;
      for (const auto& text : synced) EXPECT_TRUE(received.contains(text)) << text << " lost; cut at " << at;
      if (whole) {
        operations = at;
        break;
      }
    }
  }
  EXPECT_GT(operations, 20U);
}

TEST(SpoolTrouble, AFullDiskStillLetsResultsOutAndHealsByItself) {
  fakes::PowerCutFs disk;
  fakes::FailingFs fs(disk);
  ManualClock clock(kStart);
  SpoolOptions options;
  options.dir = kDir;
  options.max_bytes = 1u << 20;
  Spool spool(fs, options, clock.now(), clock.mono());
  spool.append(result("before"), clock.now(), clock.mono());
  spool.tick(clock.now(), clock.mono());
  fs.set_full(true);
  std::size_t written = 0;
  for (int i = 0; i < 400; ++i) {
    spool.append(result(std::string(1000, 'x') + std::to_string(i)), clock.now(), clock.mono());
    clock.advance(seconds{1});
    spool.tick(clock.now(), clock.mono());
    ++written;
  }
  EXPECT_FALSE(spool.status().trouble.empty());
  EXPECT_EQ(spool.status().held + spool.status().dropped, written + 1);
  auto piece = spool.peek(Lane::live, 10, clock.now());
  ASSERT_TRUE(piece.memory);
  EXPECT_TRUE(spool.acknowledge(piece, accept(piece)));
  fs.set_full(false);
  for (int i = 0; i < 20; ++i) {
    spool.append(result("after"), clock.now(), clock.mono());
    clock.advance(seconds{1});
    spool.tick(clock.now(), clock.mono());
  }
  EXPECT_TRUE(spool.status().trouble.empty()) << render(spool.status().trouble, Lang::en);
  // Everything is settled in the end, memory first, each number of each epoch once.
  std::set<std::pair<std::string, std::uint64_t>> seen;
  for (const auto lane : {Lane::live, Lane::replay})
    while (spool.has(lane, clock.now())) {
      piece = spool.peek(lane, 50, clock.now());
      ASSERT_FALSE(piece.empty());
      for (const auto n : piece.numbers) EXPECT_TRUE(seen.insert({piece.epoch, n}).second);
      ASSERT_TRUE(spool.acknowledge(piece, accept(piece)));
    }
  EXPECT_EQ(spool.status().held, 0U);
}

// Whatever single call of the disk fails, at whatever moment: no exception, no number with two contents, and
// nothing that was appended is neither sent nor counted.
TEST(SpoolTrouble, AnySingleFailureOfTheDisk) {
  fakes::every_fault([&](std::uint64_t nth) {
    fakes::PowerCutFs disk;
    fakes::FailingFs fs(disk);
    ManualClock clock(kStart);
    SpoolOptions options;
    options.dir = kDir;
    options.max_bytes = 1u << 20;
    int made = 0;
    options.make_epoch = [&] { return "e" + std::to_string(++made); };
    fs.fail_at(nth);
    std::map<std::pair<std::string, std::uint64_t>, std::string> ledger;
    std::set<std::string> received;
    Spool spool(fs, options, clock.now(), clock.mono());
    for (int i = 0; i < 40; ++i) {
      spool.append(result(std::to_string(i)), clock.now(), clock.mono());
      clock.advance(seconds{3});
      EXPECT_NO_THROW(spool.tick(clock.now(), clock.mono()));
      for (const auto lane : {Lane::live, Lane::replay}) {
        if (i % 4 != 3) continue;
        const auto piece = spool.peek(lane, 100, clock.now());
        const auto words = texts(piece);
        for (std::size_t k = 0; k < piece.numbers.size(); ++k) {
          const auto [it, fresh] = ledger.try_emplace({piece.epoch, piece.numbers[k]}, words[k]);
          EXPECT_EQ(it->second, words[k]);
          received.insert(words[k]);
        }
        spool.acknowledge(piece, accept(piece));
      }
    }
    const bool failed = fs.failed();
    // What waits on a disk that is to be opened again comes out in the end.
    for (int i = 0; i < 10; ++i) {
      clock.advance(seconds{10});
      spool.tick(clock.now(), clock.mono());
      for (const auto lane : {Lane::live, Lane::replay}) {
        const auto piece = spool.peek(lane, 100, clock.now());
        for (const auto& text : texts(piece)) received.insert(text);
        spool.acknowledge(piece, accept(piece));
      }
    }
    EXPECT_EQ(received.size() + spool.status().dropped, 40U);
    return failed;
  });
}

}  // namespace
}  // namespace xj::agent
