#include "tests/fakes/places.h"

namespace xj {

std::string source_dir() { return XJ_SOURCE_DIR; }
std::string bin_dir() { return XJ_BIN_DIR; }

}  // namespace xj
