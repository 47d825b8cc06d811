// What others may see of the state; nothing here changes it.
#include <algorithm>

#include "collector/ingest/result_bytes.h"
#include "collector/pipeline.h"
#include "core/io/log.h"

namespace xj::collector {

domain::ContractPtr Pipeline::contract(std::string_view id) const {
  const auto it =
      std::find_if(contracts_.begin(), contracts_.end(), [&](const auto& c) { return c->id == id; });
  return it == contracts_.end() ? nullptr : *it;
}

domain::ContractPtr Pipeline::contract(const std::string& id, const std::string& revision) {
  auto in_force = contract(id);
  if (in_force != nullptr && in_force->revision == revision) return in_force;
  const auto [it, fresh] = old_contracts_.try_emplace({id, revision});
  if (fresh) {
    if (const auto tree = cases_.contract_body(id, revision); tree && options_.read_contract)
      it->second = options_.read_contract(*tree);
    if (it->second == nullptr)
      log::warning("contract {}: revision {} cannot be read back", id, revision.substr(0, 12));
  }
  return it->second != nullptr ? it->second : in_force;
}

wire::Assignment Pipeline::assignment(const std::string& agent) const {
  return assignment_for(agent, contracts_, tightenings_);
}

namespace {
constexpr Duration kClocksApart{2'000};  // slots are not moved for less

AgentView agent_view(const std::string& name, const AgentEntry& entry) {
  return {name,         entry.memory.heard,  entry.memory.silent, entry.offset, entry.shift,
          entry.config, entry.checks.size(), entry.conflicts,     entry.future};
}
}  // namespace

std::vector<AgentView> Pipeline::agents() const {
  std::vector<AgentView> out;
  out.reserve(memory_.agents.size());
  for (const auto& [name, entry] : memory_.agents) out.push_back(agent_view(name, entry));
  return out;
}

std::optional<AgentView> Pipeline::agent(std::string_view name) const {
  const auto it = memory_.agents.find(name);
  if (it == memory_.agents.end()) return std::nullopt;
  return agent_view(it->first, it->second);
}

std::vector<std::string> Pipeline::shared_certificates(Timestamp now) const {
  std::vector<std::string> out;
  for (const auto& [name, entry] : memory_.agents)
    if (entry.turns.several(now)) out.push_back(name);
  return out;
}

bool Pipeline::arrived(const std::string& agent, const std::string& check, Timestamp asked) {
  const auto of_agent = memory_.agents.find(agent);
  if (of_agent == memory_.agents.end()) return false;
  auto* entry = of_agent->second.checks.find(check);
  if (entry == nullptr || entry->latest.empty()) return false;
  const auto* spec = bind(of_agent->second, *entry).spec;
  const auto under_way = (spec == nullptr ? Duration{0} : spec->timeout) + kClocksApart;
  return entry->received >= asked && entry->latest_slot >= asked - under_way;
}

CheckView Pipeline::view_of(const std::string& agent, CheckEntry& check) {
  const auto& of_agent = memory_.agents[agent];
  const auto& terms = bind(of_agent, check);
  CheckView view;
  view.agent = agent;
  view.check = check.id;
  view.contract = terms.contract;
  view.system = terms.system;
  view.spec = terms.spec;
  if (const auto tighter = tightenings_.checks.find(check.id); tighter != tightenings_.checks.end())
    view.tightened = tighter->second, view.runs_tightened = of_agent.tight;
  view.received = check.received;
  ByteReader in(check.latest);
  view.latest = read_result(in);
  view.latest.check = check.id;
  if (terms.spec != nullptr) {
    const auto add = [&](const std::string& key, const domain::ItemMemory& memory) {
      if (!memory.seen) return;
      view.items.push_back({key, memory.standing(), memory.state, memory.since, memory.held, {}});
      if (memory.held)
        view.items.back().why = why_held(*terms.contract, {terms.system->id, terms.spec->id, agent, key});
    };
    add({}, check.self.memory);
    for (const auto& item : check.items) add(item.key, item.memory);
  }
  return view;
}

std::vector<CheckView> Pipeline::checks(std::string_view agent) {
  std::vector<CheckView> out;
  for (auto& [name, entry] : memory_.agents) {
    if (!agent.empty() && agent != name) continue;
    for (auto& check : entry.checks)
      if (!check.latest.empty()) out.push_back(view_of(name, check));
  }
  return out;
}

std::optional<CheckView> Pipeline::check(std::string_view agent, std::string_view id) {
  const auto of_agent = memory_.agents.find(agent);
  if (of_agent == memory_.agents.end()) return std::nullopt;
  auto* entry = of_agent->second.checks.find(id);
  if (entry == nullptr || entry->latest.empty()) return std::nullopt;
  return view_of(of_agent->first, *entry);
}

std::optional<Pipeline::CaseView> Pipeline::find_case(const domain::CaseRef& which) {
  CaseView view;
  view.events = cases_.events(which.contract, which.number);
  if (view.events.empty()) return std::nullopt;
  view.state = domain::fold(view.events);
  view.contract = contract(view.state.contract, view.state.revision);
  if (view.contract == nullptr) return std::nullopt;
  return view;
}

PipelineFigures Pipeline::figures() const {
  auto figures = figures_;
  figures.journal_position = memory_.position;
  figures.unsettled = pending_.size();
  figures.snapshot_position = snapshot_position_;
  if (journal_ != nullptr) figures.journal_bytes = journal_->bytes();
  return figures;
}

}  // namespace xj::collector
