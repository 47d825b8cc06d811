// What decoding and encoding a batch cost, alone: 200 results of 5 metrics each, as agents send them.
// Prints JSON lines {"name","value","unit"}.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <random>
#include <vector>

#include "core/json.h"
#include "core/wire.h"

namespace {

using namespace xj;

double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

void figure(const char* name, double value, const char* unit) {
  std::printf("%s\n", Json().set("name", name).set("value", value).set("unit", unit).dump().c_str());
}

wire::Batch made(unsigned seed) {
  std::mt19937_64 random(seed);
  wire::Batch batch;
  batch.epoch = "a1b2c3d4";
  batch.sent = from_ms(1'790'000'000'000);
  batch.config = "5f3c9a1e";
  for (std::uint64_t n = 1; n <= 200; ++n) {
    Result r;
    r.n = seed * 1000 + n;
    r.check = "office-oa/oa/host-" + std::to_string(n);
    r.slot = from_ms(1'790'000'000'000 + static_cast<std::int64_t>(n) * 60'000);
    r.took = Duration{static_cast<std::int64_t>(random() % 40)};
    r.metrics = {{"used_percent", static_cast<double>(random() % 10'000) / 100},
                 {"used_bytes", static_cast<std::int64_t>(random() % 1'000'000'000'000)},
                 {"free_bytes", static_cast<std::int64_t>(random() % 1'000'000'000'000)},
                 {"read_per_s", static_cast<double>(random() % 100'000) / 1000},
                 {"processes", static_cast<std::int64_t>(random() % 400)}};
    batch.results.push_back(std::move(r));
  }
  return batch;
}

// Median of `rounds` of CPU seconds a million values.
template <typename Work>
double per_million(std::size_t values_a_round, int rounds, Work work) {
  std::vector<double> each;
  for (int i = 0; i < rounds; ++i) {
    const double before = cpu_seconds();
    work();
    each.push_back((cpu_seconds() - before) * 1e6 / static_cast<double>(values_a_round));
  }
  std::sort(each.begin(), each.end());
  return each[each.size() / 2];
}

}  // namespace

int main() {
  constexpr unsigned kBatches = 200;
  std::vector<wire::Batch> batches;
  std::vector<std::string> bodies, packed;
  std::size_t bytes = 0, packed_bytes = 0;
  for (unsigned i = 0; i < kBatches; ++i) {
    batches.push_back(made(i));
    bodies.push_back(wire::encode(batches.back()));
    packed.push_back(wire::deflate(bodies.back()));
    bytes += bodies.back().size();
    packed_bytes += packed.back().size();
  }
  const std::size_t values = kBatches * 200 * 5;
  std::size_t seen = 0;
  const double decode = per_million(values, 9, [&] {
    for (const auto& body : bodies) {
      const auto read = wire::decode_batch(body);
      for (const auto& r : std::get<wire::DecodedBatch>(read).batch.results) seen += r.metrics.size();
    }
  });
  if (seen != values * 9) return std::fprintf(stderr, "lost values: %zu of %zu\n", seen, values * 9), 1;
  figure("wire_decode_cpu_s_per_million_values", decode, "s");
  figure("wire_encode_cpu_s_per_million_values",
         per_million(values, 9,
                     [&] {
                       for (const auto& batch : batches) seen += wire::encode(batch).size();
                     }),
         "s");
  figure("wire_deflate_cpu_s_per_million_values",
         per_million(values, 5,
                     [&] {
                       for (const auto& body : bodies) seen += wire::deflate(body).size();
                     }),
         "s");
  figure("wire_inflate_cpu_s_per_million_values",
         per_million(values, 5,
                     [&] {
                       for (const auto& body : packed)
                         seen += std::get<std::string>(wire::inflate(body)).size();
                     }),
         "s");
  figure("wire_bytes_per_value", static_cast<double>(bytes) / static_cast<double>(values), "bytes");
  figure("wire_packed_bytes_per_value", static_cast<double>(packed_bytes) / static_cast<double>(values),
         "bytes");
  return seen == 0 ? 1 : 0;
}
