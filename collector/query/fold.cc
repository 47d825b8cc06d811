#include "collector/query/fold.h"

#include <algorithm>
#include <cmath>

namespace xj::query {
namespace {

bool superseded(const Rows& rows, std::size_t i) {
  return i + 1 < rows.slots.size() && rows.slots[i + 1] == rows.slots[i];
}

constexpr Duration kHour{3'600'000};

}  // namespace

Spans united(Spans spans) {
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.from < b.from; });
  Spans out;
  for (const auto& span : spans) {
    if (span.from >= span.until) continue;
    if (!out.empty() && span.from <= out.back().until)
      out.back().until = std::max(out.back().until, span.until);
    else
      out.push_back(span);
  }
  return out;
}

const Span* SpansBehind::at(std::int64_t time) {
  if (spans_ == nullptr) return nullptr;
  while (next_ < spans_->size() && (*spans_)[next_].until <= time) ended_ = (*spans_)[next_++].until;
  return next_ < spans_->size() ? &(*spans_)[next_] : nullptr;
}

void Pace::observe(const Rows& rows) {
  if (configured_ || rows.slots.empty()) return;
  std::vector<std::int64_t> steps;
  for (std::size_t i = 1; i < rows.slots.size(); ++i)
    if (rows.slots[i] > rows.slots[i - 1]) steps.push_back(rows.slots[i] - rows.slots[i - 1]);
  if (!steps.empty()) {
    const auto middle = steps.begin() + static_cast<std::ptrdiff_t>((steps.size() - 1) / 2);
    std::nth_element(steps.begin(), middle, steps.end());
    interval_ = std::max<std::int64_t>(*middle, 1'000);
    by_portions_ = false;
  } else if (alone_ && rows.slots.front() > *last_) {  // alone after several, it says nothing
    const auto distance = std::max<std::int64_t>(rows.slots.front() - *last_, 1'000);
    interval_ = by_portions_ ? std::min(interval_, distance) : distance;
    by_portions_ = true;
  }
  alone_ = steps.empty();
  last_ = rows.slots.back();
}

// ---- StepFold ----

void StepFold::take(const Rows& rows, const Give& give) {
  const auto from = to_ms(query_->from), to = to_ms(query_->to);
  const bool is_rate = query_->over == Over::rate;
  if (is_rate) {
    pace_.observe(rows);
    before_hold_ = std::max(before_hold_, pace_.hold());  // now that more is known
  }
  for (std::size_t i = 0; i < rows.slots.size(); ++i) {
    const auto slot = rows.slots[i];
    if (slot >= to || !std::isfinite(rows.values[i]) || superseded(rows, i)) continue;
    if (slot >= from) {
      if (!is_open_ || slot >= until_) open(slot, give);
      if (is_rate)
        grow(slot, rows.values[i]);
      else
        add(rows.values[i]);
    }
    if (is_rate)
      any_before_ = true, before_ = rows.values[i], before_slot_ = slot, before_hold_ = pace_.hold();
  }
}

void StepFold::grow(std::int64_t slot, double value) {
  if (!any_before_ || slot - before_slot_ > before_hold_) return;
  sum_ += value >= before_ ? value - before_ : value;  // less than before: it began anew at nought
  elapsed_ += slot - before_slot_;
}

void StepFold::open(std::int64_t slot, const Give& give) {
  end(give);
  is_open_ = true;
  point_ = static_cast<std::size_t>((slot - to_ms(query_->from)) / query_->step.count());
  until_ = to_ms(query_->begin_of(point_ + 1));
}

void StepFold::add(double value) {
  if (count_++ == 0) least_ = greatest_ = value;
  sum_ += value;
  least_ = std::min(least_, value);
  greatest_ = std::max(greatest_, value);
  last_ = value;
  if (query_->over >= Over::p50) values_.push_back(value);
}

bool StepFold::takes_hours(const Query& query) {
  return query.view == View::metric && query.over != Over::rate && query.step % kHour == Duration{0} &&
         query.from.time_since_epoch() % kHour == Duration{0};
}

void StepFold::take(const std::vector<Hour>& hours, const Give& give) {
  for (const auto& hour : hours) {
    if (!is_open_ || hour.start >= until_) open(hour.start, give);
    least_ = count_ > 0 ? std::min(least_, hour.least) : hour.least;
    greatest_ = count_ > 0 ? std::max(greatest_, hour.greatest) : hour.greatest;
    count_ += hour.count;
    sum_ += hour.sum;
    last_ = hour.last;
    if (query_->over >= Over::p50) sketch_.merge(hour.sketch);
  }
}

// The smallest value that so many percent of them do not exceed.
double StepFold::percentile(unsigned percent) {
  if (sketch_.empty()) {
    const auto rank = rank_of(percent, values_.size()) - 1;
    std::nth_element(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(rank), values_.end());
    return values_[rank];
  }
  estimated_ = true;
  for (const auto value : values_) sketch_.add(value);
  return std::clamp(sketch_.at(rank_of(percent, sketch_.count())), least_, greatest_);
}

std::optional<double> StepFold::value() {
  if (query_->over == Over::rate)
    return elapsed_ > 0 ? std::optional(sum_ * 1'000 / static_cast<double>(elapsed_)) : std::nullopt;
  switch (query_->over) {
    case Over::avg: return sum_ / static_cast<double>(count_);
    case Over::min: return least_;
    case Over::max: return greatest_;
    case Over::sum: return sum_;
    case Over::count: return static_cast<double>(count_);
    case Over::last: return last_;
    case Over::p50: return percentile(50);
    case Over::p95: return percentile(95);
    case Over::p99: return percentile(99);
    case Over::rate: break;
  }
  return std::nullopt;
}

void StepFold::end(const Give& give) {
  if (!is_open_) return;
  if (const auto found = value(); found && std::isfinite(*found)) give(point_, *found);
  is_open_ = false;
  sum_ = 0, count_ = 0, elapsed_ = 0;
  values_.clear();
  sketch_.clear();
}

// ---- StateFold ----

StateFold::StateFold(const Query& query, Duration interval, SharedSpans maintenance, SharedSpans gone)
    : query_(&query),
      pace_(interval),
      maintenance_(std::move(maintenance)),
      gone_(std::move(gone)),
      at_(to_ms(query.from)) {}

void StateFold::take(const Rows& rows, const Give& give) {
  pace_.observe(rows);
  holds_until_ = std::max(holds_until_, slot_ + pace_.hold());  // now that more is known
  for (std::size_t i = 0; i < rows.slots.size(); ++i) {
    if (superseded(rows, i)) continue;
    const auto slot = rows.slots[i];
    // The same as before, and in time: all one.
    if (!speaks_ || slot > holds_until_ || rows.states[i] != state_) {
      if (speaks_) spend(std::min(slot, holds_until_), static_cast<Spent>(state_), give);
      spend(slot, Spent::silent, give);
    }
    speaks_ = true, state_ = rows.states[i], slot_ = slot, holds_until_ = slot + pace_.hold();
  }
}

void StateFold::end(const Give& give) {
  if (speaks_) spend(holds_until_, static_cast<Spent>(state_), give);
  spend(to_ms(query_->to), Spent::silent, give);
}

// From where everything is given; what is gone left out, maintenance given as such.
void StateFold::spend(std::int64_t until, Spent kind, const Give& give) {
  until = std::min(until, to_ms(query_->to));
  while (at_ < until) {
    const auto *gone = gone_.at(at_), *window = maintenance_.at(at_);
    if (gone != nullptr && gone->from <= at_) {
      at_ = std::min(gone->until, until);
      continue;
    }
    auto end = gone == nullptr ? until : std::min(until, gone->from);
    if (window != nullptr && window->from <= at_) {
      split(std::min(end, window->until), Spent::maintenance, give);
      continue;
    }
    if (window != nullptr) end = std::min(end, window->from);
    const auto unheard = gone_.ended() ? *gone_.ended() + pace_.hold() : at_;
    if (kind == Spent::silent && at_ < unheard)
      at_ = std::min(end, unheard);
    else
      split(end, kind, give);
  }
}

// Up to there, point by point.
void StateFold::split(std::int64_t until, Spent kind, const Give& give) {
  while (at_ < until) {
    const auto point = static_cast<std::size_t>((at_ - to_ms(query_->from)) / query_->step.count());
    const auto next = std::min(until, to_ms(query_->begin_of(point + 1)));
    give(point, kind, next - at_);
    at_ = next;
  }
}

// ---- SlotFold ----

SlotFold::SlotFold(const Query& query, Duration interval, SharedSpans unasked, Timestamp now)
    : pace_(interval),
      unasked_(std::move(unasked)),
      from_(to_ms(query.from)),
      to_(to_ms(query.to)),
      now_(to_ms(now)) {}

bool SlotFold::counts(std::int64_t slot) {
  const auto* window = unasked_.at(slot);
  return window == nullptr || slot < window->from;
}

void SlotFold::take(const Rows& rows) {
  pace_.observe(rows);
  for (std::size_t i = 0; i < rows.slots.size(); ++i) {
    const auto slot = rows.slots[i];
    if (slot < from_ || slot >= to_ || superseded(rows, i)) continue;
    const auto interval = pace_.interval();
    if (last_)
      missing(*last_ + interval, slot - interval / 2, slot);
    else
      missing(slot - (slot - from_) / interval * interval, slot - interval / 2, slot);
    if (counts(slot)) ++found_.expected, ++found_.received;
    last_ = slot;
  }
}

Received SlotFold::end() {
  const auto interval = pace_.interval();
  const auto due = std::min(to_, now_ - interval / 2);  // what came later may still be on its way
  missing(last_ ? *last_ + interval : from_, due, to_);
  return std::move(found_);
}

// Slots from `first` on, in steps of the interval, that lie before `before`; the next one there is `until`.
void SlotFold::missing(std::int64_t first, std::int64_t before, std::int64_t until) {
  const auto interval = pace_.interval();
  const auto steps_to = [&](std::int64_t slot, std::int64_t end) {  // that many lie in [slot, end)
    return (end - slot + interval - 1) / interval;
  };
  std::optional<std::int64_t> begin;
  for (auto slot = first; slot < before;) {
    const auto* window = unasked_.at(slot);
    if (window != nullptr && window->from <= slot) {
      if (begin) silence({*begin, slot});
      begin.reset();
      slot += steps_to(slot, window->until) * interval;
      continue;
    }
    if (!begin) begin = slot;
    const auto count = steps_to(slot, window == nullptr ? before : std::min(before, window->from));
    found_.expected += static_cast<std::uint64_t>(count);
    slot += count * interval;
  }
  if (begin) silence({*begin, until});
}

void SlotFold::silence(Span span) {
  ++found_.silences;
  found_.silent_ms += span.until - span.from;
  auto& all = found_.longest_first;
  const auto longer = [](const Span& a, const Span& b) { return a.until - a.from > b.until - b.from; };
  if (all.size() == kSilences && !longer(span, all.back())) return;
  all.insert(std::upper_bound(all.begin(), all.end(), span, longer), span);
  if (all.size() > kSilences) all.pop_back();
}

}  // namespace xj::query
