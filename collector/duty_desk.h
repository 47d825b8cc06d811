#pragma once
// Obligations of the contracts in force, on the engine's thread: what was recorded, what is owed, and saying
// so before it is due and when it was missed. Each is said once, whatever restarts in between: what was said
// and its notifications are one commit.
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <variant>

#include "collector/domain/duty_record.h"
#include "collector/store/duty_records.h"
#include "core/io/db.h"

namespace xj::collector {

class DutyDesk {
 public:
  explicit DutyDesk(io::Db& db) : db_(db), store_(db) {}

  // All that is known of a contract's duties, its sheets among it.
  domain::DutyRecords known(const domain::Contract& contract);
  std::vector<domain::DutyRecord> records(std::string_view contract) { return store_.records(contract); }
  // Kept with the next number, or why not.
  std::variant<domain::DutyRecord, domain::Rejection> record(const domain::Contract& contract,
                                                             domain::DutyRecord draft, Timestamp now);
  // The contract with what people put on top of its rosters; itself where there is nothing.
  domain::ContractPtr with_duty(const domain::ContractPtr& contract);

  // `channels` by name; true: its messages need a mail address.
  // Says what is to be said by now; returns how many notifications it added. Cheap until the next deadline.
  // What was due before this database knew the contract, or more than 35 days ago, is not said.
  std::uint64_t tick(std::span<const domain::ContractPtr> contracts,
                     const std::map<std::string, bool>& channels, Timestamp now);
  // When the next tick that may say something comes.
  Timestamp next_look() const { return next_look_; }
  // The contracts changed: the next tick looks.
  void look_again() { next_look_ = Timestamp{}; }

 private:
  std::uint64_t look(const domain::Contract& contract, const std::map<std::string, bool>& channels,
                     Timestamp now);

  io::Db& db_;
  DutyStore store_;
  std::map<std::string, domain::ContractPtr> as_given_;  // by id, as with_duty() was given them
  Timestamp next_look_{}, looked_{};
};

}  // namespace xj::collector
