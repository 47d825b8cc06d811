#include "collector/simulate/unsynced_fs.h"

namespace xj::collector {
namespace {

class UnsyncedFile final : public io::File {
 public:
  explicit UnsyncedFile(std::unique_ptr<io::File> under) : under_(std::move(under)) {}
  std::size_t read_at(std::uint64_t offset, char* into, std::size_t size) override {
    return under_->read_at(offset, into, size);
  }
  void write_at(std::uint64_t offset, std::string_view bytes) override { under_->write_at(offset, bytes); }
  void sync_data() override {}
  void truncate(std::uint64_t size) override { under_->truncate(size); }
  void preallocate(std::uint64_t size) override { under_->preallocate(size); }
  std::uint64_t size() override { return under_->size(); }

 private:
  std::unique_ptr<io::File> under_;
};

}  // namespace

std::unique_ptr<io::File> UnsyncedFs::open(const std::string& path, io::OpenMode mode) {
  return std::make_unique<UnsyncedFile>(under_.open(path, mode));
}

}  // namespace xj::collector
