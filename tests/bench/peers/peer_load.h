#pragma once
// The values of series_data.h sent to a peer by remote write, 1,000 a request over 2 connections.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "tests/bench/collector_load.h"
#include "tests/bench/peers/peer.h"
#include "tests/bench/peers/remote_write.h"

namespace xj::bench {

class PeerLoad {
 public:
  PeerLoad(Peer& peer, int samples) : peer_(peer), samples_(samples) {
    for (int series = 0; series < kSeries; ++series)
      labels_.push_back(remote_labels({{"__name__", kNames[series % kMetrics]},
                                       {"check", "check-" + std::to_string(series / kMetrics)}}));
  }

  void send(SeriesData& data) {
    for (int from = 0; from < samples_; from += kBlock) {
      const int to = std::min(from + kBlock, samples_);
      fill(data, from, to);
      send_filled(to - from);
    }
  }
  std::uint64_t acknowledged() const { return acknowledged_; }
  double values_per_s() const {
    auto rates = rates_;
    std::sort(rates.begin(), rates.end());
    return rates[rates.size() / 2];
  }
  std::uint64_t found() {
    double sum = 0;
    const auto end = to_ms(day_) / 1'000 + 86'399;
    for (const auto* name : kNames)
      sum += peer_.number("sum(count_over_time(" + std::string(name) + "[24h]))", end);
    return static_cast<std::uint64_t>(sum);
  }

 private:
  static constexpr const char* kNames[kMetrics] = {"used_percent", "read_bytes", "write_bytes", "in_use",
                                                   "queue_length"};
  static constexpr int kConnections = 2, kRequest = 1'000;

  void fill(SeriesData& data, int from, int to) {
    for (auto& bodies : bodies_) bodies.clear();
    RemoteWrite request;
    for (int sample = from; sample < to; ++sample)
      for (int series = 0; series < kSeries; ++series) {
        request.add(labels_[static_cast<std::size_t>(series)],
                    {{as_double(data.next(series, sample)), to_ms(day_) + sample * 60'000LL}});
        // Each connection has its series, as each agent has its checks.
        if ((series + 1) % kRequest == 0)
          bodies_[series / (kSeries / kConnections)].push_back(request.take());
      }
  }
  void send_filled(int samples) {
    std::atomic<std::uint64_t> taken{0};
    std::atomic<bool> failed{false};
    const auto began = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (const auto& bodies : bodies_)
      threads.emplace_back([&, this] {
        PlainHttp http;
        for (const auto& body : bodies) {
          const auto answer = http.post(peer_.write_url(), body, headers_.get());
          if (answer.status / 100 != 2) {
            std::fprintf(stderr, "%ld %s\n", answer.status, answer.body.c_str());
            failed = true;
            return;
          }
          taken += kRequest;
        }
      });
    for (auto& thread : threads) thread.join();
    const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    if (failed) throw Fault("a peer did not take everything");
    acknowledged_ += taken;
    rates_.push_back(static_cast<double>(samples) * kSeries / seconds);
  }

  Peer& peer_;
  int samples_;
  Timestamp day_ = load_day();
  std::vector<std::string> labels_, bodies_[kConnections];
  const CurlHeaders headers_ = remote_headers();
  std::uint64_t acknowledged_ = 0;
  std::vector<double> rates_;
};

}  // namespace xj::bench
