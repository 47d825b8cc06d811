#pragma once
// What is held back: a problem that opens no case now, because a maintenance window expects it or because
// what it needs is failing. It is said when nothing holds it back any more, if it still stands. Pure.
#include <optional>

#include "collector/domain/contract.h"
#include "collector/domain/dependency.h"
#include "collector/domain/evaluate.h"
#include "collector/domain/events.h"

namespace xj::domain {

// Whether the transition is held back: a problem that is news while something holds the item back, and then
// all that becomes of it until it is over or said. `held` is whether it was held back so far.
bool held_back(const Contract& contract, const ItemRef& item, const Transition& transition, bool held,
               const Footings& footings = {});

// Why it counts now, and as of when.
struct Announcement {
  Timestamp at;  // the end of what held it back
  Message reason;
  bool mended = false;  // what it needs became well at that instant: a newer result must show that it stands
};
// Whether what is held back, since it was at least `since`, is to be said now: when no window covers it and
// nothing it needs is failing. `since` is at most when it was held back.
std::optional<Announcement> announced(const Contract& contract, const ItemRef& item, Timestamp since,
                                      Timestamp now, const Footings& footings = {});

}  // namespace xj::domain
