// What is held back, by maintenance windows and for the sake of what it needs, and what is said when that
// ends. Whether a problem is held back follows from the journal alone, as its state does; only what changes
// its standing comes here, no steady result.
#include <algorithm>

#include "collector/domain/suppress.h"
#include "collector/ingest/result_bytes.h"
#include "collector/pipeline.h"

namespace xj::collector {
namespace {

// The message and figures of the newest result, where it is one of the problem.
void take_words(domain::Transition& t, const std::string& latest, const std::string& item) {
  if (latest.empty()) return;
  ByteReader in(latest);
  const auto result = read_result(in);
  if (item.empty()) {
    if (result.state == State::ok) return;
    t.message = result.msg, t.evidence.metrics = result.metrics;
    return;
  }
  for (const auto& one : result.items)
    if (one.key == item && one.state != State::ok) t.message = one.msg, t.evidence.metrics = one.metrics;
}

}  // namespace

void Pipeline::decide(const domain::ContractPtr& contract, domain::ItemRef item,
                      domain::Transition transition, bool& held, bool cases) {
  held = domain::held_back(*contract, item, transition, held, footings(*contract));
  note_held(*contract, item, held);
  if (!held && cases) pending_.push_back({contract, std::move(item), std::move(transition)});
}

void Pipeline::transition_of_agent(const std::string& agent, const domain::Transition& transition,
                                   bool cases) {
  auto& held = memory_.agents[agent].held;
  if (const auto it = hosts_.find(agent); it != hosts_.end())
    for (const auto& [contract, system] : it->second.systems) {
      const auto key = contract->id + '/' + system;
      bool is_held = held.contains(key);
      decide(contract, {system, {}, agent, {}}, transition, is_held, cases);
      if (is_held)
        held.insert(key);
      else
        held.erase(key);
    }
  if (!transition.after.problem) held.clear();
}

// The silence of a host, said for each of its systems whose window is over.
std::size_t Pipeline::end_maintenance(const std::string& agent, AgentEntry& entry, Duration limit,
                                      Timestamp now, Timestamp listening_since, bool cases) {
  std::size_t said = 0;
  const auto host = hosts_.find(agent);
  if (host == hosts_.end()) return said;
  for (const auto& [contract, system] : host->second.systems) {
    const auto key = contract->id + '/' + system;
    if (!entry.held.contains(key)) continue;
    domain::ItemRef item{system, {}, agent, {}};
    auto announced = domain::announced(*contract, item, entry.memory.heard, now, footings(*contract));
    if (!announced) continue;
    // Who was not listening when it ended lets the host speak first; so does who just became reachable again.
    const auto patience = std::max(listening_since, announced->mended ? announced->at : Timestamp{}) + limit;
    if ((announced->mended || announced->at < listening_since) && now <= patience) continue;
    entry.held.erase(key);
    note_held(*contract, item, false);
    ++said;
    if (!cases) continue;
    domain::Transition t;
    t.after = {true, State::unknown, false, true};
    t.at = announced->at, t.known = now;
    t.message = {"domain.agent_silent", {{"limit", xj::to_text(limit)}}};
    t.reason = std::move(announced->reason);
    t.evidence.since = entry.memory.heard;
    pending_.push_back({contract, std::move(item), std::move(t)});
  }
  return said;
}

bool Pipeline::end_maintenance(const std::string& agent, const domain::AgentMemory& of_agent,
                               const CheckEntry& check, ItemEntry& entry, const std::string& item,
                               Timestamp now, Timestamp listening_since, bool cases) {
  auto& memory = entry.memory;
  const auto& terms = *check.terms;
  domain::ItemRef ref{terms.system->id, terms.spec->id, agent, item};
  const auto since = memory.bad > 0 ? std::min(memory.bad_since, memory.since) : memory.since;
  auto announced = domain::announced(*terms.contract, ref, since, now, footings(*terms.contract));
  if (!announced) return false;
  // Who was not listening when it ended, or did not hear the host, lets the check speak first.
  auto hearing = std::max(listening_since, of_agent.back);
  bool spoke = memory.newest >= announced->at || memory.silent;
  if (announced->mended) {
    hearing = std::max(hearing, announced->at);
    spoke = memory.newest > announced->at && !memory.silent;
  }
  if ((announced->mended || announced->at < hearing) && !spoke && now <= hearing + terms.policy.stale_after)
    return false;
  memory.held = false;
  note_held(*terms.contract, ref, false);
  if (!cases) return true;
  domain::Transition t;
  t.after = memory.standing();
  t.at = announced->at, t.known = now;
  t.reason = std::move(announced->reason);
  t.evidence.since = since, t.evidence.attempts = memory.bad;
  if (memory.silent)
    t.message = {"domain.no_data", {{"limit", xj::to_text(terms.policy.stale_after)}}};
  else
    take_words(t, check.latest, item);
  if (t.message.empty())
    t.message = {"domain.saw", {{"state", "@core.state." + std::string(to_text(t.after.state))}}};
  pending_.push_back({terms.contract, std::move(ref), std::move(t)});
  return true;
}

}  // namespace xj::collector
