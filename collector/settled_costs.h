#pragma once
// What deductions follow from cases that are over, as far as no later time changes it: without it every list
// of deductions would read and fold each case there ever was.
#include <map>
#include <vector>

#include "collector/domain/deduction.h"

namespace xj::collector {

class SettledCosts {
 public:
  // Null when the case is not kept, or has had another event since.
  const std::vector<domain::Occasion>* find(const domain::CaseRef& which, std::uint64_t last_n) const {
    const auto it = kept_.find(which);
    return it != kept_.end() && it->second.last_n == last_n ? &it->second.occasions : nullptr;
  }
  void keep(domain::CaseRef which, std::uint64_t last_n, std::vector<domain::Occasion> occasions) {
    kept_.insert_or_assign(std::move(which), Kept{last_n, std::move(occasions)});
  }
  // Contracts were read anew, calendars with them: a due time may be another one now.
  void clear() { kept_.clear(); }
  std::size_t size() const { return kept_.size(); }

 private:
  struct Kept {
    std::uint64_t last_n;
    std::vector<domain::Occasion> occasions;
  };
  std::map<domain::CaseRef, Kept> kept_;
};

}  // namespace xj::collector
