#pragma once
// What the agent's own file lets the collector have run. Pure.
#include "config/agent_config.h"
#include "core/text.h"
#include "core/wire.h"

namespace xj::agent {

// Why this assigned check must not run here; empty: it may. The kind "command" needs its program named in
// allow.commands even when all kinds are allowed: a file that says nothing lets nobody start programs.
Message refusal(const config::AgentConfig::Allow& allow, const wire::AssignedCheck& check);

}  // namespace xj::agent
