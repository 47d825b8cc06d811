#include "collector/history/manifest_file.h"

#include <utility>

#include "core/io/log.h"
#include "core/text.h"

namespace xj::collector {
namespace {

constexpr std::string_view kReserve = "manifest.reserve";
constexpr std::uint64_t kGrain = 64u << 10;
constexpr std::uint64_t kHead = 4u << 10, kLine = 320;  // more than a manifest and one of its lines take

}  // namespace

void require_files(io::FileSystem& fs, const std::string& dir, const Manifest& manifest) {
  const auto need = [&](const std::string& name) {
    const auto path = dir + "/" + name;
    if (!fs.exists(path)) throw Fault("history file " + path + " is missing", text(kFileMend, Lang::en));
  };
  const auto samples = sample_names(manifest);
  for (const auto& name : samples) need(name);
  for (const auto& summary : manifest.summaries)
    if (samples.count(summary.of) == 0) need(summary.name);
}

std::optional<Manifest> ManifestFile::read() const {
  if (!fs_.exists(path(kManifestName))) return std::nullopt;
  return decode_manifest(io::read_whole(fs_, path(kManifestName)));
}

void ManifestFile::write(const Manifest& manifest) {
  io::write_whole(fs_, path(kManifestName), encode(manifest));
}

void ManifestFile::shrink(const Manifest& manifest) {
  const auto bytes = encode(manifest);
  try {
    return io::write_whole(fs_, path(kManifestName), bytes);
  } catch (const io::IoFault& fault) {
    if (!fault.disk_full() || !fs_.exists(path(kReserve))) throw;
    const auto file = fs_.open(path(kReserve), io::OpenMode::read_write);
    if (file->size() < bytes.size()) throw;
    // Its blocks are its own already: nobody can take them between here and the rename.
    reserve_ = 0;
    file->write_at(0, bytes);
    file->truncate(bytes.size());
    file->sync_data();
  }
  fs_.rename(path(kReserve), path(kManifestName));
  fs_.sync_dir(dir_);
}

void ManifestFile::keep_reserve(const Manifest& manifest) {
  const auto needed = kHead + (manifest.files.size() + manifest.summaries.size()) * kLine;
  if (reserve_ >= needed) return;
  const auto wanted = (2 * needed / kGrain + 1) * kGrain;
  try {
    const auto file = fs_.open(path(kReserve), io::OpenMode::create);
    if (const auto size = file->size(); size < wanted) {
      try {
        file->preallocate(wanted);
      } catch (const io::IoFault&) {
        file->truncate(size);  // what it did get is wanted elsewhere now
        throw;
      }
    }
    file->sync_data();
    fs_.sync_dir(dir_);
    reserve_ = wanted;
  } catch (const io::IoFault& fault) {
    // A spare: nothing that is written waits for it.
    if (!fault.disk_full() && !std::exchange(told_, true))
      log::warning("history: no room can be kept for a manifest on a full disk: {}", fault.what());
  }
}

}  // namespace xj::collector
