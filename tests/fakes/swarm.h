#pragma once
// Many agents in one process against a real collector, each with its own certificate and kept-alive
// connection. Keeps the ledger: what was acknowledged to whom.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/io/http_client.h"
#include "core/time.h"

namespace xj::fakes {

class Swarm {
 public:
  static constexpr int kChecks = 10;  // of each agent, "swarm/all/check-0" and so on
  static constexpr int kMetrics = 5;  // of each result; the metric "in_use" is the result's number

  static std::string name_of(std::size_t agent) { return "swarm-" + std::to_string(agent); }
  // A contract that assigns every agent its checks, as YAML.
  static std::string contract(std::size_t agents);

  // `data_dir` is the collector's, `url` its listener for agents; certificates go into `dir`.
  Swarm(std::size_t agents, const std::string& url, const std::string& data_dir, const std::string& dir);

  // One round of every agent, spread evenly over `over`, at most `at_once` under way; zero: as fast as that
  // allows. Throws Fault at the first batch that is not taken whole.
  void round(Duration over, std::size_t at_once);

  const std::vector<double>& latencies_ms() const { return latencies_; }  // of the last round, sorted
  // Results of one agent that were acknowledged: 1 to this.
  std::uint64_t acknowledged(std::size_t agent) const { return agents_[agent].n; }
  std::uint64_t acknowledged() const;
  std::size_t size() const { return agents_.size(); }

 private:
  struct Agent {
    std::unique_ptr<io::HttpConnection> connection;
    std::uint64_t n = 0;
    Timestamp last_slot{};
    double began = 0;
  };
  void start(Agent& agent);
  void finish(Agent& agent);

  SystemClock clock_;
  std::vector<Agent> agents_;
  std::vector<double> latencies_;
};

}  // namespace xj::fakes
