#include "collector/domain/case_book.h"

#include <algorithm>
#include <tuple>

#include "collector/domain/numbering.h"
#include "collector/domain/telling.h"
#include "collector/domain/tick.h"
#include "core/fault.h"

namespace xj::domain {
namespace {

int nearness(Status s) { return is_handling(s) ? 2 : s == Status::watching ? 1 : 0; }

// Nearer ones are greater; of two alike the later.
std::tuple<int, bool, Timestamp> rank(const CaseState& s) {
  return {nearness(s.status), s.from.empty(), s.marks.front().known};
}

}  // namespace

void CaseBook::restore(CaseState state, ContractPtr contract, Timestamp now) {
  const CaseRef ref{state.contract, state.number};
  remember_number(ref);
  put(ref, {std::move(state), std::move(contract), std::nullopt}, now);
}

// Where it belongs by its status, and nowhere else.
void CaseBook::put(const CaseRef& ref, OpenCase one, Timestamp now) {
  if (auto* before = held(ref)) {
    unschedule(ref, *before);
    cases_.erase(ref), ended_.erase(ref);
  }
  if (one.state.status == Status::none) return;
  const bool over = is_over(one.state.status);
  if (over && !owes_behind_end(one.state, *one.contract)) return;
  auto& kept = (over ? ended_ : cases_)[ref];
  kept = std::move(one);
  schedule(ref, kept, now);
}

void CaseBook::apply(const Event& event, const ContractPtr& contract, Timestamp now) {
  const CaseRef ref{event.contract, event.number};
  const auto* before = held(ref);
  // A case that is over takes notes and amendments; where it is not held nothing asks for it any more.
  if (before == nullptr && !begins(event.kind()) && numbers_.contains(ref)) return;
  auto state = before == nullptr ? CaseState{} : before->state;
  domain::apply(state, event);  // throws when it neither begins a case nor follows
  restore(std::move(state), contract, now);
}

const OpenCase* CaseBook::find(const CaseRef& ref) const {
  const auto it = cases_.find(ref);
  return it == cases_.end() ? nullptr : &it->second;
}

OpenCase* CaseBook::held(const CaseRef& ref) {
  if (const auto it = cases_.find(ref); it != cases_.end()) return &it->second;
  const auto it = ended_.find(ref);
  return it == ended_.end() ? nullptr : &it->second;
}

const OpenCase* CaseBook::find_held(const CaseRef& ref) const {
  if (const auto* open = find(ref)) return open;
  const auto it = ended_.find(ref);
  return it == ended_.end() ? nullptr : &it->second;
}

const OpenCase* CaseBook::of_item(const std::string& contract, const ItemRef& item,
                                  const std::string& case_kind) const {
  for (auto it = cases_.lower_bound({contract, {}}); it != cases_.end() && it->first.contract == contract;
       ++it) {
    const auto& s = it->second.state;
    if (s.case_kind != case_kind) continue;
    if (const auto* problem = s.problem(item); problem != nullptr && !problem->cleared) return &it->second;
  }
  return nullptr;
}

const OpenCase* CaseBook::of_system(const std::string& contract, const std::string& system,
                                    const std::string& case_kind) const {
  const OpenCase* best = nullptr;
  for (auto it = cases_.lower_bound({contract, {}}); it != cases_.end() && it->first.contract == contract;
       ++it) {
    const auto& s = it->second.state;
    if (s.system != system || s.case_kind != case_kind || s.problems.empty()) continue;
    if (best == nullptr || rank(s) >= rank(best->state)) best = &it->second;
  }
  return best;
}

int CaseBook::used(const std::string& contract, const std::string& pattern, const Zone& zone,
                   Timestamp at) const {
  int most = 0;
  const auto prefix = number_prefix(pattern, zone, at);
  for (auto it = numbers_.lower_bound({contract, prefix});
       it != numbers_.end() && it->contract == contract && it->number.starts_with(prefix); ++it)
    most = std::max(most, counter_of(pattern, zone, at, it->number));
  return most;
}

std::string CaseBook::free_number(const Contract& contract, const CaseKind& kind, Timestamp now) const {
  // By the day it became known, so that numbers never go back.
  int so_far = used(contract.id, kind.number, contract.zone, now);
  auto number = next_number_going_on(kind.number, contract.zone, now, so_far);
  while (knows({contract.id, number}))
    number = next_number_going_on(kind.number, contract.zone, now, ++so_far);
  return number;
}

void CaseBook::remember_number(const CaseRef& ref) { numbers_.insert(ref); }

std::vector<CaseRef> CaseBook::due(Timestamp now) const {
  std::vector<CaseRef> out;
  for (const auto& [deadline, ref] : deadlines_) {
    if (deadline > now) break;
    out.push_back(ref);
  }
  return out;
}

std::optional<Timestamp> CaseBook::next_deadline() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

void CaseBook::reschedule(const CaseRef& ref, Timestamp now) {
  auto* one = held(ref);
  if (one == nullptr) return;
  unschedule(ref, *one);
  schedule(ref, *one, now);
}

void CaseBook::look_at(const CaseRef& ref, Timestamp now) {
  auto* one = held(ref);
  if (one == nullptr) return;
  unschedule(ref, *one);
  one->deadline = now;
  deadlines_.emplace(now, ref);
}

void CaseBook::schedule(const CaseRef& ref, OpenCase& open, Timestamp now) {
  open.deadline = domain::next_deadline(open.state, *open.contract, now);
  if (open.deadline) deadlines_.emplace(*open.deadline, ref);
}

void CaseBook::unschedule(const CaseRef& ref, OpenCase& open) {
  if (open.deadline) deadlines_.erase({*open.deadline, ref});
  open.deadline.reset();
}

}  // namespace xj::domain
