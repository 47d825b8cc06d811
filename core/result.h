#pragma once
// The noun the whole program moves: what a check saw at a slot.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/text.h"
#include "core/time.h"

namespace xj {

enum class State : std::uint8_t { ok = 0, warning = 1, critical = 2, unknown = 3 };
std::string_view to_text(
    State state);  // "ok", "warning", "critical", "unknown": the wire's and --json's words
std::optional<State> parse_state(std::string_view text);
// Which of two is worse to a person in charge: critical > unknown > warning > ok.
State worse(State a, State b);

// Integers stay integers from /proc to the report; a double is finite.
using Number = std::variant<std::int64_t, double>;
double as_double(const Number& n);

struct Metric {
  std::string name;  // [a-z0-9_.]{1,64}, unit in the name: used_percent, read_bytes_per_s
  Number value;
  bool operator==(const Metric&) const = default;
};

// One of the things a check sees: a mount, an interface, a certificate.
struct Item {
  std::string key;
  State state = State::ok;
  Message msg;  // empty while ok is enough said
  std::vector<Metric> metrics;
  bool operator==(const Item&) const = default;
};

struct Result {
  std::uint64_t n = 0;  // number in its spool's epoch, given at append; 0 before
  std::string check;    // "contract/system/check" as assigned, or "local/name" from the agent's own file
  Timestamp slot;       // the planned instant on the schedule's grid
  Duration late{0};     // actual start minus slot
  Duration took{0};
  State state = State::ok;  // worst of the items when there are any
  Message msg;
  std::vector<Metric> metrics;
  std::vector<Item> items;
  std::vector<std::vector<std::string>> rows;  // a small table a person may read: top processes, open ports
  bool operator==(const Result&) const = default;
};

}  // namespace xj
