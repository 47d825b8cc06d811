#pragma once
// Epochs that a sender uses beside that of its spool. A random one looks like neither.
#include <string_view>

namespace xj::wire {

inline constexpr std::string_view kMemoryEpoch = "m-";  // how that of results begins that only memory holds
inline constexpr std::string_view kNoEpoch = "none";    // of who has none yet, and nothing to send

}  // namespace xj::wire
