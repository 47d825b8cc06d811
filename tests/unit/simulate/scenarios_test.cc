// Every file in tests/scenarios: a scenario NAME.yaml and NAME.expect, lines of its event log that must come
// in this order, others between them allowed, and lines of its tables of clocks, obligations, sheets and
// deductions; of deductions all there are, when any is named. After each run everything derived is made again
// and compared.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "tests/unit/simulate/stage.h"

namespace xj::collector {
namespace {

namespace fs = std::filesystem;

std::string folder() { return source_dir() + "/tests/scenarios"; }

std::vector<std::string> scenario_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder()))
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

struct Expected {
  std::vector<std::string> events, clocks, obligations, sheets, deductions;
};
Expected read_expected(const std::string& name) {
  Expected out;
  std::ifstream in(folder() + '/' + name + ".expect");
  std::vector<std::string>* into = nullptr;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    if (line == "events:")
      into = &out.events;
    else if (line == "clocks:")
      into = &out.clocks;
    else if (line == "obligations:")
      into = &out.obligations;
    else if (line == "deductions:")
      into = &out.deductions;
    else if (line == "sheets:")
      into = &out.sheets;
    else if (into != nullptr)
      into->push_back(line);
    else
      ADD_FAILURE() << name << ".expect: \"" << line
                    << "\" stands under none of events:, clocks:, obligations:, sheets: and deductions:";
  }
  return out;
}

class Scenarios : public testing::TestWithParam<std::string> {};

TEST_P(Scenarios, GoAsExpected) {
  const auto name = GetParam();
  Problems problems;
  auto scenario = load_scenario(folder() + '/' + name + ".yaml", contract_options(), problems);
  ASSERT_TRUE(scenario) << render(problems, Lang::en);
  TempDir dir;
  Simulation simulation(std::move(*scenario), {dir.path(), Lang::zh, {}});
  simulation.run();
  const auto outcome = outcome_of(simulation);
  const auto lines = event_lines(outcome, simulation.scenario().contract->zone, Lang::zh);
  const auto table = clock_lines(outcome, Lang::zh);
  const auto duties = obligation_lines(outcome, simulation.scenario().contract->zone, Lang::zh);
  const auto money = deduction_lines(outcome, simulation.scenario().contract->zone, Lang::zh);
  const auto sheets = sheet_lines(outcome, simulation.scenario().contract->zone, Lang::zh);
  EXPECT_TRUE(outcome.as_scripted());
  EXPECT_EQ(outcome.figures.refused, 0U);
  EXPECT_EQ(outcome.figures.unapplied, 0U);
  expect_recomputed(simulation);

  const auto expected = read_expected(name);
  EXPECT_FALSE(expected.events.empty());
  auto at = lines.begin();
  for (const auto& line : expected.events) {
    const auto found = std::find(at, lines.end(), line);
    EXPECT_NE(found, lines.end()) << "not in the log, or not at this place:\n" << line;
    if (found != lines.end()) at = found + 1;
  }
  for (const auto& line : expected.clocks)
    EXPECT_NE(std::find(table.begin(), table.end(), line), table.end()) << "not in the table:\n" << line;
  for (const auto& line : expected.obligations)
    EXPECT_NE(std::find(duties.begin(), duties.end(), line), duties.end()) << "not among them:\n" << line;
  if (!expected.deductions.empty()) {
    EXPECT_EQ(expected.deductions, money);
  }
  for (const auto& line : expected.sheets)
    EXPECT_NE(std::find(sheets.begin(), sheets.end(), line), sheets.end()) << "not among them:\n" << line;
  if (HasFailure()) {
    std::puts("What came instead:");
    for (const auto& line : lines) std::puts(line.c_str());
    for (const auto& line : table) std::puts(line.c_str());
    for (const auto& line : duties) std::puts(line.c_str());
    for (const auto& line : money) std::puts(line.c_str());
    for (const auto& line : sheets) std::puts(line.c_str());
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Scenarios, testing::ValuesIn(scenario_names()), [](const auto& param) {
  auto name = param.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(ScenarioFolder, EveryFileBelongsToATest) {
  const auto names = scenario_names();
  const std::set<std::string> known(names.begin(), names.end());
  EXPECT_GE(known.size(), 5U);
  for (const auto& entry : fs::directory_iterator(folder())) {
    const auto extension = entry.path().extension();
    EXPECT_TRUE((extension == ".yaml" || extension == ".expect" || extension == ".csv") &&
                known.contains(entry.path().stem().string()))
        << entry.path().filename() << " belongs to no test";
  }
  for (const auto& name : names)
    EXPECT_TRUE(fs::exists(folder() + '/' + name + ".expect")) << name << " expects nothing";
  for (const auto* id : kExamples)
    EXPECT_TRUE(known.contains(std::string("month-") + id)) << "no simulated month of " << id;
}

// The examples shipped with the product go as they say, too.
TEST(ScenarioExamples, GoAsScripted) {
  const auto path = source_dir() + "/config/examples/scenarios";
  int seen = 0;
  for (const auto& entry : fs::directory_iterator(path)) {
    Problems problems;
    auto scenario = load_scenario(entry.path().string(), contract_options(), problems);
    ASSERT_TRUE(scenario) << render(problems, Lang::en);
    TempDir dir;
    Simulation simulation(std::move(*scenario), {dir.path(), Lang::zh, {}});
    simulation.run();
    EXPECT_TRUE(outcome_of(simulation).as_scripted()) << entry.path();
    expect_recomputed(simulation);
    ++seen;
  }
  EXPECT_GT(seen, 0);
}

}  // namespace
}  // namespace xj::collector
