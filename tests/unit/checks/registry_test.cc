#include "checks/registry.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "checks/probe_protocol.h"
#include "tests/fakes/places.h"

namespace xj::checks {
namespace {

std::string document() {
  std::ifstream in(source_dir() + "/docs/checks.md");
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Table, EveryKindHasWordsAndAWayToRun) {
  std::set<std::string_view> names;
  for (const auto& type : builtin().all()) {
    EXPECT_TRUE(names.insert(type.name).second) << type.name;
    EXPECT_TRUE(has_text(type.help_id)) << type.help_id;
    EXPECT_EQ(type.make != nullptr, type.where == Where::resident) << type.name;
    EXPECT_EQ(type.make_nonblocking != nullptr, type.where == Where::nonblocking) << type.name;
    std::set<std::string_view> params;
    for (const auto& p : type.params) {
      EXPECT_TRUE(params.insert(p.name).second) << type.name << '.' << p.name;
      EXPECT_TRUE(has_text(p.help_id)) << p.help_id;
    }
  }
  EXPECT_EQ(names.size(), 13U);
}

TEST(Table, DefaultsAreAcceptedByTheKindsOwnRules) {
  const std::map<std::string, ParamMap, std::less<>> least{
      {"tcp", {{"port", {{"80"}, false, {}}}}},
      {"http", {{"url", {{"https://localhost/"}, false, {}}}}},
      {"certificate", {{"host", {{"localhost"}, false, {}}}}},
      {"command", {{"argv", {{"/bin/true"}, true, {}}}}}};
  for (const auto& type : builtin().all()) {
    Problems problems;
    const auto it = least.find(type.name);
    EXPECT_TRUE(builtin().read(type.name, it == least.end() ? ParamMap{} : it->second, {}, problems))
        << render(problems, Lang::en);
  }
}

TEST(Table, TheDocumentNamesEveryKindAndParameter) {
  const auto text = document();
  for (const auto& type : builtin().all()) {
    const auto heading = "## " + std::string(type.name) + "\n";
    const auto from = text.find(heading);
    ASSERT_NE(from, std::string::npos) << heading;
    const auto chapter = text.substr(from, text.find("\n## ", from + 1) - from);
    for (const auto& p : type.params) {
      EXPECT_NE(chapter.find("`" + std::string(p.name) + "`"), std::string::npos)
          << type.name << '.' << p.name;
      if (!p.fallback.empty()) {
        EXPECT_NE(chapter.find(std::string(p.fallback)), std::string::npos)
            << type.name << '.' << p.name << ": default";
      }
    }
  }
}

std::string refusal(std::string_view kind, const ParamMap& values) {
  Problems problems;
  const Place place{"agent.yaml", 7, 3};
  if (builtin().read(kind, values, place, problems)) return "accepted";
  return render(problems, Lang::en);
}

ParamMap one(const std::string& name, const std::string& value) { return {{name, {{value}, false, {}}}}; }

TEST(Registry, SaysWhatIsWrongWhereAndWhatWouldBeAccepted) {
  EXPECT_EQ(refusal("dsik", {}), "agent.yaml:7:3: unknown kind of check \"dsik\"; did you mean \"disk\"?\n");
  EXPECT_NE(refusal("zzzzzz", {}).find("accepted: cpu, load"), std::string::npos);
  EXPECT_NE(refusal("cpu", one("wran", "1%")).find("did you mean \"warn\"?"), std::string::npos);
  EXPECT_NE(refusal("cpu", one("warn", "97%")).find("crit (95%) is below warn (97%)"), std::string::npos);
  EXPECT_NE(refusal("tcp", {}).find("port is required"), std::string::npos);
  EXPECT_NE(refusal("tcp", one("port", "70000")).find("1 - 65535"), std::string::npos);
  EXPECT_NE(refusal("load", one("minutes", "7")).find("1, 5, 15"), std::string::npos);
  EXPECT_NE(refusal("http", one("url", "ftp://x")).find("https://"), std::string::npos);
  EXPECT_NE(refusal("certificate", {}).find("either host or files"), std::string::npos);
  EXPECT_NE(refusal("command", one("argv", "rm -rf")).find("argv"), std::string::npos);
  auto flood = one("argv", "/bin/true");
  flood["max_output"].texts = {"1GiB"};
  EXPECT_NE(refusal("command", flood).find("max_output: \"1GiB\" is not accepted; expected 1KiB - 256KiB"),
            std::string::npos);
  EXPECT_NE(refusal("process", one("max", "3")).find("name, cmdline"), std::string::npos);
  auto both = one("cert_warn", "3d");
  both["url"].texts = {"https://x"};
  EXPECT_NE(refusal("http", both).find("cert_crit (7d) is above cert_warn (3d)"), std::string::npos);
  both = one("url", "https://x");
  both["max_body"].texts = {"1GiB"};
  both["ca_file"].texts = {"ca.pem"};
  EXPECT_NE(refusal("http", both).find("max_body: \"1GiB\" is not accepted; expected 1KiB - 64MiB"),
            std::string::npos);
  EXPECT_NE(refusal("http", both).find("ca_file: \"ca.pem\" is not accepted; expected an absolute path (/…)"),
            std::string::npos);
  both = {{"files", {{"/etc/a.pem", "b.pem"}, true, {}}}, {"ca_file", {{"ca.pem"}, false, {}}}};
  EXPECT_NE(refusal("certificate", both).find("files: \"b.pem\""), std::string::npos);
  EXPECT_NE(refusal("certificate", both).find("ca_file: \"ca.pem\""), std::string::npos);
}

}  // namespace
}  // namespace xj::checks
