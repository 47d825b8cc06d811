// What leans on what, as it stands now: whether what a check or host needs is failing, in which case that
// stands, and which cases say so. What is held back follows from the journal; what the cases say of it, from
// that and state.db, so it may be said late but never twice.
#include <algorithm>
#include <bit>

#include "collector/domain/draft.h"
#include "collector/domain/explain.h"
#include "collector/domain/maintenance.h"
#include "collector/pipeline.h"
#include "core/io/log.h"

namespace xj::collector {
namespace {

using domain::ItemRef;

bool beyond_warning(State state) { return state == State::critical || state == State::unknown; }

// A soft failure counts: what leans on it would else be judged first, by nothing but the phase of its grid.
bool is_failing(const domain::ItemMemory& memory) {
  if (!memory.seen) return false;
  const auto standing = memory.standing();
  return beyond_warning(memory.state) || (standing.problem && beyond_warning(standing.state));
}

// When it was first seen well again, from the results since its last change.
Timestamp well_since(const domain::ItemMemory& memory, Duration interval) {
  if (memory.changes == 0) return memory.since;
  return std::max(memory.since, memory.newest - std::countr_zero(memory.changes) * interval);
}

const domain::CheckSpec* spec_of(const domain::System& system, std::string_view check) {
  for (const auto& spec : system.checks)
    if (spec.id == check) return &spec;
  return nullptr;
}

}  // namespace

std::optional<domain::Footing> Pipeline::footing(const domain::Contract& contract,
                                                 const domain::Place& place) const {
  const auto found = memory_.agents.find(place.host);
  if (found == memory_.agents.end() || found->second.memory.heard == Timestamp{}) return std::nullopt;
  const auto& agent = found->second;
  const auto slash = place.check.find('/');
  const auto system = place.check.substr(0, slash);
  if (agent.memory.silent) return domain::Footing{true, {system, {}, place.host, {}}, agent.memory.heard};
  if (place.check.empty()) return domain::Footing{false, {{}, {}, place.host, {}}, agent.memory.back};

  const auto* check = agent.checks.find(contract.id + '/' + place.check);
  const auto* of = contract.system(system);
  if (check == nullptr || of == nullptr) return std::nullopt;
  const auto id = place.check.substr(slash + 1);
  const auto* spec = spec_of(*of, id);
  if (spec == nullptr) return std::nullopt;
  domain::Footing out{false, {system, id, place.host, {}}, agent.memory.back};
  bool seen = false, stands = false;
  const auto look = [&](const std::string& key, const domain::ItemMemory& memory) {
    if (!memory.seen) return;
    seen = true;
    if (!is_failing(memory)) {
      if (!out.failing) out.since = std::max(out.since, well_since(memory, spec->interval));
      return;
    }
    // Of several that which stands: a case may speak of it.
    const bool hard = memory.standing().problem;
    if (out.failing && (stands || !hard)) return;
    out.failing = true, stands = hard;
    out.item.item = key;
    out.since = memory.bad > 0 ? memory.bad_since : memory.since;
  };
  look({}, check->self.memory);
  for (const auto& item : check->items) look(item.key, item.memory);
  return seen ? std::optional(out) : std::nullopt;
}

domain::Footings Pipeline::footings(const domain::Contract& contract) const {
  if (contract.dependencies.empty()) return {};
  return [this, &contract](const domain::Place& place) { return footing(contract, place); };
}

const domain::OpenCase* Pipeline::case_of(const domain::Contract& contract, const ItemRef& item) const {
  const auto* kind = contract.kind_from_checks();
  if (kind == nullptr) return nullptr;
  if (const auto* open = book_.of_item(contract.id, item, kind->id); open != nullptr) return open;
  if (!item.check.empty()) return nullptr;
  // The silence of a host stands in a case of each of its systems: any of them tells.
  for (const auto& system : contract.systems)
    if (const auto* open = book_.of_item(contract.id, {system.id, {}, item.host, {}}, kind->id);
        open != nullptr)
      return open;
  return nullptr;
}

std::optional<Pipeline::HeldUnder> Pipeline::held_under(const domain::Contract& contract,
                                                        const ItemRef& item) const {
  const auto causes = domain::causes_of(contract, domain::place_of(item), footings(contract));
  for (auto cause : causes)
    if (const auto* open = case_of(contract, cause.item); open != nullptr) {
      // Of a silent host that case tells in whose system's words it knows it.
      for (const auto& problem : open->state.problems)
        if (!problem.cleared && cause.item.check.empty() && problem.item.check.empty() &&
            problem.item.host == cause.item.host)
          cause.item = problem.item;
      return HeldUnder{std::move(cause), open->state.number};
    }
  if (causes.empty()) return std::nullopt;
  return HeldUnder{causes.front(), {}};
}

Message Pipeline::why_held(const domain::Contract& contract, const ItemRef& item) const {
  if (const auto under = held_under(contract, item)) {
    const auto cause = domain::item_argument(under->cause.item, contract);
    if (under->number.empty()) return {"collector.held_for", {{"cause", cause}}};
    return {"collector.held_under", {{"cause", cause}, {"number", under->number}}};
  }
  if (!contract.dependencies.empty() &&
      domain::well_since(contract, domain::place_of(item), footings(contract)))
    return {"collector.held_until_seen", {}};
  return {"collector.held", {}};
}

const domain::ItemMemory* Pipeline::memory_of(const std::string& contract, const ItemRef& item) const {
  const auto agent = memory_.agents.find(item.host);
  if (agent == memory_.agents.end()) return nullptr;
  const auto* check = agent->second.checks.find(contract + '/' + item.system + '/' + item.check);
  if (check == nullptr) return nullptr;
  if (item.item.empty()) return &check->self.memory;
  const auto* found = check->items.find(item.item);
  return found == nullptr ? nullptr : &found->memory;
}

void Pipeline::note_held(const domain::Contract& contract, const ItemRef& item, bool held) {
  if (contract.dependencies.empty()) return;
  if (held)
    held_.emplace(contract.id, item);
  else
    held_.erase({contract.id, item});
}

void Pipeline::find_held() {
  held_.clear();
  if (std::all_of(contracts_.begin(), contracts_.end(),
                  [](const auto& c) { return c->dependencies.empty(); }))
    return;
  for (auto& [name, agent] : memory_.agents) {
    if (const auto host = hosts_.find(name); host != hosts_.end())
      for (const auto& [contract, system] : host->second.systems)
        if (agent.held.contains(contract->id + '/' + system))
          note_held(*contract, {system, {}, name, {}}, true);
    for (auto& check : agent.checks) {
      const auto& terms = bind(agent, check);
      if (terms.spec == nullptr) continue;
      const auto note = [&](const std::string& key, const ItemEntry& entry) {
        if (entry.memory.held)
          note_held(*terms.contract, {terms.system->id, terms.spec->id, name, key}, true);
      };
      note({}, check.self);
      for (const auto& item : check.items) note(item.key, item);
    }
  }
}

std::vector<domain::Event> Pipeline::dependents_of(const domain::OpenCase& open,
                                                   const domain::Contract& in_force,
                                                   const std::vector<std::pair<ItemRef, HeldUnder>>& held,
                                                   Timestamp now) const {
  const auto& state = open.state;
  std::optional<domain::Draft> draft;  // most cases need none
  const auto add = [&](domain::Payload payload, Timestamp at, Message why) {
    if (!draft) draft.emplace(state, *open.contract, now);
    draft->add(std::move(payload), at, "system:dependency", "tick", std::move(why));
  };
  const auto needs = [](const domain::Dependency& dependency) {
    return domain::title_argument(dependency.title, dependency.id);
  };

  for (const auto& [item, under] : held) {
    if (under.number != state.number || state.dependent(item) != nullptr) continue;
    const auto* memory = memory_of(in_force.id, item);
    const auto stands = item.check.empty() || memory == nullptr ? State::unknown : memory->standing().state;
    const auto since = memory == nullptr ? now : memory->since;
    add(domain::DependentHeld{item, stands, under.cause.item},
        std::clamp(since, std::min(state.at(1), now), now),
        {"collector.why.dependent", {{"needs", needs(*under.cause.dependency)}}});
  }
  for (const auto& dependent : state.dependents) {
    if (dependent.freed_n != 0) continue;
    const bool still = held_.contains({in_force.id, dependent.item});
    const auto under =
        std::find_if(held.begin(), held.end(), [&](const auto& one) { return one.first == dependent.item; });
    // Until its next result shows how it stands it is held under what it was held under.
    if (still &&
        (under == held.end() || under->second.number.empty() || under->second.number == state.number))
      continue;
    const auto* stands =
        still ? book_.find({state.contract, under->second.number}) : case_of(in_force, dependent.item);
    const auto to = stands == nullptr ? std::string{} : stands->state.number;
    add(domain::DependentFreed{dependent.item, to}, now,
        {to.empty() ? "collector.why.dependent_well" : "collector.why.dependent_said", {}});
  }
  if (!domain::is_handling(state.status)) return draft ? draft->take() : std::vector<domain::Event>{};

  // What failed here first, of what fails there: where it began no earlier than the last good look at that.
  for (const auto& problem : state.problems) {
    if (problem.cleared) continue;
    const auto under = held_under(in_force, problem.item);
    if (!under || under->number.empty() || under->number == state.number ||
        state.found_cause(problem.item, under->number))
      continue;
    const auto* other = book_.find({state.contract, under->number});
    const auto* cause = other == nullptr ? nullptr : other->state.problem(under->cause.item);
    if (cause == nullptr || cause->cleared) continue;
    const auto* system = in_force.system(cause->item.system);
    const auto* spec = system == nullptr ? nullptr : spec_of(*system, cause->item.check);
    const auto slack = spec == nullptr ? Duration{0} : spec->interval;
    if (problem.evidence.since <= cause->evidence.since - slack) continue;
    add(domain::CauseFound{problem.item, under->cause.item, under->number}, now,
        {"collector.why.cause_found", {{"needs", needs(*under->cause.dependency)}}});
  }
  return draft ? draft->take() : std::vector<domain::Event>{};
}

void Pipeline::review_dependents(Timestamp now) {
  std::vector<std::pair<domain::CaseRef, std::vector<domain::Event>>> said;
  for (const auto& in_force : contracts_) {
    if (in_force->dependencies.empty()) continue;
    std::vector<std::pair<ItemRef, HeldUnder>> held;
    for (auto it = held_.lower_bound({in_force->id, {}}); it != held_.end() && it->first == in_force->id;
         ++it)
      if (auto under = held_under(*in_force, it->second)) held.emplace_back(it->second, std::move(*under));
    for (auto it = book_.cases().lower_bound({in_force->id, {}});
         it != book_.cases().end() && it->first.contract == in_force->id; ++it)
      if (auto events = dependents_of(it->second, *in_force, held, now); !events.empty())
        said.emplace_back(it->first, std::move(events));
  }
  if (said.empty()) return;
  book_damaged_ = true;
  io::Transaction transaction(db_);
  for (const auto& [ref, events] : said) {
    const auto* open = book_.find(ref);
    commit(events, open->contract, open->state, now);
  }
  transaction.commit();
  book_damaged_ = false;
}

}  // namespace xj::collector
