#pragma once
// What the agent and its worker processes (xunjian-agent-probe) say to each other: one JSON object a line,
// a request on the worker's stdin, its answer on the worker's stdout. The worker serves until stdin ends.
// Pure: lines in, values out; sizes bounded. docs/checks.md describes it.
//
// request:
// {"v":1,"kind":"http","params":{"url":["https://…"],…},"timeout_ms":10000,"memory":[["item","what","warning"]]}
// answer:  {"v":1,"outcome":{"state":"ok","msg":…,"metrics":{…},"items":[…],"rows":[…]},"memory":[…]}
//
// With an "id" a request's answer carries it too, and up to kMaxTransfers of them may be under way: the kinds
// that are an exchange over HTTP run beside each other and are answered as they end. All else runs one after
// the other, and what comes behind waits.
//
// The agent gives `memory` of the last answer back with the next request of the same check: hysteresis lives
// on while the worker does not. A worker answers by itself when timeout_ms is over; who hears nothing for
// kProbeGrace longer kills the worker's process group.
#include <string>
#include <string_view>
#include <variant>

#include "checks/check.h"
#include "checks/thresholds.h"
#include "core/json.h"

namespace xj::checks {

inline constexpr std::size_t kMaxProbeLine = 1u << 20;
inline constexpr Duration kProbeGrace{1'000};
inline constexpr std::size_t kMaxTransfers = 32;  // of one worker at a time

struct ProbeRequest {
  std::string kind;
  ParamMap params;
  Duration timeout{10'000};
  std::vector<ThresholdMemory::Entry> memory;
  std::uint64_t id = 0;  // 0: none
  bool operator==(const ProbeRequest&) const = default;
};
struct ProbeAnswer {
  CheckOutcome outcome;
  std::vector<ThresholdMemory::Entry> memory;
  std::uint64_t id = 0;  // of the request
  bool operator==(const ProbeAnswer&) const = default;
};

// Without the final newline.
std::string encode(const ProbeRequest& request);
std::string encode(const ProbeAnswer& answer);
// The string says what is wrong with the line, in English, for a log.
std::variant<ProbeRequest, std::string> decode_request(std::string_view line);
std::variant<ProbeAnswer, std::string> decode_answer(std::string_view line);

// The outcome as an object, as in --json and in the answer above; messages as on the wire.
Json to_json(const CheckOutcome& outcome);
std::variant<CheckOutcome, std::string> outcome_from_json(const Json& json);

}  // namespace xj::checks
