#pragma once
// Where the tests find the tree they test. The paths stand in one object file, so that the tests themselves
// compile to the same bytes in every clone.
#include <string>

namespace xj {

std::string source_dir();
std::string bin_dir();

}  // namespace xj
