#pragma once
// A scenario as read from its file: a contract, hosts, and a script of faults, outages and people's acts.
// docs/simulate.md describes the file. Plain data; nothing here runs.
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "collector/contract/loader.h"
#include "collector/domain/contract.h"
#include "core/fault.h"
#include "core/json.h"

namespace xj::collector {

// An instant, or one that only the course of things decides: so long after the beginning of the newest run of
// a case, or before or after one of its clocks is due.
struct When {
  std::optional<Timestamp> at;
  std::string case_name;  // "1": the first that was opened; else its printed number
  std::string clock;      // empty: the beginning
  Duration offset{0};
};

// What a check sees from its beginning on, for `lasting`; zero: to the end.
struct StagedFault {
  std::string system, check;
  std::vector<std::string> hosts;
  std::string item;  // empty: the result itself
  std::optional<State> state =
      State::critical;  // none: judged, `value` held to the check's limits of the day
  std::optional<std::int64_t> value;
  std::string limit;
  std::string text;  // what the check says; empty: made from value and limit
  Duration lasting{0};
};
// Nothing comes from these hosts. `kept`: their agents go on and send it afterwards.
struct StagedOutage {
  std::vector<std::string> hosts;
  bool kept = false;
  Duration lasting{0};
};
// What a person does, by the words of the API (read_act); `person` in the contract.
struct StagedAct {
  std::string case_name;
  std::string person;
  Json json;
  bool refused = false;  // it is to be refused
};
// A person opens a case, by the words of the API (read_opening).
struct StagedOpening {
  std::string person;
  Json json;
  bool refused = false;  // it is to be refused
};
// A person puts something on record about an obligation, by the words of the API (read_record).
struct StagedRecord {
  std::string person;
  Json json;
  bool refused = false;  // it is to be refused
};
// A person puts something on record about a deduction, by the words of the API (read_money_record); `case` is
// named as everywhere in a scenario.
struct StagedMoney {
  std::string person;
  Json json;
  bool refused = false;  // it is to be refused
};
struct StagedRound {
  std::string round, inspector, recorder, analysis;
};
// A person's step on a sheet, by the words of the API (read_sheet_act); of several items one after the other.
struct StagedSheet {
  std::string number;  // "1": the first that was made; else as printed
  std::string person;
  std::vector<Json> json;
  bool refused = false;  // it is to be refused
};
// A person changes who is on duty, by the words of the API (read_duty_change); of an import with the shifts
// that its file held when the scenario was read.
struct StagedDuty {
  std::string role, person;
  Json json;
  bool refused = false;  // it is to be refused
};
using Staged = std::variant<StagedFault, StagedOutage, StagedAct, StagedOpening, StagedRecord, StagedMoney,
                            StagedRound, StagedSheet, StagedDuty>;

struct Step {
  int line = 0;  // of the file
  When when;
  Staged what;
};

struct Scenario {
  std::string file;
  domain::Title title;
  domain::ContractPtr contract;
  Timestamp from, to;
  std::vector<std::string> hosts;                        // those with agents, sorted
  std::set<std::pair<std::string, std::string>> checks;  // system and check; empty: all
  std::vector<Step> script;  // those with an instant by it, then the others; else as in the file
};

inline constexpr std::size_t kMaxSteps = 100'000;  // after repetition

// Nothing when there is an error. `options` are those of the contract. `asked` collects the names of all
// keys, for tests of the documentation.
std::optional<Scenario> read_scenario(std::string_view yaml, const std::string& file,
                                      const LoadOptions& options, Problems& problems,
                                      std::set<std::string>* asked = nullptr);
std::optional<Scenario> load_scenario(const std::string& path, const LoadOptions& options,
                                      Problems& problems);

// "2026-03-02 10:00" in the zone, the same with an offset, "+2h", "day 3 10:00" (day 1 is that of `start`),
// "case 1 +30m", "case 1 respond -1s". Nothing when it is none of them.
std::optional<When> parse_when(std::string_view text, Timestamp start, const domain::Zone& zone);

}  // namespace xj::collector
