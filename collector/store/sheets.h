#pragma once
// Sheets of rounds in state.db: their events, append-only, one derived row each for lists, and what was
// frozen with a step. On the thread that owns the Db; writes inside the caller's transaction.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/domain/sheet.h"
#include "core/io/db.h"
#include "core/time.h"

namespace xj::collector {

// Derived from the document and the events; may be dropped and made again.
struct SheetRow {
  std::string contract, number, round;
  Timestamp made;
  std::string state = "draft";  // domain::to_text(SheetStatus)
  std::int64_t manual = 0, unfilled = 0;
  std::string parts;  // signed so far: "inspector,recorder"
  std::optional<Timestamp> signed_at;
  std::uint32_t last_n = 0;
  bool operator==(const SheetRow&) const = default;
};
// The one way to a row: of every write, and of the recomputation that proves it.
SheetRow row_of(const domain::SheetBase& base, const domain::SheetState& state);

// A document as it was frozen with event n.
struct FrozenSheet {
  std::string contract, number;
  std::uint32_t n = 0;
  std::string state;
  Timestamp frozen;
  std::string facts;  // canonical JSON
  std::string hash;   // SHA-256 of `facts`, hex
};

struct SheetFilter {
  std::string contract;  // empty: all
  bool open_only = false;
  std::size_t limit = 100;
};

class Sheets {
 public:
  explicit Sheets(io::Db& db) : db_(db) {}

  void put(const SheetRow& row);  // of a sheet that was just made
  void append(const domain::SheetEvent& event, const SheetRow& after);
  void freeze(const FrozenSheet& frozen);

  // In order. Throws Fault when a row cannot be read.
  std::vector<domain::SheetEvent> events(std::string_view contract, std::string_view number);
  // Whom an open sheet of a list waits for: without reading what it says.
  struct Named {
    std::string inspector, recorder;  // as printed
    std::string submitted;            // actor of the last submission
  };
  Named named(std::string_view contract, std::string_view number);
  std::vector<SheetRow> list(const SheetFilter& filter);                                // newest first
  std::vector<FrozenSheet> frozen(std::string_view contract, std::string_view number);  // without facts
  std::optional<FrozenSheet> frozen(std::string_view contract, std::string_view number, std::uint32_t n);

 private:
  io::Db& db_;
};

}  // namespace xj::collector
