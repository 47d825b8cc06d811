#pragma once
// The manifest on the disk, and room kept for it: on a disk without a byte to spare days can go only when the
// manifest that no longer names them can be written. docs/storage.md, "When the disk fills".
#include <optional>
#include <string>
#include <string_view>

#include "collector/history/manifest.h"
#include "core/io/file.h"

namespace xj::collector {

inline constexpr std::string_view kManifestName = "manifest";

// Throws Fault for a file that the manifest names and that is not there, but for hours of samples that are:
// these are told anew.
void require_files(io::FileSystem& fs, const std::string& dir, const Manifest& manifest);

class ManifestFile {
 public:
  ManifestFile(io::FileSystem& fs, std::string dir) : fs_(fs), dir_(std::move(dir)) {}
  // Nothing where there is none. Throws Fault on a damaged one.
  std::optional<Manifest> read() const;
  void write(const Manifest& manifest);
  // The same of one that names less, also on a full disk: then the reserve becomes the manifest.
  void shrink(const Manifest& manifest);
  // Makes the reserve where there is none, or too little. A disk without room for it has none for now.
  void keep_reserve(const Manifest& manifest);

 private:
  std::string path(std::string_view name) const { return dir_ + "/" + std::string(name); }
  io::FileSystem& fs_;
  std::string dir_;
  std::uint64_t reserve_ = 0;  // bytes of it, 0 before it was looked at
  bool told_ = false;          // that it cannot be made
};

}  // namespace xj::collector
