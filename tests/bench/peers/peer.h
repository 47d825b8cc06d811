#pragma once
// Prometheus and VictoriaMetrics as Debian ships them, on loopback, each in a folder of its own.
#include <curl/curl.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/json.h"
#include "tests/bench/server_process.h"
#include "tests/fakes/held_port.h"

namespace xj::bench {

// Plain HTTP with one kept-alive connection; of one thread.
class PlainHttp {
 public:
  PlainHttp() : curl_(::curl_easy_init()) {}
  ~PlainHttp() { ::curl_easy_cleanup(curl_); }
  PlainHttp(const PlainHttp&) = delete;
  PlainHttp& operator=(const PlainHttp&) = delete;

  struct Answer {
    long status = 0;  // 0: none came
    std::string body;
  };
  Answer get(const std::string& url) { return send(url, nullptr, nullptr); }
  Answer post(const std::string& url, const std::string& body, curl_slist* headers = nullptr) {
    return send(url, &body, headers);
  }
  std::string escape(const std::string& text) {
    char* escaped = ::curl_easy_escape(curl_, text.c_str(), static_cast<int>(text.size()));
    std::string out = escaped;
    ::curl_free(escaped);
    return out;
  }

 private:
  Answer send(const std::string& url, const std::string* body, curl_slist* headers) {
    Answer answer;
    ::curl_easy_reset(curl_);
    ::curl_easy_setopt(curl_, CURLOPT_URL, url.c_str());
    ::curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(curl_, CURLOPT_TIMEOUT, 120L);
    ::curl_easy_setopt(curl_, CURLOPT_PROXY, "");
    ::curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &answer.body);
    ::curl_easy_setopt(
        curl_, CURLOPT_WRITEFUNCTION, +[](char* data, std::size_t, std::size_t size, std::string* out) {
          out->append(data, size);
          return size;
        });
    if (body != nullptr) {
      ::curl_easy_setopt(curl_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
      ::curl_easy_setopt(curl_, CURLOPT_POSTFIELDS, body->data());
      ::curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, headers);
    }
    if (::curl_easy_perform(curl_) == CURLE_OK)
      ::curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &answer.status);
    return answer;
  }
  CURL* curl_;
};

enum class PeerKind { prometheus, victoria_metrics };

class Peer {
 public:
  explicit Peer(PeerKind kind) : kind_(kind) {
    char name[] = "/tmp/xunjian-peer-XXXXXX";
    if (::mkdtemp(name) == nullptr) throw Fault("no temporary folder");
    dir_ = name;
    // Nothing to scrape: what comes is pushed.
    std::ofstream(dir_ + "/prometheus.yml") << "global: {}\n";
    start();
  }
  ~Peer() {
    process_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  static const char* name(PeerKind kind) {
    return kind == PeerKind::prometheus ? "prometheus" : "victoriametrics";
  }
  std::string write_url() const { return url_ + "/api/v1/write"; }
  double cpu_seconds() const { return process_->cpu_seconds() - started_cpu_; }
  double peak_rss_mib() const { return process_->peak_rss_mib(); }
  double rss_mib() const { return process_->rss_mib(); }

  void kill_and_restart() {
    process_->kill();
    start();
  }
  // What was taken can be asked for: VictoriaMetrics shows it after a moment by itself.
  void settle() {
    if (kind_ == PeerKind::victoria_metrics) must_get("/internal/force_flush");
  }
  // Bytes of the samples in the form in which they are kept.
  std::uint64_t bytes_kept() {
    if (kind_ == PeerKind::victoria_metrics) {
      must_get("/internal/force_merge");
      // It answers at once; the parts are merged when their size stays the same.
      const auto kept = [&] { return bytes_of(dir_ + "/data/data") + bytes_of(dir_ + "/data/indexdb"); };
      std::uint64_t before = 0, now = kept();
      while (now != before) {
        std::this_thread::sleep_for(std::chrono::seconds(2));
        before = now, now = kept();
      }
      return now;
    }
    // Blocks of everything, the newest hours too, that otherwise stand in the write-ahead log for a while.
    const auto answer = PlainHttp().post(url_ + "/api/v1/admin/tsdb/snapshot", "");
    if (answer.status != 200) throw Fault("no snapshot: " + answer.body);
    return bytes_of(dir_ + "/data/snapshots");
  }
  // Ends it; all its CPU since it was ready.
  double stop() { return process_->stop(kind_ == PeerKind::prometheus ? SIGTERM : SIGINT) - started_cpu_; }

  Json query(const std::string& target) {
    const auto answer = must_get(target);
    auto json = parse_json(answer);
    if (const auto* bad = std::get_if<JsonError>(&json)) throw Fault("not JSON: " + bad->what);
    return std::move(std::get<Json>(json));
  }
  // The one number that an expression comes to at an instant; 0 where there is none.
  double number(const std::string& expression, std::int64_t at_s) {
    const auto json =
        query("/api/v1/query?query=" + PlainHttp().escape(expression) + "&time=" + std::to_string(at_s));
    const auto& result = json["data"]["result"];
    return result.size() == 0 ? 0 : std::stod(result.at(0)["value"].at(1).string_or("0"));
  }
  std::string must_get(const std::string& target) {
    auto answer = http_->get(url_ + target);
    if (answer.status / 100 != 2)
      throw Fault(std::string(name(kind_)) + " answered " + std::to_string(answer.status) + " to " + target,
                  answer.body);
    return std::move(answer.body);
  }

 private:
  void start() {
    const test::HeldPort port;
    url_ = "http://" + port.address();
    http_ = std::make_unique<PlainHttp>();
    std::vector<std::string> args;
    if (kind_ == PeerKind::prometheus)
      args = {"prometheus",
              "--config.file=" + dir_ + "/prometheus.yml",
              "--storage.tsdb.path=" + dir_ + "/data",
              "--storage.tsdb.retention.time=10y",
              "--web.listen-address=" + port.address(),
              "--web.enable-remote-write-receiver",
              "--web.enable-admin-api",
              "--log.level=error"};
    else
      args = {
          "victoria-metrics",     "-storageDataPath=" + dir_ + "/data", "-httpListenAddr=" + port.address(),
          "-retentionPeriod=10y", "-search.latencyOffset=0s",           "-search.disableCache",
          "-loggerLevel=ERROR"};
    process_ = std::make_unique<ServerProcess>(args, dir_ + "/log");
    const auto ready = url_ + (kind_ == PeerKind::prometheus ? "/-/ready" : "/health");
    for (int tries = 0; http_->get(ready).status != 200; ++tries) {
      if (tries == 300 || !process_->running()) throw Fault(args.front() + " did not start", process_->log());
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    started_cpu_ = process_->cpu_seconds();
  }
  // Samples and catalogue; not what it only remembers.
  static std::uint64_t bytes_of(const std::string& dir) {
    std::uint64_t sum = 0;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir, ignored))
      if (entry.is_regular_file(ignored) && entry.path().filename() != "flock.lock")
        sum += entry.file_size(ignored);
    return sum;
  }

  PeerKind kind_;
  std::string dir_, url_;
  std::unique_ptr<PlainHttp> http_;
  std::unique_ptr<ServerProcess> process_;
  double started_cpu_ = 0;
};

}  // namespace xj::bench
