// `xunjian db backup`: by the collector while it runs, or of a folder nobody runs on.
#include <sys/stat.h>

#include <cerrno>

#include "cli/data_folder.h"
#include "cli/interrupt.h"
#include "collector/safety/backup.h"

namespace xj::cli {
namespace {

constexpr Duration kLook{200};

struct Made {
  std::size_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t torn = 0;  // number of a last record that was not whole
};

// The collector may see other folders at that path than who asks: /tmp, /home. Where we may not look, it is
// as it says.
void require_seen(const std::string& to) {
  struct stat st{};
  if (::stat((to + "/" + collector::kBackupList).c_str(), &st) != 0 && errno == ENOENT)
    throw CommandFailed({"safety.backup.unseen", {{"to", to}}}, {"safety.mend.unseen", {}});
}

// In words of both languages, or the text alone that an earlier collector gives.
Message why_of(const Json& report, const char* said, const char* text) {
  if (const auto& both = report[said]; both.is_object()) return message_of(both);
  const auto plain = report[text].string_or("");
  return plain.empty() ? Message{} : Message::literal(plain);
}

Made online(Context& c, const std::string& to) {
  const Interrupt interrupt;  // before anything begins
  Json body;
  (void)c.post("/api/v1/backups", body.set("to", to));
  Bar bar(c);
  for (;;) {
    const auto report = c.get("/api/v1/backups");
    const auto state = report["state"].string_or("");
    const auto number = [&](const char* name) {
      return static_cast<std::uint64_t>(std::max<std::int64_t>(0, report[name].int_or(0)));
    };
    if (state != "none" && report["to"].string_or("") != to)
      throw CommandFailed({"safety.backup.another", {{"to", report["to"].string_or("")}}});
    if (state == "done") {
      bar.at(1, 1);
      bar.end();
      require_seen(to);
      return {static_cast<std::size_t>(number("files")), number("done_bytes"), 0};
    }
    if (state != "running") {
      bar.end();
      const auto error = report["error"].string_or("");
      if (error.empty()) throw CommandFailed({"safety.backup.restarted", {}});
      throw CommandFailed(why_of(report, "message", "error"), why_of(report, "mend", "hint"));
    }
    if (Interrupt::asked()) {
      bar.end();
      throw CommandFailed({"safety.backup.goes_on", {{"to", to}}}, {"safety.mend.goes_on", {}}, kInterrupted);
    }
    if (number("total_bytes") > 0) bar.at(number("done_bytes"), number("total_bytes"));
    c.pause(kLook);
  }
}

Made offline(Context& c, const std::string& dir, const std::string& to) {
  require_folder(dir, "--dir");
  require_state(dir);
  if (collector::is_within(to, dir))
    throw CommandFailed({"safety.backup.inside", {{"dir", dir}}}, {}, kUsage);
  const auto lock = lock_folder(dir, io::FolderLock::Mode::look, {"safety.mend.held_ask", {}});
  io::PosixFileSystem fs;
  Made made;
  const CommandFailed interrupted({"safety.interrupted", {{"to", to}}}, {}, kInterrupted);
  copying(c, {.interrupted = interrupted}, [&](const collector::CopyOptions& options) {
    auto source = collector::stopped_folder(fs, dir);
    source.torn = [&made](const io::RecordLogFault& fault) { made.torn = fault.number; };
    const auto list = collector::back_up(fs, source, to, c.clock.now(), options);
    made.files = list.files.size(), made.bytes = list.bytes();
  });
  return made;
}

}  // namespace

int run_db_backup(Context& c, const Arguments& a) {
  const auto to = folder_named(a, "--to", "db backup");
  const auto made = a.has("--dir") ? offline(c, folder_named(a, "--dir", "db backup"), to) : online(c, to);
  if (c.json) {
    Json json;
    json.set("to", to).set("files", made.files).set("bytes", made.bytes);
    c.print(json.set("left_out", made.torn > 0 ? Json(made.torn) : Json(nullptr)));
    return kOk;
  }
  paragraph(c, c.out,
            c.say({"safety.backup.made",
                   {{"to", to}, {"files", grouped(made.files)}, {"bytes", size_text(made.bytes)}}}));
  if (made.torn > 0)
    paragraph(c, c.out, c.say({"safety.backup.torn", {{"number", std::to_string(made.torn)}}}));
  paragraph(c, c.out, c.say({"safety.backup.keys", {}}));
  return kOk;
}

}  // namespace xj::cli
