// A chunk of any bytes is a chunk or a fault; what was read comes back from its own bytes, sorted or not.
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "collector/history/chunk.h"

namespace {

bool same(const xj::collector::Sample& a, const xj::collector::Sample& b) {
  if (a.slot != b.slot || a.state != b.state || a.msg != b.msg || a.metrics.size() != b.metrics.size())
    return false;
  for (std::size_t i = 0; i < a.metrics.size(); ++i) {
    if (a.metrics[i].name != b.metrics[i].name || a.metrics[i].value.index() != b.metrics[i].value.index())
      return false;
    // Bits, not values: a NaN of hostile bytes is equal to nothing.
    const auto bits = [](const xj::Number& n) {
      const auto* d = std::get_if<double>(&n);
      return d != nullptr ? std::bit_cast<std::int64_t>(*d) : std::get<std::int64_t>(n);
    };
    if (bits(a.metrics[i].value) != bits(b.metrics[i].value)) return false;
  }
  return true;
}

std::vector<xj::collector::Sample> all(const xj::collector::Chunk& chunk) {
  std::vector<xj::collector::Sample> out;
  chunk.read(xj::Timestamp::min(), xj::Timestamp::max(), out);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xj;
  using namespace xj::collector;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  try {
    ByteReader in(bytes);
    auto chunk = Chunk::decode(in);
    // A few bytes can tell of a million rows; the interesting ones are small.
    if (chunk.rows() > 4'096 || chunk.values() > 65'536) return 0;
    const auto samples = all(chunk);
    if (!samples.empty() && !samples.back().metrics.empty() && !samples.back().metrics.back().name.empty()) {
      // One column read by itself is that column.
      const auto& last = samples.back().metrics.back();
      ByteReader again(bytes);
      Rows one, of_all;
      Chunk::decode(again, last.name).read(Timestamp::min(), Timestamp::max(), last.name, one);
      chunk.read(Timestamp::min(), Timestamp::max(), last.name, of_all);
      const auto bits = [](const std::vector<double>& v) {
        return std::string(reinterpret_cast<const char*>(v.data()), v.size() * sizeof(double));
      };
      if (one.slots != of_all.slots || one.states != of_all.states || bits(one.values) != bits(of_all.values))
        std::abort();
    }
    for (int round = 0; round < 2; ++round) {
      std::string again;
      chunk.encode(again);
      ByteReader second(again);
      const auto twice = Chunk::decode(second);
      const auto a = all(chunk), b = all(twice);
      if (a.size() != b.size()) std::abort();
      for (std::size_t i = 0; i < a.size(); ++i)
        if (!same(a[i], b[i])) std::abort();
      chunk.append(twice);
      chunk.sort();
    }
  } catch (const Fault&) {
  }
  return 0;
}
