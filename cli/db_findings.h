#pragma once
#include "cli/data_folder.h"

namespace xj::cli {

struct ProofOf {
  // Every file was held against it when it was copied.
  const collector::BackupList* restored_from = nullptr;
  bool may_be_backup = false;  // that there is no list is then said
};
// Proves the folder, says what is wrong with it; exit 0 when nothing is, else 1.
int prove_folder(Context& context, const DataFolder& folder, const ProofOf& of);

}  // namespace xj::cli
