#pragma once
// Records of duties in state.db, append-only, and what was said of obligations. On the thread that owns the
// Db; writes inside the caller's transaction.
#include <optional>
#include <string_view>
#include <vector>

#include "collector/domain/duty_record.h"
#include "core/io/db.h"

namespace xj::collector {

class DutyStore {
 public:
  explicit DutyStore(io::Db& db) : db_(db) {}

  void append(const domain::DutyRecord& record);
  // In order. Throws Fault when a row cannot be read.
  std::vector<domain::DutyRecord> records(std::string_view contract);
  // Sheets of rounds made at or after `since`; `proved` is when they were signed, absent while they are not.
  std::vector<domain::Sheet> sheets(std::string_view contract, Timestamp since);
  // Since when this database knows the contract, under any revision.
  std::optional<Timestamp> known_since(std::string_view contract);

  bool told(std::string_view contract, std::string_view name, std::string_view period, std::string_view what);
  // False when it was said before.
  bool tell(std::string_view contract, std::string_view name, std::string_view period, std::string_view what,
            Timestamp at);

 private:
  io::Db& db_;
};

}  // namespace xj::collector
