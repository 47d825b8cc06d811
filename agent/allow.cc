#include "agent/allow.h"

#include <algorithm>

namespace xj::agent {

Message refusal(const config::AgentConfig::Allow& allow, const wire::AssignedCheck& check) {
  // Only the agent's own file gives such names; else a remote check could pass for one of this host's own.
  if (check.id.starts_with("local/")) return {"agent.refused.id", {{"id", check.id}}};
  if (allow.kinds && std::find(allow.kinds->begin(), allow.kinds->end(), check.kind) == allow.kinds->end())
    return {"agent.refused.kind", {{"kind", check.kind}}};
  if (check.kind != "command") return {};
  const auto argv = check.params.find("argv");
  const std::string program =
      argv == check.params.end() || argv->second.texts.empty() ? std::string() : argv->second.texts.front();
  const bool plain = program.starts_with('/') && program.find("/../") == std::string::npos &&
                     program.find("/./") == std::string::npos && program.find("//") == std::string::npos &&
                     !program.ends_with("/..") && !program.ends_with('/') &&
                     program.find('\0') == std::string::npos;
  const bool named =
      plain && std::any_of(allow.commands.begin(), allow.commands.end(), [&](const std::string& one) {
        if (!one.ends_with('/')) return program == one;
        // A folder means the programs in it, not in folders below.
        return program.starts_with(one) && program.find('/', one.size()) == std::string::npos;
      });
  if (named) return {};
  return {"agent.refused.command", {{"program", program.empty() ? "-" : program}}};
}

}  // namespace xj::agent
