#pragma once
// `xunjian config check`: any of the configuration files, found by what stands in them.
#include <string>
#include <vector>

#include "core/fault.h"

namespace xj::cli {

struct ConfigCheck {
  std::vector<std::string> files;  // what was looked at, in order
  Problems problems;
};

// Each path is a file, or a folder searched for *.yaml and *.yml. A file is an agent's, a collector's, a
// contract or a scenario by its top-level keys; a contract that a collector file among them names is checked
// with that collector's channels and holidays. Kinds of checks and their parameters are proved too.
ConfigCheck check_config_paths(const std::vector<std::string>& paths);

}  // namespace xj::cli
