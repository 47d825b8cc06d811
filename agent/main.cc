// xunjian-agent: flags, signals and exit codes. The few words are read by hand: the resident process pays for
// every library it maps.
#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "agent/app.h"
#include "agent/check_command.h"
#include "agent/enroll.h"
#include "checks/registry.h"
#include "core/io/log.h"

namespace {

using namespace xj;

constexpr const char* kDefaultConfig = "/etc/xunjian/agent.yaml";

int usage(std::ostream& to, int code) {
  to << text("agent.usage", lang_from_environment());
  return code;
}

// The values of --name VALUE and --name=VALUE; empty when a word is not one of `known` or lacks its value.
std::optional<std::vector<std::string>> options(const std::vector<std::string>& words,
                                                const std::vector<std::string>& known) {
  std::vector<std::string> out(known.size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto equals = words[i].find('=');
    const auto name = words[i].substr(0, equals);
    std::size_t at = 0;
    while (at < known.size() && known[at] != name) ++at;
    if (at == known.size()) {
      const auto near = did_you_mean(name, known);
      std::cerr << render(near.empty() ? Message{"agent.cli.unknown", {{"word", name}}}
                                       : Message{"agent.cli.unknown_near", {{"word", name}, {"near", near}}},
                          lang_from_environment())
                << '\n';
      return std::nullopt;
    }
    if (equals == std::string::npos && i + 1 == words.size()) {
      std::cerr << render({"agent.cli.no_value", {{"word", name}}}, lang_from_environment()) << '\n';
      return std::nullopt;
    }
    out[at] = equals != std::string::npos ? words[i].substr(equals + 1) : words[++i];
  }
  return out;
}

// Empty after every problem was printed.
std::optional<config::AgentConfig> load(const std::string& file) {
  Problems problems;
  auto config = config::load_agent_config(file, problems);
  if (!problems.empty()) std::cerr << render(problems, lang_from_environment());
  if (has_errors(problems)) return std::nullopt;
  return config;
}

int run(const std::string& file) {
  const auto config = load(file);
  if (!config) return 2;
  try {
    const SystemClock clock;
    io::PosixFileSystem fs;
    agent::Signals signals;
    agent::App app(*config, {clock, fs, checks::builtin(), nullptr});
    app.run(signals, [&file]() -> std::optional<config::AgentConfig> {
      auto again = load(file);
      if (!again) log::error("{} was refused as a whole; the configuration read before goes on", file);
      return again;
    });
    return 0;
  } catch (const Fault& fault) {
    log::error("{}{}{}", fault.what(), fault.hint().empty() ? "" : "; ", fault.hint());
    return 1;
  }
}

int enroll(const std::vector<std::string>& words) {
  const auto given = options(words, {"--collector", "--token", "--config", "--ca-sha256"});
  if (!given) return 2;
  const auto& [collector, token, file, ca] = std::tie((*given)[0], (*given)[1], (*given)[2], (*given)[3]);
  if (collector.empty() || token.empty()) return usage(std::cerr, 2);
  const auto config = load(file.empty() ? kDefaultConfig : file);
  if (!config) return 2;
  io::PosixFileSystem fs;
  agent::EnrollOptions out;
  out.collector = collector;
  out.token = token;
  out.ca_sha256 = ca;
  out.ca_file = config->collector.ca_file;
  out.cert_file = config->collector.cert_file;
  out.key_file = config->collector.key_file;
  return agent::enroll(out, fs, std::cout, std::cerr, lang_from_environment());
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  ::signal(SIGPIPE, SIG_IGN);
  // A file-size limit is then a write that fails, told like a full disk, and no death.
  ::signal(SIGXFSZ, SIG_IGN);
  ::umask(0027);
  const std::string command = words.empty() || words[0].starts_with("--") ? "run" : words[0];
  if (!words.empty() && (words[0] == "--help" || words[0] == "-h" || command == "help"))
    return usage(std::cout, 0);
  if (!words.empty() && (words[0] == "--version" || command == "version")) {
    std::cout << "xunjian-agent " << XJ_VERSION << '\n';
    return 0;
  }
  if (!words.empty() && command == words[0]) words.erase(words.begin());
  if (command == "run") {
    // One arena and a low trim level: what a burst of backlog took goes back to the host.
    ::mallopt(M_ARENA_MAX, 1);
    ::mallopt(M_TRIM_THRESHOLD, 64 << 10);
    ::mallopt(M_MMAP_THRESHOLD, 64 << 10);
    const auto given = options(words, {"--config"});
    if (!given) return 2;
    return run((*given)[0].empty() ? kDefaultConfig : (*given)[0]);
  }
  if (command == "enroll") return enroll(words);
  if (command == "check") {
    const SystemClock clock;
    checks::Environment environment;
    environment.probe_program = agent::find_probe_program();
    return agent::check_command(words, {std::cout, std::cerr, clock, lang_from_environment(), environment});
  }
  const auto near = did_you_mean(command, {"run", "enroll", "check", "version", "help"});
  std::cerr << render(near.empty() ? Message{"agent.cli.unknown", {{"word", command}}}
                                   : Message{"agent.cli.unknown_near", {{"word", command}, {"near", near}}},
                      lang_from_environment())
            << '\n';
  return usage(std::cerr, 2);
}
