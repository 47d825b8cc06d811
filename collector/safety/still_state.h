#pragma once
// The state.db of a folder that nobody runs on, read without a byte written beside it. One with a write-ahead
// log cannot be: it is copied with it into a folder of its own, where SQLite may bring both together.
#include <memory>
#include <string>

#include "core/io/db.h"
#include "core/io/file.h"

namespace xj::collector {

class StillState {
 public:
  StillState(io::FileSystem& fs, const std::string& dir);
  ~StillState();
  StillState(const StillState&) = delete;
  StillState& operator=(const StillState&) = delete;
  std::unique_ptr<io::Db> open() const;  // not after the object is gone

 private:
  std::string path_, copy_;
};

}  // namespace xj::collector
