#pragma once
// A disk in memory that at a simulated power cut forgets everything not synced.
//
// What a cut may do, chosen by a seed: every write since the file's last sync_data reaches the disk or not,
// in any order, 512-byte sector by sector, one sector of it possibly only in part; a changed size likewise;
// of the names made, changed and removed in a folder since its last sync_dir only the first k stay. Folders
// themselves are durable at once.
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/io/file.h"

namespace xj::fakes {

// The power is gone: thrown by the operation that met the cut and by all after it, until restart().
class PowerCut : public std::runtime_error {
 public:
  PowerCut() : std::runtime_error("power cut") {}
};

// One thread at a time. Files opened from it must not outlive it and are dead after a cut.
class PowerCutFs final : public io::FileSystem {
 public:
  PowerCutFs();
  ~PowerCutFs() override;

  // The changing operation with this number (counted from 1, see operations()) meets the cut; 0: never.
  void cut_at(std::uint64_t operation) { cut_at_ = operation; }
  std::uint64_t operations() const { return operations_; }
  bool cut() const { return cut_; }
  // Cuts now if that has not happened, then power returns: what a reboot finds. Seeds 0 and 1 are the two
  // ends: nothing unsynced was kept, everything was. Clears cut_at.
  void restart(std::uint64_t seed);

  // What the files may take together: whatever needs more, a new name too once nothing is left, fails with
  // ENOSPC and changes nothing. Without it the disk never fills.
  void set_capacity(std::uint64_t bytes) { capacity_ = bytes; }
  std::uint64_t used() const;

  std::unique_ptr<io::File> open(const std::string& path, io::OpenMode mode) override;
  bool exists(const std::string& path) override;
  std::vector<std::string> list(const std::string& dir) override;
  void make_dirs(const std::string& dir) override;
  void rename(const std::string& from, const std::string& to) override;
  void remove(const std::string& path) override;
  void sync_dir(const std::string& dir) override;
  io::Space space(const std::string& dir) override;

  struct Inode;

 private:
  friend class PowerCutFile;
  struct NameChange {
    enum class Kind { link, rename, unlink } kind;
    std::string path, to;
    std::shared_ptr<Inode> inode;
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;
  void count();  // one changing operation; throws at and after the cut
  void check_power() const;
  void need(std::uint64_t bytes, const char* operation, const std::string& path) const;
  static void apply(const NameChange& change, Names& names);

  Names now_, durable_;
  std::map<std::string, std::vector<NameChange>> pending_;  // by folder
  std::map<std::string, bool> folders_;
  std::uint64_t operations_ = 0, cut_at_ = 0, life_ = 0;
  std::uint64_t capacity_ = UINT64_MAX;
  bool cut_ = false;
};

}  // namespace xj::fakes
