#pragma once
// The question of `xunjian query` as the API takes it, and why it found nothing.
#include "cli/commands.h"
#include "cli/context.h"

namespace xj::cli {

// The answer. Throws CommandFailed; what the collector says of its words is said of the command's options.
Json ask_query(Context& context, const Arguments& arguments);

// What of an answer without lines matches nothing that is known now, in a sentence. Throws CommandFailed
// where the metric of a check was asked how it stood.
Message why_nothing(Context& context, const Json& answer, const std::string& what);

}  // namespace xj::cli
