#include "collector/positions.h"

#include <algorithm>

#include "collector/store/cases.h"
#include "core/fault.h"

namespace xj::collector {

Positions positions_in(io::Db& db) {
  Cases cases(db);
  Positions out;
  out.state = cases.position();
  out.seen = cases.position(Cases::kSnapshot);
  return out;
}

void require_fit(const std::string& dir, const Positions& p) {
  const auto together =
      "journal, snapshot, history and state.db belong together: restore all of them from one backup";
  if (const auto beside = std::max(p.snapshot, p.journal_last); !p.state && beside > 0)
    throw Fault(
        "the state.db in " + dir + " is new, but what is beside it is at record " + std::to_string(beside),
        together);
  // What a snapshot holds is not applied again: cases of an older state.db would be missing for good.
  if (p.seen && *p.seen < p.snapshot)
    throw Fault("the state.db in " + dir +
                    " is older than the snapshot beside it: it knows of one at record " +
                    std::to_string(*p.seen) + ", this one is at " + std::to_string(p.snapshot),
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
