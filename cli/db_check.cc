// `xunjian db check`: every byte of a folder nobody runs on, or of a backup, read and proven.
#include "cli/data_folder.h"
#include "cli/db_findings.h"
#include "collector/safety/check.h"
#include "collector/store/migrate.h"
#include "core/width.h"

namespace xj::cli {
namespace {

Json json_of(const std::string& dir, const collector::Checked& checked, bool listed) {
  Json findings{Json::Array{}};
  for (const auto& f : checked.findings) {
    Json one;
    one.set("file", f.file).set("offset", f.offset >= 0 ? Json(f.offset) : Json(nullptr)).set("row", f.row);
    one.set("what", render(f.what, Lang::en)).set("mend", render(f.mend, Lang::en));
    findings.push(std::move(one));
  }
  Json journal, history, state, json;
  journal.set("records", checked.journal.records).set("first", checked.journal.first);
  journal.set("last", checked.journal.last).set("bytes", checked.journal.bytes);
  history = parts_json(checked.history);
  state.set("version", checked.state_version).set("bytes", checked.state_bytes).set("sealed", checked.sealed);
  state.set("cases", checked.proven.cases).set("events", checked.proven.events);
  state.set("documents", checked.proven.documents).set("decisions", checked.proven.decisions);
  state.set("not_decided", checked.proven.not_decided).set("proven", !checked.older);
  json.set("dir", dir).set("sound", checked.findings.empty()).set("backup", listed);
  json.set("journal", std::move(journal));
  json.set("history", std::move(history)).set("state", std::move(state));
  return json.set("findings", std::move(findings));
}

void print_findings(Context& c, const collector::Findings& findings) {
  Table table({{c.t("safety.col.file")},
               {c.t("safety.col.at")},
               {c.t("safety.col.what"), Fit::wrap},
               {c.t("safety.col.mend"), Fit::wrap}});
  for (const auto& f : findings) {
    const auto at = f.offset >= 0 ? std::to_string(f.offset) : f.row;
    table.add({printable(f.file), printable(at), printable(c.say(f.what)), printable(c.say(f.mend))});
  }
  c.print(table);
}

// Empty: there is nothing to say of a list.
Message listed_words(const collector::BackupList* list, bool may_be_backup) {
  if (list != nullptr)
    return {"safety.check.listed",
            {{"made", to_iso(list->made)},
             {"files", grouped(list->files.size())},
             {"bytes", size_text(list->bytes())}}};
  return may_be_backup ? Message{"safety.check.unlisted", {}} : Message{};
}

void print_summary(Context& c, const std::string& dir, const collector::Checked& checked,
                   const Message& listed) {
  const auto& proven = checked.proven;
  paragraph(c, c.out,
            c.say({"safety.check.summary",
                   {{"dir", dir},
                    {"records", grouped(checked.journal.records)},
                    {"files", grouped(checked.history.files)},
                    {"values", grouped(checked.history.values)},
                    {"summaries", grouped(checked.history.summaries)},
                    {"cases", grouped(proven.cases)},
                    {"events", grouped(proven.events)},
                    {"documents", grouped(proven.documents)}}}));
  if (proven.not_decided > 0)
    paragraph(c, c.out,
              c.say({"cli.recompute.not_decided", {{"count", std::to_string(proven.not_decided)}}}));
  if (checked.older)
    paragraph(c, c.out,
              c.say({"safety.state.older",
                     {{"found", std::to_string(checked.state_version)},
                      {"needed", std::to_string(collector::newest_version())}}}) +
                  ' ' + c.say({"safety.mend.older", {}}));
  if (!listed.empty()) paragraph(c, c.out, c.say(listed));
  if (!checked.sealed && checked.state_bytes > 0) paragraph(c, c.out, c.say({"safety.check.unsealed", {}}));
  c.out << c.say(checked.findings.empty()
                     ? Message{"safety.check.sound", {}}
                     : Message{"safety.check.found", {{"count", std::to_string(checked.findings.size())}}})
        << '\n';
}

}  // namespace

int prove_folder(Context& c, const DataFolder& folder, const ProofOf& of) {
  io::PosixFileSystem fs;
  collector::CheckOptions options;
  options.read_contract = contract_reader(folder.holidays);
  Bar bar(c);
  options.progress = [&bar](std::uint64_t done, std::uint64_t total) { bar.at(done, total); };
  const auto checked = [&] {
    try {
      return collector::check_folder(fs, folder.dir, options);
    } catch (const Fault& fault) {  // of this machine: 1 would say that the folder is damaged
      throw failure_of(fault, kUsage);
    }
  }();
  bar.end();
  const auto* list = checked.list ? &*checked.list : of.restored_from;
  if (c.json) {
    c.print(json_of(folder.dir, checked, list != nullptr));
  } else {
    if (!checked.findings.empty()) print_findings(c, checked.findings);
    print_summary(c, folder.dir, checked, listed_words(list, of.may_be_backup));
  }
  return checked.findings.empty() ? kOk : kFailed;
}

int run_db_check(Context& c, const Arguments& a) {
  const auto folder = find_data_folder(c, a, "--dir");
  require_folder(folder.dir, "--dir");
  const auto lock = lock_folder(folder.dir, io::FolderLock::Mode::look);
  return prove_folder(c, folder, {.may_be_backup = a.has("--dir")});
}

}  // namespace xj::cli
