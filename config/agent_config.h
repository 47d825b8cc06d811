#pragma once
// The agent's own file: who it is, what it may be told to run, what it runs anyway. docs/configuration.md.
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/fault.h"
#include "core/params.h"
#include "core/time.h"

namespace xj::config {

// A check of this file; its id on the wire is "local/<name>".
struct OwnCheck {
  std::string name;
  std::string kind;
  Duration interval{60'000};
  Duration retry{0};  // while not ok; zero: interval
  Duration timeout{10'000};
  ParamMap params;
  Place place;
};

struct AgentConfig {
  std::string file;  // absolute path of what was read
  struct Collector {
    std::string url;                           // https://host:port, without a path
    std::string ca_file, cert_file, key_file;  // default: ca.pem, agent.pem, agent.key in state_dir
    Duration timeout{30'000};                  // of one request
  } collector;
  std::string state_dir = "/var/lib/xunjian-agent";
  struct Spool {
    std::string dir;  // state_dir/spool
    std::int64_t max_bytes = std::int64_t{256} << 20;
    Duration max_age = std::chrono::hours{24 * 7};
  } spool;
  struct Send {
    Duration every{5'000};    // live results wait at most this long for company
    int replay_rate = 2'000;  // results a second from the backlog at most
  } send;
  struct Allow {
    std::optional<std::vector<std::string>> kinds;  // check kinds the collector may assign; absent: all
    std::vector<std::string>
        commands;  // programs the kind "command" may run: absolute paths, or a folder ending in "/"
  } allow;
  std::string host_root = "/";  // where /proc, /sys and mounts are looked for; absolute
  std::string probe;            // path of xunjian-agent-probe; empty: beside the agent's own binary
  struct Limits {
    std::int64_t memory = std::int64_t{96} << 20;  // resident bytes of the agent; above it throttles itself
    double cpu = 10;                               // percent of one processor, over a minute
    int workers = 4;                               // probe processes at once
  } limits;
  std::vector<OwnCheck> checks;
};

// Everything wrong is in `problems`; the value is to be used only when it has no errors. `asked` collects the
// names of all keys (tests of the documentation).
AgentConfig read_agent_config(std::string_view yaml, const std::string& file, Problems& problems,
                              std::set<std::string>* asked = nullptr);
AgentConfig load_agent_config(const std::string& path, Problems& problems);

}  // namespace xj::config
