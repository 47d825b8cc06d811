#include "config/agent_config.h"

#include <algorithm>

#include "config/reader.h"

namespace xj::config {
namespace {

// https://host:port and nothing behind it: the agent adds the paths itself.
bool is_base_url(std::string_view url) {
  if (!url.starts_with("https://")) return false;
  url.remove_prefix(8);
  if (url.ends_with('/')) url.remove_suffix(1);
  return !url.empty() && url.find_first_of("/?# \t@") == std::string_view::npos;
}

void read_check(const Value& value, AgentConfig& config) {
  value.map([&](MapReader& m) {
    OwnCheck check;
    check.place = m.place();
    m["name"].required().id(check.name);
    m["kind"].required().id(check.kind);
    m["interval"].duration(check.interval, std::chrono::seconds{1}, std::chrono::hours{24});
    m["retry"].duration(check.retry, Duration{0}, std::chrono::hours{24});
    m["timeout"].duration(check.timeout, Duration{100}, std::chrono::hours{1});
    m["params"].params(check.params);
    if (check.name.empty()) return;
    const bool again = std::any_of(config.checks.begin(), config.checks.end(),
                                   [&](const OwnCheck& c) { return c.name == check.name; });
    if (again)
      m["name"].problem({"config.repeated", {{"name", m["name"].name()}, {"value", check.name}}});
    else
      config.checks.push_back(std::move(check));
  });
}

void read_allow(MapReader& m, AgentConfig& config) {
  if (std::vector<std::string> kinds; m["kinds"].texts(kinds)) config.allow.kinds = std::move(kinds);
  m["commands"].list([&](const Value& v) {
    std::string path;
    if (!v.text(path)) return;
    if (path.front() == '/' && path.find("/../") == std::string::npos)
      config.allow.commands.push_back(std::move(path));
    else
      v.wrong("config.accepts.absolute");
  });
}

void read_top_level(MapReader& top, AgentConfig& config) {
  top["collector"].required().map([&](MapReader& m) {
    if (const auto url = m["url"]; url.required().text(config.collector.url)) {
      if (!is_base_url(config.collector.url)) url.wrong("config.accepts.https_url");
      if (config.collector.url.ends_with('/')) config.collector.url.pop_back();
    }
    m["ca"].path(config.collector.ca_file);
    m["cert"].path(config.collector.cert_file);
    m["key"].path(config.collector.key_file);
    m["timeout"].duration(config.collector.timeout, std::chrono::seconds{1}, std::chrono::minutes{10});
    if (config.collector.cert_file.empty() != config.collector.key_file.empty())
      m.problem({"config.cert_and_key", {}});
  });
  top["state_dir"].path(config.state_dir);
  top["spool"].map([&](MapReader& m) {
    m["dir"].path(config.spool.dir);
    m["max_bytes"].bytes(config.spool.max_bytes, std::int64_t{16} << 20, std::int64_t{1} << 40);
    m["max_age"].duration(config.spool.max_age, std::chrono::minutes{10}, std::chrono::hours{24 * 366});
  });
  top["send"].map([&](MapReader& m) {
    m["every"].duration(config.send.every, Duration{100}, std::chrono::minutes{10});
    m["replay_rate"].integer(config.send.replay_rate, 1, 1'000'000);
  });
  top["allow"].map([&](MapReader& m) { read_allow(m, config); });
  if (const auto root = top["host_root"]; root.path(config.host_root)) {
    if (config.host_root.size() > 1 && config.host_root.ends_with('/')) config.host_root.pop_back();
  }
  top["probe"].path(config.probe);
  top["limits"].map([&](MapReader& m) {
    m["memory"].bytes(config.limits.memory, std::int64_t{16} << 20, std::int64_t{16} << 30);
    m["cpu"].percent(config.limits.cpu);
    m["workers"].integer(config.limits.workers, 1, 64);
  });
  top["checks"].list([&](const Value& v) { read_check(v, config); });
}

AgentConfig from_document(const Document& document, Problems& problems, std::set<std::string>* asked) {
  AgentConfig config;
  config.file = relative_to(document.file, document.file);
  ReadContext context{document.file, problems, asked};
  read_top(document, context, [&](MapReader& top) { read_top_level(top, config); });
  const auto in_state = [&](std::string& path, const char* name) {
    if (path.empty()) path = config.state_dir + name;
  };
  in_state(config.collector.ca_file, "/ca.pem");
  in_state(config.collector.cert_file, "/agent.pem");
  in_state(config.collector.key_file, "/agent.key");
  in_state(config.spool.dir, "/spool");
  return config;
}

}  // namespace

AgentConfig read_agent_config(std::string_view yaml, const std::string& file, Problems& problems,
                              std::set<std::string>* asked) {
  return from_document(parse_document(yaml, file, problems), problems, asked);
}

AgentConfig load_agent_config(const std::string& path, Problems& problems) {
  return from_document(load_document(path, problems), problems, nullptr);
}

}  // namespace xj::config
