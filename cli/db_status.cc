// `xunjian db status`: sizes, counts and positions of a folder, beside a running collector or without one.
#include <filesystem>

#include "cli/data_folder.h"
#include "collector/safety/figures.h"
#include "core/width.h"

namespace xj::cli {
namespace {

struct Shown {
  std::string dir, holder;
  std::uint64_t free = 0;
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
  json.set("dir", shown.dir).set("held_by", shown.holder).set("free_bytes", shown.free);
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
}

}  // namespace

int run_db_status(Context& c, const Arguments& a) {
  Shown shown;
  shown.dir = find_data_folder(c, a, "--dir").dir;
  std::error_code error;
  if (!std::filesystem::is_directory(shown.dir + "/journal", error))
    throw CommandFailed({"safety.no_folder", {{"dir", shown.dir}}},
                        {"safety.mend.folder", {{"option", "--dir"}}}, kUsage);
  bool held = false;
  try {
    const io::FolderLock lock(shown.dir, io::FolderLock::Mode::look);
  } catch (const io::IoFault& fault) {
    if (fault.error_number() != EWOULDBLOCK)
      throw CommandFailed(Message::literal(fault.what()), Message::literal(fault.hint()), kUsage);
    held = true;
    shown.holder = io::lock_holder(shown.dir);
  }
  const auto space = std::filesystem::space(shown.dir, error);
  shown.free = error ? 0 : space.available;
  try {
    io::PosixFileSystem fs;
    const auto figures = collector::measure_folder(fs, shown.dir, held);
    if (c.json)
      c.print(json_of(shown, figures));
    else
      print(c, shown, figures);
  } catch (const Fault& fault) {
    throw CommandFailed(Message::literal(fault.what()), Message::literal(fault.hint()));
  }
  return kOk;
}

}  // namespace xj::cli
