#pragma once
// SQLite on a PowerCutFs, or on a FailingFs over it: every byte of a database, its journal and its
// write-ahead log obeys the same rule of what a power cut forgets. Link it only into test programs.
#include <memory>
#include <string>

#include "core/io/file.h"
#include "tests/fakes/power_cut_fs.h"

namespace xj::fakes {

// Registers a VFS under `name` for its lifetime; pass name().c_str() to open_sqlite. Close every database
// before fs.restart() and before the destructor. One process, one thread; several connections are kept apart
// properly.
class PowerCutVfs {
 public:
  PowerCutVfs(io::FileSystem& fs, std::string name);
  ~PowerCutVfs();
  PowerCutVfs(const PowerCutVfs&) = delete;
  PowerCutVfs& operator=(const PowerCutVfs&) = delete;
  const std::string& name() const { return name_; }

  struct Impl;

 private:
  std::string name_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace xj::fakes
