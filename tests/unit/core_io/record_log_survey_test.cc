// A survey beside a program that goes on with the log.
#include "core/io/record_log_survey.h"

#include <gtest/gtest.h>

#include <functional>

#include "core/io/record_log.h"
#include "tests/fakes/power_cut_fs.h"

namespace xj::io {
namespace {

// Tells of each file that is about to be opened.
class WatchedFs final : public FileSystem {
 public:
  WatchedFs(FileSystem& under, std::function<void(const std::string&)> opens)
      : under_(under), opens_(std::move(opens)) {}
  std::unique_ptr<File> open(const std::string& path, OpenMode mode) override {
    opens_(path);
    return under_.open(path, mode);
  }
  bool exists(const std::string& path) override { return under_.exists(path); }
  std::vector<std::string> list(const std::string& dir) override { return under_.list(dir); }
  void make_dirs(const std::string& dir) override { under_.make_dirs(dir); }
  void rename(const std::string& from, const std::string& to) override { under_.rename(from, to); }
  void remove(const std::string& path) override { under_.remove(path); }
  void sync_dir(const std::string& dir) override { under_.sync_dir(dir); }
  Space space(const std::string& dir) override { return under_.space(dir); }

 private:
  FileSystem& under_;
  std::function<void(const std::string&)> opens_;
};

class RecordLogSurveyTest : public testing::Test {
 protected:
  void append(int count) {
    for (int i = 0; i < count; ++i) log.append(std::string(100, 'x'));
    log.sync();
  }
  bool has_spare() {
    for (const auto& name : disk.list("/log"))
      if (name.starts_with("spare")) return true;
    return false;
  }

  fakes::PowerCutFs disk;
  RecordLog log{disk, "/log", {.segment_bytes = 512, .max_record = 400, .spare_segments = 1}};
};

TEST_F(RecordLogSurveyTest, ASpareThatBecomesASegmentMeanwhileIsReadAsThat) {
  append(12);
  log.release(log.last());
  ASSERT_TRUE(has_spare());
  bool met = false;
  WatchedFs watched(disk, [&](const std::string& path) {
    if (met || path.find("spare") == std::string::npos) return;
    met = true;
    while (has_spare()) append(1);  // takes it, and gives it a number
  });
  std::size_t faults = 0;
  RecordLogVisits visits;
  visits.fault = [&](const RecordLogFault&) { ++faults; };
  const auto found = survey_record_log(watched, "/log", 400, visits);
  EXPECT_TRUE(met);
  EXPECT_EQ(found.last, log.last());
  EXPECT_EQ(found.first, log.first());
  EXPECT_EQ(faults, 0u);
}

TEST_F(RecordLogSurveyTest, SegmentsThatAreFreedMeanwhileAreLeftOut) {
  append(30);
  const auto oldest = disk.list("/log").front();
  int opened = 0;
  WatchedFs watched(disk, [&](const std::string& path) {
    if (path.ends_with(oldest) && ++opened == 2) log.release(log.last());  // when it is to be walked
  });
  std::size_t faults = 0;
  RecordLogVisits visits;
  visits.fault = [&](const RecordLogFault&) { ++faults; };
  const auto found = survey_record_log(watched, "/log", 400, visits);
  EXPECT_EQ(opened, 2);
  EXPECT_EQ(found.last, log.last());
  EXPECT_EQ(found.first, log.first());
  EXPECT_EQ(faults, 0u);
}

}  // namespace
}  // namespace xj::io
