#pragma once
// Working time as a pure function over civil dates: zones, holidays and moved working days are values.
//
// An instant is working time when its local wall time lies in a segment of a working day. So a segment in a
// gap of daylight saving time is no time at all, and one in the repeated hour counts twice.
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace xj::domain {

// A time zone as the offsets that hold from given instants on; the loader fills it from the system's data.
struct Zone {
  std::string name;
  struct Change {
    Timestamp from;
    std::chrono::minutes offset;
  };
  std::vector<Change> changes;  // ascending; the first also holds for all time before; empty: UTC

  std::chrono::minutes offset_at(Timestamp t) const;
  // Local wall time to UTC: in a gap the instant after it, when ambiguous the earlier.
  Timestamp to_utc(std::chrono::local_time<Duration> local) const;
  std::chrono::local_time<Duration> to_local(Timestamp t) const;
};

using Date = std::chrono::local_days;

// Official moved days. Dates outside [covers_from, covers_to] are unknown to it: the plain week holds and the
// caller is told, never a silent guess.
struct HolidayTable {
  std::string edition;
  Date covers_from{}, covers_to{};
  std::map<Date, bool> working;  // true: a weekend day that is worked; false: a holiday
  std::map<Date, std::string> names;
  bool covers(Date d) const { return d >= covers_from && d <= covers_to; }
};

struct DaySegment {
  std::chrono::minutes from, to;  // from local midnight; to may be 24:00
  auto operator<=>(const DaySegment&) const = default;
};

struct WorkSegment {
  Timestamp from, to;
  auto operator<=>(const WorkSegment&) const = default;
};

class WorkCalendar {
 public:
  std::string id;
  bool always = false;               // 7x24: no segments needed
  bool every_day = false;            // the same hours on every day, holidays too (7x8)
  std::vector<DaySegment> segments;  // of a working day, ascending, not touching
  std::map<Date, bool> days;         // the contract's own exceptions, above the holiday table
  HolidayTable holidays;
  Zone zone;

  bool works_on(Date d) const;
  // The earliest instant at which `amount` of working time after `start` is used up; amount >= 0.
  // Timestamp::max() when that lies beyond the year 2200 or there is no working time at all. Costs one step a
  // day.
  Timestamp add_working(Timestamp start, Duration amount) const;
  // Working time in [a, b]; 0 when b <= a.
  Duration working_between(Timestamp a, Timestamp b) const;
  // The working segments inside [a, b], touching ones joined, for explanations.
  std::vector<WorkSegment> segments_between(Timestamp a, Timestamp b) const;
  // True when the answer for [a, b] leans on dates the holiday table does not cover.
  bool leaves_cover(Timestamp a, Timestamp b) const;

 private:
  // Working segments from `start` on in order, cut at `end`, until `visit` returns false.
  void walk(Timestamp start, Timestamp end, const std::function<bool(Timestamp, Timestamp)>& visit) const;
};

}  // namespace xj::domain
