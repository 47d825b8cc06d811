#include "collector/store/migrate.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace xj {
std::span<const EmbeddedFile> store_migrations();
}

namespace xj::collector {
namespace {

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

}  // namespace

int newest_version() { return static_cast<int>(store_migrations().size()); }

int version_of(io::Db& db) {
  auto there = db.prepare("select 1 from sqlite_master where type = 'table' and name = 'migrations'");
  if (!there->step()) return 0;
  auto row = db.prepare("select coalesce(max(version), 0) from migrations");
  return row->step() ? static_cast<int>(row->int_at(0)) : 0;
}

Migrated migrate(io::Db& db, io::FileSystem& fs, const std::string& path, Timestamp now) {
  return migrate(db, fs, path, now, store_migrations());
}

Migrated migrate(io::Db& db, io::FileSystem& fs, const std::string& path, Timestamp now,
                 std::span<const EmbeddedFile> files) {
  const auto steps = ordered(files);
  db.execute(
      "create table if not exists migrations (version integer primary key, name text not null, "
      "checksum text not null, applied integer not null) strict");

  Migrated report;
  {
    auto rows = db.prepare("select version, name, checksum from migrations order by version");
    while (rows->step()) {
      const auto version = static_cast<int>(rows->int_at(0));
      if (version > static_cast<int>(steps.size()))
        throw Fault("the database " + path + " is at version " + std::to_string(version) +
                        ", newer than this program, which knows " + std::to_string(steps.size()),
                    "start the newer program again, or restore the copy it took before migrating");
      const auto& step = steps[static_cast<std::size_t>(version - 1)];
      if (rows->text_at(2) != step.checksum)
        throw Fault("migration " + std::string(step.name) +
                        " has another content than when it was applied to " + path,
                    "a released migration never changes; use the program this database was made with");
      report.from = version;
    }
  }
  report.to = report.from;
  if (report.from == static_cast<int>(steps.size())) return report;

  if (report.from > 0) {
    const auto copy = path + ".before-" + std::to_string(report.from + 1);
    fs.remove(copy);
    auto into = db.prepare("vacuum into :copy");
    into->bind("copy", copy).run();
    report.copy = copy;
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
