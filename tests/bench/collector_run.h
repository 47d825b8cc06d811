#pragma once
// The real collector on loopback for the benches: own folder, own certificates, figures of its process.
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>

#include "tests/bench/server_process.h"
#include "tests/fakes/identity.h"
#include "tests/fakes/places.h"

namespace xj::bench {

class CollectorRun {
 public:
  // `contract` as YAML; started and answering when this returns. `fill` makes what it is to start on: it gets
  // the folder with contract.yaml and puts the data into its `data`.
  explicit CollectorRun(const std::string& contract,
                        const std::function<void(const std::string& dir)>& fill = {}) {
    char name[] = "/tmp/xunjian-bench-XXXXXX";
    if (::mkdtemp(name) == nullptr) throw Fault("no temporary folder");
    dir_ = name;
    std::ofstream(dir_ + "/contract.yaml") << contract;
    std::ofstream(dir_ + "/collector.yaml")
        << "data_dir: " << dir_
        << "/data\nlisten: {agents: \"127.0.0.1:0\", people: \"127.0.0.1:0\", socket: \"" << dir_
        << "/socket\"}\nnames: [localhost, 127.0.0.1]\ncontracts: [" << dir_ << "/contract.yaml]\n";
    if (fill) fill(dir_);
    start();
  }
  ~CollectorRun() {
    process_.reset();
    std::error_code ignored;
    if (::getenv("XJ_KEEP") == nullptr) std::filesystem::remove_all(dir_, ignored);
  }
  CollectorRun(const CollectorRun&) = delete;
  CollectorRun& operator=(const CollectorRun&) = delete;

  // As kill -9 and a start after it; on another port.
  void restart() {
    process_->kill();
    start();
  }
  double start_seconds() const { return start_seconds_; }  // of the newest start, until it answers

  const std::string& dir() const { return dir_; }
  const std::string& url() const { return url_; }
  std::string data() const { return dir_ + "/data"; }
  std::string log() const { return process_->log(); }

  io::TlsIdentity identity(const std::string& agent) const {
    return fakes::make_identity(fakes::authority_of(data()), data(), agent, dir_);
  }

  // User and system time of the collector since it was ready.
  double cpu_since_ready() const { return process_->cpu_seconds() - started_cpu_; }
  double peak_rss_mib() const { return process_->peak_rss_mib(); }
  double rss_mib() const { return process_->rss_mib(); }

  // Returns all its CPU since it was ready, the last writing included.
  double stop() { return process_->stop() - started_cpu_; }

 private:
  void start() {
    const auto began = std::chrono::steady_clock::now();
    process_ =
        std::make_unique<ServerProcess>(std::vector<std::string>{bin_dir() + "/xunjian-collector", "serve",
                                                                 "--config", dir_ + "/collector.yaml"},
                                        dir_ + "/log");
    const auto line = process_->line();
    const auto at = line.find("agents=");
    if (at == std::string::npos) throw Fault("the collector did not start: " + log());
    const auto address = line.substr(at + 7, line.find(' ', at) - at - 7);
    start_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    url_ = "https://localhost" + address.substr(address.rfind(':'));
    started_cpu_ = process_->cpu_seconds();
  }

  std::string dir_, url_;
  std::unique_ptr<ServerProcess> process_;
  double started_cpu_ = 0, start_seconds_ = 0;
};

}  // namespace xj::bench
