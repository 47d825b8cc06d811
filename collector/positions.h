#pragma once
// How far each part of a collector's folder is. They belong together, and a start is refused when they do
// not.
#include <cstdint>
#include <optional>
#include <string>

#include "core/io/db.h"

namespace xj::collector {

struct Positions {
  std::optional<std::uint64_t> state;  // of state.db; none: a new one
  std::optional<std::uint64_t> seen;   // the newest snapshot that state.db knows of; none: it does not say
  std::uint64_t snapshot = 0;
  std::uint64_t history = 0;
  std::uint64_t journal_first = 0, journal_last = 0;  // 0: no record
  // The first record that a start reads again.
  std::uint64_t replay_from() const { return (snapshot < history ? snapshot : history) + 1; }
};

// What state.db says: `state` and `seen`. Of a database of any version.
Positions positions_in(io::Db& db);

// Throws Fault, with words for the operator, when they are not of one folder at one time.
void require_fit(const std::string& dir, const Positions& positions);

}  // namespace xj::collector
