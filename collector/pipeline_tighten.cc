// Key periods that tighten checks. What an agent is held to is what it says it runs: until it does the
// tightened assignment, and as soon as that is no longer asked of it, the looser rules of the contract hold.
// Nobody is silent for not having heard of a change. All of it follows from journal and contracts.
#include <algorithm>

#include "collector/pipeline.h"
#include "core/io/log.h"

namespace xj::collector {

// From here on the assignments and rules of that instant hold. Costs nothing while they are the same.
void Pipeline::key_periods_at(Timestamp t) {
  if (tightenings_.holds(t)) return;
  const auto before = tightenings_.checks.size();
  tightenings_ = tightenings_at(contracts_, t);
  if (before == 0 && tightenings_.checks.empty()) return;
  ++generation_;
  for (auto& [unused, host] : hosts_) host.tight_limit = host.limit;
  for (const auto& [id, tighter] : tightenings_.checks) {
    const auto limit = domain::policy_of(tighter.spec).stale_after;
    for (const auto& name : tighter.spec.hosts)
      if (const auto host = hosts_.find(name); host != hosts_.end())
        host->second.tight_limit = std::min(host->second.tight_limit, limit);
  }
  log::info("key periods: {} checks are tightened from {} on", tightenings_.checks.size(), to_iso(t));
}

void Pipeline::look_what_runs(const std::string& name, AgentEntry& agent) {
  const bool tight = !tightenings_.checks.empty() && agent.config == assigned_revision(name, agent);
  if (tight == agent.tight) return;
  agent.tight = tight;
  for (auto& check : agent.checks) check.terms.reset();
}

const CheckTerms& Pipeline::bind(const AgentEntry& agent, CheckEntry& check) {
  if (check.terms != nullptr && check.terms->generation == generation_) return *check.terms;
  if (terms_generation_ != generation_) terms_.clear(), terms_generation_ = generation_;
  auto& shared = terms_[{check.id, agent.tight}];
  if (shared == nullptr) {
    const auto found = find_check(check.id, contracts_);
    CheckTerms terms{generation_, found.contract, found.system, found.check, {}};
    const auto tighter = agent.tight ? tightenings_.checks.find(check.id) : tightenings_.checks.end();
    if (tighter != tightenings_.checks.end())
      terms.policy = domain::policy_of(tighter->second.spec);
    else if (terms.spec != nullptr)
      terms.policy = domain::policy_of(*terms.spec);
    shared = std::make_shared<const CheckTerms>(std::move(terms));
  }
  check.terms = shared;
  return *check.terms;
}

// Slots from before the agent took the tightened assignment over came at the pace they were asked for then.
domain::EvalPolicy Pipeline::policy_for(const AgentEntry& agent, const CheckEntry& check,
                                        const ItemEntry& entry, Timestamp slot) {
  const bool older = std::min(slot, entry.memory.newest) < agent.config_since;
  return agent.tight && older ? domain::policy_of(*check.terms->spec) : check.terms->policy;
}

}  // namespace xj::collector
