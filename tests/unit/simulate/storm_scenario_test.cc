// What goes out of tests/scenarios/storm.yaml: messages one by one and summed up, said again, and the end.
#include "collector/simulate/simulation.h"

#include <gtest/gtest.h>

#include "collector/domain/explain.h"
#include "tests/unit/simulate/stage.h"

namespace xj::collector {
namespace {

// "09:01:40 SUBJECT" of all that was sent, and below a summary its lines of cases.
std::string sent(Simulation& simulation) {
  std::string out;
  auto rows = simulation.pipeline().outbox().recent(1000);
  std::stable_sort(rows.begin(), rows.end(),
                   [](const OutboxRow& a, const OutboxRow& b) { return a.created < b.created; });
  const auto& zone = simulation.scenario().contract->zone;
  for (const auto& row : rows) {
    EXPECT_NE(row.state, OutboxState::held) << row.key;
    if (row.state == OutboxState::summed) continue;
    out += domain::local_text(row.created, zone).substr(11) + ' ' + render(row.subject, Lang::en) + '\n';
    for (const auto& line : row.lines)
      if (line.id.starts_with("domain.storm.case")) out += "  " + render(line, Lang::en) + '\n';
  }
  return out;
}

TEST(StormScenario, AFewMessagesSayAllOfIt) {
  Problems problems;
  auto scenario = load_scenario(source_dir() + "/tests/scenarios/storm.yaml", contract_options(), problems);
  ASSERT_TRUE(scenario) << render(problems, Lang::en);
  TempDir dir;
  Simulation simulation(std::move(*scenario), {dir.path(), Lang::zh, {}});
  simulation.run();
  // Case 2 is taken on at 09:21:40 and is not said again; the gravest, case 3, is never held.
  EXPECT_EQ(sent(simulation), R"(09:01:40 [First] INC-260302-03 gate: detected
09:01:40 [Second] INC-260302-02 books: detected
09:01:40 [Second] INC-260302-01 archive: detected
09:02:40 机房平台运维服务: 3 messages about 3 cases in one
  [Second] INC-260302-04 mail, page (s-04): detected
  [Second] INC-260302-05 portal, page (s-05): detected
  [Second] INC-260302-06 wiki, page (s-06): detected
09:16:40 [First] INC-260302-03 gate: still not acknowledged
09:31:40 [First] INC-260302-03 gate: still not acknowledged
09:31:40 [Second] INC-260302-01 archive: still not acknowledged
09:32:40 机房平台运维服务: 3 messages about 3 cases in one
  [Second] INC-260302-04 mail, page (s-04): still not acknowledged
  [Second] INC-260302-05 portal, page (s-05): still not acknowledged
  [Second] INC-260302-06 wiki, page (s-06): still not acknowledged
09:40:40 [First] INC-260302-03 gate: recovered
09:40:40 [Second] INC-260302-02 books: recovered
09:40:40 [Second] INC-260302-01 archive: recovered
09:41:40 机房平台运维服务: 3 messages about 3 cases in one
  [Second] INC-260302-04 mail, page (s-04): recovered
  [Second] INC-260302-05 portal, page (s-05): recovered
  [Second] INC-260302-06 wiki, page (s-06): recovered
)");
  for (const auto& storm : simulation.pipeline().storms().recent(10)) EXPECT_TRUE(storm.ended);
  expect_recomputed(simulation);
}

}  // namespace
}  // namespace xj::collector
