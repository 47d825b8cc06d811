#pragma once
// Between routing and outbox: which notices the storm brake holds, and what is sent in their stead. All of it
// stands in state.db, so that no restart loses or repeats anything. On the engine thread.
//
// A storm is one of a contract, a person and a channel. It begins with the first notice that is held, and
// ends at the first look, one each `summary`, behind which no more than `more_than` notices came within
// `within`.
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "collector/domain/contract.h"
#include "collector/domain/storm.h"
#include "collector/store/outbox.h"
#include "core/io/db.h"

namespace xj::collector {

struct Storm {
  std::string contract, person, channel;
  Timestamp began;
  Timestamp next;                  // of one that lasts: when it is looked at
  std::optional<Timestamp> ended;  // none: it lasts
  std::int64_t summaries = 0;      // that were sent
  std::int64_t held = 0;           // notices that these say
};

class StormDesk {
 public:
  StormDesk(io::Db& db, Outbox& outbox);

  // Adds a row about a case of the contract, to be sent or, in a storm, held. `counts`: the brake is about
  // such rows; `must_go`: it counts, and is never held. In the transaction of its event. True when it waits
  // to be sent; false also when its key is known already.
  bool add(const std::string& contract, OutboxRow row, bool counts, bool must_go, const domain::Brake& brake,
           Timestamp now);
  // The next look at a storm.
  std::optional<Timestamp> next() const { return next_; }
  // Says what was held where it is time to, each storm in a transaction of its own; how many messages. A
  // contract that is gone, or brakes no more, is said at once. `cases` says how one of its cases stands, and
  // is asked once of each that a message names.
  using Cases = std::function<domain::CaseNow(const std::string& contract, const std::string& number)>;
  std::uint64_t tick(std::span<const domain::ContractPtr> contracts, const Cases& cases, Timestamp now);

  std::vector<Storm> lasting();
  std::vector<Storm> recent(int limit);  // newest first, also those over

 private:
  std::vector<Storm> read(const std::string& where);
  bool holds(const std::string& contract, const OutboxRow& row, const domain::Brake& brake, Timestamp now);
  bool look(const Storm& storm, const domain::Contract* contract, const Cases& cases, Timestamp now);
  void find_next();

  io::Db& db_;
  Outbox& outbox_;
  // May be too early, after a transaction that failed; never too late.
  std::optional<Timestamp> next_;
};

}  // namespace xj::collector
