// `xunjian db prune`: days of history that are not wanted any more, of a running collector or of a folder.
#include "cli/db_prune.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "cli/data_folder.h"
#include "collector/safety/prune.h"

namespace xj::cli {
namespace {

constexpr std::int64_t kDay = 24LL * 3600 * 1000;

// Which days, or what is damaged.
void require_one_way(const Arguments& a) {
  const std::string_view ways[] = {"--before", "--keep", "--damaged"};
  if (std::count_if(std::begin(ways), std::end(ways), [&](auto way) { return a.has(way); }) == 1) return;
  throw CommandFailed({"query.one_of", {{"these", "--before, --keep, --damaged"}}},
                      {"cli.mend.help", {{"command", "xunjian db prune"}}}, kUsage);
}

std::int64_t first_kept(const Context& c, const Arguments& a) {
  const auto bad = [](const char* option, const std::string& value, const char* accepts) {
    return CommandFailed({"safety.prune.bad", {{"option", option}, {"value", value}, {"accepts", accepts}}},
                         {}, kUsage);
  };
  if (a.has("--before")) {
    const auto day = collector::parse_day(a.get("--before"));
    if (!day) throw bad("--before", a.get("--before"), "2026-08-01");
    return *day;
  }
  const auto keep = parse_duration(a.get("--keep"));
  if (!keep || keep->count() < kDay || keep->count() % kDay != 0) throw bad("--keep", a.get("--keep"), "90d");
  return to_ms(c.clock.now()) / kDay - keep->count() / kDay;
}

// The manifest is written anew, as ours: a collector of another account could not start on it.
void require_own(const std::string& dir) {
  struct stat manifest{};
  if (::stat((dir + "/history/manifest").c_str(), &manifest) == 0 && manifest.st_uid != ::geteuid())
    throw CommandFailed({"safety.prune.account", {{"folder", dir}}}, {"safety.mend.account", {}}, kUsage);
}

// What goes, or would; of the collector or of the folder.
Json prune(Context& c, const Arguments& a, std::int64_t before, bool dry) {
  if (!a.has("--dir")) {
    Json body;
    return c.post("/api/v1/history/prune",
                  body.set("before", collector::day_text(before)).set("dry_run", dry));
  }
  io::PosixFileSystem fs;
  try {
    const auto done = collector::prune_folder(fs, a.get("--dir"), before, c.clock.now(), dry);
    if (done.refused) throw CommandFailed(*done.refused);
    return collector::prune_report(done.days, before, dry);
  } catch (const Fault& fault) {
    throw failure_of(fault);
  }
}

std::uint64_t number(const Json& json) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, json.int_or(0)));
}

void print_days(Context& c, const Json& report) {
  Table table({{c.t("safety.col.day")},
               {c.t("safety.col.files"), Fit::keep, true},
               {c.t("safety.col.size"), Fit::keep, true}});
  for (const auto& day : report["days"].items())
    table.add({day["day"].string_or(""), grouped(number(day["files"])), size_text(number(day["bytes"]))});
  c.print(table);
}

Message summary(const char* id, const Json& report) {
  return {id,
          {{"days", grouped(report["days"].items().size())},
           {"files", grouped(number(report["files"]))},
           {"bytes", size_text(number(report["bytes"]))},
           {"before", report["before"].string_or("")}}};
}

}  // namespace

std::unique_ptr<io::FolderLock> lock_to_prune(const std::string& dir, bool dry, const Message& mend) {
  require_folder(dir, "--dir");
  const auto mode = dry ? io::FolderLock::Mode::look : io::FolderLock::Mode::own;
  if (!dry) require_own(dir);  // before `lock` is made, as ours
  return std::unique_ptr<io::FolderLock>(new io::FolderLock(lock_folder(dir, mode, mend)));
}

bool agreed(Context& c, const Arguments& a, const Message& question) {
  if (a.has("--yes")) return true;
  if (!c.confirm) throw CommandFailed({"safety.prune.say_yes", {}}, {}, kUsage);
  if (c.confirm(c.say(question))) return true;
  c.out << c.t("safety.prune.left") << '\n';
  return false;
}

int run_db_prune(Context& c, const Arguments& a) {
  require_one_way(a);
  if (a.has("--damaged")) return prune_damaged(c, a);
  const auto before = first_kept(c, a);
  std::unique_ptr<io::FolderLock> lock;  // also while a person thinks it over
  if (a.has("--dir")) lock = lock_to_prune(a.get("--dir"), a.has("--dry-run"), {"safety.mend.held_ask", {}});
  auto report = prune(c, a, before, true);
  const bool nothing = report["days"].items().empty();
  if (!c.json && !nothing) print_days(c, report);
  if (!a.has("--dry-run") && !nothing) {
    if (!agreed(c, a, summary("safety.prune.ask", report))) return kFailed;
    report = prune(c, a, before, false);
  }
  if (c.json) {
    c.print(report);
    return kOk;
  }
  paragraph(c, c.out,
            c.say(summary(nothing              ? "safety.prune.nothing"
                          : a.has("--dry-run") ? "safety.prune.would"
                                               : "safety.prune.done",
                          report)));
  return kOk;
}

}  // namespace xj::cli
