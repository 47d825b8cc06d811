#pragma once
// Cases in state.db: their events, append-only, and one derived row each for lists. On the thread that owns
// the Db; writes inside the caller's transaction.
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/domain/case_book.h"
#include "collector/domain/case_state.h"
#include "collector/domain/events.h"
#include "core/io/db.h"

namespace xj::collector {

// Derived from the events; may be dropped and made again.
struct CaseRow {
  std::string contract, number, kind, system;
  std::string status;  // domain::to_text(Status)
  std::string grade;
  int run = 1;
  Timestamp opened;
  std::uint32_t last_n = 0;
  Timestamp last_at;
  bool over = false;
  bool owes = false;  // over, and its end is still to be told or to be said untold
};
// The one way from a case to its row: of every write, and of the recomputation that proves it. The contract
// is the revision it is bound to; where that is not known, nothing is owed.
CaseRow row_of(const domain::CaseState& state, const domain::Contract* contract);

struct CaseFilter {
  std::string contract;  // empty: all
  std::string kind;      // empty: all
  std::string system;    // empty: all
  bool open_only = false;
  std::size_t limit = 200;
};

class Cases {
 public:
  explicit Cases(io::Db& db) : db_(db) {}

  // `after` is the case with the event applied, `contract` the revision it is then bound to.
  void append(const domain::Event& event, const domain::CaseState& after,
              const domain::Contract* contract = nullptr);

  // In order; empty when there is no such case. Throws Fault when a row cannot be read.
  std::vector<domain::Event> events(std::string_view contract, std::string_view number);
  std::vector<CaseRow> list(const CaseFilter& filter);  // newest first
  std::vector<domain::CaseRef> numbers();               // of all cases ever
  std::vector<domain::CaseRef> held();                  // those that are not over, and those over that owe
  // Makes all derived rows again from the events; returns how many cases there are.
  using ContractOf = std::function<domain::ContractPtr(const domain::CaseState&)>;
  std::size_t rebuild(const ContractOf& contract_of);

  // Contract revisions as written, so that a case can be read under the one it is bound to.
  void keep_contract(std::string_view id, std::string_view revision, Timestamp holds_from,
                     std::string_view body);
  std::optional<std::string> contract_body(std::string_view id, std::string_view revision);

  // Up to which journal record the database holds all effects; as `kSnapshot` the newest snapshot that was
  // written beside it. Nothing: no collector ever started on this database, or wrote one that says so.
  static constexpr std::string_view kJournal = "journal", kSnapshot = "snapshot";
  std::optional<std::uint64_t> position(std::string_view stream = kJournal);
  void set_position(std::uint64_t number, std::string_view stream = kJournal);

  void put_row(const CaseRow& row);

 private:
  io::Db& db_;
};

}  // namespace xj::collector
