#include "collector/safety/export_file.h"

#include <filesystem>

#include "collector/safety/copy.h"
#include "core/wire.h"

namespace xj::collector {
namespace {

constexpr std::size_t kPiece = 1u << 20;
constexpr const char* kSamples = "samples";
constexpr const char* kPart = ".part";

}  // namespace

ExportFolder::ExportFolder(io::FileSystem& fs, std::string dir) : fs_(fs), dir_(std::move(dir)) {
  if (!fs_.list(dir_).empty())
    throw SaidFault({"safety.not_empty", {{"dir", dir_}}}, {"safety.mend.not_empty", {}});
  made_.push_back(dir_ + "/" + kSamples);
  auto up = dir_;
  for (std::string last; up != last && !fs_.exists(up); up = io::parent_dir(up)) made_.push_back(last = up);
  fs_.make_dirs(dir_ + "/" + kSamples);
  list_.program = XJ_VERSION;
}

ExportFolder::~ExportFolder() {
  if (done_) return;
  for (const auto& name : touched_) try {
      fs_.remove(dir_ + "/" + name);
    } catch (const std::exception&) {  // the fault that brought us here is the one to tell
    }
  std::error_code ignored;  // one that is not empty stays
  for (const auto& folder : made_) std::filesystem::remove(folder, ignored);
}

BackupList ExportFolder::finish(Timestamp now) {
  list_.made = now;
  touched_.emplace_back(kExportList);
  touched_.emplace_back(std::string(kExportList) + ".new");
  io::write_whole(fs_, dir_ + "/" + kExportList, encode(list_));
  done_ = true;
  return list_;
}

ExportFile::ExportFile(ExportFolder& folder, std::string name)
    : folder_(folder), name_(std::move(name)), packed_(name_.ends_with(".zst")) {}

void ExportFile::add(std::string_view bytes) {
  waiting_ += bytes;
  if (waiting_.size() >= kPiece) flush();
}

void ExportFile::flush() {
  if (waiting_.empty()) return;
  const auto bytes = packed_ ? wire::deflate(waiting_) : std::move(waiting_);
  waiting_.clear();
  if (file_ == nullptr) {
    folder_.touched_.push_back(name_ + kPart);
    file_ = folder_.fs_.open(folder_.dir_ + "/" + name_ + kPart, io::OpenMode::create);
  }
  file_->write_at(offset_, bytes);
  sum_.add(bytes);
  offset_ += bytes.size();
}

void ExportFile::finish() {
  flush();
  if (file_ == nullptr) return;
  file_->sync_data();
  file_.reset();
  const auto path = folder_.dir_ + "/" + name_;
  folder_.touched_.push_back(name_);
  folder_.fs_.rename(path + kPart, path);
  folder_.fs_.sync_dir(io::parent_dir(path));
  folder_.add({name_, offset_, sum_.hex()});
}

}  // namespace xj::collector
