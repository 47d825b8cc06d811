#pragma once
// What a start finds in the collector's folder, looked at before anything in it is changed: a start that is
// refused for it leaves the folder as it was.
#include <memory>
#include <string>

#include "collector/memory.h"
#include "collector/positions.h"
#include "core/io/db.h"
#include "core/io/file.h"
#include "core/io/record_log.h"

namespace xj::collector {

struct Remains {
  Memory memory;                           // of the snapshot
  std::unique_ptr<io::RecordLog> journal;  // not owned yet
  Positions positions;                     // that fit each other
};

// `db` may be of an earlier version; null: there is no state.db. Throws Fault with words for the operator.
Remains look_at_remains(io::FileSystem& fs, io::Db* db, const std::string& dir, io::RecordLogOptions journal);

// To look, so that neither state.db nor its write-ahead log changes; null where there is none. Nobody runs on
// the folder.
std::unique_ptr<io::Db> open_to_look(io::FileSystem& fs, const std::string& state);

}  // namespace xj::collector
