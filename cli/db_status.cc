// `xunjian db status`: sizes, counts and positions of a folder, beside a running collector or without one.
#include <filesystem>

#include "cli/data_folder.h"
#include "collector/safety/backup.h"
#include "collector/safety/figures.h"
#include "core/width.h"

namespace xj::cli {
namespace {

// What the folder is: "collector", or what it is for want of an end, or "backup".
struct Kind {
  const char* name = "collector";
  Message words, mend;  // empty of a collector's
  bool half() const { return !mend.empty(); }
};

Kind kind_of(io::FileSystem& fs, const std::string& dir) {
  if (fs.exists(dir + "/" + collector::kRestoring))
    return {"half_restore", {"safety.restore.half", {}}, {"safety.mend.half", {}}};
  if (collector::is_half_backup(fs, dir))
    return {"half_backup", {"safety.backup.half", {}}, {"safety.mend.half_backup", {}}};
  if (!collector::is_backup(fs, dir)) return {};
  try {
    const auto list = collector::read_backup_list(fs, dir);
    return {"backup",
            {"safety.status.backup",
             {{"made", to_iso(list.made)},
              {"files", grouped(list.files.size())},
              {"bytes", size_text(list.bytes())}}},
            {}};
  } catch (const Fault& fault) {  // the figures are worth seeing all the same
    return {"backup", collector::words_of(fault).what, {}};
  }
}

struct Shown {
  std::string dir, holder;
  std::uint64_t free = 0;
  Kind kind;
};

Json json_of(const Shown& shown, const collector::FolderFigures& f) {
  Json journal, history, state, tables{Json::Array{}}, json;
  journal.set("records", f.journal_records).set("bytes", f.journal_bytes);
  journal.set("first", f.positions.journal_first).set("last", f.positions.journal_last);
  history = parts_json(f.history);
  history.set("position", f.positions.history);
  for (const auto& table : f.tables) {
    Json one;
    tables.push(one.set("name", table.name).set("rows", table.rows));
  }
  state.set("version", f.state_version).set("bytes", f.state_bytes);
  state.set("position", f.positions.state ? Json(*f.positions.state) : Json(nullptr));
  state.set("outbox_waiting", f.outbox_waiting).set("tables", std::move(tables));
  Json snapshot;
  snapshot.set("bytes", f.snapshot_bytes).set("position", f.positions.snapshot);
  json.set("dir", shown.dir)
      .set("kind", shown.kind.name)
      .set("held_by", shown.holder)
      .set("free_bytes", shown.free);
  json.set("journal", std::move(journal)).set("snapshot", std::move(snapshot));
  return json.set("history", std::move(history)).set("state", std::move(state));
}

void print(Context& c, const Shown& shown, const collector::FolderFigures& f) {
  const auto number = [](std::uint64_t n) { return grouped(n); };
  // How many records a start would read again for this part.
  const auto lag = [&](std::uint64_t position) {
    return number(f.positions.journal_last > position ? f.positions.journal_last - position : 0);
  };
  Table table({{c.t("safety.col.part")},
               {c.t("safety.col.size"), Fit::keep, true},
               {c.t("safety.col.position"), Fit::keep, true},
               {c.t("safety.col.lag"), Fit::keep, true},
               {c.t("safety.col.holds"), Fit::wrap}});
  table.add({"journal", size_text(f.journal_bytes), number(f.positions.journal_last), "",
             c.say({"safety.status.journal", {{"records", number(f.journal_records)}}})});
  table.add(
      {"snapshot", size_text(f.snapshot_bytes), number(f.positions.snapshot), lag(f.positions.snapshot), ""});
  // Hundredths, as the figure of the documents.
  const auto hundredths = f.history.values == 0 ? 0 : f.history.bytes * 100 / f.history.values;
  const auto each = std::to_string(hundredths / 100) + (hundredths % 100 < 10 ? ".0" : ".") +
                    std::to_string(hundredths % 100);
  table.add({"history", size_text(f.history.bytes + f.history.summary_bytes), number(f.positions.history),
             lag(f.positions.history),
             c.say({"safety.status.history",
                    {{"days", number(f.history.days)},
                     {"files", number(f.history.files)},
                     {"values", number(f.history.values)},
                     {"each", each},
                     {"summaries", number(f.history.summaries)},
                     {"oldest", day_or_dash(f.history.oldest)},
                     {"newest", day_or_dash(f.history.newest)}}})});
  std::string rows;
  for (const auto& t : f.tables)
    if (t.rows > 0) rows += (rows.empty() ? "" : ", ") + t.name + ' ' + number(t.rows);
  const auto settled = f.positions.state.value_or(0);
  table.add({"state.db", size_text(f.state_bytes), number(settled), lag(settled), rows});
  c.print(table);
  paragraph(c, c.out,
            c.say({"safety.status.rest",
                   {{"dir", printable(shown.dir)},
                    {"waiting", number(f.outbox_waiting)},
                    {"free", size_text(shown.free)},
                    {"holder", shown.holder.empty() ? "@safety.status.nobody" : printable(shown.holder)}}}));
  const auto& kind = shown.kind;
  if (!kind.words.empty()) paragraph(c, c.out, c.say(kind.words));
  if (kind.half()) paragraph(c, c.out, c.say(kind.mend), "  ", "  ");
}

}  // namespace

int run_db_status(Context& c, const Arguments& a) {
  Shown shown;
  shown.dir = find_data_folder(c, a, "--dir").dir;
  require_folder(shown.dir, "--dir");
  bool held = false;
  try {
    const io::FolderLock lock(shown.dir, io::FolderLock::Mode::look);
  } catch (const io::IoFault& fault) {
    if (fault.error_number() != EWOULDBLOCK) throw failure_of(fault, kUsage);
    held = true;
    shown.holder = io::lock_holder(shown.dir);
  }
  std::error_code error;
  const auto space = std::filesystem::space(shown.dir, error);
  shown.free = error ? 0 : space.available;
  try {
    io::PosixFileSystem fs;
    shown.kind = kind_of(fs, shown.dir);
    const auto figures = collector::measure_folder(fs, shown.dir, held);
    if (c.json)
      c.print(json_of(shown, figures));
    else
      print(c, shown, figures);
  } catch (const Fault& fault) {
    // Of half a folder it is no wonder that a part cannot be read.
    if (shown.kind.half()) throw CommandFailed(shown.kind.words, shown.kind.mend);
    throw failure_of(fault);
  }
  return kOk;
}

}  // namespace xj::cli
