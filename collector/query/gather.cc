#include "collector/query/gather.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace xj::query {
namespace {

constexpr auto kNone = std::numeric_limits<double>::quiet_NaN();

void merge(Received& into, Received&& from) {
  into.expected += from.expected;
  into.received += from.received;
  into.silences += from.silences;
  into.silent_ms += from.silent_ms;
  auto& all = into.longest_first;
  all.insert(all.end(), from.longest_first.begin(), from.longest_first.end());
  std::stable_sort(all.begin(), all.end(),
                   [](const Span& a, const Span& b) { return a.until - a.from > b.until - b.from; });
  if (all.size() > kSilences) all.resize(kSilences);
}

}  // namespace

std::optional<double> availability(const Spending& spending) {
  const auto of = [&](Spent kind) { return static_cast<double>(spending[static_cast<std::size_t>(kind)]); };
  const auto up = of(Spent::ok) + of(Spent::warning);
  const auto known = up + of(Spent::critical);
  return known > 0 ? std::optional(up / known) : std::nullopt;
}

Spending total(const Line& line) {
  Spending sum{};
  for (const auto& point : line.spending)
    for (std::size_t kind = 0; kind < kSpents; ++kind) sum[kind] += point[kind];
  return sum;
}

std::optional<double> completeness(const Received& received) {
  if (received.expected == 0) return std::nullopt;
  return static_cast<double>(received.received) / static_cast<double>(received.expected);
}

std::optional<double> mean(const Line& line) {
  double sum = 0;
  std::size_t count = 0;
  for (const auto value : line.values)
    if (!std::isnan(value)) sum += value, ++count;
  if (count == 0 || !std::isfinite(sum)) return std::nullopt;
  return sum / static_cast<double>(count);
}

bool looks_back(const Query& query) { return query.view != View::metric || query.over == Over::rate; }

Gather::Gather(const Query& query, Timestamp now, Facts facts, SharedSpans gone)
    : query_(query), now_(now), facts_(std::move(facts)), gone_(std::move(gone)) {}

SharedSpans Gather::unasked(const SharedSpans& maintenance) {
  if (gone_ == nullptr || maintenance == nullptr) return gone_ == nullptr ? maintenance : gone_;
  auto& both = unasked_[maintenance];
  if (both == nullptr) {
    auto all = *maintenance;
    all.insert(all.end(), gone_->begin(), gone_->end());
    both = std::make_shared<const Spans>(united(std::move(all)));
  }
  return both;
}

void Gather::refuse(std::string_view id, std::string most) {
  if (!refused_) refused_ = Message{std::string(id), {{"most", std::move(most)}}};
}

Label Gather::label_of(const SeriesId& id) const {
  const auto slash = id.check.find('/');
  const auto second = slash == std::string::npos ? slash : id.check.find('/', slash + 1);
  Label whole{{}, {}, id.check, id.agent, id.item};
  if (second != std::string::npos) {  // else it is of an agent's own file
    whole.contract = id.check.substr(0, slash);
    whole.system = id.check.substr(slash + 1, second - slash - 1);
  }
  if (query_.across == Across::none) return whole;
  Label label;
  const auto& by = query_.by;
  // A system or a check is one of a contract.
  if (by.contract || by.system || by.check) label.contract = whole.contract;
  if (by.system || by.check) label.system = whole.system;
  if (by.check) label.check = whole.check;
  if (by.host) label.host = whole.host;
  if (by.item) label.item = whole.item;
  return label;
}

Gather::Group* Gather::group_of(const Label& label) {
  if (const auto it = groups_.find(label); it != groups_.end()) return &it->second;
  const auto points = query_.view == View::completeness ? 1 : query_.points();
  if (groups_.size() >= kMaxLines) return refuse("query.many_lines", std::to_string(kMaxLines)), nullptr;
  if ((groups_.size() + 1) * points > kMaxCells)
    return refuse("query.many_cells", std::to_string(kMaxCells)), nullptr;
  auto& group = groups_[label];
  group.line.label = label;
  if (query_.view == View::metric) group.cells.resize(points);
  if (query_.view == View::availability) group.line.spending.resize(points);
  return &group;
}

Gather::Series* Gather::state_of(const SeriesId& id) {
  if (refused_) return nullptr;
  if (const auto it = series_.find(id); it != series_.end()) return &it->second;
  if (series_.size() >= kMaxSeries) return refuse("query.many_series", std::to_string(kMaxSeries)), nullptr;
  auto* group = group_of(label_of(id));
  if (group == nullptr) return nullptr;
  auto facts = facts_(id);
  const auto fold = [&]() -> std::variant<StepFold, StateFold, SlotFold> {
    switch (query_.view) {
      case View::metric: return StepFold(query_, facts.interval);
      case View::availability: return StateFold(query_, facts.interval, std::move(facts.maintenance), gone_);
      case View::completeness: break;
    }
    return SlotFold(query_, facts.interval, unasked(facts.maintenance), now_);
  };
  return &series_.emplace(id, Series{fold(), group, false}).first->second;
}

void Gather::give(Series& series, std::size_t point, double value) const {
  auto& group = *series.group;
  if (!series.counted) series.counted = true, ++group.line.series;
  auto& cell = group.cells[point];
  switch (query_.across) {
    case Across::none:
    case Across::sum:
    case Across::avg: cell.value += value; break;
    case Across::min: cell.value = cell.count > 0 ? std::min(cell.value, value) : value; break;
    case Across::max: cell.value = cell.count > 0 ? std::max(cell.value, value) : value; break;
    case Across::count: break;
  }
  ++cell.count;
}

template <typename Portion>
void Gather::fold(Series& series, StepFold& steps, const Portion& portion) {
  held_ -= steps.held();
  steps.take(portion, [&](std::size_t point, double value) { give(series, point, value); });
  held_ += steps.held();
  if (held_ > kMaxHeld) refuse("query.many_values", std::to_string(kMaxHeld));
}

bool Gather::take(const SeriesId& id, const std::vector<Hour>& hours) {
  if (refused_) return false;
  auto* series = state_of(id);
  if (series != nullptr) fold(*series, std::get<StepFold>(series->fold), hours);
  return !refused_;
}

bool Gather::take(const SeriesId& id, const Rows& rows) {
  if (refused_) return false;
  // A series that never had the metric is none of it.
  if (query_.view == View::metric &&
      std::none_of(rows.values.begin(), rows.values.end(), [](double v) { return std::isfinite(v); }))
    return true;
  auto* series = state_of(id);
  if (series == nullptr) return false;
  auto& group = *series->group;
  if (auto* steps = std::get_if<StepFold>(&series->fold)) {
    fold(*series, *steps, rows);
  } else if (auto* states = std::get_if<StateFold>(&series->fold)) {
    states->take(rows, [&](std::size_t point, Spent kind, std::int64_t ms) {
      group.line.spending[point][static_cast<std::size_t>(kind)] += ms;
    });
  } else {
    std::get<SlotFold>(series->fold).take(rows);
  }
  return !refused_;
}

void Gather::end(Series& series) {
  auto& group = *series.group;
  if (auto* steps = std::get_if<StepFold>(&series.fold)) {
    steps->end([&](std::size_t point, double value) { give(series, point, value); });
    group.line.estimated = group.line.estimated || steps->is_estimated();
    return;
  }
  if (auto* states = std::get_if<StateFold>(&series.fold))
    states->end([&](std::size_t point, Spent kind, std::int64_t ms) {
      group.line.spending[point][static_cast<std::size_t>(kind)] += ms;
    });
  else
    merge(group.line.received, std::get<SlotFold>(series.fold).end());
  ++group.line.series;
}

void Gather::close(Group& group) const {
  group.line.values.assign(group.cells.size(), kNone);
  for (std::size_t i = 0; i < group.cells.size(); ++i) {
    const auto& cell = group.cells[i];
    if (cell.count == 0) continue;
    const auto value = query_.across == Across::avg     ? cell.value / cell.count
                       : query_.across == Across::count ? static_cast<double>(cell.count)
                                                        : cell.value;
    if (std::isfinite(value)) group.line.values[i] = value;  // a sum may be beyond what a double holds
  }
  group.cells = {};
}

// The greatest mean, the least available, the least complete; what has none last.
void Gather::rank(std::vector<Line>& lines) const {
  const auto badness = [&](const Line& line) -> double {
    const auto share = query_.view == View::metric         ? mean(line)
                       : query_.view == View::availability ? availability(total(line))
                                                           : completeness(line.received);
    if (!share) return -std::numeric_limits<double>::infinity();
    return query_.view == View::metric ? *share : -*share;
  };
  std::vector<std::pair<double, std::size_t>> order;
  for (const auto& line : lines) order.emplace_back(badness(line), order.size());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  order.resize(std::min(order.size(), query_.top));
  std::vector<Line> best;
  for (const auto& [value, index] : order) best.push_back(std::move(lines[index]));
  lines = std::move(best);
}

std::variant<std::vector<Line>, Message> Gather::finish(const Stop& stop, const Message& stopped) {
  if (refused_) return *refused_;
  for (auto& [id, series] : series_) {
    if (stop()) return stopped;
    end(series);
  }
  series_.clear();
  std::vector<Line> lines;
  for (auto& [label, group] : groups_) {
    if (query_.view == View::metric) {
      close(group);
      const auto& values = group.line.values;
      if (std::all_of(values.begin(), values.end(), [](double v) { return std::isnan(v); })) continue;
    }
    lines.push_back(std::move(group.line));
  }
  groups_.clear();
  if (query_.top > 0) rank(lines);
  return lines;
}

}  // namespace xj::query
