#pragma once
#include "core/time.h"

namespace xj::domain {

// A newest slot further ahead of the collector than this came from a clock that was wrong: it makes nothing
// late that comes now.
inline constexpr Duration kWrongClock{60'000};

}  // namespace xj::domain
