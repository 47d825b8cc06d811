#pragma once
// Maintenance windows: spans, recurring by the contract's calendar, in which what fails is expected to fail.
// A problem that comes in one is held back, and said when it ends if it still stands. Pure.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/domain/duties.h"
#include "core/time.h"

namespace xj::domain {

struct ItemRef;

// A day of a week or month on which a window begins.
struct WindowDay {
  enum class Form : std::uint8_t {
    weekday,       // every such day
    month_day,     // the nth of the month
    nth_weekday,   // the nth such day of the month; -1: the last
    working_day,   // the nth working day of the month; -1: the last
    last_of_month  // whatever its number
  };
  Form form = Form::weekday;
  int nth = 0;
  unsigned weekday = 0;  // ISO: 1 is Monday, 7 Sunday
  bool operator==(const WindowDay&) const = default;
};
// "sunday", "15", "2nd saturday", "last sunday", "1st working day", "last working day", "last day". Nothing
// for anything else.
std::optional<WindowDay> parse_window_day(std::string_view text);

struct MaintenanceWindow {
  std::string id;
  Title title;                       // why, in the contract's words
  std::vector<std::string> systems;  // what it covers: any of these; all three empty: the whole contract
  std::vector<std::string> hosts;
  std::vector<std::string> checks;  // "system/check"
  std::optional<Every> every;       // day, working_day, week, month
  std::vector<WindowDay> on;        // of week and month
  std::vector<DateRange> dates;     // begins on each of these days as well
  std::string calendar;             // says what a working day is; id in Contract::calendars
  std::chrono::minutes at{0};       // wall clock of the contract's zone: when it begins
  Duration length{0};               // of real time, so that a change of the clock neither adds nor takes
  std::vector<std::string> refs;
};

struct Contract;

// Whether one begins on that day of the contract's zone.
bool begins_on(const MaintenanceWindow& window, const Contract& contract, Date day);
// Whether the window is about the item. An item without a check, the host as a whole, is covered by windows
// of its host or system.
bool concerns(const MaintenanceWindow& window, const ItemRef& item);

struct Maintenance {
  const MaintenanceWindow* window = nullptr;  // of the contract
  Timestamp from, until;                      // `until` itself is outside
};
// That which covers the item at that instant; of several the one that ends last.
std::optional<Maintenance> maintenance_at(const Contract& contract, const ItemRef& item, Timestamp t);
// That which covered the item and ended last in (after, now]. Looks at every day between.
std::optional<Maintenance> maintenance_ended(const Contract& contract, const ItemRef& item, Timestamp after,
                                             Timestamp now);
// All that touch [from, to), in no order.
std::vector<Maintenance> maintenance_between(const Contract& contract, const ItemRef& item, Timestamp from,
                                             Timestamp to);
// From when on it covers without a gap for longer than `bound`, within the term's first two years: what it
// holds back would never be said. Costs a step a day.
std::optional<Timestamp> covers_longer_than(const MaintenanceWindow& window, const Contract& contract,
                                            Duration bound);
// Whether one begins at all within the term.
bool ever_begins(const MaintenanceWindow& window, const Contract& contract);

}  // namespace xj::domain
