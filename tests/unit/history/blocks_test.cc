#include "collector/history/blocks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <random>

#include "tests/fakes/failing_fs.h"
#include "tests/fakes/power_cut_fs.h"

namespace xj::collector {
namespace {

std::string key_of(std::size_t n) {
  char text[16];
  std::snprintf(text, sizeof text, "k%06zu", n);
  return text;
}

// Even numbers are keys, every third of them twice, some 130 entries to a block.
class Blocks : public ::testing::Test {
 protected:
  static constexpr std::size_t kKeys = 1'500;

  Blocks() {
    BlockWriter writer(fs_, "/f", kDayFile, 7);
    const std::string filler(1'000, 'x');
    for (std::size_t i = 0; i < kKeys; ++i)
      for (std::size_t again = 0; again < (i % 3 == 0 ? 2 : 1); ++again) {
        entries_.emplace_back(key_of(2 * i), filler + std::to_string(entries_.size()));
        writer.add(entries_.back().first, entries_.back().second);
      }
    writer.finish();
  }

  // What stands at the first key that is not before `from`.
  std::size_t first_of(const std::string& from) const {
    return static_cast<std::size_t>(
        std::lower_bound(entries_.begin(), entries_.end(), from,
                         [](const auto& entry, const auto& key) { return entry.first < key; }) -
        entries_.begin());
  }
  ::testing::AssertionResult stands(const BlockFile::Cursor& cursor, std::size_t at) const {
    if (at == entries_.size())
      return cursor.done() ? ::testing::AssertionSuccess()
                           : ::testing::AssertionFailure() << "at " << cursor.key() << " instead of the end";
    if (cursor.done()) return ::testing::AssertionFailure() << "at the end instead of " << entries_[at].first;
    if (cursor.key() == entries_[at].first && cursor.bytes() == entries_[at].second)
      return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << "at " << cursor.key() << " instead of " << entries_[at].first;
  }

  fakes::PowerCutFs disk_;
  fakes::FailingFs fs_{disk_};
  std::vector<std::pair<std::string, std::string>> entries_;
};

TEST_F(Blocks, ACursorStartsAtWhatIsNotBefore) {
  BlockFile file(fs_, "/f", kDayFile);
  for (std::size_t n = 0; n <= 2 * kKeys + 1; n += 37) {
    const BlockFile::Cursor cursor(file, key_of(n));
    EXPECT_TRUE(stands(cursor, first_of(key_of(n))));
  }
}

TEST_F(Blocks, SeekIsALowerBoundThatNeverGoesBack) {
  BlockFile file(fs_, "/f", kDayFile);
  std::mt19937 random(1);
  for (const std::size_t widest : {1U, 3U, 40U, 500U, 2'000U})
    for (int round = 0; round < 4; ++round) {
      BlockFile::Cursor cursor(file);
      std::size_t at = 0;
      for (std::size_t n = 0; n <= 2 * kKeys + widest; n += 1 + random() % widest) {
        if (random() % 3 == 0 && !cursor.done()) cursor.skip(), ++at;
        cursor.seek(key_of(n));
        at = std::max(at, first_of(key_of(n)));
        ASSERT_TRUE(stands(cursor, at)) << "sought " << key_of(n);
        cursor.seek(key_of(n / 2));
        ASSERT_TRUE(stands(cursor, at)) << "went back";
      }
      EXPECT_TRUE(cursor.done());
    }
}

TEST_F(Blocks, SeekReadsOnlyTheBlocksThatMayHoldTheKey) {
  BlockFile file(fs_, "/f", kDayFile);
  auto before = fs_.calls();
  for (BlockFile::Cursor all(file); !all.done();) all.skip();
  const auto of_all = fs_.calls() - before;
  ASSERT_GE(of_all, 13U);

  before = fs_.calls();
  BlockFile::Cursor cursor(file);
  cursor.seek(key_of(kKeys));
  cursor.seek(key_of(2 * kKeys - 2));
  EXPECT_TRUE(stands(cursor, first_of(key_of(2 * kKeys - 2))));
  // One block each, and the one before it where the block begins with the key.
  EXPECT_LE(fs_.calls() - before, 5U);
}

}  // namespace
}  // namespace xj::collector
