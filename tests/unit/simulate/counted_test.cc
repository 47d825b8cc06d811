// Steady stretches that are counted instead of sent: one scenario is run both ways, and nothing that anybody
// can read differs.
#include <gtest/gtest.h>

#include "tests/unit/simulate/stage.h"

namespace xj::collector {
namespace {

using namespace std::chrono_literals;

void put(std::string& out, const Message& message) {
  out += message.id;
  for (const auto& [name, value] : message.args) out += ' ' + name + '=' + value;
}
void put(std::string& out, const std::vector<Metric>& metrics) {
  for (const auto& metric : metrics) {
    out += ' ' + metric.name + ' ';
    append_json_number(out, metric.value);
  }
}

// All that can be read of a simulation: events, documents, messages, clocks, obligations, figures, what is
// known of agents and checks, and every sample of the history.
std::vector<std::string> story(Simulation& simulation) {
  std::vector<std::string> out;
  const auto& zone = simulation.scenario().contract->zone;
  const auto outcome = outcome_of(simulation);
  for (const auto& one : outcome.cases)
    for (const auto& event : one.events) out.push_back("event " + domain::encode(event));
  for (const auto& document : outcome.documents)
    out.push_back("document " + document.number + ' ' + document.state + ' ' + document.facts);
  auto& pipeline = simulation.pipeline();
  for (const auto& row : pipeline.outbox().recent(1'000'000))
    out.push_back("message " + row.key + ' ' + to_iso(row.created) + ' ' + to_iso(row.due) + ' ' + row.event);
  for (auto& line : clock_lines(outcome, Lang::en)) out.push_back("clock " + line);
  for (auto& line : obligation_lines(outcome, zone, Lang::en)) out.push_back("obligation " + line);
  out.push_back("summary " + outcome_json(outcome, simulation.scenario()).dump());
  const auto& figures = outcome.figures;
  for (const auto& [name, value] : {std::pair{"batches", figures.batches},
                                    {"results", figures.results},
                                    {"values", figures.values},
                                    {"refused", figures.refused},
                                    {"unapplied", figures.unapplied},
                                    {"repeats", figures.repeats},
                                    {"transitions", figures.transitions},
                                    {"events", figures.events},
                                    {"notifications", figures.notifications}})
    out.push_back(std::string(name) + ' ' + std::to_string(value));
  for (const auto& agent : pipeline.agents())
    out.push_back("agent " + agent.name + ' ' + to_iso(agent.heard) + (agent.silent ? " silent " : " ") +
                  agent.config + ' ' + std::to_string(agent.checks));
  for (const auto& check : pipeline.checks("")) {
    auto line = "check " + check.agent + ' ' + check.check + ' ' + to_iso(check.latest.slot) + ' ' +
                to_iso(check.received) + ' ' + std::string(to_text(check.latest.state)) + ' ';
    put(line, check.latest.msg), put(line, check.latest.metrics);
    for (const auto& item : check.items)
      line += " [" + item.key + ' ' + std::string(to_text(item.state)) + ' ' +
              std::string(to_text(item.standing.state)) + ' ' + to_iso(item.since) +
              (item.held ? " held]" : "]");
    out.push_back(std::move(line));
  }
  pipeline.history().for_each([&](const SeriesId& id, const std::vector<Sample>& samples) {
    for (const auto& sample : samples) {
      auto line = "sample " + id.agent + ' ' + id.check + ' ' + id.item + ' ' + to_iso(sample.slot) + ' ' +
                  std::string(to_text(sample.state)) + ' ';
      put(line, sample.msg), put(line, sample.metrics);
      out.push_back(std::move(line));
    }
  });
  return out;
}

struct Told {
  std::vector<std::string> story;
  std::uint64_t counted = 0, results = 0;
};
Told told(Scenario scenario, bool counted) {
  TempDir dir;
  SimulationOptions options{dir.path(), Lang::zh, {}};
  options.counted = counted;
  Simulation simulation(std::move(scenario), options);
  simulation.run();
  expect_recomputed(simulation);
  return {story(simulation), simulation.counted(), simulation.pipeline().figures().results};
}

// Empty when they are the same.
std::string difference(const std::vector<std::string>& one, const std::vector<std::string>& other) {
  for (std::size_t i = 0; i < std::max(one.size(), other.size()); ++i) {
    const auto at = [&](const auto& all) { return i < all.size() ? all[i] : std::string("(the end)"); };
    if (at(one) != at(other)) return at(one) + "\nand not\n" + at(other);
  }
  return {};
}

void expect_the_same(const Scenario& scenario) {
  const auto each = told(scenario, false), counted = told(scenario, true);
  EXPECT_EQ(each.counted, 0U);
  EXPECT_GT(counted.counted, counted.results / 4) << "else this proves little";
  EXPECT_EQ(difference(each.story, counted.story), "");
}

// What is in the folder of scenarios, the months cut to the days in which they have their first trouble.
Scenario cut(const std::string& name) {
  Problems problems;
  auto scenario =
      load_scenario(source_dir() + "/tests/scenarios/" + name + ".yaml", contract_options(), problems);
  EXPECT_TRUE(scenario) << render(problems, Lang::en);
  if (!scenario) return {};
  scenario->to = std::min(scenario->to, scenario->from + Duration{4 * 24h + 6h});
  std::erase_if(scenario->script,
                [&](const Step& step) { return step.when.at && *step.when.at >= scenario->to; });
  return *scenario;
}

class Counted : public testing::TestWithParam<const char*> {};

TEST_P(Counted, IsTheSameAsOneByOne) { expect_the_same(cut(GetParam())); }

INSTANTIATE_TEST_SUITE_P(Files, Counted,
                         testing::Values("month-office-oa", "month-civil-affairs", "month-public-service",
                                         "key-period", "maintenance", "dependency-database", "flapping",
                                         "obligations", "a-host-goes-and-comes", "grade-moves-with-time",
                                         "told-afterwards", "storm", "sheet", "deductions", "work-order"),
                         [](const auto& param) {
                           std::string name = param.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

Scenario of_office(const std::string& head, const std::string& script) {
  Problems problems;
  auto read =
      read_scenario("scenario: {contract: " + source_dir() +
                        "/config/examples/contracts/office-oa/contract.yaml, hosts: [oa-app-01, oa-db-01], "
                        "checks: [oa/cpu, oa/db-port, oa/disk, oa/certificate]" +
                        head + (script.empty() ? "}\n" : "}\nscript:\n") + script,
                    "s.yaml", contract_options(), problems);
  EXPECT_TRUE(read) << render(problems, Lang::en);
  return read.value_or(Scenario{});
}

// Everything at odd times: a fault between two slots, a retry off the grid, an outage that is over before it
// is one, one that was kept, a warning that stands for hours, items, a sheet in the midst of a stretch.
TEST(Counted, OddTimesAreTheSameToo) {
  expect_the_same(
      of_office(", start: '2026-03-02 08:59:59', length: 40h",
                "  - {at: '10:00:07', fault: cpu, host: oa-app-01, state: warning, value: 93, for: 5h3m1s}\n"
                "  - {at: '11:17:23', fault: disk, host: oa-db-01, item: /data, value: 93, for: 47m}\n"
                "  - {at: '13:30:00', outage: oa-db-01, for: 2m}\n"
                "  - {at: '14:00:30', outage: oa-app-01, for: 31m, kept: true}\n"
                "  - {at: '19:41:13', round: daily}\n"
                "  - {at: case 1 respond +3s, act: ack, as: work-one}\n"
                "  - {at: day 2 03:07:09, fault: db-port, for: 4m}\n"
                "  - {at: day 2 06:00:01, outage: oa-db-01}\n"));
}

// One result that does not come is seen by what compares.
TEST(Counted, OneResultLessIsAnotherStory) {
  const std::string head = ", start: 2026-03-02 09:00, length: 6h";
  const auto whole = told(of_office(head, ""), true);
  const auto less = told(of_office(head, "  - {at: '13:30:40', outage: oa-db-01, for: 21s}\n"), true);
  EXPECT_EQ(whole.results, less.results + 2) << "of cpu and of the port, at 13:31";
  EXPECT_NE(difference(whole.story, less.story), "");
}

// Of a day without an event almost everything is counted, and all of it is there.
TEST(Counted, AQuietDayIsAlmostNothingElse) {
  const auto scenario = of_office(", start: 2026-03-07 00:00, length: 1d", "");
  const auto quiet = told(scenario, true);
  EXPECT_GT(quiet.counted * 100, quiet.results * 90);
}

}  // namespace
}  // namespace xj::collector
