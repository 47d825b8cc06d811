#include "collector/positions.h"

#include <algorithm>

#include "core/fault.h"

namespace xj::collector {

void require_fit(const std::string& dir, const Positions& p) {
  const auto together =
      "journal, snapshot, history and state.db belong together: restore all of them from one backup";
  if (!p.state && p.snapshot > 0)
    throw Fault("the state.db in " + dir + " is new, but the snapshot beside it is at record " +
                    std::to_string(p.snapshot),
                together);
  const auto known = std::max({p.snapshot, p.history, p.state.value_or(0)});
  if (p.journal_last < known)
    throw Fault("the journal in " + dir + " ends at record " + std::to_string(p.journal_last) +
                    ", but the state beside it is at " + std::to_string(known),
                together);
  if (p.journal_first > p.replay_from())
    throw Fault("the journal in " + dir + " begins at record " + std::to_string(p.journal_first) +
                    ", but records from " + std::to_string(p.replay_from()) + " on are needed",
                together);
}

}  // namespace xj::collector
