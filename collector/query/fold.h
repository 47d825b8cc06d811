#pragma once
// From the rows of one series, in the order of their slots, to points. Pure; rows come in any portions, such
// as day by day, with all rows of one slot in one. Of several rows of a slot the last counts. Nothing is
// invented: where no value was, there is no point.
//
// Where a step is of whole hours, the hours of a day can be folded in its place.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "collector/history/series.h"
#include "collector/query/query.h"

namespace xj::query {

using collector::Hour;
using collector::Rows;

// Half-open, in ms.
struct Span {
  std::int64_t from = 0, until = 0;
  bool operator==(const Span&) const = default;
};
// In order, none touching another.
using Spans = std::vector<Span>;
Spans united(Spans spans);
// Many series have the same; null: none.
using SharedSpans = std::shared_ptr<const Spans>;

// Those that are still to come, for one who goes through time.
class SpansBehind {
 public:
  explicit SpansBehind(SharedSpans spans) : spans_(std::move(spans)) {}
  // The first that ends behind that time, or null; times in order.
  const Span* at(std::int64_t time);
  std::optional<std::int64_t> ended() const { return ended_; }  // the last that it went past

 private:
  SharedSpans spans_;
  std::size_t next_ = 0;
  std::optional<std::int64_t> ended_;
};

// How often a series is expected: as configured, else the median distance of its slots in what came together
// last; where slots come alone, the least distance from one to the one before; else a minute.
class Pace {
 public:
  explicit Pace(Duration configured) : configured_(configured > Duration{0}) {
    if (configured_) interval_ = configured.count();
  }
  void observe(const Rows& rows);
  std::int64_t interval() const { return interval_; }
  // How long a result speaks: its interval and half of one for what comes late.
  std::int64_t hold() const { return interval_ + interval_ / 2; }

 private:
  std::int64_t interval_ = 60'000;
  std::optional<std::int64_t> last_;  // slot of what came before
  bool alone_ = false;                // no other with it
  bool by_portions_ = false;          // the interval is that from one alone to the next
  bool configured_ = false;
};

// Values of a metric over each step.
class StepFold {
 public:
  using Give = std::function<void(std::size_t point, double value)>;  // points in order, each once
  StepFold(const Query& query, Duration interval) : query_(&query), pace_(interval) {}
  void take(const Rows& rows, const Give& give);
  // Of a query for which takes_hours(): whole ones, each within a step, with sketches for a percentile.
  static bool takes_hours(const Query& query);
  void take(const std::vector<Hour>& hours, const Give& give);
  void end(const Give& give);
  std::size_t held() const { return values_.size() + sketch_.buckets().size(); }  // of a percentile
  // Whether a percentile was not looked up among all values but is within a hundredth of it.
  bool is_estimated() const { return estimated_; }

 private:
  void open(std::int64_t slot, const Give& give);
  double percentile(unsigned percent);
  void add(double value);
  void grow(std::int64_t slot, double value);
  std::optional<double> value();
  const Query* query_;
  Pace pace_;
  bool is_open_ = false;
  std::size_t point_ = 0;
  std::int64_t until_ = 0;  // end of the open point
  double sum_ = 0, least_ = 0, greatest_ = 0, last_ = 0;
  std::uint64_t count_ = 0;
  std::vector<double> values_;
  Sketch sketch_;  // of hours, beside them
  bool estimated_ = false;
  // of rate: the value before, and what it grew by since
  bool any_before_ = false;
  std::int64_t before_slot_ = 0, before_hold_ = 0, elapsed_ = 0;
  double before_ = 0;
};

enum class Spent : std::uint8_t { ok, warning, critical, unknown, silent, maintenance };
inline constexpr std::size_t kSpents = 6;

// How long it stood how: every millisecond of the time asked for is of one kind, but those that results are
// gone of. A state holds until the next slot, for as long as a result speaks at most; then it is silent.
// Behind what is gone one that is gone with it may have spoken: for that long nobody knows of a silence.
class StateFold {
 public:
  using Give = std::function<void(std::size_t point, Spent kind, std::int64_t ms)>;
  StateFold(const Query& query, Duration interval, SharedSpans maintenance, SharedSpans gone);
  void take(const Rows& rows, const Give& give);
  void end(const Give& give);

 private:
  void spend(std::int64_t until, Spent kind, const Give& give);
  void split(std::int64_t until, Spent kind, const Give& give);
  const Query* query_;
  Pace pace_;
  SpansBehind maintenance_, gone_;
  std::int64_t at_;  // up to here everything is given
  bool speaks_ = false;
  State state_ = State::ok;
  std::int64_t slot_ = 0, holds_until_ = 0;  // of what spoke last
};

struct Received {
  std::uint64_t expected = 0, received = 0;
  std::uint64_t silences = 0;  // stretches of slots that are missing
  Spans longest_first;         // from the first slot that is missing to the next that came; kSilences at most
  std::int64_t silent_ms = 0;
};
inline constexpr std::size_t kSilences = 20;

// Which of the slots that were due did come. Slots in `unasked`, such as maintenance, are not asked for, and
// such as are only just due at `now` not yet. Costs a step a row and a step a span, however many are missing.
class SlotFold {
 public:
  SlotFold(const Query& query, Duration interval, SharedSpans unasked, Timestamp now);
  void take(const Rows& rows);
  Received end();

 private:
  bool counts(std::int64_t slot);
  void missing(std::int64_t first, std::int64_t before, std::int64_t until);
  void silence(Span span);
  Pace pace_;
  SpansBehind unasked_;
  std::int64_t from_, to_, now_;
  std::optional<std::int64_t> last_;
  Received found_;
};

}  // namespace xj::query
