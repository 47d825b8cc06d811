// `xunjian db export`: samples as CSV, all that is kept of cases as JSON Lines, for whoever takes over.
#include <memory>

#include "cli/data_folder.h"
#include "cli/interrupt.h"
#include "collector/safety/export.h"
#include "collector/safety/prune.h"

namespace xj::cli {
namespace {

constexpr std::int64_t kDay = 24LL * 3600 * 1000;

CommandFailed bad(const char* option, const std::string& value, const char* accepts) {
  return CommandFailed({"safety.prune.bad", {{"option", option}, {"value", value}, {"accepts", accepts}}}, {},
                       kUsage);
}

Timestamp time_of(const Arguments& a, const char* option, Timestamp otherwise) {
  if (!a.has(option)) return otherwise;
  if (const auto day = collector::parse_day(a.get(option))) return from_ms(*day * kDay);
  if (const auto at = parse_iso(a.get(option))) return *at;
  throw bad(option, a.get(option), "2026-08-01, 2026-08-01T08:00:00+08:00");
}

collector::ExportAsk ask_of(const Arguments& a) {
  collector::ExportAsk ask;
  const auto what = a.has("--what") ? a.get("--what") : "all";
  if (what != "all" && what != "samples" && what != "state") throw bad("--what", what, "samples, state, all");
  ask.samples = what != "state", ask.state = what != "samples";
  ask.zst = a.has("--zst");
  ask.which.from = time_of(a, "--from", Timestamp::min());
  ask.which.to = time_of(a, "--to", Timestamp::max());
  if (ask.which.from >= ask.which.to) throw bad("--to", a.get("--to"), "> --from");
  const auto pattern = [&a](const char* option, std::string& into) {
    if (a.has(option)) into = a.get(option);
  };
  pattern("--host", ask.which.agent), pattern("--check", ask.which.check), pattern("--item", ask.which.item);
  pattern("--metric", ask.metric);
  return ask;
}

Json json_of(const std::string& to, const collector::Exported& done) {
  Json files{Json::Array{}}, json;
  for (const auto& file : done.list.files) {
    Json one;
    files.push(one.set("name", file.name).set("bytes", file.bytes).set("sha256", file.sha256));
  }
  json.set("to", to).set("samples", done.samples).set("records", done.records);
  return json.set("journal_behind", done.behind).set("files", std::move(files));
}

std::unique_ptr<io::FolderLock> lock_source(const std::string& dir, const std::string& to, bool with_state) {
  require_folder(dir, "--dir");
  if (with_state) require_state(dir);
  if (collector::is_within(to, dir))
    throw CommandFailed({"safety.backup.inside", {{"dir", dir}}}, {}, kUsage);
  return std::unique_ptr<io::FolderLock>(
      new io::FolderLock(lock_folder(dir, io::FolderLock::Mode::look, {"safety.mend.held_export", {}})));
}

}  // namespace

int run_db_export(Context& c, const Arguments& a) {
  const auto to = folder_named(a, "--out", "db export");
  auto ask = ask_of(a);
  collector::ExportSource source;
  source.files = a.words;
  if (a.has("--dir") && !a.words.empty())
    throw CommandFailed({"query.one_of", {{"these", "FILE, --dir"}}}, {}, kUsage);
  if (a.words.empty()) source.dir = find_data_folder(c, a, "--dir").dir;
  if (!source.files.empty() && !ask.samples) throw bad("--what", "state", "samples");
  std::unique_ptr<io::FolderLock> lock;
  if (!source.dir.empty()) lock = lock_source(source.dir, to, ask.state);
  collector::Exported done;
  io::PosixFileSystem fs;
  const CommandFailed interrupted({"safety.interrupted", {{"to", to}}}, {}, kInterrupted);
  copying(c, {.interrupted = interrupted}, [&](const collector::CopyOptions& options) {
    done = collector::export_data(fs, source, ask, to, c.clock.now(), options);
  });
  if (c.json) {
    c.print(json_of(to, done));
    return kOk;
  }
  paragraph(c, c.out,
            c.say({"safety.export.made",
                   {{"to", to},
                    {"files", grouped(done.list.files.size())},
                    {"bytes", size_text(done.list.bytes())},
                    {"samples", grouped(done.samples)},
                    {"records", grouped(done.records)}}}));
  if (done.behind > 0)
    paragraph(
        c, c.out,
        c.say({collector::is_backup(fs, source.dir) ? "safety.export.behind_backup" : "safety.export.behind",
               {{"count", grouped(done.behind)}}}));
  return kOk;
}

}  // namespace xj::cli
