#include "collector/safety/still_state.h"

#include <stdlib.h>

#include <cerrno>
#include <filesystem>

namespace xj::collector {

StillState::StillState(io::FileSystem& fs, const std::string& dir) : path_(dir + "/state.db") {
  const auto log = path_ + "-wal";
  if (!fs.exists(log) || fs.open(log, io::OpenMode::read)->size() == 0) return;
  auto name = (std::filesystem::temp_directory_path() / "xunjian-state-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw io::IoFault("mkdtemp", name, errno);
  copy_ = name;
  std::error_code error;
  std::filesystem::copy_file(path_, name + "/state.db", error);
  if (!error) std::filesystem::copy_file(log, name + "/state.db-wal", error);
  if (error) {
    std::error_code ignored;
    std::filesystem::remove_all(copy_, ignored);
    throw io::IoFault("copy", path_, error.value());
  }
  path_ = name + "/state.db";
}

StillState::~StillState() {
  std::error_code ignored;
  if (!copy_.empty()) std::filesystem::remove_all(copy_, ignored);
}

std::unique_ptr<io::Db> StillState::open() const {
  return io::open_sqlite(path_, copy_.empty() ? io::DbMode::still : io::DbMode::read_write);
}

}  // namespace xj::collector
