#pragma once
// An inspection: the complete expected list of a round, filled with the latest results; what is missing is
// shown missing. Facts of the form "software-inspection" (docs/documents.md).
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "collector/domain/contract.h"
#include "collector/pipeline.h"
#include "core/json.h"

namespace xj::collector {

// What is known of one check on one host; null when nothing ever came.
using LatestOf = std::function<std::optional<CheckView>(const std::string& host, const std::string& check)>;

struct RoundInput {
  const domain::Contract& contract;
  const domain::RoundSpec& round;
  std::string number;
  Timestamp now;
  std::optional<Timestamp> began;
  std::string inspector, recorder;  // as printed; empty: a blank to write on
  std::string analysis;             // of a person, empty: none
  Lang lang = Lang::zh;
  LatestOf latest;
  std::vector<const domain::OpenCase*> cases;  // open ones of this contract
  std::vector<AgentView> silent;
};
// Pure.
Json round_facts(const RoundInput& input);

// What a round wants to know of agents, and of whom it is useless to ask.
struct RoundChecks {
  std::map<std::string, std::vector<std::string>> checks;  // by host: assigned ids
  struct Away {
    std::string host;
    Message why;
    std::size_t checks = 0;
  };
  std::vector<Away> away;
};
std::variant<RoundChecks, domain::Rejection> round_checks(Pipeline& pipeline, const std::string& contract,
                                                          const std::string& round);

struct RoundAsk {
  std::string contract, round;
  std::string inspector, recorder;  // ids in the contract; empty: the only person of the role, else a blank
  std::string analysis;
  Lang lang = Lang::zh;
  std::optional<Timestamp> began;  // when its checks were asked to run; else it is of one moment
};
// Gathers, numbers and keeps the sheet as a draft document. On the engine's thread.
std::variant<Document, domain::Rejection> run_round(Pipeline& pipeline, const RoundAsk& ask, Timestamp now);

}  // namespace xj::collector
