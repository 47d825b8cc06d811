#pragma once
// From observations to rare transitions: soft → hard, flapping, silence. Pure; the steady path allocates
// nothing.
#include <cstdint>
#include <optional>
#include <string>

#include "collector/domain/contract.h"
#include "collector/domain/events.h"
#include "core/json.h"
#include "core/wire.h"

namespace xj::domain {

// What of a CheckSpec the evaluator needs.
struct EvalPolicy {
  int attempts = 3;
  Duration stale_after{190'000};
};
EvalPolicy policy_of(const CheckSpec& spec);

// One item of one result as it reached the collector. Pointers are borrowed for the call.
struct Observation {
  Timestamp slot;      // the agent's planned instant
  Timestamp received;  // the collector's clock
  wire::Lane lane = wire::Lane::live;
  State state = State::ok;
  const Message* message = nullptr;
  const std::vector<Metric>* metrics = nullptr;
};

// What the rest of the engine sees of an item.
struct Standing {
  bool problem = false;  // hard not ok, flapping, or silent
  State state = State::ok;
  bool flapping = false;
  bool silent = false;
  bool operator==(const Standing&) const = default;
};

// All that is remembered of (agent, check, item). Flat and copyable; value-initialised is "never seen".
struct ItemMemory {
  Timestamp newest{};         // highest slot that was judged
  Timestamp received{};       // when that came in, the collector's clock
  Timestamp bad_since{};      // slot of the first of the present bad results
  Timestamp since{};          // slot since which the standing holds
  std::uint32_t changes = 0;  // one bit a result, lowest newest: the state differed from the one before
  std::uint8_t bad = 0;       // not-ok results in a row, saturating
  State state = State::ok;    // of the newest result
  State hard = State::ok;
  State worst = State::ok;  // last not-ok state, what a flapping item counts as
  bool seen = false;
  bool flapping = false;
  bool silent = false;
  bool held = false;  // its problem is held back (suppress.h); evaluate() leaves it alone
  Standing standing() const;
  bool operator==(const ItemMemory&) const = default;
};

// A change of standing with everything a case needs to know of it.
struct Transition {
  Standing before, after;
  Timestamp at;     // when: the deciding result's slot, or the instant silence became too long
  Timestamp known;  // the collector's clock
  Message message;  // what was seen (the item's own message where it has one)
  Message reason;   // why it counts now
  Evidence evidence;
};

// What has never been said, or got worse, may open or reopen a case; the rest only belongs to one that has
// it.
bool is_news(const Transition& transition);

// True when the observation only completes history: older than what was judged, or replayed and older than
// stale_after.
bool is_late(const ItemMemory& memory, const Observation& seen, const EvalPolicy& policy);

// Judges one observation. Late ones change nothing. A result not ok counts; `attempts` in a row make it hard,
// one ok recovers, except while flapping: then the problem stands until the flapping ends.
std::optional<Transition> evaluate(ItemMemory& memory, const Observation& seen, const EvalPolicy& policy);

// Weighted share of changes over the last 20 results, percent.
double flapping_percent(const ItemMemory& memory);

// Of a whole agent. Any contact counts, whatever its lane.
struct AgentMemory {
  Timestamp heard{};  // never: zero
  Timestamp back{};   // end of its last silence
  bool silent = false;
  bool operator==(const AgentMemory&) const = default;
};
// A recovery from silence when there was one. The caller gives the transition to every system with checks on
// the host, as an ItemRef with an empty check.
std::optional<Transition> agent_heard(AgentMemory& memory, Timestamp now);
// `listening_since` is when the collector itself began to listen: its own absence silences nobody.
std::optional<Transition> judge_agent(AgentMemory& memory, Duration limit, Timestamp now,
                                      Timestamp listening_since);

// A check is silent when its agent was heard after the check should have been; else the agent's own silence
// explains it and nothing is said here. After the agent is back the check gets its full time again.
std::optional<Transition> judge_silence(ItemMemory& memory, const EvalPolicy& policy,
                                        const AgentMemory& agent, Timestamp now, Timestamp listening_since);

// Snapshot form: a flat JSON array. Nothing when it is not one.
void append_json(std::string& out, const ItemMemory& memory);
std::optional<ItemMemory> item_memory_from(const Json& json);
void append_json(std::string& out, const AgentMemory& memory);
std::optional<AgentMemory> agent_memory_from(const Json& json);

}  // namespace xj::domain
