#include "core/io/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>

namespace xj::io {
namespace {

class FileTest : public testing::Test {
 protected:
  FileTest() {
    std::string name = std::filesystem::temp_directory_path() / "xj-file-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    dir_ = name;
  }
  ~FileTest() override { std::filesystem::remove_all(dir_); }
  std::string at(const std::string& name) const { return dir_ + "/" + name; }
  static unsigned mode_of(const std::string& path) {
    struct stat st{};
    EXPECT_EQ(::stat(path.c_str(), &st), 0);
    return st.st_mode & 0777;
  }

  PosixFileSystem fs_;
  std::string dir_;
};

TEST_F(FileTest, ReadsAndWritesAtOffsets) {
  auto f = fs_.open(at("a"), OpenMode::create);
  f->write_at(4, "later");
  f->write_at(0, "now");
  f->sync_data();
  EXPECT_EQ(f->size(), 9U);
  char got[16] = {};
  EXPECT_EQ(f->read_at(0, got, sizeof got), 9U);
  EXPECT_EQ(std::string(got, 9), std::string("now\0later", 9));
  EXPECT_EQ(f->read_at(9, got, 1), 0U);
  EXPECT_EQ(f->read_at(1000, got, 1), 0U);
  f->truncate(2);
  EXPECT_EQ(f->size(), 2U);
}

TEST_F(FileTest, PreallocateGivesZeroesAndKeepsWhatIsThere) {
  auto f = fs_.open(at("a"), OpenMode::create);
  f->write_at(0, "head");
  f->preallocate(1 << 16);
  EXPECT_EQ(f->size(), 1U << 16);
  const auto bytes = read_whole(fs_, at("a"));
  EXPECT_EQ(bytes.substr(0, 4), "head");
  EXPECT_EQ(bytes.find_first_not_of('\0', 4), std::string::npos);
  f->preallocate(10);
  EXPECT_EQ(f->size(), 1U << 16) << "never shrinks";
}

TEST_F(FileTest, OpeningTellsWhatIsWrong) {
  try {
    fs_.open(at("none"), OpenMode::read_write);
    FAIL();
  } catch (const IoFault& fault) {
    EXPECT_EQ(fault.error_number(), ENOENT);
    EXPECT_FALSE(fault.disk_full());
    EXPECT_NE(std::string(fault.what()).find(at("none")), std::string::npos);
  }
  EXPECT_TRUE(IoFault("write", "x", ENOSPC).disk_full());
  EXPECT_TRUE(IoFault("write", "x", EDQUOT).disk_full());
  EXPECT_NE(IoFault("write", "x", ENOSPC).hint(), "");
}

TEST_F(FileTest, WritingToAFullDeviceIsDiskFull) {
  auto f = fs_.open("/dev/full", OpenMode::read_write);
  try {
    f->write_at(0, "x");
    FAIL();
  } catch (const IoFault& fault) {
    EXPECT_TRUE(fault.disk_full());
  }
}

TEST_F(FileTest, FoldersAreMadeListedAndAbsenceIsFine) {
  fs_.make_dirs(at("x/y/z"));
  fs_.make_dirs(at("x/y/z"));
  EXPECT_TRUE(fs_.exists(at("x/y/z")));
  EXPECT_FALSE(fs_.exists(at("q/r")));
  fs_.open(at("x/b"), OpenMode::create);
  fs_.open(at("x/a"), OpenMode::create);
  EXPECT_EQ(fs_.list(at("x")), (std::vector<std::string>{"a", "b", "y"}));
  EXPECT_TRUE(fs_.list(at("none")).empty());
  fs_.remove(at("x/a"));
  fs_.remove(at("x/a"));
  EXPECT_THROW(fs_.make_dirs(at("x/b")), IoFault);
  EXPECT_THROW(fs_.make_dirs(at("x/b/c")), IoFault);
  EXPECT_THROW(fs_.sync_dir(at("none")), IoFault);
}

TEST_F(FileTest, WriteWholeReplacesAndLeavesNothingBeside) {
  write_whole(fs_, at("f"), "one");
  write_whole(fs_, at("f"), "two");
  EXPECT_EQ(read_whole(fs_, at("f")), "two");
  EXPECT_EQ(fs_.list(dir_), std::vector<std::string>{"f"});
  write_whole(fs_, at("f"), "");
  EXPECT_EQ(read_whole(fs_, at("f")), "");
}

TEST_F(FileTest, SecretsAreForTheOwnerAlone) {
  fs_.open(at("key.new"), OpenMode::create);  // left over with a wider mode
  write_whole(fs_, at("key"), "secret", Secrecy::secret);
  EXPECT_EQ(mode_of(at("key")), 0600U);
}

TEST_F(FileTest, ReadWholeRefusesMoreThanItsLimitAndReadsProc) {
  write_whole(fs_, at("f"), "12345");
  EXPECT_EQ(read_whole(fs_, at("f"), 5), "12345");
  EXPECT_THROW(read_whole(fs_, at("f"), 4), IoFault);
  EXPECT_GT(read_whole(fs_, "/proc/self/status").size(), 100U);
  EXPECT_THROW(read_whole(fs_, "/dev/zero", 100'000), IoFault);
}

TEST(ParentDir, IsWhatPosixSays) {
  EXPECT_EQ(parent_dir("/a/b"), "/a");
  EXPECT_EQ(parent_dir("/a/b/"), "/a");
  EXPECT_EQ(parent_dir("/a//b"), "/a");
  EXPECT_EQ(parent_dir("/a"), "/");
  EXPECT_EQ(parent_dir("/"), "/");
  EXPECT_EQ(parent_dir("a/b"), "a");
  EXPECT_EQ(parent_dir("a"), ".");
  EXPECT_EQ(parent_dir(""), ".");
}

TEST_F(FileTest, TheRoomIsThatOfTheFolder) {
  const auto space = fs_.space(dir_);
  EXPECT_GT(space.total, 0U);
  EXPECT_LE(space.available, space.total);
  try {
    (void)fs_.space(at("absent"));
    FAIL();
  } catch (const IoFault& fault) {
    EXPECT_EQ(fault.error_number(), ENOENT);
  }
}

TEST_F(FileTest, AFolderHasOneOwner) {
  std::optional<FolderLock> first(std::in_place, dir_);
  try {
    FolderLock second(dir_);
    FAIL();
  } catch (const IoFault& fault) {
    EXPECT_EQ(fault.error_number(), EWOULDBLOCK);
    EXPECT_EQ(fault.what(), lock_holder(dir_) + " holds " + dir_);
    EXPECT_NE(fault.hint(), "");
  }
  // Whole, where the kernel's name for a process would be cut.
  const auto self = std::filesystem::read_symlink("/proc/self/exe").filename().string();
  EXPECT_EQ(lock_holder(dir_), self + " (" + std::to_string(::getpid()) + ")");
  first.reset();
  FolderLock third(dir_);
}

}  // namespace
}  // namespace xj::io
