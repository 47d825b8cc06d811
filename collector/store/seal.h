#pragma once
// A checksum of every 4 KiB of a state.db at rest, in `state.seal` beside it: SQLite keeps none of its pages.
// Written when a collector has stopped in good order, taken away before anything writes to state.db again.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/io/file.h"

namespace xj::collector {

inline constexpr std::uint64_t kSealBlock = 4'096;

struct Seal {
  std::uint64_t size = 0;  // of state.db
  std::vector<std::uint32_t> blocks;
  bool operator==(const Seal&) const = default;
};
std::string encode(const Seal& seal);
Seal decode_seal(std::string_view bytes);  // throws Fault

// The database is closed. Nothing is sealed while a write-ahead log stands beside it: its pages are older.
void seal_state(io::FileSystem& fs, const std::string& dir);
// Throws Fault when state.db is not as it was sealed.
void prove_state(io::FileSystem& fs, const std::string& dir);
// Takes the seal away, durably; whether there was one.
bool break_seal(io::FileSystem& fs, const std::string& dir);
// Both.
void unseal_state(io::FileSystem& fs, const std::string& dir);

// Offsets of the blocks that are not as they were sealed, the end among them when the size differs; nothing
// without a seal. Throws Fault when the seal itself is damaged.
std::optional<std::vector<std::uint64_t>> broken_seals(io::FileSystem& fs, const std::string& dir);

}  // namespace xj::collector
