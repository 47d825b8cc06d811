#include "agent/allow.h"

#include <gtest/gtest.h>

namespace xj::agent {
namespace {

wire::AssignedCheck check(const std::string& kind, std::vector<std::string> argv = {}) {
  wire::AssignedCheck out;
  out.id = "c/s/x";
  out.kind = kind;
  if (!argv.empty()) out.params["argv"] = {std::move(argv), true, {}};
  return out;
}

TEST(Allow, KindsByNameOrAllOfThem) {
  config::AgentConfig::Allow allow;
  EXPECT_TRUE(refusal(allow, check("disk")).empty());
  allow.kinds = {"cpu", "disk"};
  EXPECT_TRUE(refusal(allow, check("disk")).empty());
  EXPECT_EQ(refusal(allow, check("http")).id, "agent.refused.kind");
  allow.kinds = std::vector<std::string>{};
  EXPECT_EQ(refusal(allow, check("disk")).id, "agent.refused.kind");
}

TEST(Allow, ProgramsOnlyByNameNeverByTrick) {
  config::AgentConfig::Allow allow;
  EXPECT_EQ(refusal(allow, check("command", {"/bin/true"})).id, "agent.refused.command")
      << "nothing said, nothing run";
  allow.commands = {"/opt/oa/check_flow", "/usr/lib/nagios/plugins/"};
  EXPECT_TRUE(refusal(allow, check("command", {"/opt/oa/check_flow", "-x"})).empty());
  EXPECT_TRUE(refusal(allow, check("command", {"/usr/lib/nagios/plugins/check_ssh"})).empty());
  for (const auto* program : {"/opt/oa/check_flow2", "/opt/oa", "check_flow", "", "/usr/lib/nagios/plugins/",
                              "/usr/lib/nagios/plugins/../../../bin/sh", "/usr/lib/nagios/plugins/..",
                              "/usr/lib/nagios/plugins/sub/x", "/usr/lib/nagios/plugins//x",
                              "/usr/lib/nagios/plugins/./x", "/bin/sh", "/opt/oa/../oa/check_flow"})
    EXPECT_EQ(refusal(allow, check("command", {program})).id, "agent.refused.command") << program;
  EXPECT_EQ(refusal(allow, check("command")).id, "agent.refused.command");
  allow.kinds = {"cpu"};
  EXPECT_EQ(refusal(allow, check("command", {"/opt/oa/check_flow"})).id, "agent.refused.kind");
}

TEST(Allow, TheHostsOwnNamesAreItsOwn) {
  auto mine = check("disk");
  mine.id = "local/root-disk";
  EXPECT_EQ(refusal({}, mine).id, "agent.refused.id");
}

}  // namespace
}  // namespace xj::agent
