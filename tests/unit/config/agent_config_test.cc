#include "config/agent_config.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/fakes/places.h"

namespace xj::config {
namespace {

TEST(AgentConfig, DefaultsFollowTheStateFolder) {
  Problems problems;
  const auto c = read_agent_config("collector: {url: 'https://c.example.invalid:7443/'}\nstate_dir: state\n",
                                   "/etc/xunjian/agent.yaml", problems);
  ASSERT_TRUE(problems.empty()) << render(problems, Lang::en);
  EXPECT_EQ(c.file, "/etc/xunjian/agent.yaml");
  EXPECT_EQ(c.collector.url, "https://c.example.invalid:7443");
  EXPECT_EQ(c.state_dir, "/etc/xunjian/state");
  EXPECT_EQ(c.collector.ca_file, "/etc/xunjian/state/ca.pem");
  EXPECT_EQ(c.collector.cert_file, "/etc/xunjian/state/agent.pem");
  EXPECT_EQ(c.collector.key_file, "/etc/xunjian/state/agent.key");
  EXPECT_EQ(c.spool.dir, "/etc/xunjian/state/spool");
  EXPECT_FALSE(c.allow.kinds.has_value());
  EXPECT_TRUE(c.allow.commands.empty());
  EXPECT_EQ(c.host_root, "/");
}

TEST(AgentConfig, ExampleHasNoProblem) {
  Problems problems;
  const auto c = load_agent_config(source_dir() + "/config/examples/agent.yaml", problems);
  EXPECT_EQ(render(problems, Lang::en), "");
  EXPECT_EQ(c.spool.max_bytes, 256LL << 20);
  EXPECT_EQ(c.spool.max_age, std::chrono::hours(168));
  EXPECT_EQ(c.limits.cpu, 10);
  ASSERT_TRUE(c.allow.kinds);
  EXPECT_EQ(c.allow.kinds->size(), 13U);
  EXPECT_EQ(c.allow.commands,
            (std::vector<std::string>{"/usr/lib/nagios/plugins/", "/opt/oa/bin/check_flow"}));
  ASSERT_EQ(c.checks.size(), 1U);
  EXPECT_EQ(c.checks[0].name, "root-disk");
  EXPECT_EQ(c.checks[0].interval, std::chrono::minutes(5));
  EXPECT_TRUE(c.checks[0].params.at("include").list);
  EXPECT_EQ(c.checks[0].params.at("include").place.line, 36);
}

TEST(AgentConfig, TenErrorsAreReportedInOneGoEachAtItsPlace) {
  Problems problems;
  (void)read_agent_config(
      "collector:\n"                             // 1
      "  url: http://c:1/x\n"                    // 2 no https
      "  timeout: 30\n"                          // 3 no unit
      "  cert: a.pem\n"                          // 4 without key: at the map, 2:3
      "spol: {max_bytes: 1GiB}\n"                // 5 did you mean
      "spool:\n"                                 // 6
      "  max_bytes: 10 potatoes\n"               // 7
      "  max_age: 1s\n"                          // 8 range
      "limits: {cpu: 120%, workers: 0}\n"        // 9 two
      "allow:\n"                                 // 10
      "  commands: [bin/x]\n"                    // 11
      "checks:\n"                                // 12
      "  - {name: a, kind: cpu}\n"               // 13
      "  - {name: a, kind: cpu}\n"               // 14 repeated
      "  - {kind: cpu, params: {x: {y: 1}}}\n",  // 15 name missing, param a map
      "agent.yaml", problems);
  EXPECT_EQ(
      render(problems, Lang::en),
      "agent.yaml:2:3: give both cert and key, or neither\n"
      "agent.yaml:2:8: collector.url: \"http://c:1/x\" is not accepted; expected https://host:port without a "
      "path\n"
      "agent.yaml:3:12: collector.timeout: \"30\" is not accepted; expected a duration such as 30s, 5m, 4h "
      "or 2d\n"
      "agent.yaml:5:1: unknown key \"spol\"; did you mean \"spool\"?\n"
      "agent.yaml:7:14: spool.max_bytes: \"10 potatoes\" is not accepted; expected a size such as 512MiB or "
      "10GiB\n"
      "agent.yaml:8:12: spool.max_age: 1s is outside 10m to 366d\n"
      "agent.yaml:9:15: limits.cpu: \"120%\" is not accepted; expected a percentage from 0% to 100%\n"
      "agent.yaml:9:30: limits.workers: 0 is outside 1 to 64\n"
      "agent.yaml:11:14: allow.commands[1]: \"bin/x\" is not accepted; expected an absolute path such as "
      "/usr/lib/nagios/plugins/\n"
      "agent.yaml:14:12: checks[2].name: \"a\" was given before; a name is used once\n"
      "agent.yaml:15:5: checks[3].name is required\n"
      "agent.yaml:15:29: checks[3].params.x: \"{…}\" is not accepted; expected one value or a list of "
      "values\n");
  EXPECT_NE(render(problems, Lang::zh).find("agent.yaml:5:1: 未知的键 \"spol\"，是否想写 \"spool\"？"),
            std::string::npos);
}

TEST(AgentConfig, EveryKeyIsInTheManual) {
  std::ifstream in(source_dir() + "/docs/configuration.md");
  std::stringstream text;
  text << in.rdbuf();
  const auto manual = text.str();
  ASSERT_FALSE(manual.empty());
  Problems problems;
  std::set<std::string> asked;
  (void)read_agent_config("collector: {}\nspool: {}\nsend: {}\nallow: {}\nlimits: {}\nchecks: [{}]\n", "a",
                          problems, &asked);
  EXPECT_GT(asked.size(), 25U);
  for (auto key : asked) {
    if (const auto index = key.find("[1]"); index != std::string::npos) key.erase(index, 3);
    EXPECT_NE(manual.find("`" + key + "`"), std::string::npos) << key << " is not in docs/configuration.md";
  }
}

}  // namespace
}  // namespace xj::config
