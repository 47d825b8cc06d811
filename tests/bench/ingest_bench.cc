// Values accepted durably over mutual TLS on loopback, in two shapes: 1,000 values a request over 2
// connections (what the names without a suffix mean) and 200 over 16. 10,000 series of the peers' data; a
// result has 5 metrics and is judged by a contract. Fails when what is found differs from what was
// acknowledged. usage: ingest_bench [traces]: of hosts' traces in place of the peers' data.
#include "tests/bench/collector_load.h"

namespace {

using namespace xj;

bool run(const bench::Shape& shape, const std::string& suffix, bench::SeriesData& data) {
  bench::CollectorLoad load(shape);
  load.send(data);
  const auto got = load.finish();
  const auto values = static_cast<double>(got.acknowledged);
  bench::figure("ingest_values_per_s" + suffix, got.values_per_s, "values/s");
  bench::figure("ingest_cpu_s_per_million_values" + suffix, got.cpu_s / values * 1e6, "s");
  bench::figure("results_per_cpu_s" + suffix, values / bench::kMetrics / got.cpu_s, "results/s");
  bench::figure("collector_peak_rss_mib" + suffix, got.peak_rss_mib, "MiB");
  bench::figure("ack_p50_ms" + suffix, got.ack_ms[got.ack_ms.size() / 2], "ms");
  bench::figure("ack_p99_ms" + suffix, got.ack_ms[got.ack_ms.size() * 99 / 100], "ms");
  bench::figure("history_bytes_per_value" + suffix, got.bytes_per_value, "bytes");
  if (got.whole()) return true;
  std::fprintf(stderr, "sent %llu, acknowledged %llu, found %llu, distinct %llu values\n",
               static_cast<unsigned long long>(got.sent), static_cast<unsigned long long>(got.acknowledged),
               static_cast<unsigned long long>(got.found), static_cast<unsigned long long>(got.distinct));
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const bool wide = run({2, 200, 1'440}, "", *bench::series_data(argc, argv, 2));
    const bool narrow = run({16, 40, 360}, "_16x200", *bench::series_data(argc, argv, 16));
    return wide && narrow ? 0 : 1;
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
    return 1;
  }
}
