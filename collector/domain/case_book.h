#pragma once
// The cases that are not over, keyed the ways the engine asks, and those over whose end is still to be told.
// Owned by the engine thread.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "collector/domain/case_state.h"
#include "collector/domain/contract.h"

namespace xj::domain {

struct CaseRef {
  std::string contract, number;
  auto operator<=>(const CaseRef&) const = default;
};

struct OpenCase {
  CaseState state;
  ContractPtr contract;  // the revision it is bound to
  std::optional<Timestamp> deadline;
};

class CaseBook {
 public:
  // A case as read back from the store; of those that are over only the number is remembered, and the case
  // for as long as what its end made owed to tell is open.
  void restore(CaseState state, ContractPtr contract, Timestamp now);
  // Applies one committed event. `contract` is the revision it is bound to: for detected and rebound the new
  // one. Drops the case when it is over and nobody is to be told of that any more.
  void apply(const Event& event, const ContractPtr& contract, Timestamp now);

  const OpenCase* find(const CaseRef& ref) const;       // not one that is over
  const OpenCase* find_held(const CaseRef& ref) const;  // one of either: what due() names
  // The living case of the kind in which the problem stands; null when in none. There is never more than one.
  const OpenCase* of_item(const std::string& contract, const ItemRef& item,
                          const std::string& case_kind) const;
  // The case a new problem of the system belongs to: the one being handled, else the latest that is watched,
  // else the latest that waits to be closed. Never one that a person opened and that has no problems of its
  // own; one that was split off only where there is no other.
  const OpenCase* of_system(const std::string& contract, const std::string& system,
                            const std::string& case_kind) const;
  // How many numbers of this stem were given out: the highest counter seen.
  int used(const std::string& contract, const std::string& pattern, const Zone& zone, Timestamp at) const;
  // The number of a case that begins now. Never held back for want of digits, nor by another kind's pattern
  // that once gave the same number: no problem stays without a case.
  std::string free_number(const Contract& contract, const CaseKind& kind, Timestamp now) const;
  bool knows(const CaseRef& ref) const { return numbers_.contains(ref); }  // also of those over
  void remember_number(const CaseRef& ref);

  std::vector<CaseRef> due(Timestamp now) const;  // deadline <= now
  // After a tick that said nothing: a deadline may be early, and would stand in the past for ever.
  void reschedule(const CaseRef& ref, Timestamp now);
  // Whatever its deadline, it is due now.
  void look_at(const CaseRef& ref, Timestamp now);
  std::optional<Timestamp> next_deadline() const;
  std::size_t size() const { return cases_.size(); }
  const std::map<CaseRef, OpenCase>& cases() const { return cases_; }  // not those over

 private:
  OpenCase* held(const CaseRef& ref);
  void put(const CaseRef& ref, OpenCase one, Timestamp now);
  void schedule(const CaseRef& ref, OpenCase& open, Timestamp now);
  void unschedule(const CaseRef& ref, OpenCase& open);
  std::map<CaseRef, OpenCase> cases_, ended_;
  std::set<std::pair<Timestamp, CaseRef>> deadlines_;
  std::set<CaseRef> numbers_;
};

}  // namespace xj::domain
