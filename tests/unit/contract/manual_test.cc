// docs/contract.md is held to what the loader reads.
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <sstream>

#include "collector/contract/loader.h"
#include "tests/fakes/places.h"

namespace xj::collector {
namespace {

std::string manual() {
  std::ifstream in(source_dir() + "/docs/contract.md");
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST(ContractManual, ItsExamplesLoad) {
  const auto text = manual();
  int count = 0;
  for (auto at = text.find("```yaml\n"); at != std::string::npos; at = text.find("```yaml\n", at)) {
    at += 8;
    const auto end = text.find("```", at);
    Problems problems;
    EXPECT_NE(read_contract(text.substr(at, end - at), "docs/contract.md", {}, problems), nullptr);
    EXPECT_EQ(render(problems, Lang::en), "");
    at = end + 3;
    ++count;
  }
  EXPECT_GT(count, 0);
}

TEST(ContractManual, EveryKeyIsInIt) {
  std::set<std::string> asked;
  Problems problems;
  (void)read_contract(
      "contract: {parties: {}, term: {}}\ncalendars: {NAME: {}}\npeople: {NAME: {}}\nroles: {NAME: {}}\n"
      "systems: {NAME: {points: {NAME: {}}, checks: {NAME: {}}}}\n"
      "kinds: {NAME: {grades: {NAME: {when: [{}]}}, clocks: {NAME: {}}, closing: [{text: "
      "x}],\n"
      "  tell: {NAME: {}}, escalation: [{}], signatures: [{}], papers: [{}], knowledge: {}}}\n"
      "routes: {NAME: {}}\nstorm: {}\nrounds: {NAME: {}}\nnotes: [{}]\nobligations: {NAME: {}}\n"
      "indicators: {NAME: {}}\nprices: {NAME: {}}\npayments: {NAME: {}}\n"
      "key_periods: {NAME: {dates: [{}], rounds: [{dates: [{}]}], tighten: [{}]}}\n"
      "deductions: {NAME: {}}\nmaintenance: {NAME: {dates: [{}], every: week}}\n"
      "dependencies: {NAME: {}}\n",
      "c", {}, problems, &asked);
  EXPECT_GT(asked.size(), 200U);
  const auto text = manual();
  static const std::regex index("\\[[0-9]+\\]");
  for (const auto& raw : asked) {
    if (raw.ends_with(".*")) continue;
    const auto key = std::regex_replace(raw, index, "");
    EXPECT_NE(text.find("`" + key + "`"), std::string::npos) << key << " is not in docs/contract.md";
  }
  // And nothing is described that is not read.
  static const std::regex row("\\n\\| `([a-z_A-Z.]+)` \\|");
  for (auto it = std::sregex_iterator(text.begin(), text.end(), row); it != std::sregex_iterator(); ++it) {
    const auto key = (*it)[1].str();
    bool found = false;
    for (const auto& raw : asked) found = found || std::regex_replace(raw, index, "") == key;
    EXPECT_TRUE(found) << key << " is described but not read";
  }
}

}  // namespace
}  // namespace xj::collector
