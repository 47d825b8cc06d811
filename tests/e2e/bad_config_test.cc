// Configurations full of mistakes, given to the shipped programs.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <sstream>

#include "tests/e2e/process.h"
#include "tests/fakes/contract_yaml.h"

namespace xj::e2e {
namespace {

std::set<std::string> problem_lines(const std::string& text, const std::string& file) {
  std::set<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    if (line.find(file + ":") != std::string::npos) out.insert(line);
  return out;
}

TEST(BadConfig, EveryMistakeIsListedAtOnceByAllWhoReadIt) {
  TempDir dir;
  const auto contract =
      dir.write("contract.yaml", fakes::contract_yaml("good", "  app: {hosts: [host-1]}\n"));
  const auto collector = dir.write("collector.yaml",
                                   "data_dir: data\n"
                                   "listen:\n"
                                   "  agents: nowhere\n"              // 1 no port
                                   "  people: \"127.0.0.1:99999\"\n"  // 2 no such port
                                   "  threads: 99\n"                  // 3 out of range
                                   "  sokcet: /tmp/x\n"               // 4 unknown key
                                   "names: [\"a b\"]\n"               // 5 no name
                                   "contracts: [" +
                                       contract +
                                       "]\n"
                                       "channels:\n"
                                       "  mail: {kind: email, url: \"http://x\", from: nobody}\n"  // 6, 7
                                       "  chat: {kind: pigeon}\n"       // 8 unknown kind
                                       "enrolment: {token_life: 5s}\n"  // 9 too short
                                       "tick: soon\n");                 // 10 no duration
  const auto agent = dir.write("agent.yaml",
                               "collector: {url: \"http://x:1\", timeout: 0s}\n"  // 1, 2
                               "state_dir: state\n"
                               "spool: {max_bytes: 1MiB, max_age: never}\n"  // 3, 4
                               "send: {every: 1h, replay_rate: 0}\n"         // 5, 6
                               "allow: {commands: [relative/path]}\n"        // 7
                               "limits: {cpu: much, workers: 1000}\n"        // 8, 9
                               "colector: {}\n");                            // 10
  const std::vector<std::string> english{"XUNJIAN_LANG=en"};
  const struct {
    std::string file;
    std::vector<std::string> start;
  } programs[] = {
      {collector, {program("xunjian-collector"), "serve", "--config", collector}},
      {agent, {program("xunjian-agent"), "run", "--config", agent}},
  };
  for (const auto& [file, start] : programs) {
    const auto check = run({program("xunjian"), "config", "check", file}, english);
    EXPECT_EQ(check.code, 2) << check.out << check.err;
    const auto listed = problem_lines(check.out, file);
    EXPECT_EQ(listed.size(), 10u) << check.out;
    const auto refused = run(start, english);
    EXPECT_EQ(refused.code, 2) << refused.out << refused.err;
    EXPECT_EQ(problem_lines(refused.err, file), listed) << refused.err;
  }
  EXPECT_FALSE(std::filesystem::exists(dir / "data")) << "a refused configuration leaves nothing behind";
  EXPECT_FALSE(std::filesystem::exists(dir / "state"));
}

}  // namespace
}  // namespace xj::e2e
