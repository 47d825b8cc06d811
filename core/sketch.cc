#include "core/sketch.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace xj {
namespace {

constexpr double kGamma = 1.02;
constexpr double kNought = 1e-300;
constexpr std::int32_t kMiddle = 36'000;  // key of the magnitudes up to 1, above those of all lesser ones

double log_gamma() {
  static const double value = std::log(kGamma);
  return value;
}

std::int32_t key_of(double value) {
  const auto size = std::fabs(value);
  if (size < kNought) return 0;
  const auto key = kMiddle + static_cast<std::int32_t>(std::ceil(std::log(size) / log_gamma()));
  return value < 0 ? -key : key;
}

// The middle of the bucket, so to speak: as far, in proportion, from its least as from its greatest value.
double value_of(std::int32_t key) {
  if (key == 0) return 0;
  const auto exponent = static_cast<double>(std::abs(key) - kMiddle);
  const auto size = std::exp(exponent * log_gamma() - std::log((1 + kGamma) / 2));
  return std::copysign(std::min(size, std::numeric_limits<double>::max()), key);
}

bool before(const Sketch::Bucket& bucket, std::int32_t key) { return bucket.key < key; }

}  // namespace

std::uint64_t rank_of(unsigned percent, std::uint64_t count) {
  return std::max<std::uint64_t>((count * percent + 99) / 100, 1);
}

std::optional<Sketch> Sketch::of(std::vector<Bucket> buckets) {
  if (buckets.size() > kMostBuckets) return std::nullopt;
  Sketch sketch;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    const auto& [key, count] = buckets[i];
    if (key < -kGreatestKey || key > kGreatestKey || (i > 0 && key <= buckets[i - 1].key) || count == 0 ||
        count > kMostCount - sketch.count_)
      return std::nullopt;
    sketch.count_ += count;
  }
  sketch.buckets_ = std::move(buckets);
  return sketch;
}

void Sketch::add(double value) {
  const auto key = key_of(value);
  const auto it = std::lower_bound(buckets_.begin(), buckets_.end(), key, before);
  if (it != buckets_.end() && it->key == key)
    ++it->count;
  else
    buckets_.insert(it, {key, 1});
  ++count_;
  limit();
}

void Sketch::merge(const Sketch& other) {
  std::vector<Bucket> both;
  both.reserve(buckets_.size() + other.buckets_.size());
  auto ours = buckets_.begin();
  for (const auto& theirs : other.buckets_) {
    while (ours != buckets_.end() && ours->key < theirs.key) both.push_back(*ours++);
    both.push_back(theirs);
    if (ours != buckets_.end() && ours->key == theirs.key) both.back().count += (ours++)->count;
  }
  both.insert(both.end(), ours, buckets_.end());
  buckets_ = std::move(both);
  count_ += other.count_;
  limit();
}

void Sketch::limit() {
  if (buckets_.size() <= kMostBuckets) return;
  const auto first = buckets_.end() - static_cast<std::ptrdiff_t>(kMostBuckets);
  for (auto it = buckets_.begin(); it != first; ++it) first->count += it->count;
  buckets_.erase(buckets_.begin(), first);
}

double Sketch::at(std::uint64_t rank) const {
  for (const auto& [key, count] : buckets_) {
    if (rank <= count) return value_of(key);
    rank -= count;
  }
  return buckets_.empty() ? 0 : value_of(buckets_.back().key);
}

}  // namespace xj
