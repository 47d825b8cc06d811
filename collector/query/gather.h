#pragma once
// From the rows of many series to the lines of an answer: folds each, puts them together, takes the top.
// Holds the answer and a little for each series, whatever the number of rows. Pure.
#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "collector/history/series.h"
#include "collector/query/fold.h"
#include "collector/query/query.h"

namespace xj::query {

using collector::SeriesId;

inline constexpr std::size_t kMaxHeld = 4'000'000;  // values of percentiles under way, of all series
inline constexpr std::size_t kMaxSeries = 100'000;  // however few lines they make

// What is known of a series beside its rows.
struct SeriesFacts {
  Duration interval{0};     // nought: nothing is configured
  SharedSpans maintenance;  // that touches the time asked for
};

// What a line is about; empty where series that differ in it were put together.
struct Label {
  std::string contract, system, check, host, item;  // check: the whole id, where it is one check's
  auto operator<=>(const Label&) const = default;
};
using Spending = std::array<std::int64_t, kSpents>;  // ms, by Spent
struct Line {
  Label label;
  std::size_t series = 0;
  std::vector<double> values;      // of a metric, by point; not a number: no value
  std::vector<Spending> spending;  // of availability, by point
  Received received;               // of completeness
  bool estimated = false;          // a percentile of it is within a hundredth of what it was
};

// (ok + warning) of (ok + warning + critical); nothing when it never was either.
std::optional<double> availability(const Spending& spending);
Spending total(const Line& line);
std::optional<double> completeness(const Received& received);
std::optional<double> mean(const Line& line);  // of the points that have a value, where a double can hold it

// Whether rows before `from` are wanted, too: what spoke last may still speak.
bool looks_back(const Query& query);

class Gather {
 public:
  using Facts = std::function<SeriesFacts(const SeriesId&)>;
  using Stop = std::function<bool()>;
  // `gone`: of which results are not kept. No state is said of it, no slot expected.
  Gather(const Query& query, Timestamp now, Facts facts, SharedSpans gone = nullptr);

  // A series that is expected, whether or not it has rows; of a metric it is not listed without any. False
  // as of take().
  bool expect(const SeriesId& id) { return state_of(id) != nullptr; }
  // False: it is too much; finish() then tells.
  bool take(const SeriesId& id, const Rows& rows);
  bool take(const SeriesId& id, const std::vector<Hour>& hours);  // of a metric
  // Sorted by label, or the top first. `stop` is asked between series: true ends it with `stopped`.
  std::variant<std::vector<Line>, Message> finish(const Stop& stop, const Message& stopped);

 private:
  struct Cell {
    double value = 0;
    std::uint32_t count = 0;
  };
  struct Group {
    Line line;
    std::vector<Cell> cells;
  };
  struct Series {
    std::variant<StepFold, StateFold, SlotFold> fold;
    Group* group;
    bool counted = false;
  };
  Series* state_of(const SeriesId& id);
  SharedSpans unasked(const SharedSpans& maintenance);
  template <typename Portion>
  void fold(Series& series, StepFold& steps, const Portion& portion);
  Label label_of(const SeriesId& id) const;
  Group* group_of(const Label& label);
  void give(Series& series, std::size_t point, double value) const;
  void end(Series& series);
  void close(Group& group) const;
  void rank(std::vector<Line>& lines) const;
  void refuse(std::string_view id, std::string most);

  const Query query_;
  const Timestamp now_;
  const Facts facts_;
  const SharedSpans gone_;
  std::map<SharedSpans, SharedSpans> unasked_;  // what is gone with it, by the maintenance that series share
  std::map<SeriesId, Series> series_;
  std::map<Label, Group> groups_;
  std::size_t held_ = 0;
  std::optional<Message> refused_;
};

}  // namespace xj::query
