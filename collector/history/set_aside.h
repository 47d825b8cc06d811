#pragma once
// Files of history that the manifest names no more and that are kept all the same, under a name no program
// touches: of damaged ones somebody may still get something out. docs/storage.md, "Taking damaged files out".
#include <cstdint>
#include <string>
#include <vector>

#include "collector/history/manifest.h"
#include "core/io/file.h"

namespace xj::collector {

struct SetAside {
  std::string name, as;  // in the folder of history
};

// Durable, before the manifest that names them no more: what that does not name is else a left-over, which
// the next start removes.
void plan_setting_aside(io::FileSystem& fs, const std::string& dir, const std::vector<std::string>& names);
// Renames what was planned and the manifest does not name; then the plan goes. Whoever finds a plan finishes
// it.
std::vector<SetAside> finish_setting_aside(io::FileSystem& fs, const std::string& dir,
                                           const Manifest& manifest);

}  // namespace xj::collector
