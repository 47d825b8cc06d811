// Files of history that are damaged or missing are taken out: what is sound stays and goes on answering, what
// is damaged is kept under another name, whatever fails meanwhile.
#include "collector/safety/prune_damaged.h"

#include <algorithm>

#include "collector/safety/backup.h"
#include "tests/unit/collector/damaged_days.h"

namespace xj::collector {
namespace {

using namespace damaged;

class PruneDamaged : public testing::Test, protected Days {};

TEST_F(PruneDamaged, ASoundFolderStaysAsItIs) {
  EXPECT_TRUE(prune(disk).files.empty());
  EXPECT_EQ(encode(manifest()), encode(before));
}

TEST_F(PruneDamaged, WhateverIsWrongWithAFileItIsTakenOutAndKeptAndItsHoursAnswer) {
  const auto name = samples(2), sound = read(name);
  const auto manifest_before = read("manifest");
  const auto flipped = [&](std::size_t at) {
    auto bytes = sound;
    bytes.at(at) = static_cast<char>(bytes.at(at) ^ 16);
    return bytes;
  };
  const std::vector<std::string> all{flipped(2),
                                     flipped(9),
                                     flipped(40),
                                     flipped(sound.size() / 2),
                                     flipped(sound.size() - 40),
                                     flipped(sound.size() - 1),
                                     "",
                                     sound.substr(0, sound.size() / 2),
                                     sound + "x",
                                     read(samples(3))};
  for (const auto& bytes : all) {
    write(name, bytes);
    auto found = find_damaged(disk, kDir, {});
    ASSERT_EQ(found.files.size(), 1U) << wrong();
    EXPECT_EQ(read("manifest"), manifest_before) << "only looked at";
    take_out(disk, kDir, found);
    const auto& file = found.files[0];
    EXPECT_EQ(file.name, name);
    EXPECT_EQ(file.day, kFirst + 2);
    EXPECT_EQ(file.bytes, bytes.size());
    EXPECT_EQ(file.stays, Stays::hours);
    EXPECT_EQ(file.aside, name + ".damaged");
    EXPECT_EQ(read(file.aside), bytes);
    EXPECT_FALSE(disk.exists(kHistory + "/" + name));
    EXPECT_EQ(wrong(), "");
    EXPECT_EQ(answers(Summaries::none), (Sums{{0, 1'045}, {1, 2'052}, {3, 4'045}}));
    EXPECT_EQ(answers(Summaries::when_gone), whole);
    EXPECT_EQ(answers(Summaries::instead), whole);
    EXPECT_TRUE(disk.exists(kHistory + "/" + file.aside)) << "no start removes it";
    lose(file.aside);
    write("manifest", manifest_before);
  }
}

TEST_F(PruneDamaged, AMissingFileLetsACollectorStartAgain) {
  lose(samples(2));
  EXPECT_THROW(History(disk, kHistory), Fault);
  const auto found = prune(disk);
  ASSERT_EQ(found.files.size(), 1U);
  EXPECT_TRUE(found.files[0].missing);
  EXPECT_EQ(found.files[0].aside, "");
  EXPECT_EQ(found.files[0].stays, Stays::hours);
  EXPECT_EQ(wrong(), "");
  EXPECT_EQ(answers(Summaries::instead), whole);
  EXPECT_EQ(manifest().next, before.next) << "no name is given twice";
  EXPECT_EQ(manifest().position, before.position);
}

TEST_F(PruneDamaged, OfADayThatIsWhollyGoneNothingIsLeftAndLateRowsBeginItAnew) {
  lose(samples(2));
  flip(hours(2), 30);
  const auto found = prune(disk);
  ASSERT_EQ(found.files.size(), 2U);
  for (const auto& file : found.files) EXPECT_EQ(file.stays, Stays::nothing) << file.name;
  EXPECT_EQ(wrong(), "");
  auto rest = whole;
  rest.erase(2);
  EXPECT_EQ(answers(Summaries::instead), rest);
  History history(disk, kHistory);
  add(history, 2, kHour, 5);
  work_off(history, 3, kOver);
  work_off(history, 3, kOver + Duration{2 * kHour});
  rest[2] = 5;
  EXPECT_EQ(sums(history, Summaries::instead), rest);
  EXPECT_NE(summary_of(history.hold().manifest, kFirst + 2), nullptr) << "hours of its own";
}

// Rows that come for a day whose samples are gone are fewer than its hours were made of.
TEST_F(PruneDamaged, LateRowsDoNotOverwriteGoodHours) {
  flip(samples(1), 40);
  flip(samples(2), 40);
  const auto found = prune(disk);
  ASSERT_EQ(found.files.size(), 2U);
  EXPECT_EQ(found.files[0].stays, Stays::files_and_hours) << "the part that came late is sound";
  EXPECT_EQ(found.files[1].stays, Stays::hours);
  std::uint64_t position = 3;
  for (const auto hours_later : {1, 3, 6}) {
    History history(disk, kHistory);
    add(history, 2, hours_later * kHour, 5);
    for (const auto now :
         {kOver + Duration{hours_later * kHour}, kOver + Duration{(hours_later + 2) * kHour}})
      work_off(history, position, now);
    ++position;
    const Sums kept{{0, 1'045}, {1, 2'045}, {2, 3'045}, {3, 4'045}};
    EXPECT_EQ(sums(history, Summaries::instead), kept) << hours_later;
    EXPECT_EQ(sums(history, Summaries::when_gone), kept) << hours_later;
  }
  EXPECT_EQ(answers(Summaries::none), (Sums{{0, 1'045}, {1, 7}, {2, 15}, {3, 4'045}}));
  for (const auto day : {1, 2}) EXPECT_EQ(summary_of(manifest(), kFirst + day)->name, hours(day));
  EXPECT_EQ(wrong(), "");
}

TEST_F(PruneDamaged, OfALatePartTheDayStaysAsItWasSealed) {
  flip(part(1, true).name, 40);
  const auto found = prune(disk);
  ASSERT_EQ(found.files.size(), 1U);
  EXPECT_EQ(found.files[0].stays, Stays::files_and_hours);
  auto rest = whole;
  rest[1] = 2'045;
  EXPECT_EQ(answers(Summaries::none), rest);
  EXPECT_EQ(answers(Summaries::instead), rest);
}

TEST_F(PruneDamaged, HoursOfSoundSamplesAreMadeAnew) {
  flip(hours(0), 30);
  lose(hours(1));
  write(hours(3), "");
  const auto found = prune(disk);
  ASSERT_EQ(found.files.size(), 3U);
  for (const auto& file : found.files) EXPECT_EQ(file.stays, Stays::all) << file.name;
  EXPECT_EQ(wrong(), "");
  EXPECT_EQ(answers(Summaries::instead), whole);
  History history(disk, kHistory);
  work_off(history, 3, kOver + Duration{2 * kHour});
  EXPECT_EQ(history.hold().manifest.summaries.size(), 4U);
  EXPECT_EQ(sums(history, Summaries::instead), whole);
}

TEST_F(PruneDamaged, WhatIsAsideAlreadyIsNotOverwritten) {
  const auto name = samples(2), manifest_before = read("manifest"), sound = read(name);
  flip(name, 40);
  const auto first = read(name);
  EXPECT_EQ(prune(disk).files.at(0).aside, name + ".damaged");
  write("manifest", manifest_before);  // put back by hand, with its file
  write(name, sound);
  flip(name, 50);
  EXPECT_EQ(prune(disk).files.at(0).aside, name + ".damaged-2");
  EXPECT_EQ(read(name + ".damaged"), first);
}

TEST_F(PruneDamaged, IsRefusedWhereNoFolderMayBeChanged) {
  flip(samples(2), 40);
  for (const auto* mark : {kBackupList, kRestoring, kBackingUp}) {
    io::write_whole(disk, kDir + "/" + mark, "{}");
    EXPECT_THROW((void)find_damaged(disk, kDir, {}), Fault) << mark;
    disk.remove(kDir + "/" + mark);
  }
  EXPECT_EQ(find_damaged(disk, kDir, {}).files.size(), 1U);
  flip("manifest", 20);
  EXPECT_THROW((void)find_damaged(disk, kDir, {}), Fault) << "it cannot say what there is";
  lose("manifest");
  EXPECT_THROW((void)find_damaged(disk, kDir, {}), Fault);
}

// A plan that names what is no file of history, or is named by the manifest, moves nothing.
TEST_F(PruneDamaged, APlanThatIsDamagedMovesNothing) {
  disk.make_dirs(kHistory + "/below");
  write("below/x.xjh", "x");
  write("setting-aside", "below/x.xjh\nmanifest\n\n" + samples(0) + "\n" + samples(1).substr(3));
  EXPECT_EQ(answers(Summaries::none), whole);
  EXPECT_TRUE(disk.exists(kHistory + "/below/x.xjh"));
  EXPECT_FALSE(disk.exists(kHistory + "/setting-aside"));
}

// The whole of it: proven, started on, backed up.
TEST(PruneDamagedFolder, IsSoundAgainStartsAndIsBackedUpWithoutWhatIsAside) {
  DataFolder folder;
  folder.start();
  folder.live(12);
  folder.now += 26h;
  folder.live(3);
  folder.pipeline->save(folder.now);
  folder.pipeline->history().settle(folder.pipeline->applied(), folder.now);
  const auto hours = folder.pipeline->history().hold().manifest.summaries.at(0);
  folder.stop();
  folder.flip("history/" + hours.of, 40, 3);
  const auto findings = folder.check().findings;
  ASSERT_FALSE(findings.empty());
  for (const auto& finding : findings) {
    EXPECT_EQ(finding.file, "history/" + hours.of);
    EXPECT_NE(render(finding.mend, Lang::en).find("xunjian db prune --damaged --dir"), std::string::npos);
  }

  auto found = find_damaged(folder.fs, folder.dir, {});
  take_out(folder.fs, folder.dir, found);
  ASSERT_EQ(found.files.size(), 1U);
  const auto aside = "history/" + found.files[0].aside;
  EXPECT_EQ(folder.read(aside).size(), found.files[0].bytes);
  auto checked = folder.check();
  EXPECT_EQ(told(checked.findings), "");
  EXPECT_TRUE(checked.sealed);
  EXPECT_EQ(checked.history, measure_folder(folder.fs, folder.dir, false).history);
  EXPECT_EQ(checked.history.days, 1U);
  EXPECT_EQ(checked.history.summaries, 1U);

  const auto to = folder.root + "/backup";
  const auto list = back_up(folder.fs, stopped_folder(folder.fs, folder.dir), to, folder.now, {});
  EXPECT_TRUE(std::none_of(list.files.begin(), list.files.end(),
                           [](const BackupFile& file) { return file.name.ends_with(".damaged"); }));
  EXPECT_EQ(told(folder.check(to).findings), "");

  folder.start();
  folder.live(3);
  folder.stop();
  EXPECT_EQ(told(folder.check().findings), "");
  EXPECT_EQ(folder.read(aside).size(), found.files[0].bytes);
}

}  // namespace
}  // namespace xj::collector
