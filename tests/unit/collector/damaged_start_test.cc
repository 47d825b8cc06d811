// A collector starts on a folder in which one file is cut or has a flipped bit, for every file and places all
// over it: it refuses with words, or tells the damage when the place is read, or holds all that the sound
// folder held. Only what cannot be told from a write that was cut short may be missing: the end of the
// journal. XJ_EVERYTHING=1 takes every byte (`./run soak`). That each is named by `db check`:
// check_folder_test.cc.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "collector/store/seal.h"
#include "tests/fakes/every_fault.h"
#include "tests/unit/collector/world.h"

namespace xj::collector {
namespace {

using Image = std::map<std::string, std::string>;  // by path

struct Found {
  std::multiset<std::int64_t> results;
  std::vector<std::string> events;
  bool operator==(const Found&) const = default;
};

struct Sound {
  Image image;
  Found found;
  Timestamp now;
};

Found found_in(World& world) {
  Found out;
  world.pipeline->history().for_each([&](const SeriesId&, const std::vector<Sample>& samples) {
    for (const auto& s : samples) out.results.insert(std::get<std::int64_t>(s.metrics.at(0).value));
  });
  for (const auto& number : world.numbers())
    for (const auto& event : world.pipeline->cases().events("office-oa", number))
      out.events.push_back(
          number + '/' + std::to_string(event.n) + ' ' +
          std::string(domain::to_text(event.kind())));  // made again by replay it is known later
  std::sort(out.events.begin(), out.events.end());
  return out;
}

void read_below(io::FileSystem& disk, const std::string& dir, Image& into) {
  for (const auto& name : disk.list(dir)) {
    const auto path = dir + "/" + name;
    if (path == "/data/journal" || path == "/data/history")
      read_below(disk, path, into);
    else
      into[path] = io::read_whole(disk, path);
  }
}

// Snapshot and history are in the middle of it; the last results bring nothing, so only the journal has them.
Sound make(bool stopped) {
  World world;
  world.start();
  std::uint64_t n = 0;
  const auto live = [&](int rounds, bool steady) {
    for (int i = 0; i < rounds; ++i) {
      world.now += 60s;
      const bool bad = !steady && i % 2 == 0;
      world.send("web1", {World::result(++n, World::kLogin, world.now, bad ? State::critical : State::ok)});
      world.pipeline->tick(world.now);
    }
  };
  live(6, false);
  world.pipeline->save(world.now);
  live(4, false);
  live(4, true);
  if (stopped) world.pipeline->save(world.now);
  Sound out{{}, found_in(world), world.now};
  if (stopped) {
    world.crash();  // closes state.db, too
    seal_state(world.disk, "/data");
  }
  read_below(world.disk, "/data", out.image);
  return out;
}

struct Outcome {
  std::string refused;  // or told while reading
  Found found;
  std::string said;
};

Outcome start_on(const Image& image, Timestamp now) {
  World world;
  world.now = now;
  for (const auto* dir : {"/data/journal", "/data/history"}) world.disk.make_dirs(dir);
  for (const auto& [path, bytes] : image) world.disk.open(path, io::OpenMode::create)->write_at(0, bytes);
  Outcome out;
  testing::internal::CaptureStderr();
  try {
    unseal_state(world.disk, "/data");
    world.start();
    out.found = found_in(world);
  } catch (const Fault& fault) {
    out.refused = fault.what();
    EXPECT_FALSE(out.refused.empty());
  }
  world.crash();
  out.said = testing::internal::GetCapturedStderr();
  return out;
}

std::size_t step_for(std::size_t size) {
  if (fakes::everything_wanted()) return size > (64u << 10) ? 61 : 1;
  return 1 + size / 25;
}

bool is_prefix(const Found& part, const Found& whole) {
  std::int64_t next = 1;
  for (const auto n : part.results)
    if (n != next++) return false;
  return std::includes(whole.events.begin(), whole.events.end(), part.events.begin(), part.events.end());
}

struct Tally {
  std::size_t refused = 0, whole = 0, shorter = 0;
};

Tally damage_everything(const Sound& sound, bool journal_may_be_cut) {
  Tally tally;
  for (const auto& [path, bytes] : sound.image) {
    const auto used = bytes.find_last_not_of('\0') + 1;
    const bool journal = path.starts_with("/data/journal/");
    for (const bool flip : {false, true})
      for (std::size_t at = 0; at < used; at += step_for(used)) {
        auto image = sound.image;
        if (flip)
          image[path][at] = static_cast<char>(image[path][at] ^ (1 << at % 8));
        else
          image[path].resize(at);
        const auto out = start_on(image, sound.now);
        const auto where = path + (flip ? " flipped at " : " cut to ") + std::to_string(at);
        if (!out.refused.empty()) {
          ++tally.refused;
        } else if (out.found == sound.found) {
          ++tally.whole;
        } else if (journal && journal_may_be_cut && is_prefix(out.found, sound.found)) {
          ++tally.shorter;
          // With whole records behind it the damage is said. A cut leaves none, and a flip in the last none.
          const auto lost = sound.found.results.size() - out.found.results.size();
          if (flip && lost > 1) {
            EXPECT_NE(out.said.find("is damaged, and with it"), std::string::npos) << where;
          }
        } else {
          ADD_FAILURE() << where << ": " << out.found.results.size() << " of " << sound.found.results.size()
                        << " results, " << out.found.events.size() << " of " << sound.found.events.size()
                        << " events, and not a word: " << out.said;
        }
      }
  }
  return tally;
}

TEST(DamagedStart, OnAFolderLeftInGoodOrderLosesNothingUnsaid) {
  const auto sound = make(true);
  ASSERT_EQ(start_on(sound.image, sound.now).found, sound.found);
  ASSERT_TRUE(sound.image.contains("/data/state.seal"));
  const auto tally = damage_everything(sound, false);
  EXPECT_GT(tally.refused, 200U);
  EXPECT_GT(tally.whole, 20U) << "a damaged seal stops nobody";
}

TEST(DamagedStart, OnWhatACrashLeftLosesNothingUnsaidButTheEndOfTheJournal) {
  const auto sound = make(false);
  ASSERT_EQ(start_on(sound.image, sound.now).found, sound.found);
  ASSERT_TRUE(sound.image.contains("/data/state.db-wal"));
  const auto tally = damage_everything(sound, true);
  EXPECT_GT(tally.refused, 120U);
  EXPECT_GT(tally.shorter, 5U);
}

// With neither a write-ahead log nor a seal nothing proves a page (docs/storage.md); that one is gone, SQLite
// sees.
TEST(DamagedStart, OnAStateThatIsCutIsRefused) {
  auto sound = make(true);
  sound.image.erase("/data/state.seal");
  const auto size = sound.image.at("/data/state.db").size() - 4'096;
  for (std::size_t at = 0; at < size; at += 1 + size / 100) {
    auto image = sound.image;
    image["/data/state.db"].resize(at);
    EXPECT_NE(start_on(image, sound.now).refused, "") << at;
  }
}

TEST(DamagedStart, OnAnOlderStateIsRefused) {
  const auto sound = make(true);
  for (const auto& older : {make(false), Sound{}}) {  // of the same life, or none at all
    auto image = sound.image;
    for (const auto* name : {"/data/state.db", "/data/state.db-wal", "/data/state.seal"}) image.erase(name);
    for (const auto* name : {"/data/state.db", "/data/state.db-wal"})
      if (older.image.contains(name)) image[name] = older.image.at(name);
    EXPECT_NE(start_on(image, sound.now).refused.find("state.db"), std::string::npos);
  }
}

}  // namespace
}  // namespace xj::collector
