#pragma once
// Quantiles of very many numbers in little room: counts by magnitude, each bucket a fiftieth wider than the
// one before it, so that a quantile is within a hundredth of the value that stands at that rank. Put together
// without loss, in any order. docs/storage.md specifies the buckets.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace xj {

// The rank of the smallest value that so many percent of `count` do not exceed, from 1 on.
std::uint64_t rank_of(unsigned percent, std::uint64_t count);

class Sketch {
 public:
  static constexpr double kError = 0.01;  // of a quantile, relative
  // What a sketch may hold: 35 decades of one sign. Beyond that the lowest are put together, whose error is
  // no longer bounded then.
  static constexpr std::size_t kMostBuckets = 4'096;
  // In the order of the values they stand for: below nought for those below nought, 0 for nought itself and
  // what is nearer to it than 1e-300.
  struct Bucket {
    std::int32_t key = 0;
    std::uint64_t count = 0;
    bool operator==(const Bucket&) const = default;
  };
  static constexpr std::int32_t kGreatestKey = 72'000;
  static constexpr std::uint64_t kMostCount = std::uint64_t{1} << 53;

  // Nothing unless the keys ascend, no count is nought, and neither is more than a sketch holds.
  static std::optional<Sketch> of(std::vector<Bucket> buckets);

  void add(double value);  // a finite one
  void merge(const Sketch& other);
  bool empty() const { return count_ == 0; }
  std::uint64_t count() const { return count_; }
  const std::vector<Bucket>& buckets() const { return buckets_; }
  // Of rank 1 to count().
  double at(std::uint64_t rank) const;
  void clear() { buckets_.clear(), count_ = 0; }
  bool operator==(const Sketch&) const = default;

 private:
  void limit();
  std::vector<Bucket> buckets_;
  std::uint64_t count_ = 0;
};

}  // namespace xj
