#include "collector/safety/figures.h"

#include <set>

#include "collector/history/manifest_file.h"
#include "collector/memory.h"
#include "collector/safety/copy.h"
#include "collector/safety/still_state.h"
#include "collector/store/migrate.h"
#include "core/io/record_log_survey.h"

namespace xj::collector {
namespace {

void measure_history(io::FileSystem& fs, const std::string& dir, FolderFigures& out) {
  const auto manifest = ManifestFile(fs, dir + "/history").read();
  if (!manifest) return;
  out.positions.history = manifest->position;
  out.history = parts_of(*manifest);
}

void measure_rows(io::Db& db, FolderFigures& out) {
  out.state_version = version_of(db);
  std::vector<std::string> names;
  auto row = db.prepare(
      "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name");
  while (row->step()) names.push_back(row->text_at(0));
  for (const auto& name : names) {
    auto count = db.prepare("select count(*) from \"" + name + "\"");
    if (count->step()) out.tables.push_back({name, static_cast<std::uint64_t>(count->int_at(0))});
  }
  if (out.state_version == 0) return;
  const auto of_state = positions_in(db);
  out.positions.state = of_state.state, out.positions.seen = of_state.seen;
  auto waiting = db.prepare("select count(*) from outbox where state = 'waiting'");
  if (waiting->step()) out.outbox_waiting = static_cast<std::uint64_t>(waiting->int_at(0));
}

}  // namespace

HistoryParts parts_of(const Manifest& manifest) {
  HistoryParts out;
  std::set<std::int64_t> days;
  for (const auto& file : manifest.files) {
    days.insert(file.day);
    out.bytes += file.figures.bytes;
    out.values += file.figures.values;
  }
  for (const auto& summary : manifest.summaries) out.summary_bytes += summary.figures.bytes;
  out.files = manifest.files.size();
  out.summaries = manifest.summaries.size();
  out.days = days.size();
  if (days.empty()) return out;
  const auto start = [](std::int64_t day) { return Timestamp{} + std::chrono::hours{24 * day}; };
  out.oldest = start(*days.begin());
  out.newest = start(*days.rbegin());
  return out;
}

// The journal is the last: it is never behind what the others say.
FolderFigures measure_folder(io::FileSystem& fs, const std::string& dir, bool held, std::size_t max_record) {
  FolderFigures out;
  out.snapshot_bytes = size_of(fs, dir + "/snapshot");
  out.positions.snapshot = snapshot_position(fs, dir + "/snapshot");
  measure_history(fs, dir, out);
  const auto state = dir + "/state.db";
  out.state_bytes = size_of(fs, state) + size_of(fs, state + "-wal");
  if (fs.exists(state)) {
    if (held) {
      measure_rows(*io::open_sqlite(state, io::DbMode::read_only), out);
    } else {
      const StillState still(fs, dir);
      measure_rows(*still.open(), out);
    }
  }
  const auto journal = io::survey_record_log(fs, dir + "/journal", max_record, {});
  out.journal_bytes = journal.bytes;
  out.journal_records = journal.records;
  out.positions.journal_first = journal.first;
  out.positions.journal_last = journal.last;
  return out;
}

}  // namespace xj::collector
