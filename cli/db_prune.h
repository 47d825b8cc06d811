#pragma once
// What both ways of `db prune` share: days, and what is damaged.
#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/context.h"
#include "core/io/file.h"

namespace xj::cli {

// Throws CommandFailed with that mend when somebody holds the folder, and, unless it is only looked at, when
// it is another account's.
std::unique_ptr<io::FolderLock> lock_to_prune(const std::string& dir, bool dry, const Message& mend);
// A person's yes, or --yes. Says that nothing was done otherwise; throws CommandFailed when nobody is there.
bool agreed(Context& context, const Arguments& arguments, const Message& question);

int prune_damaged(Context& context, const Arguments& arguments);

}  // namespace xj::cli
