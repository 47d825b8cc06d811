// `xunjian db prune --damaged`: files of history that are damaged or missing are taken out of what counts,
// for who has no backup of them.
#include <set>

#include "cli/data_folder.h"
#include "cli/db_prune.h"
#include "collector/safety/prune.h"
#include "collector/safety/prune_damaged.h"
#include "core/width.h"

namespace xj::cli {
namespace {

using collector::DamagedFile;
using collector::DamagedHistory;
using collector::Stays;

// In --json, and behind "safety.stays.".
std::string word(Stays stays) {
  switch (stays) {
    case Stays::nothing: return "nothing";
    case Stays::files: return "files";
    case Stays::hours: return "hours";
    case Stays::files_and_hours: return "files_and_hours";
    case Stays::all: return "all";
  }
  return {};
}

std::uint64_t bytes_of(const DamagedHistory& found) {
  std::uint64_t sum = 0;
  for (const auto& file : found.files) sum += file.bytes;
  return sum;
}

Json json_of(const DamagedHistory& found, bool dry) {
  Json files{Json::Array{}}, json;
  for (const auto& file : found.files) {
    Json what{Json::Array{}}, one;
    for (const auto& finding : file.findings) what.push(render(finding.what, Lang::en));
    one.set("day", collector::day_text(file.day)).set("file", "history/" + file.name);
    one.set("bytes", file.bytes).set("missing", file.missing).set("what", std::move(what));
    one.set("stays", word(file.stays));
    files.push(one.set("aside", file.aside.empty() ? Json(nullptr) : Json("history/" + file.aside)));
  }
  json.set("dry_run", dry).set("damaged", std::move(files));
  return json.set("files", found.files.size()).set("bytes", bytes_of(found));
}

std::string what_is_wrong(const Context& c, const DamagedFile& file) {
  const auto first = printable(c.say(file.findings.front().what));
  if (file.findings.size() == 1) return first;
  return c.say(
      {"safety.damaged.more", {{"what", first}, {"count", std::to_string(file.findings.size() - 1)}}});
}

void print_found(Context& c, const DamagedHistory& found) {
  Table table({{c.t("safety.col.day")},
               {c.t("safety.col.file")},
               {c.t("safety.col.size"), Fit::keep, true},
               {c.t("safety.col.what"), Fit::wrap},
               {c.t("safety.col.stays"), Fit::wrap}});
  for (const auto& file : found.files)
    table.add({collector::day_text(file.day), printable(file.name), size_text(file.bytes),
               what_is_wrong(c, file), c.t("safety.stays." + word(file.stays))});
  c.print(table);
}

Message summary(const char* id, const DamagedHistory& found) {
  std::set<std::int64_t> days;
  for (const auto& file : found.files) days.insert(file.day);
  return {id,
          {{"files", grouped(found.files.size())},
           {"days", grouped(days.size())},
           {"bytes", size_text(bytes_of(found))}}};
}

void print_aside(Context& c, const std::string& dir, const DamagedHistory& found) {
  Table table({{c.t("safety.col.file")}, {c.t("safety.col.size"), Fit::keep, true}});
  for (const auto& file : found.files)
    if (!file.aside.empty()) table.add({printable(file.aside), size_text(file.bytes)});
  if (table.empty()) return;
  paragraph(c, c.out, c.say({"safety.damaged.kept", {{"dir", dir + "/history"}}}));
  c.print(table);
}

DamagedHistory look(Context& c, io::FileSystem& fs, const std::string& dir) {
  Bar bar(c);
  auto found = collector::find_damaged(
      fs, dir, [&bar](std::uint64_t done, std::uint64_t total) { bar.at(done, total); });
  bar.end();
  return found;
}

int report(Context& c, const std::string& dir, const DamagedHistory& found, bool dry) {
  if (c.json) {
    c.print(json_of(found, dry));
    return kOk;
  }
  const bool nothing = found.files.empty();
  paragraph(c, c.out,
            c.say(summary(nothing ? "safety.damaged.nothing"
                          : dry   ? "safety.damaged.would"
                                  : "safety.damaged.done",
                          found)));
  print_aside(c, dir, found);
  return kOk;
}

}  // namespace

int prune_damaged(Context& c, const Arguments& a) {
  if (!a.has("--dir"))
    throw CommandFailed({"safety.damaged.stopped", {}}, {"safety.mend.stopped", {}}, kUsage);
  const auto dir = a.get("--dir");
  const bool dry = a.has("--dry-run");
  const auto lock =
      lock_to_prune(dir, dry, {"safety.mend.stopped", {}});  // also while a person thinks it over
  io::PosixFileSystem fs;
  try {
    auto found = look(c, fs, dir);
    if (!c.json && !found.files.empty()) print_found(c, found);
    if (!dry && !found.files.empty()) {
      if (!agreed(c, a, summary("safety.damaged.ask", found))) return kFailed;
      collector::take_out(fs, dir, found);
    }
    return report(c, dir, found, dry);
  } catch (const Fault& fault) {
    throw failure_of(fault);
  }
}

}  // namespace xj::cli
