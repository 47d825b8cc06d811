#pragma once
// Records of deductions in state.db, append-only. On the thread that owns the Db; writes inside the caller's
// transaction.
#include <string_view>
#include <vector>

#include "collector/domain/deduction_record.h"
#include "core/io/db.h"

namespace xj::collector {

class MoneyStore {
 public:
  explicit MoneyStore(io::Db& db) : db_(db) {}

  void append(const domain::MoneyRecord& record);
  // In order. Throws Fault when a row cannot be read.
  std::vector<domain::MoneyRecord> records(std::string_view contract);

 private:
  io::Db& db_;
};

}  // namespace xj::collector
