#pragma once
// The files a collector is started with.
#include <string>

#include "tests/e2e/process.h"

namespace xj::e2e {

struct CollectorFiles {
  std::string name =
      "collector";            // its socket is NAME, its configuration NAME.yaml, both in the test's folder
  std::string data = "data";  // below that, too
  std::string agents;         // the address it listens on for them
  std::string contract;       // as YAML
  std::string more;           // further keys of the configuration, as YAML
};
// Writes them; returns the path of the configuration.
std::string write_files(const TempDir& dir, const CollectorFiles& files);

}  // namespace xj::e2e
