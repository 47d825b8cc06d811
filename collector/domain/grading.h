#pragma once
// The machine's proposal of a grade from the contract's rules, and when it may change one.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collector/domain/case_state.h"
#include "collector/domain/contract.h"

namespace xj::domain {

struct GradingFacts {
  struct Problem {
    State state = State::critical;
    std::string kind;  // of the check; "agent" for a silent host
    std::vector<std::string> tags;
  };
  std::vector<Problem> problems;  // those standing
  int weight = 1;
  double hosts_share = 0;  // percent of the system's hosts with a standing problem
  double points_share =
      0;  // percent of its function points a check speaks for that are down (not merely warning)
  Duration lasting{0};  // since the run began
  struct During {
    Duration lasting{0};  // of the calendar's working time since the run began
    bool now = false;     // it is working time
  };
  std::map<std::string, During> during;  // by calendar, those that rules of the kind name
  bool key_period = false;               // one lasts that concerns the system
};
GradingFacts grading_facts(const CaseState& state, const Contract& contract, Timestamp now);

struct GradeProposal {
  std::string grade;
  Message reason;
};
// The first rule of the most severe grade that holds; else the last grade. Nothing when the kind has no
// grades.
std::optional<GradeProposal> propose_grade(const CaseKind& kind, const GradingFacts& facts);

// The proposal, when the machine should act on it: the first grade of a case; afterwards only upward, and
// only above everything it proposed itself in this run. So it never lowers, and never argues with a person
// who lowered a grade unless the facts grow past what it knew then.
std::optional<GradeProposal> regrade(const CaseState& state, const Contract& contract, Timestamp now);
// The next instant at which a rule with `lasting`, `during` or `key_period` may begin to hold.
std::optional<Timestamp> next_grading(const CaseState& state, const Contract& contract, Timestamp now);

}  // namespace xj::domain
