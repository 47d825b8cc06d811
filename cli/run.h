#pragma once
// One call of the program, without a process around it.
#include <string>
#include <vector>

#include "cli/context.h"

namespace xj::cli {

// `context` comes with what the environment says; words are argv without the program's name. Returns the exit
// code: 0 done, 1 failed, 2 usage or configuration.
int run(const std::vector<std::string>& words, Context& context);

}  // namespace xj::cli
