#pragma once
// Values that benches send: the same for every server, from a seed.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "core/result.h"

namespace xj::bench {

inline constexpr int kMetrics = 5;  // of a result; series are numbered result by result

// Of a host in a minute: two decimals, with a day's rise and fall and noise of about one.
inline double busy_percent(int host, std::int64_t minute) {
  auto noise = static_cast<std::uint64_t>(host) * 1'000'003 + static_cast<std::uint64_t>(minute);
  noise = (noise ^ (noise >> 30)) * 0xbf58476d1ce4e5b9ULL;
  noise = (noise ^ (noise >> 27)) * 0x94d049bb133111ebULL;
  noise ^= noise >> 31;
  const auto wave = 40 + 20 * std::sin(static_cast<double>(minute % 1'440) / 1'440 * 6.283 + host);
  return std::round((wave + static_cast<double>(noise % 400) / 100) * 100) / 100;
}

// What a day is made of, one sample a minute for each series.
class SeriesData {
 public:
  virtual ~SeriesData() = default;
  // The next value of that series; `minute` since the beginning. Series may be asked in any order.
  virtual Number next(int series, int minute) = 0;
};

// The peers' data: constant, counter, 2-decimal gauge with noise of 0.3, rarely changing integer.
class PeersMix final : public SeriesData {
 public:
  PeersMix(int seed, int series)
      : random_(static_cast<std::uint64_t>(seed)), state_(static_cast<std::size_t>(series)) {
    for (auto& s : state_) s = static_cast<std::int64_t>(random_() % 1'000'000);
  }
  Number next(int series, int) override {
    auto& state = state_[static_cast<std::size_t>(series)];
    switch (series % 4) {
      case 0: return state;
      case 1: return state += static_cast<std::int64_t>(random_() % 2'000);
      case 2: return std::round((static_cast<double>(state % 90) + noise_(random_)) * 100) / 100;
      default:
        if (random_() % 200 == 0) state = static_cast<std::int64_t>(random_() % 16);
        return state % 16;
    }
  }

 private:
  std::mt19937_64 random_;
  std::normal_distribution<double> noise_{5, 0.3};
  std::vector<std::int64_t> state_;
};

// Five metrics of a host, as an agent measures them: people come at nine and go at six, and nothing repeats
// itself. Busy percent (1 decimal), memory used (pages), bytes received (counter), disk used percent
// (2 decimals, growing, now and then cleaned up), processes.
class HostTraces final : public SeriesData {
 public:
  HostTraces(int seed, int series)
      : random_(static_cast<std::uint64_t>(seed)), host_(static_cast<std::size_t>(series / kMetrics + 1)) {
    for (auto& h : host_) {
      h.level = 3 + std::abs(normal_(random_)) * 12;
      h.memory = 262'144 + static_cast<std::int64_t>(random_() % 3'000'000);
      h.received = static_cast<std::int64_t>(random_() % 1'000'000'000'000);
      h.disk = 20 + static_cast<double>(random_() % 6'000) / 100;
      h.processes = 120 + static_cast<std::int64_t>(random_() % 200);
    }
  }
  Number next(int series, int minute) override {
    auto& h = host_[static_cast<std::size_t>(series / kMetrics)];
    switch (series % kMetrics) {
      case 0: {
        h.drift = 0.9 * h.drift + normal_(random_);
        const double busy = h.level * (0.3 + rhythm(minute)) + h.drift;
        return std::round(std::clamp(busy, 0.0, 100.0) * 10) / 10;
      }
      case 1:
        h.memory += static_cast<std::int64_t>(std::lround(normal_(random_) * 40 * (0.2 + rhythm(minute))));
        return h.memory * 4'096;
      case 2:
        h.received +=
            static_cast<std::int64_t>(std::abs(normal_(random_) + 2) * 900'000 * (0.05 + rhythm(minute)));
        return h.received;
      case 3:
        h.disk += random_() % 3 == 0 ? 0.01 : 0;
        if (h.disk > 92) h.disk -= 30;
        return std::round(h.disk * 100) / 100;
      default:
        if (random_() % 4 == 0) h.processes += static_cast<std::int64_t>(random_() % 5) - 2;
        return h.processes;
    }
  }

 private:
  struct Host {
    double level = 0, drift = 0, disk = 0;
    std::int64_t memory = 0, received = 0, processes = 0;
  };
  static double rhythm(int minute) {
    const double hour = minute % 1'440 / 60.0;
    return hour < 8 || hour > 19
               ? 0.05
               : std::exp(-(hour - 10.5) * (hour - 10.5) / 4) + std::exp(-(hour - 15.5) * (hour - 15.5) / 5);
  }
  std::mt19937_64 random_;
  std::normal_distribution<double> normal_{0, 1};
  std::vector<Host> host_;
};

}  // namespace xj::bench
