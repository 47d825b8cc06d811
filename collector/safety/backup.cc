#include "collector/safety/backup.h"

#include <algorithm>
#include <filesystem>

#include "collector/memory.h"
#include "collector/safety/copy.h"
#include "collector/safety/still_state.h"
#include "collector/store/seal.h"
#include "core/io/pki.h"
#include "core/json.h"

namespace xj::collector {
namespace {

constexpr std::size_t kListBytes = 64u << 20;

Json plain(const BackupList& list) {
  Json files{Json::Array{}};
  for (const auto& file : list.files) {
    Json one;
    files.push(one.set("name", file.name).set("bytes", file.bytes).set("sha256", file.sha256));
  }
  Json json;
  json.set("v", 1).set("made", to_ms(list.made)).set("program", list.program);
  return json.set("files", std::move(files));
}

// "pki/ca.key"; nothing that leads out of the folder.
bool is_name(std::string_view name) {
  if (name.empty() || name.starts_with('/') || name.ends_with('/')) return false;
  for (std::size_t at = 0; at <= name.size();) {
    const auto end = std::min(name.find('/', at), name.size());
    const auto part = name.substr(at, end - at);
    if (part.empty() || part == "." || part == ".." || part.find('\0') != std::string_view::npos)
      return false;
    at = end + 1;
  }
  return true;
}

}  // namespace

std::uint64_t BackupList::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& file : files) sum += file.bytes;
  return sum;
}

std::string encode(const BackupList& list) {
  auto json = plain(list);
  const auto sum = io::sha256_hex(json.dump());
  return json.set("sha256", sum).dump() + '\n';
}

namespace {

[[noreturn]] void damaged_list(const std::string& detail) {
  throw SaidFault({"safety.backup.damaged_list", {{"detail", detail}}}, {"safety.mend.other_backup", {}});
}

}  // namespace

BackupList decode_backup_list(std::string_view bytes) {
  auto parsed = parse_json(bytes, {.depth = 8, .bytes = kListBytes});
  if (const auto* bad = std::get_if<JsonError>(&parsed))
    damaged_list("byte " + std::to_string(bad->offset) + ": " + bad->what);
  const auto& json = std::get<Json>(parsed);
  if (json["v"].int_or(0) != 1) throw SaidFault({"safety.backup.version", {}});
  BackupList list;
  list.made = from_ms(json["made"].int_or(0));
  list.program = json["program"].string_or("");
  for (const auto& entry : json["files"].items()) {
    const auto size = entry["bytes"].int_or(-1);
    if (size < 0) damaged_list("a file without a size");
    BackupFile file{entry["name"].string_or(""), static_cast<std::uint64_t>(size),
                    entry["sha256"].string_or("")};
    if (!is_name(file.name)) damaged_list("a file without a name of its own");
    list.files.push_back(std::move(file));
  }
  if (encode(list) != bytes) damaged_list("its checksum is wrong");
  return list;
}

bool is_backup(io::FileSystem& fs, const std::string& dir) { return fs.exists(dir + "/" + kBackupList); }

bool is_half_backup(io::FileSystem& fs, const std::string& dir) {
  return fs.exists(dir + "/" + kBackingUp) && !is_backup(fs, dir);
}

BackupList read_backup_list(io::FileSystem& fs, const std::string& dir) {
  if (!is_backup(fs, dir))
    throw SaidFault({"safety.backup.no_list", {{"dir", dir}, {"list", kBackupList}}},
                    {"safety.mend.no_list", {}});
  return decode_backup_list(io::read_whole(fs, dir + "/" + kBackupList, kListBytes));
}

namespace {

struct Journal {
  std::uint64_t first = 0, last = 0;
  std::vector<std::pair<std::string, std::uint64_t>> segments;  // and where their whole records end
  std::optional<SaidFault> damage;
};

SaidFault damage_of(const io::RecordLogFault& f) {
  const Message mend{"safety.mend.keep_backups", {}};
  if (f.kind == io::RecordLogFault::Kind::foreign)
    return SaidFault({"safety.backup.foreign", {{"file", f.file}}}, mend);
  return SaidFault({"safety.backup.journal",
                    {{"file", f.file},
                     {"offset", std::to_string(f.offset)},
                     {"number", std::to_string(f.number)},
                     {"missing", std::to_string(f.missing)}}},
                   mend);
}

// A segment is copied up to its last whole record: what is damaged would be cut away without a word.
Journal survey_journal(io::FileSystem& fs, const BackupSource& source, const CopyOptions& options) {
  using Kind = io::RecordLogFault::Kind;
  Journal out;
  io::RecordLogVisits visits;
  visits.fault = [&](const io::RecordLogFault& f) {
    if (f.kind == Kind::tail && !source.synced && source.torn) source.torn(f);
    if ((f.kind == Kind::record || f.kind == Kind::foreign) && !out.damage) out.damage = damage_of(f);
  };
  visits.progress = [&](std::uint64_t) { options.go_on(); };
  visits.segment = [&](const std::string& file, std::uint64_t end) {
    out.segments.emplace_back(file.substr(source.dir.size() + 1), end);
  };
  const auto found = io::survey_record_log(fs, source.dir + "/journal", source.max_record, visits);
  out.first = found.first, out.last = found.last;
  if (!out.damage && source.synced && out.last < *source.synced)
    out.damage = SaidFault({"safety.backup.short_journal",
                            {{"dir", source.dir},
                             {"last", std::to_string(out.last)},
                             {"written", std::to_string(*source.synced)}}},
                           {"safety.mend.keep_backups", {}});
  return out;
}

Journal whole_journal(io::FileSystem& fs, const BackupSource& source, const CopyOptions& options) {
  auto out = survey_journal(fs, source, options);
  // What is just being written may look damaged; it does not twice.
  for (int again = 0; out.damage && source.synced && again < 2; ++again)
    out = survey_journal(fs, source, options);
  if (out.damage) throw SaidFault(*out.damage);
  return out;
}

// The order makes it one state: a snapshot never knows more than the state.db copied after it, and the
// journal is last, so it holds all that either does. docs/storage.md tells why.
BackupList copy_all(io::FileSystem& fs, const BackupSource& source, const std::string& to, Timestamp now,
                    const CopyOptions& options) {
  fs.make_dirs(to);
  io::write_whole(fs, to + "/" + kBackingUp, "of " + source.dir + "\n");
  make_folders(fs, to);
  Copier copier(fs, options);
  BackupList list{now, XJ_VERSION, {}};
  Positions positions;
  for (const auto& file : source.history.files) copier.expect(file.figures.bytes);
  for (const auto& summary : source.history.summaries) copier.expect(summary.figures.bytes);
  copier.expect(size_of(fs, source.dir + "/snapshot") + size_of(fs, source.dir + "/state.db"));
  const auto take = [&](const std::string& name, std::optional<std::uint64_t> bytes = std::nullopt) {
    list.files.push_back(copier.copy(source.dir, to, name, bytes));
  };

  for (const auto& name : files_in(fs, source.dir, "pki")) take(name);
  if (fs.exists(source.dir + "/snapshot")) take("snapshot");
  positions.snapshot = snapshot_position(fs, to + "/snapshot");
  for (const auto& file : source.history.files) take("history/" + file.name);
  for (const auto& summary : source.history.summaries) take("history/" + summary.name);
  io::write_whole(fs, to + "/history/manifest", encode(source.history));
  list.files.push_back(copier.hash(to, "history/manifest"));
  positions.history = source.history.position;

  // SQLite would make it for everybody to read.
  (void)fs.open(to + "/state.db", io::OpenMode::create);
  const auto of_state = source.copy_state(to + "/state.db");
  positions.state = of_state.state, positions.seen = of_state.seen;
  fs.open(to + "/state.db", io::OpenMode::read_write)->sync_data();
  fs.sync_dir(to);
  list.files.push_back(copier.hash(to, "state.db"));
  seal_state(fs, to);
  list.files.push_back(copier.hash(to, "state.seal"));

  const auto journal = whole_journal(fs, source, options);
  positions.journal_first = journal.first, positions.journal_last = journal.last;
  require_fit(source.dir, positions);
  for (const auto& [name, end] : journal.segments) copier.expect(end);
  for (const auto& [name, end] : journal.segments) take(name, end);

  io::write_whole(fs, to + "/" + kBackupList, encode(list));
  fs.remove(to + "/" + kBackingUp);
  fs.sync_dir(to);
  return list;
}

}  // namespace

BackupList back_up(io::FileSystem& fs, const BackupSource& source, const std::string& to, Timestamp now,
                   const CopyOptions& options) {
  require_empty(fs, to);
  const auto made = missing_folders(fs, to);
  try {
    return copy_all(fs, source, to, now, options);
  } catch (...) {
    clear_folder(fs, to, made);
    throw;
  }
}

BackupSource stopped_folder(io::FileSystem& fs, const std::string& dir) {
  require_restored(fs, dir);
  BackupSource source;
  source.dir = dir;
  const auto manifest = dir + "/history/manifest";
  if (fs.exists(manifest)) source.history = decode_manifest(io::read_whole(fs, manifest));
  source.copy_state = [&fs, dir](const std::string& to) {
    const StillState state(fs, dir);
    return copy_state_db(*state.open(), to);
  };
  return source;
}

Positions copy_state_db(io::Db& from, const std::string& to, const char* vfs) {
  io::copy_database(from, to);
  const auto copy = io::open_sqlite(to, io::DbMode::still, vfs);
  return positions_in(*copy);
}

bool is_within(const std::string& path, const std::string& dir) {
  const auto plain = [](const std::string& text) {
    std::error_code error;
    auto out = std::filesystem::weakly_canonical(std::filesystem::absolute(text), error);
    if (error) out = std::filesystem::absolute(text).lexically_normal();
    return out / "";
  };
  const auto inner = plain(path).string(), outer = plain(dir).string();
  return inner.starts_with(outer);
}

Findings check_backup(io::FileSystem& fs, const std::string& dir, const BackupList& list,
                      const Progress& progress) {
  Findings findings;
  const CopyOptions options{progress, nullptr};
  Copier copier(fs, options);
  copier.expect(list.bytes());
  for (const auto& file : list.files) {
    const auto found = [&](Message what) {
      findings.push_back({file.name, -1, {}, std::move(what), {"safety.mend.other_backup", {}}});
    };
    if (!fs.exists(dir + "/" + file.name)) {
      found({"safety.history.missing", {}});
      continue;
    }
    const auto now = copier.hash(dir, file.name);
    if (now.bytes != file.bytes)
      found({"safety.backup.size",
             {{"found", std::to_string(now.bytes)}, {"listed", std::to_string(file.bytes)}}});
    else if (now.sha256 != file.sha256)
      found({"safety.backup.digest", {}});
  }
  return findings;
}

void require_restored(io::FileSystem& fs, const std::string& dir) {
  if (fs.exists(dir + "/" + kRestoring))
    throw SaidFault({"safety.restore.unfinished", {{"dir", dir}}}, {"safety.mend.half", {}});
  if (is_half_backup(fs, dir))
    throw SaidFault({"safety.backup.unfinished", {{"dir", dir}}}, {"safety.mend.half_backup", {}});
}

void require_startable(io::FileSystem& fs, const std::string& dir) {
  require_restored(fs, dir);
  if (is_backup(fs, dir))
    throw SaidFault({"safety.backup.is_one", {{"dir", dir}}}, {"safety.mend.is_backup", {{"dir", dir}}});
}

// The marker refuses a start until the last file is there. A start that does not look for it would mostly be
// refused too: state.db comes first and knows of records that the journal, which comes last and newest first,
// does not hold yet.
BackupList restore(io::FileSystem& fs, const std::string& from, const std::string& to,
                   const CopyOptions& options) {
  auto list = read_backup_list(fs, from);
  require_empty(fs, to);
  const auto rank = [](const std::string& name) {
    return name == "state.db"             ? 0
           : name.starts_with("pki/")     ? 1
           : name.starts_with("journal/") ? 9
           : name == "history/manifest"   ? 3
           : name == "snapshot"           ? 4
                                          : 2;
  };
  auto files = list.files;
  std::sort(files.begin(), files.end(), [&](const BackupFile& a, const BackupFile& b) {
    const auto x = rank(a.name), y = rank(b.name);
    return x != y ? x < y : x == 9 ? a.name > b.name : a.name < b.name;
  });
  fs.make_dirs(to);
  io::write_whole(fs, to + "/" + kRestoring, "from " + from + "\n");
  make_folders(fs, to);
  Copier copier(fs, options);
  copier.expect(list.bytes());
  for (const auto& file : files) {
    const auto copied = copier.copy(from, to, file.name);
    if (copied.bytes == file.bytes && copied.sha256 == file.sha256) continue;
    // Not one byte of it shall be taken for what it is not.
    fs.remove(to + "/" + file.name);
    fs.sync_dir(io::parent_dir(to + "/" + file.name));
    throw SaidFault({"safety.restore.differs", {{"file", from + "/" + file.name}}},
                    {"safety.mend.differs", {{"to", to}}});
  }
  fs.remove(to + "/" + kRestoring);
  fs.sync_dir(to);
  return list;
}

}  // namespace xj::collector
