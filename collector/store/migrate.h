#pragma once
// Numbered migrations of state.db, embedded in the program (collector/store/migrations/sqlite/NNNN_name.sql).
#include <span>
#include <string>
#include <vector>

#include "core/embedded.h"
#include "core/io/db.h"
#include "core/io/file.h"
#include "core/time.h"

namespace xj::collector {

struct Migrated {
  int from = 0;      // version found, 0 for a new database
  int to = 0;        // version now
  std::string copy;  // the copy taken before the first step, empty when there was nothing to lose
};

// Brings the database at `path` (already open as `db`) to the newest version, one transaction a step. An
// existing database is copied beside itself first, durably; such copies go a week after the newest step.
// Throws Fault with words for the operator when the database is newer than the program, or when a step that
// was applied once now has another content.
Migrated migrate(io::Db& db, io::FileSystem& fs, const std::string& path, Timestamp now);
// The same with other steps; for tests.
Migrated migrate(io::Db& db, io::FileSystem& fs, const std::string& path, Timestamp now,
                 std::span<const EmbeddedFile> steps);

// Throws Fault where migrate() would, for a database of any version. Only reads.
void require_migratable(io::Db& db, const std::string& path);

// The steps this program knows, and those the database has had: 0 when it is none of ours. For who only
// reads.
int newest_version();
int version_of(io::Db& db);
// Tables, indexes and triggers that are not as the steps made them ("table cases on cases"), for a database
// of any version. Throws Fault as migrate() does. Only reads.
std::vector<std::string> schema_differences(io::Db& db, const std::string& path);

}  // namespace xj::collector
