#pragma once
// Agents, each a process of its own, that send over mutual TLS to a collector which dies now and then. They
// lose answers on purpose, send again what was not answered, send a few that are in already along with it,
// and write down what was acknowledged to them.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "core/result.h"
#include "tests/e2e/process.h"

namespace xj::e2e {

// What became of all that was acknowledged.
struct Reckoning {
  std::set<std::pair<std::string, std::uint64_t>> acknowledged, lost, doubled;  // agent, result
  void expect_each_once() const;
  void print(int kills) const;  // packaging/run/soak.sh adds these lines up
};

class LossyAgents {
 public:
  struct Plan {
    std::string name;  // of the agents: NAME-0, NAME-1 …
    int agents = 3;
    std::uint64_t results = 0;  // of each, by number from 1 on
    std::chrono::seconds patience{0};
    std::function<Result(int agent, std::uint64_t n)> result;  // its number is set for it
  };
  // The collector's authority must be in `data_dir`; certificates and ledgers go into `dir`. Nothing is sent
  // before allow().
  LossyAgents(const TempDir& dir, std::string data_dir, std::string port, Plan plan);
  ~LossyAgents();
  LossyAgents(const LossyAgents&) = delete;
  LossyAgents& operator=(const LossyAgents&) = delete;

  // Results 1 to `n` may be sent: a share for each life of the collector, so that there is something under
  // way at every kill, however quick or slow the machine is.
  void allow(std::uint64_t n) const { *allowed_ = n; }
  // All of them; false when an agent was refused something or lost its patience, whose code is then said.
  bool finish();

  std::string name_of(int agent) const { return plan_.name + "-" + std::to_string(agent); }
  std::set<std::uint64_t> acknowledged(int agent) const;
  std::size_t acknowledged() const;  // to all of them
  // `found`: the numbers of an agent's results, as often as each was found. All must have been acknowledged.
  void hold_against(const std::multiset<std::uint64_t>& found, int agent, Reckoning& reckoning) const;

 private:
  [[noreturn]] void run(int agent, pid_t test) const;
  std::string ledger(int agent) const { return dir_ / ("ledger-" + name_of(agent)); }
  const TempDir& dir_;
  std::string data_dir_, port_;
  Plan plan_;
  std::atomic<std::uint64_t>* allowed_ = nullptr;  // in a page that all of them share
  std::vector<pid_t> processes_;
};

}  // namespace xj::e2e
