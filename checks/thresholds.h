#pragma once
// From a number to a state, with hysteresis: what has become bad stays so until it is better by a margin, so
// that a value on the line does not ring all day.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/check.h"
#include "core/result.h"

namespace xj::checks {

enum class Unit { percent, bytes, bytes_per_s, per_s, ms, seconds, days, count, number };
// "91.3%", "10.2GiB", "250ms", "3d": for message arguments, the same in every language.
std::string format(double value, Unit unit);

struct Threshold {
  std::optional<double> warn{};
  std::optional<double> crit{};
  double clear = 0;   // margin by which the value must be better than the limit to leave a state
  bool above = true;  // bad is above the limit; false: below it
  Unit unit = Unit::number;
  std::string_view what_id{};  // message id of what is measured: "checks.what.used"

  bool empty() const { return !warn && !crit; }
};

// ok, warning or critical. Above: bad when value > limit, good again when value < limit - clear (equal counts
// as bad only inside the margin). Below: mirrored.
State judge(const Threshold& threshold, double value, State previous);
// "used 91.3% is above 90%", or the words for a state held by the margin. Empty for ok.
Message explain(const Threshold& threshold, double value, State state);

// Which (item, measure) are not ok; ok is absent, so that a healthy host costs nothing. What disappears from
// the host is forgotten by keep_only().
class ThresholdMemory {
 public:
  State get(std::string_view item, std::string_view what) const;
  void set(std::string_view item, std::string_view what, State state);
  // Forgets items that are not among these; what belongs to no item ("") stays.
  void keep_only(const std::vector<Item>& items);
  struct Entry {
    std::string item;
    std::string what;
    State state;
    bool operator==(const Entry&) const = default;
  };
  const std::vector<Entry>& entries() const { return entries_; }
  void restore(std::vector<Entry> entries) { entries_ = std::move(entries); }

 private:
  std::vector<Entry> entries_;
};

// Judges one value of an item and raises `state`, with its message, when it is worse.
void apply(const Threshold& threshold, double value, ThresholdMemory& memory, std::string_view item,
           State& state, Message& msg);

// The outcome's own state and message from its items: the worst, the first of these named, "(+2)" more.
void summarize_items(CheckOutcome& outcome);

// Reads the parameters PREFIXwarn and PREFIXcrit by the given getter; used by the kinds' factories.
Threshold percent_threshold(const Params& params, std::string_view warn, std::string_view crit,
                            std::string_view clear, std::string_view what_id);
Threshold number_threshold(const Params& params, std::string_view warn, std::string_view crit,
                           std::string_view clear, std::string_view what_id, Unit unit);
Threshold bytes_threshold(const Params& params, std::string_view warn, std::string_view crit,
                          std::string_view what_id, Unit unit);
// Durations are judged in milliseconds (Unit::ms), seconds or days.
Threshold duration_threshold(const Params& params, std::string_view warn, std::string_view crit,
                             std::string_view what_id, Unit unit);
// Adds a problem when crit is not beyond warn.
void check_order(const Threshold& threshold, std::string_view warn, std::string_view crit, const Place& place,
                 Problems& problems);
// The problem that a value is none of the `known`.
Problem not_one_of(std::string_view name, std::string value, std::string_view known, const Place& place);
// Adds a problem when this whole number, or this size in bytes, is not from low to high.
void check_range(const Params& params, std::string_view name, std::int64_t low, std::int64_t high,
                 const Place& place, Problems& problems);
void check_size(const Params& params, std::string_view name, std::int64_t low, std::int64_t high,
                const Place& place, Problems& problems);
// Adds a problem when this path begins in no root: a worker has no folder of its own to begin in.
void check_absolute(std::string_view name, const std::string& path, const Place& place, Problems& problems);

}  // namespace xj::checks
