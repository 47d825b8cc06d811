#include "collector/store/migrate.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <vector>

namespace xj {
std::span<const EmbeddedFile> store_migrations();
}

namespace xj::collector {
namespace {

constexpr std::string_view kBefore = ".before-";
constexpr Duration kKeepCopies{7LL * 24 * 3600'000};
constexpr std::string_view kMigrationsTable =
    "create table if not exists migrations (version integer primary key, name text not null, "
    "checksum text not null, applied integer not null) strict";

struct Step {
  int version = 0;
  std::string_view name;
  std::string_view sql;
  std::string checksum;
};

// FNV-1a, 64 bit: it has to notice an edited file, not an enemy.
std::string checksum_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  char out[17] = {};
  for (int i = 15; i >= 0; --i, hash >>= 4) out[i] = "0123456789abcdef"[hash & 15];
  return {out, 16};
}

std::vector<Step> ordered(std::span<const EmbeddedFile> files) {
  std::vector<Step> steps;
  for (const auto& file : files) {
    Step step;
    step.name = file.name;
    step.sql = file.bytes;
    const auto [end, error] =
        std::from_chars(file.name.data(), file.name.data() + file.name.size(), step.version);
    if (error != std::errc{} || step.version <= 0 || end != file.name.data() + 4)
      throw Fault("a migration is named \"" + std::string(file.name) + "\", expected NNNN_name.sql");
    step.checksum = checksum_of(file.bytes);
    steps.push_back(std::move(step));
  }
  std::sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.version < b.version; });
  for (std::size_t i = 0; i < steps.size(); ++i)
    if (steps[i].version != static_cast<int>(i) + 1)
      throw Fault("migrations are not numbered without a gap at \"" + std::string(steps[i].name) + "\"");
  return steps;
}

// The steps the database has had, each with the content it has here.
int proven_version(io::Db& db, const std::string& path, const std::vector<Step>& steps) {
  int found = 0;
  auto rows = db.prepare("select version, name, checksum from migrations order by version");
  while (rows->step()) {
    const auto version = static_cast<int>(rows->int_at(0));
    if (version > static_cast<int>(steps.size()))
      throw Fault(
          "the database " + path + " is at version " + std::to_string(version) +
              ", newer than this program, which knows " + std::to_string(steps.size()),
          "start the newer program again; to go back put back the backup of before the update (xunjian "
          "db restore) or, where the newer program never served, its copy (" +
              path + std::string(kBefore) +
              "N) as state.db, and remove state.seal, state.db-wal and state.db-shm");
    if (version != found + 1)
      throw Fault("the database " + path + " says it has had migration " + std::to_string(version) +
                      " after " + std::to_string(found),
                  "restore it from a backup");
    const auto& step = steps[static_cast<std::size_t>(version - 1)];
    if (rows->text_at(1) != step.name || rows->text_at(2) != step.checksum)
      throw Fault(
          "migration " + std::string(step.name) + " has another content than when it was applied to " + path,
          "a released migration never changes; use the program this database was made with");
    found = version;
  }
  return found;
}

// Whole and durable under its name before anything is altered, or not there.
void copy_beside(io::Db& db, io::FileSystem& fs, const std::string& copy) {
  const auto fresh = copy + ".new";
  fs.remove(fresh);
  try {
    io::copy_database(db, fresh);
    fs.open(fresh, io::OpenMode::read_write)->sync_data();
  } catch (const Fault&) {
    try {
      fs.remove(fresh);
    } catch (const io::IoFault&) {  // the first fault is the one to tell
    }
    throw;
  }
  fs.rename(fresh, copy);
  fs.sync_dir(io::parent_dir(copy));
}

// What we put behind "state.db.before-": a number, and ".new" while it is written. A person's copy is theirs.
bool is_ours(std::string_view rest) {
  if (rest.ends_with(".new")) rest.remove_suffix(4);
  return !rest.empty() && rest.find_first_not_of("0123456789") == std::string_view::npos;
}

// Of use for going back at once: after some days the journal and what follows from it are far ahead of it.
void drop_old_copies(io::Db& db, io::FileSystem& fs, const std::string& path, Timestamp now) {
  auto newest = db.prepare("select max(applied) from migrations");
  if (!newest->step() || now - from_ms(newest->int_at(0)) < kKeepCopies) return;
  const auto dir = io::parent_dir(path);
  const auto prefix = path.substr(path.rfind('/') + 1) + std::string(kBefore);
  try {
    for (const auto& name : fs.list(dir))
      if (name.starts_with(prefix) && is_ours(std::string_view(name).substr(prefix.size())))
        fs.remove(dir + "/" + name);
  } catch (const io::IoFault&) {  // a copy too many stops nobody; the next start tries again
  }
}

using Schema = std::map<std::string, std::string>;
Schema schema_of(io::Db& db) {
  Schema out;
  auto row = db.prepare("select type || ' ' || name || ' on ' || tbl_name, sql from sqlite_master");
  while (row->step()) out[row->text_at(0)] = row->text_at(1);
  return out;
}

}  // namespace

std::vector<std::string> schema_differences(io::Db& db, const std::string& path) {
  const auto steps = ordered(store_migrations());
  const auto version = static_cast<std::size_t>(proven_version(db, path, steps));
  const auto made = io::open_sqlite({}, io::DbMode::scratch);
  made->execute(kMigrationsTable);
  for (std::size_t i = 0; i < version; ++i) made->execute(steps[i].sql);
  const auto wanted = schema_of(*made);
  auto found = schema_of(db);
  std::vector<std::string> out;
  for (const auto& [what, sql] : wanted) {
    const auto it = found.find(what);
    if (it == found.end() || it->second != sql) out.push_back(what);
    if (it != found.end()) found.erase(it);
  }
  for (const auto& [what, sql] : found) out.push_back(what);
  return out;
}

int newest_version() { return static_cast<int>(store_migrations().size()); }

int version_of(io::Db& db) {
  auto there = db.prepare("select 1 from sqlite_master where type = 'table' and name = 'migrations'");
  if (!there->step()) return 0;
  auto row = db.prepare("select coalesce(max(version), 0) from migrations");
  return row->step() ? static_cast<int>(row->int_at(0)) : 0;
}

void require_migratable(io::Db& db, const std::string& path) {
  if (version_of(db) > 0) (void)proven_version(db, path, ordered(store_migrations()));
}

Migrated migrate(io::Db& db, io::FileSystem& fs, const std::string& path, Timestamp now) {
  return migrate(db, fs, path, now, store_migrations());
}

Migrated migrate(io::Db& db, io::FileSystem& fs, const std::string& path, Timestamp now,
                 std::span<const EmbeddedFile> files) {
  const auto steps = ordered(files);
  db.execute(kMigrationsTable);

  Migrated report;
  report.from = proven_version(db, path, steps);
  report.to = report.from;
  if (report.from == static_cast<int>(steps.size())) {
    drop_old_copies(db, fs, path, now);
    return report;
  }

  if (report.from > 0) {
    report.copy = path + std::string(kBefore) + std::to_string(report.from + 1);
    copy_beside(db, fs, report.copy);
  }
  for (const auto& step : steps) {
    if (step.version <= report.from) continue;
    io::Transaction transaction(db);
    db.execute(step.sql);
    auto row =
        db.prepare("insert into migrations (version, name, checksum, applied) values (:v, :n, :c, :a)");
    row->bind("v", step.version).bind("n", step.name).bind("c", step.checksum).bind("a", to_ms(now)).run();
    transaction.commit();
    report.to = step.version;
  }
  return report;
}

}  // namespace xj::collector
