// An entry of a summary of any bytes is hours, or sketches, or a fault; what was read comes back from its own
// bytes, metric by metric too. The first byte says which of the two.
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "collector/history/summary.h"

namespace {

using namespace xj;
using namespace xj::collector;

constexpr std::int64_t kDay = 20'777;

void must(bool good) {
  if (!good) std::abort();
}

// Bits, not values: a NaN of hostile bytes is equal to nothing.
bool same(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

void same_hours(const std::vector<Hour>& a, const std::vector<Hour>& b) {
  must(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    must(a[i].start == b[i].start && a[i].count == b[i].count && a[i].sketch == b[i].sketch);
    must(same(a[i].sum, b[i].sum) && same(a[i].least, b[i].least) && same(a[i].greatest, b[i].greatest) &&
         same(a[i].last, b[i].last));
  }
}

void look_at_hours(const std::string& bytes) {
  const auto metrics = decode_hours(bytes, kDay);
  std::string again;
  encode_hours(metrics, again);
  const auto twice = decode_hours(again, kDay);
  must(metrics.has_value() == twice.has_value());
  if (!metrics) return;
  must(metrics->size() == twice->size());
  for (std::size_t i = 0; i < metrics->size(); ++i) {
    const auto& [name, hours] = (*metrics)[i];
    must(name == (*twice)[i].name);
    same_hours(hours, (*twice)[i].hours);
    std::vector<Hour> alone;
    must(read_hours(bytes, kDay, name, alone) == Told::hours);
    same_hours(hours, alone);
  }
}

void look_at_sketches(const std::string& bytes) {
  const auto metrics = decode_sketches(bytes, kDay);
  std::string again;
  encode_sketches(metrics, again);
  const auto twice = decode_sketches(again, kDay);
  must(metrics.size() == twice.size());
  Sketch all;
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    same_hours(metrics[i].hours, twice[i].hours);
    auto hours = metrics[i].hours;
    for (auto& hour : hours) {
      must(hour.sketch.at(1) <= hour.sketch.at(hour.sketch.count()));
      all.merge(hour.sketch);
      hour.count = hour.sketch.count();
      hour.sketch.clear();
    }
    read_sketches(bytes, kDay, metrics[i].name, hours);
    for (std::size_t h = 0; h < hours.size(); ++h) must(hours[h].sketch == metrics[i].hours[h].sketch);
  }
  must(all.buckets().size() <= Sketch::kMostBuckets);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    data[0] % 2 == 0 ? look_at_hours(bytes) : look_at_sketches(bytes);
  } catch (const Fault&) {
  }
  return 0;
}
