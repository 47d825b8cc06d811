// state.db: SQLite's own checks, the schema as the migrations made it, and what follows from what. A flipped
// bit in a page is named by its seal, in a row also by digest, hash or what is derived from it.
#include <algorithm>
#include <set>

#include "collector/safety/check.h"
#include "collector/safety/still_state.h"
#include "collector/store/cases.h"
#include "collector/store/migrate.h"
#include "collector/store/seal.h"
#include "core/io/pki.h"

namespace xj::collector {
namespace {

constexpr const char* kFile = "state.db";
constexpr int kComplaints = 100;          // of SQLite's own check
constexpr std::size_t kFindings = 1'000;  // of all of them; the others are counted

void tell_rest(std::size_t count, Findings& findings) {
  if (count > 0)
    findings.push_back({kFile,
                        -1,
                        {},
                        {"safety.state.more", {{"count", std::to_string(count)}}},
                        {"safety.mend.restore", {}}});
}

class StateCheck {
 public:
  StateCheck(const std::string& path, io::Db& db, const CheckOptions& options, Checked& out)
      : path_(path), db_(db), options_(options), out_(out) {}

  void run() {
    guarded([&] { pragmas(); });
    guarded([&] { schema(); });
    guarded([&] { contracts(); });
    guarded([&] { out_.positions.state = Cases(db_).position(); });
    guarded([&] { out_.positions.seen = Cases(db_).position(Cases::kSnapshot); });
    guarded([&] { derived(); });
    tell_rest(more_, out_.findings);
  }

 private:
  // What keeps one check from being made says so and leaves the others.
  template <typename Check>
  void guarded(Check check) {
    try {
      check();
    } catch (const Fault& fault) {
      pass_on_unless_damage(fault);
      found({}, damage_in_words(fault));
    }
  }
  void found(std::string row, Message what, Message mend = {"safety.mend.restore", {}}) {
    if (!said_.insert(row + '\n' + render(what, Lang::en)).second) return;
    if (said_.size() > kFindings) {
      ++more_;
      return;
    }
    out_.findings.push_back({kFile, -1, std::move(row), std::move(what), std::move(mend)});
  }

  void pragmas() {
    auto whole = db_.prepare("pragma integrity_check(" + std::to_string(kComplaints) + ")");
    while (whole->step())
      if (const auto text = whole->text_at(0); text != "ok") found({}, damage_in_words(text));
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
    out_.older = out_.state_version < newest_version();
    if (out_.older) return;
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
  std::set<std::string> said_;
  std::size_t more_ = 0;
};

void check_seal(io::FileSystem& fs, const std::string& dir, Checked& out) {
  try {
    const auto broken = broken_seals(fs, dir);
    out.sealed = broken.has_value();
    if (!broken) return;
    const auto told = std::min(broken->size(), kFindings);
    for (std::size_t i = 0; i < told; ++i)
      out.findings.push_back({kFile,
                              static_cast<std::int64_t>((*broken)[i]),
                              {},
                              {"safety.state.seal", {}},
                              {"safety.mend.restore", {}}});
    tell_rest(broken->size() - told, out.findings);
  } catch (const Fault& fault) {
    pass_on_unless_damage(fault);
    out.findings.push_back({"state.seal", -1, {}, damage_in_words(fault), {"safety.mend.seal", {}}});
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
    pass_on_unless_damage(fault);
    out.findings.push_back({kFile, -1, {}, damage_in_words(fault), {"safety.mend.restore", {}}});
  }
}

}  // namespace xj::collector
