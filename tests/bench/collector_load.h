#pragma once
// Values sent to the real collector as agents send them, over mutual TLS; no batch twice. The end counts the
// distinct values in its files.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include "collector/history/history.h"
#include "core/io/http_client.h"
#include "core/wire.h"
#include "tests/bench/collector_run.h"
#include "tests/bench/load_batches.h"

namespace xj::bench {

inline constexpr int kBlock = 144;  // samples made at a time, before the clock runs

struct LoadFigures {
  double values_per_s = 0;  // median over the blocks
  double cpu_s = 0, peak_rss_mib = 0, bytes_per_value = 0;
  std::uint64_t sent = 0, acknowledged = 0, found = 0, distinct = 0;  // values
  std::vector<double> ack_ms;                                         // ascending
  bool whole() const { return acknowledged == sent && found == sent && distinct == sent; }
};

class CollectorLoad {
 public:
  explicit CollectorLoad(const Shape& shape)
      : shape_(shape), collector_(load_contract(shape)), agents_(agents()) {}

  void send(SeriesData& data) {
    for (int from = 0; from < shape_.samples; from += kBlock) {
      const int to = std::min(from + kBlock, shape_.samples);
      for (int i = 0; i < shape_.agents; ++i) make_bodies(i, data, from, to);
      send_filled(to - from);
    }
  }
  // Ends the collector, seals the day as it would an hour after its end, and counts what is really there.
  LoadFigures finish() {
    LoadFigures out;
    out.sent = static_cast<std::uint64_t>(shape_.samples) * kSeries;
    for (auto& agent : agents_) {
      out.acknowledged += agent.acknowledged * kMetrics;
      out.ack_ms.insert(out.ack_ms.end(), agent.latencies.begin(), agent.latencies.end());
    }
    std::sort(out.ack_ms.begin(), out.ack_ms.end());
    std::sort(rates_.begin(), rates_.end());
    out.values_per_s = rates_[rates_.size() / 2];
    out.peak_rss_mib = collector_.peak_rss_mib();
    out.cpu_s = collector_.stop();
    count(out);
    return out;
  }
  // Killed as by SIGKILL right after the last acknowledgement, and started again.
  void kill_and_restart() { collector_.restart(); }

 private:
  using Steady = std::chrono::steady_clock;
  struct Agent {
    std::string name;
    std::unique_ptr<io::HttpClient> client;
    std::uint64_t n = 0;
    std::vector<std::string> bodies;
    std::uint64_t acknowledged = 0;  // results
    std::vector<double> latencies;   // ms
  };

  std::vector<Agent> agents() const {
    std::vector<Agent> out(static_cast<std::size_t>(shape_.agents));
    for (int i = 0; i < shape_.agents; ++i) {
      auto& agent = out[static_cast<std::size_t>(i)];
      agent.name = load_agent(shape_, i);
      agent.client = io::make_http_client(collector_.url(), collector_.identity(agent.name));
    }
    return out;
  }

  void make_bodies(int index, SeriesData& data, int from, int to) {
    auto& agent = agents_[static_cast<std::size_t>(index)];
    agent.bodies = load_bodies(shape_, index, agent.n, data, from, to, day_);
  }
  void send_filled(int samples) {
    std::atomic<bool> failed{false};
    const auto began = Steady::now();
    std::vector<std::thread> threads;
    for (auto& agent : agents_)
      threads.emplace_back([&agent, &failed] {
        try {
          send_all(agent);
        } catch (const std::exception& bad) {
          std::fprintf(stderr, "%s: %s\n", agent.name.c_str(), bad.what());
          failed = true;
        }
      });
    for (auto& thread : threads) thread.join();
    const auto seconds = std::chrono::duration<double>(Steady::now() - began).count();
    if (failed) throw Fault("not everything was taken");
    rates_.push_back(static_cast<double>(samples) * kSeries / seconds);
  }
  static void send_all(Agent& agent) {
    io::HttpRequest request{"POST", "/v1/results", {}, {}};
    for (auto& body : agent.bodies) {
      const bool packed = is_packed(body);
      request.headers = {{"Content-Type", "application/json"}};
      if (packed) request.headers.emplace_back("Content-Encoding", "zstd");
      request.body = std::move(body);
      const auto began = Steady::now();
      const auto result = agent.client->send(request, Duration{30'000});
      agent.latencies.push_back(std::chrono::duration<double, std::milli>(Steady::now() - began).count());
      const auto* response = std::get_if<io::HttpResponse>(&result);
      if (response == nullptr || response->status != 200)
        throw Fault("a batch was not taken: " +
                    (response == nullptr ? render(std::get<io::HttpError>(result).message, Lang::en)
                                         : std::to_string(response->status) + " " + response->body));
      const auto answer = wire::decode_answer(response->body);
      for (const auto& [first, last] : std::get<wire::Answer>(answer).accepted)
        agent.acknowledged += last - first + 1;
    }
    agent.bodies.clear();
  }
  void count(LoadFigures& out) {
    io::PosixFileSystem fs;
    collector::History history(fs, collector_.data() + "/history");
    history.settle(history.durable_position(), SystemClock().now() + Duration{2 * 3'600'000});
    history.for_each([&](const collector::SeriesId&, const std::vector<collector::Sample>& samples) {
      std::set<Timestamp> slots;
      for (const auto& sample : samples) {
        out.found += sample.metrics.size();
        if (slots.insert(sample.slot).second) out.distinct += sample.metrics.size();
      }
    });
    const auto files = history.figures();
    out.bytes_per_value = static_cast<double>(files.file_bytes) / static_cast<double>(files.values);
  }

  Shape shape_;
  Timestamp day_ = load_day();
  CollectorRun collector_;
  std::vector<Agent> agents_;
  std::vector<double> rates_;
};

}  // namespace xj::bench
