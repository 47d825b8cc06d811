#include "collector/history/summary.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace xj::collector {
namespace {

constexpr std::int64_t kDayHours = 24;
constexpr unsigned char kHours = 1, kSamplesOnly = 0;  // first byte of an entry

// The sum of values of few decimals as what a person would write: then it takes few bytes. A change of
// 1e-15 of it at most, less than what adding in another order makes.
double tidy(double sum) {
  double power = 1;
  for (int digits = 0; digits < 10; ++digits, power *= 10) {
    const double scaled = sum * power;
    if (!(std::fabs(scaled) < 4e15)) break;
    const double near = std::round(scaled) / power;
    if (std::fabs(near - sum) <= std::fabs(sum) * 1e-15) return near;
  }
  return sum;
}

void grow(Hour& hour, double value) {
  if (hour.count++ == 0) hour.least = hour.greatest = value;
  hour.sum += value;
  hour.least = std::min(hour.least, value);
  hour.greatest = std::max(hour.greatest, value);
  hour.last = value;
  hour.sketch.add(value);
}

std::uint32_t mask_of(const std::vector<Hour>& hours) {
  std::uint32_t mask = 0;
  for (const auto& hour : hours) {
    const auto of_day = ((hour.start / kHourMs) % kDayHours + kDayHours) % kDayHours;
    mask |= 1u << of_day;
  }
  return mask;
}

std::vector<Hour> hours_of(std::uint32_t mask, std::int64_t day) {
  std::vector<Hour> hours;
  for (std::int64_t hour = 0; hour < kDayHours; ++hour)
    if ((mask >> hour & 1u) != 0) hours.emplace_back().start = (day * kDayHours + hour) * kHourMs;
  return hours;
}

std::uint32_t read_mask(ByteReader& in) {
  const auto mask = in.varint();
  if (mask == 0 || mask >= 1u << kDayHours) throw Fault("damaged hours: not the hours of a day");
  return static_cast<std::uint32_t>(mask);
}

constexpr std::array<double Hour::*, 4> kFigures{&Hour::sum, &Hour::least, &Hour::greatest, &Hour::last};

void put_figures(std::string& out, const std::vector<Hour>& hours) {
  put_varint(out, mask_of(hours));
  std::vector<std::int64_t> counts;
  for (const auto& hour : hours) counts.push_back(static_cast<std::int64_t>(hour.count));
  put_ints(out, counts);
  for (const auto figure : kFigures) {
    Column column;
    for (const auto& hour : hours) column.push(hour.*figure);
    column.encode(out, hours.size());
  }
}

std::vector<Hour> read_figures(std::string_view body, std::int64_t day) {
  ByteReader in(body);
  auto hours = hours_of(read_mask(in), day);
  const auto counts = read_ints(in, hours.size());
  for (std::size_t i = 0; i < hours.size(); ++i) {
    if (counts[i] <= 0) throw Fault("damaged hours: one without values");
    hours[i].count = static_cast<std::uint64_t>(counts[i]);
  }
  std::array<double, kDayHours> values{};
  for (const auto figure : kFigures) {
    const auto column = Column::decode(in, hours.size());
    if (column.values() != hours.size()) throw Fault("damaged hours: a figure is missing");
    column.numbers(values.data());
    for (std::size_t i = 0; i < hours.size(); ++i) hours[i].*figure = values[i];
  }
  if (!in.done()) throw Fault("damaged hours: bytes behind them");
  return hours;
}

// Counts one behind the other; where keys are passed over, how many, as an odd number.
void put_buckets(std::string& out, const std::vector<Sketch::Bucket>& buckets) {
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    if (const auto gap = i > 0 ? buckets[i].key - buckets[i - 1].key - 1 : 0; gap > 0)
      put_varint(out, static_cast<std::uint64_t>(gap) << 1 | 1u);
    put_varint(out, buckets[i].count << 1);
  }
}

Sketch read_buckets(ByteReader& in, std::int64_t first, std::int64_t size) {
  if (size <= 0 || size > static_cast<std::int64_t>(in.rest().size()) ||
      std::abs(first) > Sketch::kGreatestKey)
    throw Fault("damaged sketch: too many buckets");
  std::vector<Sketch::Bucket> buckets;
  buckets.reserve(static_cast<std::size_t>(size));
  for (auto key = first; std::ssize(buckets) < size; ++key) {
    auto token = in.varint();
    if ((token & 1u) != 0) {
      if ((token >> 1) > 2 * Sketch::kGreatestKey || buckets.empty()) throw Fault("damaged sketch: a gap");
      key += static_cast<std::int64_t>(token >> 1);
      token = in.varint();
      if ((token & 1u) != 0) throw Fault("damaged sketch: two gaps");
    }
    if (key > Sketch::kGreatestKey) throw Fault("damaged sketch: too great a key");
    buckets.push_back({static_cast<std::int32_t>(key), token >> 1});
  }
  auto sketch = Sketch::of(std::move(buckets));
  if (!sketch) throw Fault("damaged sketch: not what one holds");
  return *std::move(sketch);
}

void put_sketches(std::string& out, const std::vector<Hour>& hours) {
  put_varint(out, mask_of(hours));
  std::vector<std::int64_t> firsts, sizes;
  for (const auto& hour : hours) {
    firsts.push_back(hour.sketch.buckets().front().key);
    sizes.push_back(std::ssize(hour.sketch.buckets()));
  }
  put_ints(out, firsts);
  put_ints(out, sizes);
  for (const auto& hour : hours) put_buckets(out, hour.sketch.buckets());
}

std::vector<Hour> read_sketches_of(std::string_view body, std::int64_t day) {
  ByteReader in(body);
  auto hours = hours_of(read_mask(in), day);
  const auto firsts = read_ints(in, hours.size());
  const auto sizes = read_ints(in, hours.size());
  for (std::size_t i = 0; i < hours.size(); ++i) hours[i].sketch = read_buckets(in, firsts[i], sizes[i]);
  if (!in.done()) throw Fault("damaged sketch: bytes behind them");
  return hours;
}

// Metrics with their bodies, in the order of their names; `visit` says whether to go on.
template <typename Visit>
void for_each_metric(ByteReader in, const Visit& visit) {
  std::string_view before;
  const auto count = in.count(2);
  for (std::size_t i = 0; i < count; ++i) {
    const auto name = in.text();
    const auto body = in.text();
    if (i > 0 && name <= before) throw Fault("damaged hours: metrics are not in order");
    before = name;
    if (!visit(name, body)) return;
  }
  if (!in.done()) throw Fault("damaged hours: bytes behind the metrics");
}

template <typename Put>
void put_metrics(std::string& out, const std::vector<MetricHours>& metrics, const Put& put) {
  put_varint(out, metrics.size());
  std::string body;
  for (const auto& metric : metrics) {
    put_text(out, metric.name);
    body.clear();
    put(body, metric.hours);
    put_text(out, body);
  }
}

// Behind the first byte; nothing: there are rows, but no hours.
std::optional<ByteReader> opened(std::string_view entry) {
  ByteReader in(entry);
  const auto first = static_cast<unsigned char>(in.take(1)[0]);
  if (first == kSamplesOnly && in.done()) return std::nullopt;
  if (first != kHours) throw Fault("damaged hours: unknown form of an entry");
  return in;
}

}  // namespace

void Summariser::add(const Chunk& chunk) {
  const auto& slots = chunk.slots();
  if (slots.empty() || !fit_) return;
  fit_ = !last_slot_ || slots.front() > *last_slot_;
  last_slot_ = slots.back();
  for (const auto& column : chunk.metrics()) {
    if (!fit_) break;
    add(column, slots);
  }
}

void Summariser::add(const Column& column, const std::vector<std::int64_t>& slots) {
  values_.assign(slots.size(), std::nan(""));
  column.numbers(values_.data());
  std::vector<Hour>* hours = nullptr;
  std::int64_t until = 0;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (!std::isfinite(values_[i]) || (i + 1 < slots.size() && slots[i + 1] == slots[i])) continue;
    if (hours == nullptr) {
      const auto it = metrics_.find(column.name());
      if (it == metrics_.end() && metrics_.size() >= kSummaryMetrics) return void(fit_ = false);
      hours = it != metrics_.end() ? &it->second : &metrics_[column.name()];
      until = hours->empty() ? slots[i] : hours->back().start + kHourMs;
    }
    if (slots[i] >= until) {
      const auto start = (slots[i] - day_ * kDayHours * kHourMs) / kHourMs + day_ * kDayHours;
      hours->emplace_back().start = start * kHourMs;
      until = hours->back().start + kHourMs;
    }
    grow(hours->back(), values_[i]);
  }
}

std::optional<std::vector<MetricHours>> Summariser::take() {
  std::optional<std::vector<MetricHours>> out;
  if (fit_) {
    out.emplace();
    for (auto& [name, hours] : metrics_) {
      for (auto& hour : hours) hour.sum = tidy(hour.sum);
      out->push_back({name, std::move(hours)});
    }
  }
  metrics_.clear();
  fit_ = true;
  last_slot_.reset();
  return out;
}

void encode_hours(const std::optional<std::vector<MetricHours>>& metrics, std::string& out) {
  out += static_cast<char>(metrics ? kHours : kSamplesOnly);
  if (metrics) put_metrics(out, *metrics, put_figures);
}

void encode_sketches(const std::vector<MetricHours>& metrics, std::string& out) {
  put_metrics(out, metrics, put_sketches);
}

Told read_hours(std::string_view entry, std::int64_t day, std::string_view metric, std::vector<Hour>& out) {
  const auto in = opened(entry);
  if (!in) return Told::samples_only;
  auto told = Told::none_of_it;
  for_each_metric(*in, [&](std::string_view name, std::string_view body) {
    if (name == metric) {
      auto hours = read_figures(body, day);
      std::move(hours.begin(), hours.end(), std::back_inserter(out));
      told = Told::hours;
    }
    return name < metric;
  });
  return told;
}

void read_sketches(std::string_view entry, std::int64_t day, std::string_view metric,
                   std::vector<Hour>& hours) {
  bool found = false;
  for_each_metric(ByteReader(entry), [&](std::string_view name, std::string_view body) {
    if (name == metric) {
      auto theirs = read_sketches_of(body, day);
      found = theirs.size() == hours.size();
      for (std::size_t i = 0; found && i < hours.size(); ++i) {
        found = theirs[i].start == hours[i].start && theirs[i].sketch.count() == hours[i].count;
        hours[i].sketch = std::move(theirs[i].sketch);
      }
    }
    return name < metric;
  });
  if (!found) throw Fault("damaged sketch: of other hours");
}

std::optional<std::vector<MetricHours>> decode_hours(std::string_view entry, std::int64_t day) {
  const auto in = opened(entry);
  if (!in) return std::nullopt;
  std::vector<MetricHours> out;
  for_each_metric(*in, [&](std::string_view name, std::string_view body) {
    out.push_back({std::string(name), read_figures(body, day)});
    return true;
  });
  return out;
}

std::vector<MetricHours> decode_sketches(std::string_view entry, std::int64_t day) {
  std::vector<MetricHours> out;
  for_each_metric(ByteReader(entry), [&](std::string_view name, std::string_view body) {
    out.push_back({std::string(name), read_sketches_of(body, day)});
    return true;
  });
  return out;
}

}  // namespace xj::collector
