#include "tests/e2e/collector_files.h"

namespace xj::e2e {

std::string write_files(const TempDir& dir, const CollectorFiles& files) {
  const auto contract = dir.write("contract.yaml", files.contract);
  return dir.write(files.name + ".yaml",
                   "data_dir: " + (dir / files.data) + "\nlisten: {agents: \"" + files.agents +
                       "\", people: \"127.0.0.1:0\", socket: \"" + (dir / files.name) +
                       "\"}\nnames: [localhost, 127.0.0.1]\ncontracts: [" + contract + "]\n" + files.more);
}

}  // namespace xj::e2e
