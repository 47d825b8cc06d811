#pragma once
// The collector as a host of its contracts: what it says of itself goes the way of every agent's results.
#include <cstdint>
#include <string_view>

namespace xj::domain {

inline constexpr std::string_view kOwnHost = "xunjian-collector";
inline constexpr std::string_view kOwnKind = "collector";  // of its checks; no agent runs it
// How long what happened once stays a bad state: whatever counts results has to be done by then.
inline constexpr std::int64_t kOwnLasts = 3'600'000;  // ms

}  // namespace xj::domain
