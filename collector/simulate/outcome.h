#pragma once
// What came of a simulation: the course of all cases, their clocks, figures and documents, as files for
// people and as JSON for machines.
#include <functional>
#include <string>
#include <vector>

#include "collector/domain/clock.h"
#include "collector/domain/deduction.h"
#include "collector/domain/obligation.h"
#include "collector/domain/sheet.h"
#include "collector/simulate/simulation.h"
#include "core/json.h"

namespace xj::collector {

struct CaseOutcome {
  domain::CaseRef which;
  domain::CaseState state;
  domain::ContractPtr contract;  // the revision it is bound to
  std::vector<domain::Event> events;
  std::vector<domain::ClockView> clocks;  // as they stand at the end
};

// A sheet of a round: how far it is, and its way there.
struct SheetOutcome {
  domain::SheetBase base;
  domain::Title title;  // of the round
  std::vector<domain::SheetEvent> events;
  domain::SheetState state;
};

struct Outcome {
  std::vector<CaseOutcome> cases;                 // in the order in which they were opened
  std::vector<Document> documents;                // oldest first, as they stand at the end
  std::vector<SheetOutcome> sheets;               // oldest first
  std::vector<domain::DutyStanding> obligations;  // owed within the time, or done; by due time
  domain::Costs costs;                            // what deductions came of it, as they stand at the end
  PipelineFigures figures;
  std::vector<Performed> performed;  // what people did, refused or not
  std::vector<int> left;             // lines of steps that never came about
  bool as_scripted() const;          // nothing left, nothing refused or done against the script
};
Outcome outcome_of(Simulation& simulation);

// One line an event in the order in which the collector learned of them: local time, case, who and what, why.
std::vector<std::string> event_lines(const Outcome& outcome, const domain::Zone& zone, Lang lang);
// One line a clock: case, grade, clock, state, start, due, stop.
std::vector<std::string> clock_lines(const Outcome& outcome, Lang lang);
// One line an obligation and period: name, period, title, state, due, when it was done.
std::vector<std::string> obligation_lines(const Outcome& outcome, const domain::Zone& zone, Lang lang);
// One line a deduction set off: time, name, case or record, title, state, amount.
std::vector<std::string> deduction_lines(const Outcome& outcome, const domain::Zone& zone, Lang lang);
// One line a sheet: number, round, state, when it was made, who signed as what and when.
std::vector<std::string> sheet_lines(const Outcome& outcome, const domain::Zone& zone, Lang lang);

// How often each obligation was fulfilled, in the order of its first due time.
struct DutyCount {
  std::string id;
  domain::Title title;
  int done = 0, late = 0, missed = 0, open = 0;
};
std::vector<DutyCount> duty_counts(const Outcome& outcome);

Json outcome_json(const Outcome& outcome, const Scenario& scenario);

// events.txt, clocks.txt, obligations.txt, deductions.txt, sheets.txt, summary.json and documents/NUMBER.html
// and .pdf in the simulation's folder. Returns the names, below the folder. Throws Fault when a document's
// form cannot be read.
std::vector<std::string> write_outcome(const Outcome& outcome, const Scenario& scenario,
                                       const std::string& dir, Lang lang);

}  // namespace xj::collector
