#pragma once
// The same question to each server over HTTP: thirty days of one metric a minute of a hundred hosts, the
// average of each hour, of each host and summed over them.
#include <algorithm>
#include <chrono>
#include <cmath>

#include "collector/history/history.h"
#include "core/io/http_client.h"
#include "tests/bench/collector_run.h"
#include "tests/bench/peers/peer.h"
#include "tests/bench/peers/remote_write.h"
#include "tests/bench/series_data.h"
#include "tests/fakes/contract_yaml.h"

namespace xj::bench {

inline constexpr int kHosts = 100, kDays = 30, kHours = kDays * 24, kAsked = 7;

struct QueryFigures {
  double hourly_ms = 0, sum_ms = 0, rss_mib = 0;  // medians; after the queries
};

class ThirtyDays {
 public:
  ThirtyDays() : start_(from_ms((to_ms(SystemClock().now()) / 86'400'000 - kDays) * 86'400'000)) {
    values_.reserve(static_cast<std::size_t>(kHosts) * kHours * 60);
    for (int host = 0; host < kHosts; ++host)
      for (int minute = 0; minute < kHours * 60; ++minute) values_.push_back(busy_percent(host, minute));
  }

  QueryFigures ours() const {
    std::string yaml = "  bench:\n    title: 系统\n    hosts: [";
    for (int host = 0; host < kHosts; ++host) yaml += (host ? ", " : "") + name(host);
    CollectorRun collector(fakes::contract_yaml(
        "bench", yaml + "]\n    checks:\n      cpu: {title: 检查, kind: cpu, interval: 1m}\n"));
    collector.stop();
    write(collector.data() + "/history");
    collector.restart();
    const auto client = io::make_http_client("unix:" + collector.dir() + "/socket", {});
    io::HttpRequest request;
    const auto ask = [&](const std::string& more) {
      request.target = "/api/v1/query?what=cpu.used_percent&step=1h&from=" + to_iso(start_) +
                       "&to=" + to_iso(start_ + std::chrono::days{kDays}) + more;
      const auto result = client->send(request, Duration{60'000});
      const auto* response = std::get_if<io::HttpResponse>(&result);
      if (response == nullptr || response->status != 200)
        throw Fault("the collector did not answer", response == nullptr ? "" : response->body);
      return response->body;
    };
    QueryFigures out;
    out.hourly_ms = timed([&] { return ask(""); },
                          [&](const Json& json) {
                            check(json["lines"].size() == kHosts);
                            for (std::size_t host = 0; host < json["lines"].size(); ++host) {
                              const auto& values = json["lines"].at(host)["values"];
                              check(values.size() == kHours);
                              for (std::size_t hour = 0; hour < values.size(); ++hour)
                                check(near(values.at(hour).number_or(-1), mean(host, hour)));
                            }
                          });
    out.sum_ms = timed([&] { return ask("&across=sum"); },
                       [&](const Json& json) {
                         check(json["lines"].size() == 1);
                         const auto& values = json["lines"].at(0)["values"];
                         check(values.size() == kHours);
                         for (std::size_t hour = 0; hour < values.size(); ++hour)
                           check(near(values.at(hour).number_or(-1), sum(hour)));
                       });
    out.rss_mib = collector.rss_mib();
    return out;
  }

  QueryFigures of(PeerKind kind) const {
    Peer peer(kind);
    send(peer);
    peer.settle();
    const auto end = to_ms(start_) / 1'000 + kDays * 86'400;
    // An hour of theirs ends with its last instant, ours begins with its first.
    const auto ask = [&](const std::string& expression) {
      return peer.must_get("/api/v1/query_range?query=" + PlainHttp().escape(expression) +
                           "&start=" + std::to_string(to_ms(start_) / 1'000 + 3'599) +
                           "&end=" + std::to_string(end - 1) + "&step=1h");
    };
    QueryFigures out;
    const auto result = [](const Json& json) { return json["data"]["result"]; };
    const auto holds = [&](const Json& values, const auto& expected) {
      check(values.size() == kHours);
      for (std::size_t hour = 0; hour < values.size(); ++hour)
        check(near(std::stod(values.at(hour).at(1).string_or("-1")), expected(hour)));
    };
    out.hourly_ms = timed([&] { return ask("avg_over_time(used_percent[1h])"); },
                          [&](const Json& json) {
                            const auto lines = result(json);
                            check(lines.size() == kHosts);
                            for (const auto& line : lines.items()) {
                              const auto host =
                                  std::stoul(line["metric"]["host"].string_or("host-0").substr(5));
                              holds(line["values"], [&](std::size_t hour) { return mean(host, hour); });
                            }
                          });
    out.sum_ms = timed([&] { return ask("sum(avg_over_time(used_percent[1h]))"); },
                       [&](const Json& json) {
                         const auto lines = result(json);
                         check(lines.size() == 1);
                         holds(lines.at(0)["values"], [&](std::size_t hour) { return sum(hour); });
                       });
    out.rss_mib = peer.rss_mib();
    return out;
  }

 private:
  static std::string name(int host) {
    const auto digits = std::to_string(host);
    return "host-" + std::string(3 - digits.size(), '0') + digits;  // in the order of their numbers
  }
  double value(std::size_t host, std::size_t minute) const { return values_[host * kHours * 60 + minute]; }
  double mean(std::size_t host, std::size_t hour) const {
    double sum = 0;
    for (std::size_t minute = 0; minute < 60; ++minute) sum += value(host, hour * 60 + minute);
    return sum / 60;
  }
  double sum(std::size_t hour) const {
    double all = 0;
    for (std::size_t host = 0; host < kHosts; ++host) all += mean(host, hour);
    return all;
  }
  static bool near(double a, double b) { return std::abs(a - b) <= 1e-9 * std::abs(b); }
  static void check(bool holds) {
    if (!holds) throw Fault("an answer is not what was sent");
  }

  // Days written and sealed by History itself, as after their end.
  void write(const std::string& dir) const {
    io::PosixFileSystem fs;
    collector::History history(fs, dir);
    for (int day = 0; day < kDays; ++day) {
      for (int host = 0; host < kHosts; ++host) {
        const auto series = history.handle(name(host), "bench/bench/cpu", "");
        for (int minute = day * 1'440; minute < (day + 1) * 1'440; ++minute)
          history.add(
              series, start_ + std::chrono::minutes{minute}, State::ok, {},
              {{"used_percent", value(static_cast<std::size_t>(host), static_cast<std::size_t>(minute))}});
      }
      const auto position = history.durable_position();  // there is no journal behind it
      const auto now = start_ + std::chrono::days{day + 1} + std::chrono::hours{2};
      history.flush(position, now);
      history.settle(position, now);
    }
  }
  // In the order of time, as both want it: ten minutes of every host a request.
  void send(Peer& peer) const {
    PlainHttp http;
    const auto headers = remote_headers();
    std::vector<std::string> labels;
    for (int host = 0; host < kHosts; ++host)
      labels.push_back(remote_labels({{"__name__", "used_percent"}, {"host", name(host)}}));
    RemoteWrite request;
    for (std::size_t minute = 0; minute < static_cast<std::size_t>(kHours) * 60; minute += 10) {
      for (std::size_t host = 0; host < kHosts; ++host) {
        std::vector<RemoteWrite::Sample> samples;
        for (std::size_t next = minute; next < minute + 10; ++next)
          samples.push_back({value(host, next), to_ms(start_) + static_cast<std::int64_t>(next) * 60'000});
        request.add(labels[host], samples);
      }
      const auto answer = http.post(peer.write_url(), request.take(), headers.get());
      if (answer.status / 100 != 2) throw Fault("a peer did not take everything", answer.body);
    }
  }
  // Median milliseconds of an answer over HTTP; the last one is looked at.
  template <class Ask, class Look>
  static double timed(const Ask& ask, const Look& look) {
    std::vector<double> took;
    std::string body;
    for (int run = 0; run < kAsked; ++run) {
      const auto began = std::chrono::steady_clock::now();
      body = ask();
      took.push_back(
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count());
    }
    auto json = parse_json(body);
    if (const auto* bad = std::get_if<JsonError>(&json)) throw Fault("no JSON: " + bad->what);
    look(std::get<Json>(json));
    std::sort(took.begin(), took.end());
    return took[took.size() / 2];
  }

  Timestamp start_;
  std::vector<double> values_;
};

}  // namespace xj::bench
