#pragma once
#include "core/time.h"

namespace xj::domain {

// When more than so many notices of the machine fall due for one person over one channel within that time,
// those that follow are held and said in one message, this long after the first of them at the latest.
struct Brake {
  int more_than = 20;  // 0: never
  Duration within{5 * 60'000};
  Duration summary{60'000};
};

}  // namespace xj::domain
