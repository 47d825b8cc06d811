// What state.db keeps for ever, as JSON Lines of the bodies as they were written.
#include "collector/safety/export_parts.h"
#include "collector/safety/still_state.h"
#include "core/json.h"

namespace xj::collector {
namespace {

// A line is the last column as it is, or an object of the columns, the last of them raw JSON.
struct Part {
  const char* table;  // and the file's name
  const char* sql;
  std::vector<const char*> names;  // of the columns; empty: there is but the body
};

// Of a case that lived in that time everything, so that its course is whole.
const Part kParts[] = {
    {"contracts",
     "select id, revision, holds_from, body from contracts order by id, holds_from, revision",
     {"contract", "revision", "holds_from", "tree"}},
    {"events",
     "select body from events where exists (select 1 from cases where cases.contract = events.contract and "
     "cases.number = events.number and cases.opened < :to and cases.last_at >= :from) order by seq",
     {}},
    {"documents",
     "select contract, number, kind, form, about, state, created, hash, facts from documents where created "
     ">= :from "
     "and created < :to order by created, contract, number",
     {"contract", "number", "kind", "form", "about", "state", "created", "hash", "facts"}},
    {"document_revisions",
     "select contract, number, n, state, frozen, hash, facts from document_revisions where frozen >= :from "
     "and "
     "frozen < :to order by contract, number, n",
     {"contract", "number", "n", "state", "frozen", "hash", "facts"}},
    {"sheet_events", "select body from sheet_events where known >= :from and known < :to order by seq", {}},
    {"duty_records", "select body from duty_records where known >= :from and known < :to order by seq", {}},
    {"deduction_records",
     "select body from deduction_records where known >= :from and known < :to order by seq",
     {}},
    {"knowledge", "select body from knowledge where at >= :from and at < :to order by seq", {}},
};

// Columns that are instants or numbers.
bool is_time(std::string_view name) { return name == "holds_from" || name == "created" || name == "frozen"; }

bool has_table(io::Db& db, const char* table) {
  const auto found = db.prepare("select count(*) from sqlite_master where type = 'table' and name = :name");
  found->bind("name", std::string_view(table));
  return found->step() && found->int_at(0) > 0;
}

// A line has to be JSON whatever a column holds.
std::string raw(std::string text) {
  return std::holds_alternative<Json>(parse_json(text, {.depth = 64, .bytes = text.size()}))
             ? text
             : Json(std::move(text)).dump();
}

std::string line_of(io::Statement& row, const Part& part) {
  if (part.names.empty()) return row.text_at(0);
  std::string line;
  for (std::size_t i = 0; i < part.names.size(); ++i) {
    const std::string_view name = part.names[i];
    const auto column = static_cast<int>(i);
    line += (i == 0 ? "{" : ",") + Json(std::string(name)).dump() + ':';
    if (i + 1 == part.names.size())
      line += raw(row.text_at(column));
    else if (is_time(name))
      line += Json(to_iso(from_ms(row.int_at(column)))).dump();
    else if (name == "n")
      line += std::to_string(row.int_at(column));
    else
      line += Json(row.text_at(column)).dump();
  }
  return line + '}';
}

}  // namespace

std::uint64_t export_state(io::FileSystem& fs, const std::string& dir, const ExportAsk& ask, ExportFolder& to,
                           const CopyOptions& options) {
  const StillState still(fs, dir);
  const auto db = still.open();
  std::uint64_t lines = 0;
  for (const auto& part : kParts) {
    if (!has_table(*db, part.table)) continue;  // an older state.db
    ExportFile file(to, std::string(part.table) + ".jsonl");
    const auto rows = db->prepare(part.sql);
    if (std::string_view(part.sql).find(":from") != std::string_view::npos)
      rows->bind("from", to_ms(ask.which.from)).bind("to", to_ms(ask.which.to));
    while (rows->step()) {
      options.go_on();
      file.add(line_of(*rows, part) + '\n');
      ++lines;
    }
    file.finish();
  }
  return lines;
}

}  // namespace xj::collector
