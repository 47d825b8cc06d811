#include "collector/remains.h"

#include "collector/history/manifest_file.h"
#include "collector/store/migrate.h"

namespace xj::collector {

Remains look_at_remains(io::FileSystem& fs, io::Db* db, const std::string& dir,
                        io::RecordLogOptions journal) {
  Remains out;
  const auto history = dir + "/history";
  if (db != nullptr && version_of(*db) > 0) out.positions = positions_in(*db);
  out.memory = read_snapshot(fs, dir + "/snapshot");
  out.positions.snapshot = out.memory.position;
  const auto manifest = ManifestFile(fs, history).read();
  if (manifest) out.positions.history = manifest->position;
  journal.look_first = true;
  out.journal = std::make_unique<io::RecordLog>(fs, dir + "/journal", journal);
  out.positions.journal_first = out.journal->first();
  out.positions.journal_last = out.journal->last();
  require_fit(dir, out.positions);
  if (manifest) require_files(fs, history, *manifest);
  return out;
}

std::unique_ptr<io::Db> open_to_look(io::FileSystem& fs, const std::string& state) {
  if (!fs.exists(state)) return nullptr;
  const auto there = [&](const char* ending) {
    return fs.exists(state + ending) && fs.open(state + ending, io::OpenMode::read)->size() > 0;
  };
  // What SQLite begins before there is a write-ahead log, it can only undo itself.
  if (there("-journal")) return io::open_sqlite(state);
  return io::open_sqlite(state, there("-wal") ? io::DbMode::read_only : io::DbMode::still);
}

}  // namespace xj::collector
