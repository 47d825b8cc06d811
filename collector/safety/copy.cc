#include "collector/safety/copy.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "core/io/pki.h"

namespace xj::collector {
namespace {

constexpr std::size_t kChunk = 1u << 20;
constexpr const char* kFolders[] = {"journal", "history", "pki"};
constexpr const char* kLock = "lock";  // of who makes the folder

// Keys are for the collector's own account alone, wherever they are.
io::OpenMode mode_for(const std::string& name) {
  return name.starts_with("pki/") && name.ends_with(".key") ? io::OpenMode::create_private
                                                            : io::OpenMode::create;
}

// What people put beside the keys that is no file is no part of it; a pipe would never end.
bool is_no_file(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::exists(status)) return !std::filesystem::is_regular_file(status);
  return std::filesystem::is_symlink(path, error);  // to nowhere
}

}  // namespace

BackupFile Copier::stream(io::File& from, io::File* to, const std::string& name, std::uint64_t bytes) {
  BackupFile out{name, bytes, {}};
  io::Sha256 sum;
  std::string chunk;
  for (std::uint64_t at = 0; at < bytes; at += chunk.size()) {
    options_.go_on();
    chunk.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, bytes - at)));
    if (from.read_at(at, chunk.data(), chunk.size()) != chunk.size())
      throw Fault(name + " became shorter while it was read");
    sum.add(chunk);
    if (to != nullptr) to->write_at(at, chunk);
    done_ += chunk.size();
    if (options_.progress) options_.progress(std::min(done_, total_), total_);
  }
  out.sha256 = sum.hex();
  return out;
}

BackupFile Copier::copy(const std::string& from, const std::string& to, const std::string& name,
                        std::optional<std::uint64_t> bytes) {
  const auto source = fs_.open(from + "/" + name, io::OpenMode::read);
  const auto path = to + "/" + name, fresh = path + ".new";
  BackupFile out;
  {
    const auto target = fs_.open(fresh, mode_for(name));
    target->truncate(0);
    out = stream(*source, target.get(), name, bytes.value_or(source->size()));
    target->sync_data();
  }
  fs_.rename(fresh, path);
  fs_.sync_dir(io::parent_dir(path));
  return out;
}

BackupFile Copier::hash(const std::string& dir, const std::string& name) {
  const auto file = fs_.open(dir + "/" + name, io::OpenMode::read);
  return stream(*file, nullptr, name, file->size());
}

void make_folders(io::FileSystem& fs, const std::string& dir) {
  fs.make_dirs(dir);
  for (const auto* name : kFolders) fs.make_dirs(dir + "/" + name);
}

std::vector<std::string> missing_folders(io::FileSystem& fs, const std::string& dir) {
  std::vector<std::string> out;
  for (const auto* name : kFolders)
    if (!fs.exists(dir + "/" + name)) out.push_back(dir + "/" + name);
  auto up = dir;
  for (std::string last; up != last && !fs.exists(up); up = io::parent_dir(up)) out.push_back(last = up);
  return out;
}

void require_empty(io::FileSystem& fs, const std::string& dir) {
  require_restored(fs, dir);
  for (const auto& name : fs.list(dir)) {
    if (name == kLock) continue;
    if (std::find(std::begin(kFolders), std::end(kFolders), name) != std::end(kFolders) &&
        fs.list(dir + "/" + name).empty())
      continue;
    throw SaidFault({"safety.not_empty", {{"dir", dir}}}, {"safety.mend.not_empty", {}});
  }
}

void clear_folder(io::FileSystem& fs, const std::string& dir,
                  const std::vector<std::string>& folders) noexcept {
  try {
    fs.remove(dir + "/" + kBackupList);
    for (const auto* name : kFolders)
      for (const auto& file : fs.list(dir + "/" + name)) fs.remove(dir + "/" + name + "/" + file);
    for (const auto& name : fs.list(dir))
      if (name != kLock && std::find(std::begin(kFolders), std::end(kFolders), name) == std::end(kFolders))
        fs.remove(dir + "/" + name);
    std::error_code ignored;  // one that is not empty stays
    for (const auto& folder : folders) std::filesystem::remove(folder, ignored);
  } catch (const std::exception&) {  // the fault that brought us here is the one to tell
  }
}

std::vector<std::string> files_in(io::FileSystem& fs, const std::string& dir, const std::string& below) {
  std::vector<std::string> out;
  for (const auto& name : fs.list(dir + "/" + below))
    if (!name.ends_with(".new") && !is_no_file(dir + "/" + below + "/" + name))
      out.push_back(below + "/" + name);
  return out;
}

std::uint64_t size_of(io::FileSystem& fs, const std::string& path) {
  try {
    return fs.exists(path) ? fs.open(path, io::OpenMode::read)->size() : 0;
  } catch (const io::IoFault& fault) {
    if (fault.error_number() == ENOENT) return 0;
    throw;
  }
}

}  // namespace xj::collector
