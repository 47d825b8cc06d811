#pragma once
// Files of history that are damaged or missing, found and taken out of what counts: the way on for who has no
// backup. Of a folder nobody runs on. docs/storage.md, "Taking damaged files out".
#include <cstdint>
#include <string>
#include <vector>

#include "collector/history/manifest.h"
#include "collector/safety/finding.h"
#include "core/io/file.h"

namespace xj::collector {

// What a day still answers from when the damaged files are gone; `all`: the file was of hours, and its
// samples are there to tell them anew.
enum class Stays : std::uint8_t { nothing, files, hours, files_and_hours, all };

struct DamagedFile {
  std::string name;  // in the folder of history
  std::int64_t day = 0;
  std::uint64_t bytes = 0;  // on the disk
  bool missing = false;
  Findings findings;  // one at least
  Stays stays = Stays::nothing;
  std::string aside;  // its name now, in the folder of history; empty: it is where it was, or was missing
};
struct DamagedHistory {
  Manifest manifest;
  std::vector<DamagedFile> files;  // by day
};

// Every file proven, as `db check` does; nothing is written. Throws Fault when the folder is none to be
// changed.
DamagedHistory find_damaged(io::FileSystem& fs, const std::string& dir, const Progress& progress);

// One manifest names them no more, then they get another name. After a fault the folder is as before, or a
// start finishes it.
void take_out(io::FileSystem& fs, const std::string& dir, DamagedHistory& found);

}  // namespace xj::collector
