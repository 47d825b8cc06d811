#include "collector/domain/calendar.h"

#include <algorithm>

namespace xj::domain {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::local_time;
using std::chrono::minutes;

// Nothing in a contract reaches further, and adding a day cannot overflow.
constexpr Timestamp kEndOfTime = std::chrono::sys_days{std::chrono::year{2200} / 1 / 1};

// The index of the change in force at t, clamped to the first.
std::size_t regime_at(const std::vector<Zone::Change>& changes, Timestamp t) {
  const auto after = std::upper_bound(changes.begin(), changes.end(), t,
                                      [](Timestamp at, const Zone::Change& c) { return at < c.from; });
  return after == changes.begin() ? 0 : static_cast<std::size_t>(after - changes.begin()) - 1;
}

constexpr local_time<Duration> with_offset(Timestamp t, minutes offset) {
  return local_time<Duration>{t.time_since_epoch() + offset};
}
constexpr Timestamp without_offset(local_time<Duration> l, minutes offset) {
  return Timestamp{l.time_since_epoch() - offset};
}

}  // namespace

minutes Zone::offset_at(Timestamp t) const {
  return changes.empty() ? minutes{0} : changes[regime_at(changes, t)].offset;
}

local_time<Duration> Zone::to_local(Timestamp t) const { return with_offset(t, offset_at(t)); }

Timestamp Zone::to_utc(local_time<Duration> local) const {
  if (changes.empty()) return without_offset(local, minutes{0});
  // Offsets are within a day of UTC, so only the regimes around can hold the answer; the first that does is
  // the earlier reading. When none does the time lies in the gap before the first regime that begins after
  // it.
  std::size_t i = regime_at(changes, without_offset(local, minutes{0}) - days{2});
  for (;; ++i) {
    const auto t = without_offset(local, changes[i].offset);
    if (i > 0 && t < changes[i].from) return changes[i].from;
    if (i + 1 == changes.size() || t < changes[i + 1].from) return t;
  }
}

bool WorkCalendar::works_on(Date d) const {
  if (const auto own = days.find(d); own != days.end()) return own->second;
  if (every_day) return true;
  if (holidays.covers(d))
    if (const auto moved = holidays.working.find(d); moved != holidays.working.end()) return moved->second;
  const std::chrono::weekday weekday{d};
  return weekday != std::chrono::Saturday && weekday != std::chrono::Sunday;
}

void WorkCalendar::walk(Timestamp start, Timestamp end,
                        const std::function<bool(Timestamp, Timestamp)>& visit) const {
  end = std::min(end, kEndOfTime);
  if (segments.empty() || start >= end) return;
  // Inside one regime of the zone local time runs straight, so each is walked by itself: whatever a change of
  // offset skips or repeats comes out right without being looked at.
  static const std::vector<Zone::Change> utc{{Timestamp{}, minutes{0}}};
  const auto& changes = zone.changes.empty() ? utc : zone.changes;
  for (std::size_t i = regime_at(changes, start); i < changes.size(); ++i) {
    const auto offset = changes[i].offset;
    const auto from = i == 0 ? start : std::max(start, changes[i].from);
    const auto to = i + 1 < changes.size() ? std::min(end, changes[i + 1].from) : end;
    if (from >= end) return;
    for (auto day = floor<std::chrono::days>(with_offset(from, offset)); without_offset(day, offset) < to;
         day += std::chrono::days{1}) {
      if (!works_on(day)) continue;
      for (const auto& segment : segments) {
        const auto a = std::max(from, without_offset(day + segment.from, offset));
        const auto b = std::min(to, without_offset(day + segment.to, offset));
        if (a < b && !visit(a, b)) return;
      }
    }
  }
}

Timestamp WorkCalendar::add_working(Timestamp start, Duration amount) const {
  if (amount <= Duration{0}) return start;
  if (always) return amount > kEndOfTime - start ? Timestamp::max() : start + amount;
  Timestamp due = Timestamp::max();
  walk(start, kEndOfTime, [&](Timestamp from, Timestamp to) {
    if (to - from >= amount) {
      due = from + amount;
      return false;
    }
    amount -= to - from;
    return true;
  });
  return due;
}

Duration WorkCalendar::working_between(Timestamp a, Timestamp b) const {
  if (b <= a) return Duration{0};
  if (always) return b - a;
  Duration sum{0};
  walk(a, b, [&](Timestamp from, Timestamp to) {
    sum += to - from;
    return true;
  });
  return sum;
}

std::vector<WorkSegment> WorkCalendar::segments_between(Timestamp a, Timestamp b) const {
  if (b <= a) return {};
  if (always) return {{a, b}};
  std::vector<WorkSegment> out;
  walk(a, b, [&](Timestamp from, Timestamp to) {
    if (!out.empty() && out.back().to == from)
      out.back().to = to;
    else
      out.push_back({from, to});
    return true;
  });
  return out;
}

bool WorkCalendar::leaves_cover(Timestamp a, Timestamp b) const {
  if (always || every_day) return false;
  const auto first = floor<std::chrono::days>(zone.to_local(std::min(a, b)));
  const auto last = floor<std::chrono::days>(zone.to_local(std::max(a, b)));
  return !holidays.covers(first) || !holidays.covers(last);
}

}  // namespace xj::domain
