#pragma once
// Everything derived in state.db made a second time, beside what is stored and from nothing but the events
// and the kept contract revisions, and compared cell by cell. Only reads: a running collector goes on.
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "collector/domain/contract.h"
#include "core/io/db.h"

namespace xj::collector {

// A cell that comes out otherwise. In `key` a case is CONTRACT/NUMBER and its event CONTRACT/NUMBER#N.
struct Difference {
  std::string table, key, column;
  std::string stored, rebuilt;  // times as ISO 8601; "-" where there is nothing
};

struct RecomputeOptions {
  // A kept revision read back; null when it cannot be, or is not what its name says.
  std::function<domain::ContractPtr(const std::string& revision, const std::string& tree)> read_contract;
  std::function<void(std::size_t done, std::size_t total)> progress;  // cases; may be empty
};

struct Recomputed {
  std::size_t cases = 0, events = 0, documents = 0;
  std::size_t decisions = 0;    // due times and watch periods decided again
  std::size_t not_decided = 0;  // those whose edition of the holiday data is not at hand
  std::vector<Difference> differences;
};

// In one read transaction of `db`, which is at this program's version. The order is that of the tables:
// events, cases, contracts, documents, duty records, knowledge. Throws DbFault when the database cannot be
// read.
Recomputed recompute(io::Db& db, const RecomputeOptions& options);

}  // namespace xj::collector
