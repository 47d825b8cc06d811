#include "collector/safety/check.h"

#include "collector/ingest/journal_record.h"
#include "collector/ingest/submission.h"
#include "collector/memory.h"
#include "collector/safety/backup.h"
#include "collector/safety/copy.h"

namespace xj::collector {
namespace {

std::uint64_t bytes_below(io::FileSystem& fs, const std::string& dir) {
  std::uint64_t sum = 0;
  for (const auto& name : fs.list(dir)) sum += size_of(fs, dir + "/" + name);
  return sum;
}

std::string below(const std::string& dir, const std::string& path) {
  return path.starts_with(dir + "/") ? path.substr(dir.size() + 1) : path;
}

// What is wrong with a record whose checksum is right; empty: nothing.
std::string payload_fault(std::string_view bytes) {
  try {
    const auto record = decode_record(bytes);
    if (const auto* batch = std::get_if<BatchRecord>(&record)) {
      const auto read = read_submission(batch->agent, std::string(batch->body), batch->zstd);
      if (const auto* bad = std::get_if<wire::Malformed>(&read)) return bad->detail;
    }
  } catch (const Fault& fault) {
    return fault.what();
  }
  return {};
}

Message words_for(const io::RecordLogFault& f) {
  const auto number = std::to_string(f.number);
  switch (f.kind) {
    case io::RecordLogFault::Kind::header: return {"safety.journal.header", {}};
    case io::RecordLogFault::Kind::foreign: return {"safety.journal.foreign", {}};
    case io::RecordLogFault::Kind::record:
      return {"safety.journal.record", {{"number", number}, {"missing", std::to_string(f.missing)}}};
    case io::RecordLogFault::Kind::tail: return {"safety.journal.tail", {{"number", number}}};
    case io::RecordLogFault::Kind::payload:
      return {"safety.journal.payload", {{"number", number}, {"detail", f.what}}};
  }
  return {};
}

Message mend_for(io::RecordLogFault::Kind kind) {
  if (kind == io::RecordLogFault::Kind::header) return {"safety.mend.itself", {}};
  if (kind == io::RecordLogFault::Kind::tail) return {"safety.mend.tail", {}};
  return {"safety.mend.restore", {}};
}

}  // namespace

void check_journal(io::FileSystem& fs, const std::string& dir, const CheckOptions& options,
                   const CheckMeter& meter, Checked& out) {
  io::RecordLogVisits visits;
  visits.fault = [&](const io::RecordLogFault& f) {
    out.findings.push_back(
        {below(dir, f.file), static_cast<std::int64_t>(f.offset), {}, words_for(f), mend_for(f.kind)});
  };
  visits.record = [](std::uint64_t, std::string_view payload) { return payload_fault(payload); };
  visits.progress = [&](std::uint64_t bytes) { meter.at(bytes); };
  try {
    out.journal = io::survey_record_log(fs, dir + "/journal", options.max_record, visits);
  } catch (const Fault& fault) {
    pass_on_unless_damage(fault);
    out.findings.push_back({"journal", -1, {}, damage_in_words(fault), {"safety.mend.restore", {}}});
  }
  out.positions.journal_first = out.journal.first;
  out.positions.journal_last = out.journal.last;
}

void check_snapshot(io::FileSystem& fs, const std::string& dir, Checked& out) {
  out.snapshot_bytes = size_of(fs, dir + "/snapshot");
  try {
    out.positions.snapshot = read_snapshot(fs, dir + "/snapshot").position;
  } catch (const Fault& fault) {
    pass_on_unless_damage(fault);
    out.findings.push_back({"snapshot", -1, {}, damage_in_words(fault), {"safety.mend.restore", {}}});
  }
}

namespace {

void check_listed(io::FileSystem& fs, const std::string& dir, const CheckMeter& meter, Checked& out) {
  try {
    auto list = read_backup_list(fs, dir);
    auto listed = check_backup(fs, dir, list, [&](std::uint64_t done, std::uint64_t) { meter.at(done); });
    out.findings.insert(out.findings.end(), listed.begin(), listed.end());
    out.list = std::move(list);
  } catch (const Fault& fault) {
    pass_on_unless_damage(fault);
    out.findings.push_back({kBackupList, -1, {}, damage_in_words(fault), {"safety.mend.other_backup", {}}});
  }
}

// What the disk does not give of a part that could not tell it itself.
template <typename Look>
void look_at(const char* part, Checked& out, Look look) {
  try {
    look();
  } catch (const Fault& fault) {
    pass_on_unless_damage(fault);
    out.findings.push_back({part, -1, {}, damage_in_words(fault), {"safety.mend.restore", {}}});
  }
}

}  // namespace

Checked check_folder(io::FileSystem& fs, const std::string& dir, const CheckOptions& options) {
  Checked out;
  std::uint64_t journal = 0, history = 0, state = 0;
  bool backup = false;
  look_at(".", out, [&] {
    if (fs.exists(dir + "/" + kRestoring))
      out.findings.push_back({kRestoring, -1, {}, {"safety.restore.half", {}}, {"safety.mend.half", {}}});
    if (is_half_backup(fs, dir))
      out.findings.push_back(
          {kBackingUp, -1, {}, {"safety.backup.half", {}}, {"safety.mend.half_backup", {}}});
    backup = is_backup(fs, dir);
    journal = bytes_below(fs, dir + "/journal"), history = bytes_below(fs, dir + "/history");
    state = size_of(fs, dir + "/state.db");
  });
  CheckMeter meter(options.progress, (journal + history + state) * (backup ? 2 : 1));
  if (backup) {
    check_listed(fs, dir, meter, out);
    meter.part_done(journal + history + state);
  }
  check_journal(fs, dir, options, meter, out);
  meter.part_done(journal);
  look_at("snapshot", out, [&] { check_snapshot(fs, dir, out); });
  look_at("history", out, [&] { check_history(fs, dir, meter, out); });
  meter.part_done(history);
  look_at("state.db", out, [&] { check_state(fs, dir, options, out); });
  meter.part_done(state);
  look_at("pki", out, [&] { check_pki(fs, dir, out); });
  // Parts that are damaged may not have told where they are.
  if (out.findings.empty()) {
    try {
      require_fit(dir, out.positions);
    } catch (const Fault& fault) {
      out.findings.push_back(
          {".", -1, {}, {"safety.unfit", {{"detail", fault.what()}}}, {"safety.mend.together", {}}});
    }
  }
  // What is wrong with a backup is mended by another one, never by a start.
  if (backup)
    for (auto& finding : out.findings) finding.mend = {"safety.mend.other_backup", {}};
  return out;
}

}  // namespace xj::collector
