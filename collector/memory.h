#pragma once
// What the engine remembers of agents and checks between results. All of it follows from the journal; a
// snapshot saves the way there. Owned by the engine thread.
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>

#include "collector/domain/contract.h"
#include "collector/domain/evaluate.h"
#include "collector/history/history.h"
#include "collector/ingest/accepted.h"
#include "collector/ingest/epoch_turns.h"
#include "collector/sorted_entries.h"
#include "core/io/file.h"
#include "core/result.h"

namespace xj::collector {

inline constexpr std::size_t kMaxChecksRemembered =
    4'096;  // of an agent, before its own file may add no more
inline constexpr std::size_t kMaxItemsRemembered = 20'000;  // of an agent, by name

struct ItemEntry {
  domain::ItemMemory memory;
  History::Handle series = History::kNoHandle;
  // Where that one stands among its kind whose turn came behind this one's the last time: agents send in the
  // same order every time.
  std::uint32_t behind = 0;
};
struct NamedItem : ItemEntry {
  explicit NamedItem(std::string_view name) : key(name) {}
  std::string_view name() const { return key; }
  const std::string key;
};

// What the contracts in force say of a check, as those run it who run it that way; never kept in a snapshot.
struct CheckTerms {
  std::uint64_t generation = 0;  // of the contracts
  domain::ContractPtr contract;  // null: local, or no longer assigned
  const domain::System* system = nullptr;
  const domain::CheckSpec* spec = nullptr;
  domain::EvalPolicy policy;  // of what the agent runs: the tightened check in a key period
};

struct CheckEntry {
  explicit CheckEntry(const std::string& its_id) : id(its_id) {}
  std::string_view name() const { return id; }

  const std::string& id;  // one of Memory::check_ids
  ItemEntry self;         // the result itself: its state when it has no items, else that the check ran
  SortedEntries<NamedItem> items;
  std::string latest;                       // put_result() of the result with the highest slot, empty: none
  Timestamp latest_slot{};                  // shifted
  Timestamp received{};                     // of the latest
  std::shared_ptr<const CheckTerms> terms;  // null, or of an older generation: to be resolved anew
};

struct AgentEntry {
  domain::AgentMemory memory;
  Duration shift{0};   // whole seconds added to its slots
  Duration offset{0};  // collector's clock minus agent's, at the newest batch
  Timestamp last_batch{};
  std::string config;          // revision of the assignment it says it runs
  Timestamp config_since{};    // when it first said so, where key periods tightened something then
  std::set<std::string> held;  // "contract/system" for which a maintenance window holds its silence back
  std::size_t items = 0;
  std::uint64_t conflicts = 0, future = 0;  // results refused since start; never kept in a snapshot
  Timestamp refusals_told{}, nameless_told{};
  EpochTurns turns;  // since start; never kept in a snapshot
  // What the contracts in force want of it; they may have changed since. Never kept in a snapshot.
  std::string assigned;  // revision
  std::uint64_t assigned_generation = 0;
  bool tight = false;  // it runs what key periods tightened: that is what its checks are held to
  SortedEntries<CheckEntry> checks;
};

struct Memory {
  std::uint64_t position = 0;  // journal record up to which this holds
  Accepted accepted;
  std::map<std::string, AgentEntry, std::less<>> agents;
  std::unordered_set<std::string> check_ids;  // of all agents; most have the same checks

  CheckEntry& check(AgentEntry& agent, const std::string& id);  // made when it is not there
};

// Bytes of a snapshot, with magic and checksum; decode throws Fault on anything else.
std::string encode_snapshot(const Memory& memory);
Memory decode_snapshot(std::string_view bytes);
// The file a snapshot is kept in, an empty memory when there is none; throws Fault when it is damaged.
Memory read_snapshot(io::FileSystem& fs, const std::string& path);
// The journal position it holds for and nothing else of it; throws as read_snapshot() for a wrong checksum.
std::uint64_t snapshot_position(io::FileSystem& fs, const std::string& path);

// How far an agent's slots are to be moved, in whole seconds: nothing while its clock is within 2 s, and no
// new value while the old one is within 2 s of the truth, so that a grid does not tremble.
Duration clock_shift(Duration now_measured, Duration before);

}  // namespace xj::collector
