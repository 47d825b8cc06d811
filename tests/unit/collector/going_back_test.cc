// A folder that a newer program had, and the older one again: what it says, and the ways back there are.
#include <algorithm>

#include "collector/remains.h"
#include "collector/safety/backup.h"
#include "tests/unit/collector/data_folder.h"

namespace xj {
std::span<const EmbeddedFile> store_migrations();
}

namespace xj::collector {
namespace {

class GoingBack : public testing::Test {
 protected:
  GoingBack() : steps_(store_migrations().begin(), store_migrations().end()) {
    name_ = std::to_string(newest_version() + 1);
    name_ = std::string(4 - name_.size(), '0') + name_ + "_later.sql";
    steps_.push_back({name_, "create table later (x integer) strict;"});
    folder_.start();
    folder_.live(12);
    folder_.stop();
    rows_ = cases();
  }
  std::string state() const { return folder_.dir + "/state.db"; }
  std::string cases() const {
    std::string out;
    const auto db = io::open_sqlite(state(), io::DbMode::still);
    for (auto row = db->prepare("select body from events order by seq"); row->step();)
      out += row->text_at(0) + '\n';
    return out;
  }
  // The newer program: up to its migrations, or to an orderly stop after it has served.
  std::string newer(bool serves) {
    unseal_state(folder_.fs, folder_.dir);
    folder_.db = io::open_sqlite(state());
    const auto copy = migrate(*folder_.db, folder_.fs, state(), folder_.now, steps_).copy;
    if (!serves) {
      folder_.crash();
      return copy;
    }
    folder_.pipeline = std::make_unique<Pipeline>(folder_.fs, *folder_.db, folder_.dir,
                                                  std::vector<domain::ContractPtr>{DataFolder::contract()},
                                                  folder_.now, folder_.options);
    folder_.live(3);
    folder_.stop();
    return copy;
  }
  Fault refusal() {
    try {
      const auto db = open_to_look(folder_.fs, state());
      require_migratable(*db, state());
      (void)look_at_remains(folder_.fs, db.get(), folder_.dir, folder_.options.journal);
    } catch (const Fault& fault) {
      return fault;
    }
    return Fault("it would start");
  }
  void put_back(const std::string& copy) {
    folder_.fs.rename(copy, state());
    folder_.fs.remove(folder_.dir + "/state.seal");
  }

  DataFolder folder_;
  std::string name_, rows_;
  std::vector<EmbeddedFile> steps_;
};

TEST_F(GoingBack, ToTheOlderProgramIsRefusedWithBothVersionsAndTheWaysBack) {
  const auto copy = newer(true);
  const auto fault = refusal();
  const std::string what = fault.what(), hint = fault.hint();
  const auto older = std::to_string(newest_version()), later = std::to_string(newest_version() + 1);
  EXPECT_NE(what.find("is at version " + later + ", newer than this program, which knows " + older),
            std::string::npos)
      << what;
  EXPECT_NE(hint.find(copy.substr(0, copy.rfind('-') + 1)), std::string::npos) << hint;
  EXPECT_NE(hint.find("state.db-wal"), std::string::npos) << "it would be laid over the copy: " << hint;
  EXPECT_NE(hint.find("xunjian db restore"), std::string::npos) << hint;
}

TEST_F(GoingBack, WhereTheNewerNeverServedItsCopyIsTheWay) {
  for (int again = 0; again < 2; ++again) {  // and forward, and back
    put_back(newer(false));
    EXPECT_EQ(cases(), rows_);
    folder_.start();
    folder_.live(2);
    folder_.stop();
    EXPECT_TRUE(folder_.check().findings.empty());
    rows_ = cases();
  }
}

// What the snapshot holds is not applied again: cases of the copy would be missing for good.
TEST_F(GoingBack, WhereItServedItsCopyAloneIsRefused) {
  put_back(newer(true));
  const auto fault = refusal();
  EXPECT_NE(std::string(fault.what()).find("is older than the snapshot"), std::string::npos) << fault.what();
}

TEST_F(GoingBack, WhereItServedTheBackupOfBeforeIsTheWay) {
  const auto backup = folder_.root + "/backup", restored = folder_.root + "/restored";
  back_up(folder_.fs, stopped_folder(folder_.fs, folder_.dir), backup, folder_.now, {});
  newer(true);
  restore(folder_.fs, backup, restored, {});
  EXPECT_TRUE(folder_.check(restored).findings.empty());
  folder_.start(restored);
  EXPECT_EQ(folder_.pipeline->contracts().size(), 1u);
  folder_.crash();
}

TEST(Snapshot, OfAnotherFormatSaysWhich) {
  try {
    (void)decode_snapshot("XJSNAP02" + std::string(40, 'x'));
    ADD_FAILURE();
  } catch (const Fault& fault) {
    EXPECT_EQ(std::string(fault.what()), "the snapshot is of format 02, this program knows 01");
    EXPECT_NE(fault.hint().find("the program that wrote it"), std::string::npos);
  }
}

}  // namespace
}  // namespace xj::collector
