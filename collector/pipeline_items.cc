#include <algorithm>

#include "collector/pipeline.h"
#include "core/io/log.h"

// What a result says of each of its items: into history, and judged.
namespace xj::collector {

// Items by name are bounded for each agent, as nothing else that it may invent is. Of those that find no room
// the check itself tells: it is judged by the worst of them, until none is left. Null: there is room for all.
const Item* Pipeline::worst_without_room(const Taken& taken, AgentEntry& agent, const CheckEntry& check,
                                         const Result& result) {
  auto room = kMaxItemsRemembered - std::min(agent.items, kMaxItemsRemembered);
  if (result.items.size() <= room) return nullptr;
  const Item* worst = nullptr;
  std::uint64_t count = 0;
  for (const auto& item : result.items) {
    if (check.items.contains(item.key)) continue;
    if (room > 0) {
      --room;
      continue;
    }
    ++count;
    if (worst == nullptr || worse(item.state, worst->state) != worst->state) worst = &item;
  }
  if (worst != nullptr) tell_nameless(taken, agent, result, *worst, count);
  return worst;
}

void Pipeline::tell_nameless(const Taken& taken, AgentEntry& agent, const Result& result, const Item& worst,
                             std::uint64_t count) {
  figures_.nameless += count;
  const auto now = taken.received;
  if (agent.nameless_told <= now && now - agent.nameless_told < std::chrono::hours{1}) return;
  agent.nameless_told = now;
  log::warning(
      "agent {} has shown {} different items, as many as are kept by name: {} more of {}, \"{}\" among them, "
      "are judged as "
      "the check itself and have no history of their own; their names should not change",
      taken.agent, agent.items, count, result.check, worst.key);
}

void Pipeline::see_result(const Taken& taken, const Result& result, AgentEntry& agent, CheckEntry& check,
                          Scope scope) {
  bind(agent, check);
  const auto slot = result.slot + taken.shift;

  const auto keep = [&](ItemEntry& entry, const std::string& item, State state, const Message& msg,
                        const std::vector<Metric>& metrics) {
    if (!scope.history) return;
    if (entry.series == History::kNoHandle) entry.series = history_.handle(taken.agent, result.check, item);
    history_.add(entry.series, slot, state, msg, metrics);
  };
  const auto look = [&](ItemEntry& entry, const std::string& item, State state, const Message& msg,
                        const std::vector<Metric>& metrics) {
    if (scope.memory && check.terms->spec != nullptr)
      judge(taken, agent, check, entry, item, {slot, taken.received, taken.batch.lane, state, &msg, &metrics},
            scope);
  };

  static const std::string kSelf;
  keep(check.self, kSelf, result.state, result.msg, result.metrics);
  const auto* nameless = worst_without_room(taken, agent, check, result);
  if (result.items.empty()) {
    look(check.self, kSelf, result.state, result.msg, result.metrics);
  } else if (nameless != nullptr) {
    look(check.self, kSelf, nameless->state, result.msg.empty() ? nameless->msg : result.msg,
         nameless->metrics);
  } else if (check.self.memory.seen) {
    // It once failed as a whole, without items; now it ran, and its items speak for themselves.
    look(check.self, kSelf, State::ok, result.msg, result.metrics);
  }
  std::uint32_t first = 0;
  auto* place = &first;  // of the next item, likely
  for (const auto& item : result.items) {
    ItemEntry* entry = check.items.find(item.key, *place);
    if (entry == nullptr) {
      if (agent.items >= kMaxItemsRemembered) continue;
      ++agent.items;
      entry = &check.items.add(std::make_unique<NamedItem>(item.key));
    }
    place = &entry->behind;
    keep(*entry, item.key, item.state, item.msg, item.metrics);
    look(*entry, item.key, item.state, item.msg, item.metrics);
  }
}

void Pipeline::judge(const Taken& taken, const AgentEntry& agent, const CheckEntry& check, ItemEntry& entry,
                     const std::string& item, const domain::Observation& seen, Scope scope) {
  auto transition = domain::evaluate(entry.memory, seen, policy_for(agent, check, entry, seen.slot));
  if (!transition) return;
  const auto& terms = *check.terms;
  decide(terms.contract, {terms.system->id, terms.spec->id, taken.agent, item}, std::move(*transition),
         entry.memory.held, scope.cases);
}

}  // namespace xj::collector
