#include "tests/fakes/power_cut_fs.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace xj::fakes {

using io::IoFault;
using io::OpenMode;

namespace {
constexpr std::uint64_t kSector = 512;
}  // namespace

// `now` is what programs see; `durable` what the disk holds for certain; `pending` what may have reached it.
struct PowerCutFs::Inode {
  struct Change {
    bool resize = false;
    std::uint64_t offset = 0;  // or the new size
    std::string bytes;
  };
  std::string now, durable;
  std::vector<Change> pending;

  static void write(std::string& data, std::uint64_t offset, std::string_view bytes) {
    if (bytes.empty()) return;
    if (data.size() < offset + bytes.size()) data.resize(offset + bytes.size(), '\0');
    data.replace(offset, bytes.size(), bytes);
  }
  void write(std::uint64_t offset, std::string_view bytes) {
    write(now, offset, bytes);
    pending.push_back({false, offset, std::string(bytes)});
  }
  void resize(std::uint64_t size) {
    now.resize(size, '\0');
    pending.push_back({true, size, {}});
  }
  void sync() {
    durable = now;
    pending.clear();
  }
  void power_cut(std::uint64_t seed, std::mt19937_64& random) {
    struct Piece {
      const Change* change;
      std::uint64_t from, size;  // of the change's bytes
    };
    std::vector<Piece> pieces;
    for (const auto& change : pending) {
      if (change.resize) {
        pieces.push_back({&change, 0, 0});
        continue;
      }
      for (std::uint64_t at = 0; at < change.bytes.size();) {
        const std::uint64_t sector_end = (change.offset + at) / kSector * kSector + kSector;
        const auto size = std::min<std::uint64_t>(change.bytes.size() - at, sector_end - change.offset - at);
        pieces.push_back({&change, at, size});
        at += size;
      }
    }
    // Sectors of one write may come in any order; a later write of the same sector comes after the earlier.
    const unsigned keep_percent = seed == 0 ? 0 : seed == 1 ? 100 : static_cast<unsigned>(random() % 101);
    bool torn = seed < 2;
    for (const auto& piece : pieces) {
      if (random() % 100 >= keep_percent) continue;
      if (piece.change->resize) {
        durable.resize(piece.change->offset, '\0');
        continue;
      }
      std::uint64_t size = piece.size;
      if (!torn && random() % 4 == 0) {
        torn = true;
        size = random() % (piece.size + 1);
      }
      write(durable, piece.change->offset + piece.from,
            std::string_view(piece.change->bytes).substr(piece.from, size));
    }
    now = durable;
    pending.clear();
  }
};

class PowerCutFile final : public io::File {
 public:
  PowerCutFile(PowerCutFs& fs, std::shared_ptr<PowerCutFs::Inode> inode, std::string path, bool writable)
      : fs_(fs), inode_(std::move(inode)), path_(std::move(path)), writable_(writable), life_(fs.life_) {}

  std::size_t read_at(std::uint64_t offset, char* into, std::size_t size) override {
    check();
    if (offset >= inode_->now.size()) return 0;
    const auto n = std::min<std::size_t>(size, inode_->now.size() - offset);
    std::memcpy(into, inode_->now.data() + offset, n);
    return n;
  }
  void write_at(std::uint64_t offset, std::string_view bytes) override {
    check();
    if (!writable_) throw IoFault("write", path_, EBADF);
    if (const auto end = offset + bytes.size(); end > inode_->now.size())
      fs_.need(end - inode_->now.size(), "write", path_);
    // The write that meets the cut was under way: part of it may have arrived.
    if (fs_.operations_ + 1 == fs_.cut_at_) inode_->write(offset, bytes);
    fs_.count();
    inode_->write(offset, bytes);
  }
  void sync_data() override {
    check();
    fs_.count();
    inode_->sync();
  }
  void truncate(std::uint64_t size) override {
    check();
    if (!writable_) throw IoFault("truncate", path_, EINVAL);
    fs_.count();
    inode_->resize(size);
  }
  void preallocate(std::uint64_t size) override {
    check();
    if (size > inode_->now.size()) fs_.need(size - inode_->now.size(), "preallocate", path_);
    fs_.count();
    if (size > inode_->now.size()) inode_->resize(size);
  }
  std::uint64_t size() override {
    check();
    return inode_->now.size();
  }

 private:
  void check() const {
    fs_.check_power();
    if (life_ != fs_.life_) throw std::logic_error(path_ + " was opened before the power cut");
  }
  PowerCutFs& fs_;
  std::shared_ptr<PowerCutFs::Inode> inode_;
  std::string path_;
  bool writable_;
  std::uint64_t life_;
};

PowerCutFs::PowerCutFs() { folders_["."] = folders_["/"] = true; }
PowerCutFs::~PowerCutFs() = default;

void PowerCutFs::check_power() const {
  if (cut_) throw PowerCut();
}

std::uint64_t PowerCutFs::used() const {
  std::uint64_t sum = 0;
  for (const auto& [path, inode] : now_) sum += inode->now.size();
  return sum;
}

void PowerCutFs::need(std::uint64_t bytes, const char* operation, const std::string& path) const {
  if (capacity_ != UINT64_MAX && used() + bytes > capacity_) throw IoFault(operation, path, ENOSPC);
}

io::Space PowerCutFs::space(const std::string&) {
  check_power();
  const auto taken = used();
  return {capacity_ > taken ? capacity_ - taken : 0, capacity_};
}

void PowerCutFs::count() {
  check_power();
  if (++operations_ == cut_at_) {
    cut_ = true;
    throw PowerCut();
  }
}

void PowerCutFs::apply(const NameChange& change, Names& names) {
  switch (change.kind) {
    case NameChange::Kind::link: names[change.path] = change.inode; break;
    case NameChange::Kind::rename:
      names[change.to] = change.inode;
      names.erase(change.path);
      break;
    case NameChange::Kind::unlink: names.erase(change.path); break;
  }
}

void PowerCutFs::restart(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (auto& [dir, changes] : pending_) {
    const std::size_t kept = seed == 0 ? 0 : seed == 1 ? changes.size() : random() % (changes.size() + 1);
    for (std::size_t i = 0; i < kept; ++i) apply(changes[i], durable_);
  }
  pending_.clear();
  for (auto& [path, inode] : durable_) inode->power_cut(seed, random);
  now_ = durable_;
  ++life_;
  cut_ = false;
  cut_at_ = 0;
}

std::unique_ptr<io::File> PowerCutFs::open(const std::string& path, OpenMode mode) {
  check_power();
  auto it = now_.find(path);
  if (it == now_.end()) {
    if (mode == OpenMode::read || mode == OpenMode::read_write) throw IoFault("open", path, ENOENT);
    if (!folders_.contains(io::parent_dir(path))) throw IoFault("open", path, ENOENT);
    need(1, "open", path);
    count();
    const NameChange change{NameChange::Kind::link, path, {}, std::make_shared<Inode>()};
    apply(change, now_);
    pending_[io::parent_dir(path)].push_back(change);
    it = now_.find(path);
  }
  return std::make_unique<PowerCutFile>(*this, it->second, path, mode != OpenMode::read);
}

bool PowerCutFs::exists(const std::string& path) {
  check_power();
  return now_.contains(path) || folders_.contains(path);
}

std::vector<std::string> PowerCutFs::list(const std::string& dir) {
  check_power();
  std::vector<std::string> names;
  const auto add = [&](const std::string& path) {
    if (path != dir && io::parent_dir(path) == dir) names.push_back(path.substr(path.rfind('/') + 1));
  };
  for (const auto& [path, inode] : now_) add(path);
  for (const auto& [path, yes] : folders_) add(path);
  std::sort(names.begin(), names.end());
  return names;
}

void PowerCutFs::make_dirs(const std::string& dir) {
  check_power();
  if (now_.contains(dir)) throw IoFault("make folder", dir, ENOTDIR);
  if (folders_.contains(dir)) return;
  make_dirs(io::parent_dir(dir));
  folders_[dir] = true;
}

void PowerCutFs::rename(const std::string& from, const std::string& to) {
  check_power();
  const auto it = now_.find(from);
  if (it == now_.end()) throw IoFault("rename", from, ENOENT);
  if (io::parent_dir(from) != io::parent_dir(to))
    throw std::logic_error("renames between folders are not modelled");
  if (from == to) return;
  count();
  const NameChange change{NameChange::Kind::rename, from, to, it->second};
  apply(change, now_);
  pending_[io::parent_dir(from)].push_back(change);
}

void PowerCutFs::remove(const std::string& path) {
  check_power();
  if (!now_.contains(path)) return;
  count();
  const NameChange change{NameChange::Kind::unlink, path, {}, nullptr};
  apply(change, now_);
  pending_[io::parent_dir(path)].push_back(change);
}

void PowerCutFs::sync_dir(const std::string& dir) {
  check_power();
  if (!folders_.contains(dir)) throw IoFault("sync", dir, ENOENT);
  count();
  for (const auto& change : pending_[dir]) apply(change, durable_);
  pending_.erase(dir);
}

}  // namespace xj::fakes
