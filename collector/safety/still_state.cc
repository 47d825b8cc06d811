#include "collector/safety/still_state.h"

#include <stdlib.h>

#include <cerrno>
#include <filesystem>

#include "collector/safety/finding.h"

namespace xj::collector {
namespace {

[[noreturn]] void cannot_copy(const std::string& from, const std::string& to, const std::error_code& error) {
  if (error.value() == EIO) throw io::IoFault("read", from, EIO);
  throw CannotCheck({"safety.state.no_copy", {{"from", from}, {"to", to}, {"detail", error.message()}}},
                    {"safety.mend.no_copy", {}});
}

}  // namespace

StillState::StillState(io::FileSystem& fs, const std::string& dir) : path_(dir + "/state.db") {
  const auto log = path_ + "-wal";
  if (!fs.exists(log) || fs.open(log, io::OpenMode::read)->size() == 0) return;
  std::error_code error;
  const auto temporary = std::filesystem::temp_directory_path(error);
  if (error) cannot_copy(path_, "a temporary folder", error);
  auto name = (temporary / "xunjian-state-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    cannot_copy(path_, name, std::error_code(errno, std::generic_category()));
  copy_ = name;
  std::filesystem::copy_file(path_, name + "/state.db", error);
  if (!error) std::filesystem::copy_file(log, name + "/state.db-wal", error);
  if (error) {
    std::error_code ignored;
    std::filesystem::remove_all(copy_, ignored);
    cannot_copy(path_, name, error);
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
