#pragma once
// A scenario driven through the shipped pipeline on a manual clock: batches by Pipeline::take, time by tick,
// people by act, sheets by run_round; a stretch in which nothing happens by Pipeline::take_counted. Nothing
// below is left out but the syncs of the disk. The same scenario
// makes the same events and documents each time.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collector/pipeline.h"
#include "collector/simulate/fleet.h"
#include "collector/simulate/scenario.h"
#include "collector/simulate/unsynced_fs.h"
#include "core/io/db.h"

namespace xj::collector {

struct SimulationOptions {
  std::string dir;                              // made when absent; must be empty
  Lang lang = Lang::zh;                         // of documents
  std::function<void(Timestamp now)> progress;  // about once a simulated hour; may be empty
  bool counted = true;                          // steady stretches are counted instead of sent
};

// What people did, or could not do.
struct Performed {
  Timestamp at;
  int line = 0;  // of the scenario's file
  // Of the case, or what was asked for: where none was opened the kind, of a record the obligation and its
  // period. Of a sheet its number, of duty the role.
  std::string number;
  std::string person;
  std::string what;      // verb, "open", "done", "happened", "withdraw", "round", "sheet VERB" or "duty VERB"
  Message refused;       // why not; empty: done
  bool expected = true;  // as the script wants it
  std::optional<Timestamp> told;  // of a record: when it was so, by the person's word
};

class Simulation {
 public:
  // Borrows nothing. Throws Fault when the folder is not empty or cannot be written.
  Simulation(Scenario scenario, const SimulationOptions& options);
  ~Simulation();

  void run();

  const Scenario& scenario() const { return scenario_; }
  const std::string& dir() const { return options_.dir; }
  Pipeline& pipeline() { return *pipeline_; }
  io::Db& db() { return *db_; }
  Timestamp now() const { return now_; }
  // How many results were counted instead of sent.
  std::uint64_t counted() const { return counted_; }
  // Cases in the order in which they were opened.
  const std::vector<domain::CaseRef>& cases() const { return cases_; }
  // Numbers of the sheets of rounds, in the order in which they were made.
  const std::vector<std::string>& sheets() const { return sheets_; }
  const std::vector<Performed>& performed() const { return performed_; }
  // Steps that never came about, because their case or clock never did.
  const std::vector<const Step*>& left() const { return left_; }

 private:
  struct Waiting {
    const Step* step = nullptr;
    std::optional<Timestamp> at;  // as far as is known now
  };
  std::optional<Timestamp> next() const;
  void look_for_news();
  std::optional<Timestamp> resolve(const When& when);
  const domain::CaseRef* find_case(const std::string& name) const;
  void stage(bool faults);
  void perform(const Step& step);
  void perform(const Step& step, const StagedAct& act);
  void perform(const Step& step, const StagedOpening& opening);
  void perform(const Step& step, const StagedRecord& record);
  void perform(const Step& step, const StagedMoney& record);
  void perform(const Step& step, const StagedRound& round);
  void perform(const Step& step, const StagedSheet& sheet);
  void perform(const Step& step, const StagedDuty& duty);
  void perform(Performed done, const std::string& number, const Json& json);
  void send();
  void count();
  void deliver();
  void chores(bool urgent);

  Scenario scenario_;
  SimulationOptions options_;
  UnsyncedFs fs_;
  std::unique_ptr<io::Db> db_;
  std::unique_ptr<Pipeline> pipeline_;
  Fleet fleet_;
  Timestamp now_;
  Timestamp next_tick_, next_chores_;
  Timestamp quiet_since_;         // nothing was done or decided since
  Timestamp next_count_;          // not tried before
  std::uint64_t counted_ = 0;     // results that were counted
  std::size_t at_ = 0;            // in the script: the next with an instant
  std::size_t fixed_ = 0;         // how many of the script have one
  std::vector<Waiting> waiting_;  // the others
  std::uint64_t events_seen_ = 0;
  std::uint64_t told_of_ = 0;
  std::vector<domain::CaseRef> cases_;
  std::vector<std::string> sheets_;  // numbers, in the order in which they were made
  std::vector<Performed> performed_;
  std::vector<const Step*> left_;
};

}  // namespace xj::collector
