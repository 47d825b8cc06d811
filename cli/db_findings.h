#pragma once
#include "cli/data_folder.h"

namespace xj::cli {

// Proves the folder, says what is wrong with it; exit 0 when nothing is, else 1.
int prove_folder(Context& context, const DataFolder& folder);

}  // namespace xj::cli
