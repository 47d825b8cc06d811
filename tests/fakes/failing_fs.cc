#include "tests/fakes/failing_fs.h"

namespace xj::fakes {

void FailingFs::fail(const char* operation, const std::string& path) {
  failed_ = true;
  throw io::IoFault(operation, path, error_);
}

class FailingFile final : public io::File {
 public:
  FailingFile(FailingFs& fs, std::unique_ptr<io::File> under, std::string path)
      : fs_(fs), under_(std::move(under)), path_(std::move(path)) {}
  std::size_t read_at(std::uint64_t offset, char* into, std::size_t size) override {
    fs_.count("read", path_);
    return under_->read_at(offset, into, size);
  }
  void write_at(std::uint64_t offset, std::string_view bytes) override {
    if (fs_.due()) {
      under_->write_at(offset, bytes.substr(0, bytes.size() / 2));
      fs_.fail("write", path_);
    }
    if (offset + bytes.size() > under_->size()) fs_.need_space("write", path_);
    under_->write_at(offset, bytes);
  }
  void sync_data() override {
    fs_.count("sync", path_);
    under_->sync_data();
  }
  void truncate(std::uint64_t size) override {
    fs_.count("truncate", path_);
    under_->truncate(size);
  }
  void preallocate(std::uint64_t size) override {
    fs_.count("preallocate", path_);
    if (const auto has = under_->size(); size > has) {
      fs_.need_space("preallocate", path_);
      if (size - has > fs_.room_) throw io::IoFault("preallocate", path_, ENOSPC);
      if (fs_.room_ != UINT64_MAX) fs_.room_ -= size - has;
    }
    under_->preallocate(size);
  }
  std::uint64_t size() override {
    fs_.count("stat", path_);
    return under_->size();
  }

 private:
  FailingFs& fs_;
  std::unique_ptr<io::File> under_;
  std::string path_;
};

std::unique_ptr<io::File> FailingFs::open(const std::string& path, io::OpenMode mode) {
  count("open", path);
  const bool creates = mode == io::OpenMode::create || mode == io::OpenMode::create_private;
  if (creates && !under_.exists(path)) need_space("open", path);
  return std::make_unique<FailingFile>(*this, under_.open(path, mode), path);
}
bool FailingFs::exists(const std::string& path) {
  count("stat", path);
  return under_.exists(path);
}
std::vector<std::string> FailingFs::list(const std::string& dir) {
  count("list", dir);
  return under_.list(dir);
}
void FailingFs::make_dirs(const std::string& dir) {
  count("make folder", dir);
  under_.make_dirs(dir);
}
void FailingFs::rename(const std::string& from, const std::string& to) {
  count("rename", from);
  under_.rename(from, to);
}
void FailingFs::remove(const std::string& path) {
  count("remove", path);
  under_.remove(path);
}
void FailingFs::sync_dir(const std::string& dir) {
  count("sync", dir);
  under_.sync_dir(dir);
}

io::Space FailingFs::space(const std::string& dir) {
  count("look for room in", dir);
  auto space = under_.space(dir);
  if (full_ && dir.starts_with(below_)) space.available = 0;
  return space;
}

}  // namespace xj::fakes
