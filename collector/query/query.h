#pragma once
// What is asked of history: which series, which time, and what to make of it. Read from the words of a
// request or a command. Pure. docs/query.md says what each word means.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "collector/domain/calendar.h"
#include "core/text.h"
#include "core/time.h"

namespace xj::query {

inline constexpr std::size_t kMaxText = 256;       // bytes of a word
inline constexpr std::size_t kMaxPoints = 11'000;  // of a line
inline constexpr std::size_t kMaxLines = 5'000;
inline constexpr std::size_t kMaxCells = 1'000'000;  // lines times points
inline constexpr Duration kMaxRange{3'700LL * 24 * 3'600'000};

enum class View : std::uint8_t { metric, availability, completeness };
enum class Over : std::uint8_t { avg, min, max, sum, count, last, rate, p50, p95, p99 };
enum class Across : std::uint8_t { none, sum, avg, min, max, count };
// What lines are told apart by, when series are put together.
struct By {
  bool contract = false, system = false, check = false, host = false, item = false;
  bool any() const { return contract || system || check || host || item; }
};

std::string_view to_text(View view);
std::string_view to_text(Over over);
std::string_view to_text(Across across);

struct Query {
  View view = View::metric;
  std::string check, metric, host, item;  // patterns, but the metric: that is empty unless one is asked
  Timestamp from, to;
  Duration step{0};
  Over over = Over::avg;
  Across across = Across::none;  // none: a line a series
  By by;
  std::size_t top = 0;  // 0: all lines

  std::size_t points() const { return static_cast<std::size_t>((to - from + step - Duration{1}) / step); }
  // Of a point; the last one may be cut by `to`.
  Timestamp begin_of(std::size_t point) const { return from + step * static_cast<std::int64_t>(point); }
};

// The words by name: what, host, item, from, to, step, over, across, by, top, view. Times without an offset
// are of `zone`; what lies behind `now` is not asked for. Else what is wrong, where, and how to mend it.
using Words = std::map<std::string, std::string>;
std::variant<Query, Message> parse_query(const Words& words, Timestamp now, const domain::Zone& zone);

}  // namespace xj::query
