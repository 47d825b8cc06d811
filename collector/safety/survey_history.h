#pragma once
// Head, foot, index, every block and every entry of the files of history that a manifest names.
#include <string>

#include "collector/history/manifest.h"
#include "collector/safety/finding.h"
#include "core/io/file.h"

namespace xj::collector {

// Of files that are missing, damaged, or not what the manifest says of them; `dir`: the collector's folder.
Findings survey_history(io::FileSystem& fs, const std::string& dir, const Manifest& manifest,
                        const Progress& progress);

}  // namespace xj::collector
