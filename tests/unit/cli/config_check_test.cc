#include "cli/config_check.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/fakes/places.h"

namespace xj::cli {
namespace {

namespace fs = std::filesystem;

class ConfigCheckTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::temp_directory_path() / ("xj-config-check-" + std::to_string(::getpid()));
    fs::remove_all(dir_);  // of a run that crashed
    fs::create_directories(dir_);
  }
  void TearDown() override { fs::remove_all(dir_); }
  std::string write(const std::string& name, const std::string& text) {
    const auto path = dir_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }
  // Problems with the folder's own path taken out.
  std::string check(const std::vector<std::string>& paths) {
    auto text = render(check_config_paths(paths).problems, Lang::en);
    for (auto at = text.find(dir_.string()); at != std::string::npos; at = text.find(dir_.string()))
      text.erase(at, dir_.string().size() + 1);
    return text;
  }
  fs::path dir_;
};

TEST_F(ConfigCheckTest, TheExamplesAreWithoutProblem) {
  const auto result = check_config_paths({source_dir() + "/config/examples"});
  EXPECT_EQ(render(result.problems, Lang::en), "");
  EXPECT_EQ(result.files.size(), 9U) << "collector, its holidays, the five contracts, the agent, a scenario";
}

// Without a collector's file the program's own holidays count.
TEST_F(ConfigCheckTest, AContractAloneIsHeldAgainstTheHolidaysOfTheProgram) {
  const auto contract = [&](const std::string& to) {
    return write("contract.yaml",
                 "contract: {id: c, title: 名, parties: {client: 甲, provider: 乙}, term: {from: "
                 "2026-01-01, to: " +
                     to +
                     "}}\npeople: {one: {name: 某}}\nroles: {duty: {people: [one]}}\n"
                     "systems: {s: {hosts: [h]}}\nkinds: {k: {number: '{yymmdd}-{nn}', grades: {g: "
                     "{}}, clocks: {c: {limit: 4h, calendar: 5x8, start: detected, stop: recovered, "
                     "to: duty}}}}\n");
  };
  EXPECT_EQ(check({contract("2026-12-31")}), "");
  EXPECT_EQ(
      check({contract("2027-03-31")}),
      "contract.yaml:1:93: warning: holiday data cn-2026-1 covers 2021-01-01 to 2026-12-31 only; outside "
      "it clocks that count working days go by the plain week\n");
}

TEST_F(ConfigCheckTest, TenErrorsInOneFileAreTenProblemsAtTheirPlaces) {
  const auto file = write("contract.yaml",
                          "contract:\n"                                                                 // 1
                          "  id: no good\n"                                                             // 2
                          "  title: 名\n"                                                               // 3
                          "  parties: {client: 甲}\n"                                                   // 4
                          "  term: {from: 2026-13-01, to: 2026-12-31}\n"                                // 5
                          "  zone: Asia/Peking\n"                                                       // 6
                          "people: {p: {name: 某, mail: nowhere}}\n"                                    // 7
                          "roles: {duty: {peple: [p], people: [q]}}\n"                                  // 8
                          "systems: {web: {hosts: [h], checks: {cpu: {kind: cpu, interval: fast}}}}\n"  // 9
                          "kinds:\n"                                                                    // 10
                          "  incident:\n"                                                               // 11
                          "    number: '{yymmdd}'\n"                                                    // 12
                          "    grades: {I: {}}\n"                                                       // 13
                          "    clocks: {c: {limit: 2h, start: detected, stop: solved, to: duty}}\n"     // 14
  );
  EXPECT_EQ(check({file}),
            "contract.yaml:2:7: contract.id: \"no good\" is not accepted; expected letters, digits, \"-\", "
            "\"_\" and \".\", "
            "beginning with a letter or digit, at most 64\n"
            "contract.yaml:4:12: contract.parties.provider is required\n"
            "contract.yaml:5:16: contract.term.from: \"2026-13-01\" is not accepted; expected a date such as "
            "2026-09-30\n"
            "contract.yaml:6:9: contract.zone: \"Asia/Peking\" is not accepted; expected a time zone of this "
            "system such "
            "as Asia/Shanghai\n"
            "contract.yaml:7:29: people.p.mail: \"nowhere\" is not accepted; expected one address such as "
            "name@example.invalid\n"
            "contract.yaml:8:16: unknown key \"peple\"; did you mean \"people\"?\n"
            "contract.yaml:8:37: roles.duty.people[1]: \"q\" is no person here; did you mean \"p\"?\n"
            "contract.yaml:9:65: systems.web.checks.cpu.interval: \"fast\" is not accepted; expected a "
            "duration such as "
            "30s, 5m, 4h or 2d\n"
            "contract.yaml:12:13: the pattern needs nn or nnn, else two cases would share a number\n"
            "contract.yaml:14:52: kinds.incident.clocks.c.stop: \"solved\" is no event a clock can stop with "
            "here; known: "
            "graded, registered, acknowledged, reported, arrived, noted, recovered, watch_ended, closed\n");
}

TEST_F(ConfigCheckTest, KindsAndParametersOfChecksAreProvedToo) {
  const auto agent = write("agent.yaml",
                           "collector: {url: \"https://collector.example.invalid:7443\"}\n"
                           "checks:\n"
                           "  - {name: a, kind: dsik, interval: 1m}\n"
                           "  - {name: b, kind: disk, interval: 1m, params: {wran: 80%}}\n"
                           "  - {name: c, kind: cpu, interval: 1m, params: {warn: 180%}}\n");
  const auto said = check({agent});
  EXPECT_NE(said.find("agent.yaml:3:"), std::string::npos) << said;
  EXPECT_NE(said.find("did you mean \"disk\""), std::string::npos) << said;
  EXPECT_NE(said.find("agent.yaml:4:"), std::string::npos) << said;
  EXPECT_NE(said.find("did you mean \"warn\""), std::string::npos) << said;
  EXPECT_NE(said.find("agent.yaml:5:"), std::string::npos) << said;
}

TEST_F(ConfigCheckTest, FilesAreToldByTheirKeysEvenMisspelt) {
  const auto agent = write("a.yaml", "collecter: {url: 'https://c.invalid:1'}\nspool: {}\n");
  EXPECT_EQ(check({agent}),
            "a.yaml:1:1: collector is required\na.yaml:1:1: unknown key \"collecter\"; did you mean "
            "\"collector\"?\n");
  const auto other = write("b.yaml", "apiVersion: v1\n");
  EXPECT_EQ(check({other}),
            "b.yaml:1:1: neither an agent's file (\"collector:\"), nor a collector's (\"contracts:\"), a "
            "contract (\"contract:\") or a scenario (\"scenario:\")\n");
  const auto scenario = write("s.yaml", "scenaro: {}\nscript: []\n");
  EXPECT_EQ(check({scenario}),
            "s.yaml:1:1: scenario is required\ns.yaml:1:1: unknown key \"scenaro\"; did you mean "
            "\"scenario\"?\n");
  EXPECT_EQ(check({(dir_ / "absent.yaml").string()}),
            "absent.yaml: cannot be read; expected a file this user may read\n");
  fs::create_directories(dir_ / "empty");
  EXPECT_EQ(check({(dir_ / "empty").string()}), "empty: no *.yaml or *.yml file in this folder\n");
}

TEST_F(ConfigCheckTest, ContractsOfACollectorAreCheckedWithItsChannels) {
  const std::string text =
      "contract: {id: x, title: 名, parties: {client: 甲, provider: 乙}, term: {from: 2026-01-01, to: "
      "2026-12-31}}\n"
      "people: {p: {name: 某}}\n"
      "roles: {duty: {people: [p]}}\n"
      "systems: {web: {hosts: [h]}}\n"
      "kinds: {i: {number: '{nn}', grades: {I: {}}, clocks: {c: {limit: 2h, start: detected, stop: "
      "recovered, to: duty}}}}\n";
  write("c/contracts/x/contract.yaml", text + "routes: {r: {on: [detected], to: [duty], via: [pager]}}\n");
  write("c/collector.yaml",
        "names: [c.invalid]\ncontracts: contracts\nchannels: {hook: {kind: webhook, url: "
        "'https://h.invalid/x'}}\n");
  EXPECT_EQ(check({(dir_ / "c").string()}),
            "c/contracts/x/contract.yaml:6:48: routes.r.via[1]: \"pager\" is no channel of the collector "
            "here; known: hook\n");
  // Without the wrong route nothing else is left but that nobody watches the collector.
  write("c/contracts/x/contract.yaml", text + "routes: {r: {on: [detected], to: [duty], via: [hook]}}\n");
  EXPECT_EQ(check({(dir_ / "c").string()}),
            "c/collector.yaml:1:1: warning: no contract watches the collector itself: history removed for "
            "want of room "
            "opens no case; give a system the host xunjian-collector and a check of kind collector "
            "(docs/contract.md)\n");
  // Where nothing is ever removed for want of room, there is nothing to be told of.
  write(
      "c/collector.yaml",
      "names: [c.invalid]\ncontracts: contracts\nretention: {history_min_free: 0B}\nchannels: {hook: {kind: "
      "webhook, url: 'https://h.invalid/x'}}\n");
  EXPECT_EQ(check({(dir_ / "c").string()}), "");
  // Alone, the contract cannot know.
  EXPECT_EQ(check({(dir_ / "c/contracts").string()}), "");
}

}  // namespace
}  // namespace xj::cli
