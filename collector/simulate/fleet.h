#pragma once
// The agents of a scenario: what each would send at an instant. They run the checks the contract assigns, on
// the grid of each interval, at the retry interval while not ok; what the script says nothing of
// is ok. One that has nothing to send says so every half minute, as agents do. What the collector asks anew
// they hear with its answer, and fetch.
#include <cstdint>
#include <string>
#include <vector>

#include "collector/ingest/counted.h"
#include "collector/ingest/submission.h"
#include "collector/simulate/scenario.h"
#include "core/wire.h"

namespace xj::collector {

class Fleet {
 public:
  explicit Fleet(const Scenario& scenario);

  void begin(const StagedFault& fault, Timestamp now);
  void begin(const StagedOutage& outage, Timestamp now);

  // The next instant at which somebody has a result; Timestamp::max() when nobody runs anything.
  Timestamp next() const { return next_; }
  // Batches of all agents whose checks are due at `now`, which is next(). What was kept through an outage
  // follows on the replay lane.
  std::vector<Submission> due(Timestamp now);
  // The same as due() for an instant at which nobody says anything new, into the stretch of each agent
  // instead of batches. False: there is more to tell than runs are for, and this fleet is of no more use.
  bool count(Timestamp now, std::vector<CountedStretch>& into);
  // Ends what count() made: it can be taken then.
  void close(std::vector<CountedStretch>& stretches);
  // When the next fault or outage ends that is known of; Timestamp::max() when none does.
  Timestamp changes_after(Timestamp now) const;
  // Whether an agent keeps back what it will send afterwards.
  bool keeps_back(Timestamp now) const;
  // The collector's answer to a batch of that agent. True: it wants another assignment, which is fetched.
  bool wants(const std::string& agent, const wire::Answer& answer) const;
  void assign(const std::string& agent, const wire::Assignment& assignment, Timestamp now);

 private:
  struct Active {
    StagedFault fault;
    Timestamp until;
  };
  struct Check {
    Duration interval, retry;
    std::string system, id;  // in the contract
    ParamMap params;
    Result good;            // all that an ok result says
    std::int64_t base = 0;  // its value goes up and down a little above this
    std::vector<Active> faults;
    Timestamp next{};
    // While counting: which run is its newest, and what it says.
    std::size_t run = SIZE_MAX;
    State state = State::ok;
  };
  struct Agent {
    std::string name, config;
    std::uint64_t n = 0;  // numbers given
    std::vector<Check> checks;
    Timestamp next{};  // when one of them is due, or it has been still for too long
    Timestamp beat{};  // says that it lives, unless something is sent before
    Timestamp away_until{};
    bool keeps = false;
    std::vector<Result> kept;
  };
  static bool count(Check& check, Timestamp now, CountedStretch& into);
  static Result look(Check& check, Timestamp slot);
  static void fail(Result& result, const StagedFault& fault, const ParamMap& params);
  void send(Agent& agent, std::vector<Result> results, wire::Lane lane, Timestamp now,
            std::vector<Submission>& into) const;
  void find_next();

  Timestamp to_;
  std::vector<Agent> agents_;
  Timestamp next_{};
};

}  // namespace xj::collector
