#include "collector/domain/duty.h"

#include <algorithm>

namespace xj::domain {

const Shift* on_duty(const Roster& roster, Timestamp at) {
  auto after = std::upper_bound(roster.shifts.begin(), roster.shifts.end(), at,
                                [](Timestamp t, const Shift& s) { return t < s.from; });
  if (after == roster.shifts.begin()) return nullptr;
  --after;
  return at < after->to ? &*after : nullptr;
}

std::vector<Shift> shifts_between(const Roster& roster, Timestamp from, Timestamp to) {
  std::vector<Shift> out;
  for (const auto& shift : roster.shifts)
    if (shift.from < to && shift.to > from) out.push_back(shift);
  return out;
}

std::vector<Shift> overlaid(const std::vector<Shift>& under, const std::vector<Shift>& over, Timestamp from,
                            Timestamp to) {
  std::vector<Shift> out;
  for (const auto& shift : under) {
    if (shift.from < from) {
      out.push_back(shift);
      out.back().to = std::min(shift.to, from);
    }
    if (shift.to > to) {
      out.push_back(shift);
      out.back().from = std::max(shift.from, to);
    }
  }
  out.insert(out.end(), over.begin(), over.end());
  std::sort(out.begin(), out.end(), [](const Shift& a, const Shift& b) { return a.from < b.from; });
  return out;
}

std::vector<RosterFault> roster_faults(const std::vector<Shift>& shifts) {
  std::vector<RosterFault> out;
  auto end = shifts.empty() ? Timestamp{} : shifts.front().to;
  for (std::size_t i = 1; i < shifts.size(); ++i) {
    const auto& s = shifts[i];
    if (s.from < end) out.push_back({s.line, true, s.from, std::min(end, s.to)});
    if (s.from > end) out.push_back({s.line, false, end, s.from});
    end = std::max(end, s.to);
  }
  return out;
}

}  // namespace xj::domain
