#pragma once
// A migrated state.db in a folder of its own, gone with its owner.
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "collector/store/migrate.h"
#include "core/io/db.h"
#include "core/io/file.h"

namespace xj::test {

class TempDb {
 public:
  TempDb() {
    std::string name = (std::filesystem::temp_directory_path() / "xj_db_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw Fault("mkdtemp");
    dir_ = name;
    io::PosixFileSystem fs;
    const auto db = open();
    collector::migrate(*db, fs, path(), from_ms(0));
  }
  ~TempDb() {
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }
  TempDb(const TempDb&) = delete;
  TempDb& operator=(const TempDb&) = delete;

  std::string path() const { return dir_ + "/state.db"; }
  std::unique_ptr<io::Db> open() const { return io::open_sqlite(path()); }

 private:
  std::string dir_;
};

}  // namespace xj::test
