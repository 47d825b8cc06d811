// state.db: SQLite's own checks, the schema as the migrations made it, and what follows from what. A flipped
// bit in a page is named by its seal, in a row also by digest, hash or what is derived from it.
#include "collector/safety/check.h"
#include "collector/safety/still_state.h"
#include "collector/store/cases.h"
#include "collector/store/migrate.h"
#include "collector/store/seal.h"
#include "core/io/pki.h"

namespace xj::collector {
namespace {

constexpr const char* kFile = "state.db";
constexpr int kComplaints = 100;  // of SQLite's own check

class StateCheck {
 public:
  StateCheck(const std::string& path, io::Db& db, const CheckOptions& options, Checked& out)
      : path_(path), db_(db), options_(options), out_(out) {}

  void run() {
    guarded([&] { pragmas(); });
    guarded([&] { schema(); });
    guarded([&] { contracts(); });
    guarded([&] { out_.positions.state = Cases(db_).position(); });
    guarded([&] { derived(); });
  }

 private:
  // What keeps one check from being made says so and leaves the others.
  template <typename Check>
  void guarded(Check check) {
    try {
      check();
    } catch (const Fault& fault) {
      found({}, Message::literal(fault.what()));
    }
  }
  void found(std::string row, Message what, Message mend = {"safety.mend.restore", {}}) {
    for (const auto& old : out_.findings)
      if (old.file == kFile && old.row == row && old.what == what) return;
    out_.findings.push_back({kFile, -1, std::move(row), std::move(what), std::move(mend)});
  }

  void pragmas() {
    auto whole = db_.prepare("pragma integrity_check(" + std::to_string(kComplaints) + ")");
    while (whole->step())
      if (const auto text = whole->text_at(0); text != "ok") found({}, Message::literal(text));
    auto keys = db_.prepare("pragma foreign_key_check");
    while (keys->step())
      found(keys->text_at(0) + " " + keys->text_at(1),
            {"safety.state.reference", {{"to", keys->text_at(2)}}});
  }

  void schema() {
    out_.state_version = version_of(db_);
    if (out_.state_version == 0) return found({}, {"safety.state.not_ours", {}});
    for (const auto& what : schema_differences(db_, path_)) found(what, {"safety.state.schema", {}});
  }

  void contracts() {
    auto row = db_.prepare("select id, revision, body from contracts order by id, revision");
    while (row->step())
      if (io::sha256_hex(row->text_at(2)) != row->text_at(1))
        found("contracts " + row->text_at(0) + " " + row->text_at(1), {"safety.state.revision", {}});
  }

  void derived() {
    if (out_.state_version == 0) return;
    if (out_.state_version < newest_version())
      return found(
          {},
          {"safety.state.older",
           {{"found", std::to_string(out_.state_version)}, {"needed", std::to_string(newest_version())}}},
          {"safety.mend.older", {}});
    RecomputeOptions options;
    options.read_contract = options_.read_contract;
    out_.proven = recompute(db_, options);
    for (const auto& d : out_.proven.differences)
      found(d.table + " " + d.key + " " + d.column,
            {"safety.state.different", {{"stored", d.stored}, {"rebuilt", d.rebuilt}}});
  }

  const std::string& path_;
  io::Db& db_;
  const CheckOptions& options_;
  Checked& out_;
};

void check_seal(io::FileSystem& fs, const std::string& dir, Checked& out) {
  try {
    const auto broken = broken_seals(fs, dir);
    out.sealed = broken.has_value();
    if (!broken) return;
    for (const auto offset : *broken)
      out.findings.push_back({kFile,
                              static_cast<std::int64_t>(offset),
                              {},
                              {"safety.state.seal", {}},
                              {"safety.mend.restore", {}}});
  } catch (const Fault& fault) {
    out.findings.push_back({"state.seal", -1, {}, Message::literal(fault.what()), {"safety.mend.seal", {}}});
  }
}

}  // namespace

void check_state(io::FileSystem& fs, const std::string& dir, const CheckOptions& options, Checked& out) {
  const auto path = dir + "/" + kFile;
  if (!fs.exists(path)) {
    // Where there are no cases, but journal or snapshot, they are gone.
    if (out.positions.snapshot > 0 || out.positions.journal_last > 0)
      out.findings.push_back({kFile, -1, {}, {"safety.state.missing", {}}, {"safety.mend.restore", {}}});
    return;
  }
  out.state_bytes = fs.open(path, io::OpenMode::read)->size();
  check_seal(fs, dir, out);
  check_wal(fs, dir, out);
  try {
    const StillState state(fs, dir);
    const auto db = state.open();
    StateCheck(path, *db, options, out).run();
  } catch (const Fault& fault) {
    out.findings.push_back({kFile, -1, {}, Message::literal(fault.what()), {"safety.mend.restore", {}}});
  }
}

}  // namespace xj::collector
