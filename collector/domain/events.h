#pragma once
// A case is its list of events; everything else is derived from them. docs/events.md lists every field, and a
// test holds it to this file. Kinds are one closed variant: adding one stops every visitor from compiling.
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/json.h"
#include "core/result.h"
#include "core/text.h"
#include "core/time.h"

namespace xj::domain {

using xj::to_text;  // states and durations beside the domain's own words

// What a problem is about. An empty `check` means the host as a whole: its agent fell silent.
struct ItemRef {
  std::string system;
  std::string check;  // id in the contract, without "contract/system/"
  std::string host;
  std::string item;  // key inside the check; empty for a check without items
  auto operator<=>(const ItemRef&) const = default;
};

// What the judgement leaned on, so that a state can be explained without the history.
struct Evidence {
  Timestamp since;   // slot of the first result of this run of bad ones
  int attempts = 0;  // bad results in a row when it was decided
  std::vector<Metric> metrics;
  bool operator==(const Evidence&) const = default;
};

// Payloads. kVersion rises when a field changes meaning; decode refuses a newer one.
struct Detected {
  static constexpr int kVersion = 1;
  std::string case_kind;  // id in Contract::kinds
  ItemRef item;
  State state = State::critical;
  Message message;
  Evidence evidence;
  bool operator==(const Detected&) const = default;
};
struct Joined {  // another item of the same system joins, or one that had cleared fails again
  static constexpr int kVersion = 1;
  ItemRef item;
  State state = State::critical;
  Message message;
  Evidence evidence;
  bool operator==(const Joined&) const = default;
};
struct ProblemChanged {  // a joined problem got another state, fell silent or began to flap
  static constexpr int kVersion = 1;
  ItemRef item;
  State from = State::warning;
  State to = State::critical;
  Message message;
  Evidence evidence;
  bool operator==(const ProblemChanged&) const = default;
};
struct ProblemCleared {
  static constexpr int kVersion = 1;
  ItemRef item;
  Message message;
  bool operator==(const ProblemCleared&) const = default;
};
enum class GradeHow : std::uint8_t { machine, confirmed, changed };
struct Graded {
  static constexpr int kVersion = 1;
  std::string from;  // empty: the first
  std::string to;
  GradeHow how = GradeHow::machine;
  std::string text;
  bool operator==(const Graded&) const = default;
};
struct Registered {
  static constexpr int kVersion = 1;
  std::string text;
  bool operator==(const Registered&) const = default;
};
struct Acknowledged {
  static constexpr int kVersion = 1;
  std::string text;
  bool operator==(const Acknowledged&) const = default;
};
struct Reported {
  static constexpr int kVersion = 1;
  std::string to;  // role or person who was told
  std::string text;
  bool operator==(const Reported&) const = default;
};
struct Arrived {
  static constexpr int kVersion = 1;
  std::string text;
  bool operator==(const Arrived&) const = default;
};
struct Noted {
  static constexpr int kVersion = 1;
  std::string text;
  std::string
      about;  // a word by which a clock of the kind waits for it; empty, and then not written: nothing
  bool operator==(const Noted&) const = default;
};
struct Recovered {
  static constexpr int kVersion = 1;
  std::string text;
  Duration watch{0};  // watch period that begins; zero: none
  bool operator==(const Recovered&) const = default;
};
struct Reopened {
  static constexpr int kVersion = 1;
  int run = 2;  // the run that begins
  std::string text;
  bool operator==(const Reopened&) const = default;
};
struct WatchEnded {
  static constexpr int kVersion = 1;
  Duration watch{0};  // how long it was in the end
  bool operator==(const WatchEnded&) const = default;
};
struct Closed {
  static constexpr int kVersion = 1;
  std::string text;
  bool operator==(const Closed&) const = default;
};
struct FalseAlarm {
  static constexpr int kVersion = 1;
  std::string text;
  bool operator==(const FalseAlarm&) const = default;
};
struct ClockWarning {
  static constexpr int kVersion = 1;
  std::string clock;
  int run = 1;
  std::string point;  // as the contract writes it: "50%", "5m"
  Timestamp instant;  // when the point was reached
  Timestamp due;
  bool operator==(const ClockWarning&) const = default;
};
struct ClockBreached {
  static constexpr int kVersion = 1;
  std::string clock;
  int run = 1;
  Timestamp due;
  bool operator==(const ClockBreached&) const = default;
};
struct Paused {
  static constexpr int kVersion = 1;
  std::string reason;  // one that a clock of the kind lists under `pause`
  std::string text;
  bool operator==(const Paused&) const = default;
};
struct Resumed {
  static constexpr int kVersion = 1;
  std::string text;
  bool operator==(const Resumed&) const = default;
};
struct Amended {
  static constexpr int kVersion = 1;
  std::uint32_t n = 0;  // the event that is mended
  std::string field;    // "at"
  std::string old_value;
  std::string new_value;
  std::string why;
  bool operator==(const Amended&) const = default;
};
struct Rebound {  // bound to another revision of its contract
  static constexpr int kVersion = 1;
  std::string from, to;
  std::string why;
  bool operator==(const Rebound&) const = default;
};
struct CalendarChanged {  // another edition of the holiday data holds from here on
  static constexpr int kVersion = 1;
  std::string from, to;
  std::string why;
  bool operator==(const CalendarChanged&) const = default;
};

// Nothing looks at it any more: its check, host or contract is gone, or the agent was revoked. It stands all
// the same.
struct ProblemUnwatched {
  static constexpr int kVersion = 1;
  ItemRef item;
  bool operator==(const ProblemUnwatched&) const = default;
};
struct ProblemWatched {  // again
  static constexpr int kVersion = 1;
  ItemRef item;
  bool operator==(const ProblemWatched&) const = default;
};

// Begins a case without any check: somebody telephoned, a user reported it. It has no problems of its own.
struct Opened {
  static constexpr int kVersion = 1;
  std::string case_kind;  // id in Contract::kinds
  std::string system;     // id in Contract::systems
  std::string text;       // what was reported
  bool operator==(const Opened&) const = default;
};

// The way to the end where the contract names closing conditions.
struct CloseRequested {
  static constexpr int kVersion = 1;
  std::string text;
  bool operator==(const CloseRequested&) const = default;
};
struct Verified {  // every condition was looked at and holds
  static constexpr int kVersion = 1;
  std::string text;
  bool operator==(const Verified&) const = default;
};
struct CloseRejected {  // it goes back
  static constexpr int kVersion = 1;
  std::string text;  // why
  bool operator==(const CloseRejected&) const = default;
};
struct ConditionConfirmed {  // by name: what no machine can see
  static constexpr int kVersion = 1;
  std::string condition;  // the condition's text in the contract's language
  std::string text;
  bool operator==(const ConditionConfirmed&) const = default;
};

// Two cases become one, or one two. Each side has its own event.
struct Merged {  // the end: it goes on in another case
  static constexpr int kVersion = 1;
  std::string into;  // number
  std::string text;
  bool operator==(const Merged&) const = default;
};
struct Absorbed {  // another case goes on in this one; its problems join
  static constexpr int kVersion = 1;
  std::string from;
  std::string text;
  bool operator==(const Absorbed&) const = default;
};
// Begins a case with problems that were in another one; they join.
struct SplitOff {
  static constexpr int kVersion = 1;
  std::string case_kind, system;
  std::string from;  // number
  std::string text;
  bool operator==(const SplitOff&) const = default;
};
struct ProblemMoved {  // it stands on, in another case
  static constexpr int kVersion = 1;
  ItemRef item;
  std::string to;  // number
  std::string text;
  bool operator==(const ProblemMoved&) const = default;
};

// A step up the contract's escalation: drafted with its facts, approved where a role must, then told.
struct EscalationDrafted {
  static constexpr int kVersion = 1;
  int step = 1;  // in the contract's list, from 1
  std::string clock;
  int run = 1;
  std::string due;  // of the clock, ISO 8601; empty where it has none
  std::string grade;
  std::vector<std::string> to;  // roles
  std::string approve;          // role that must approve it; empty: it is told at once
  std::string text;             // a person's words
  bool operator==(const EscalationDrafted&) const = default;
};
struct EscalationApproved {
  static constexpr int kVersion = 1;
  int step = 1;
  std::vector<std::string> to;
  std::string text;
  bool operator==(const EscalationApproved&) const = default;
};
struct EscalationRejected {
  static constexpr int kVersion = 1;
  int step = 1;
  std::string text;
  bool operator==(const EscalationRejected&) const = default;
};

// What is held back because something in this case fails, and what of this case fails for another's sake.
struct DependentHeld {  // no case of its own is opened for it while what it needs is failing
  static constexpr int kVersion = 1;
  ItemRef item;
  State state = State::critical;
  ItemRef cause;  // what fails in this case
  bool operator==(const DependentHeld&) const = default;
};
struct DependentFreed {  // not held back any more
  static constexpr int kVersion = 1;
  ItemRef item;
  std::string to;  // number of the case in which it stands now; empty: it is well
  bool operator==(const DependentFreed&) const = default;
};
struct CauseFound {  // what a problem of this case needs turned out to fail too, in another case
  static constexpr int kVersion = 1;
  ItemRef item;   // the problem
  ItemRef cause;  // what it needs
  std::string number;
  bool operator==(const CauseFound&) const = default;
};

// Somebody was told what the contract says he must be: by the machine's own message, which arrived, or by a
// person who says so.
struct Told {
  static constexpr int kVersion = 1;
  std::string rule;              // under `tell` of the kind
  int turn = 1;                  // of a rule that repeats, from 1
  std::vector<std::string> to;   // roles
  std::vector<std::string> how;  // ways; empty: the contract names none, and neither did the person
  std::string person, channel;   // of the machine's message; else empty
  std::string text;
  bool operator==(const Told&) const = default;
};

// One of the kind's signatures was given, by a person of its role.
struct SignedOff {
  static constexpr int kVersion = 1;
  std::string role;
  std::string text;  // an opinion
  bool operator==(const SignedOff&) const = default;
};

using PayloadVariant =
    std::variant<Detected, Joined, ProblemChanged, ProblemCleared, Graded, Registered, Acknowledged, Reported,
                 Arrived, Noted, Recovered, Reopened, WatchEnded, Closed, FalseAlarm, ClockWarning,
                 ClockBreached, Paused, Resumed, Amended, Rebound, CalendarChanged, ProblemUnwatched,
                 ProblemWatched, Opened, CloseRequested, Verified, CloseRejected, ConditionConfirmed, Merged,
                 Absorbed, SplitOff, ProblemMoved, EscalationDrafted, EscalationApproved, EscalationRejected,
                 DependentHeld, DependentFreed, CauseFound, Told, SignedOff>;

template <typename Kind, typename Variant>
inline constexpr bool kIsOneOf = false;
template <typename Kind, typename... Kinds>
inline constexpr bool kIsOneOf<Kind, std::variant<Kinds...>> = (std::is_same_v<Kind, Kinds> || ...);

// The variant with its construction, copies, comparison and end made once, in payload.cc: of forty kinds they
// are thousands of small functions, which every file that touches an event would compile for itself.
struct Payload : PayloadVariant {
  Payload();
  template <typename Kind>
    requires kIsOneOf<Kind, PayloadVariant>
  Payload(Kind kind);  // NOLINT(google-explicit-constructor): as the variant itself
  Payload(const Payload& other);
  Payload(Payload&& other) noexcept;
  Payload& operator=(const Payload& other);
  Payload& operator=(Payload&& other) noexcept;
  ~Payload();
  friend bool operator==(const Payload& a, const Payload& b);
};

// In the order of the variant.
enum class EventKind : std::uint8_t {
  detected,
  joined,
  problem_changed,
  problem_cleared,
  graded,
  registered,
  acknowledged,
  reported,
  arrived,
  noted,
  recovered,
  reopened,
  watch_ended,
  closed,
  false_alarm,
  clock_warning,
  clock_breached,
  paused,
  resumed,
  amended,
  rebound,
  calendar_changed,
  problem_unwatched,
  problem_watched,
  opened,
  close_requested,
  verified,
  close_rejected,
  condition_confirmed,
  merged,
  absorbed,
  split_off,
  problem_moved,
  escalation_drafted,
  escalation_approved,
  escalation_rejected,
  dependent_held,
  dependent_freed,
  cause_found,
  told,
  signed_off,
};
inline constexpr std::size_t kEventKinds = std::variant_size_v<PayloadVariant>;
static_assert(static_cast<std::size_t>(EventKind::signed_off) + 1 == kEventKinds);

inline EventKind kind_of(const Payload& p) { return static_cast<EventKind>(p.index()); }
// The first event of a case is one of these, and only that. Clocks that start at `detected` and routes on
// `detected` mean all of them.
bool begins(EventKind kind);
// "detected", "clock_breached": the words of the JSON, of the contract's clocks and routes, and of
// docs/events.md.
std::string_view to_text(EventKind kind);
std::optional<EventKind> parse_event_kind(std::string_view text);
std::span<const std::string_view> event_kind_names();
std::string_view to_text(GradeHow how);

struct Event {
  std::string contract;
  std::string number;    // of the case, as printed
  std::uint32_t n = 0;   // 1, 2, 3 … in the case
  Timestamp at;          // when it happened
  Timestamp known;       // when the collector learned it
  std::string actor;     // "person:<id>", "agent:<id>", "system:<part>"
  std::string via;       // "api", "cli", "tick", "ingest", ...
  Message reason;        // why, for a machine's decision; empty where a person's text says it
  std::string revision;  // contract revision the case is bound to
  std::string calendar;  // calendar edition
  Payload payload;
  EventKind kind() const { return kind_of(payload); }
  bool operator==(const Event&) const = default;
};

std::string actor_person(std::string_view id);  // "person:<id>"
// The id behind "person:", empty for machines.
std::string_view person_of(std::string_view actor);

// Kept and sent form. decode_event never throws: what cannot be read is told with its path.
Json to_json(const Event& event);
std::string encode(const Event& event);
struct BadEvent {
  std::string detail;  // "payload.state: …"
};
std::variant<Event, BadEvent> event_from_json(const Json& json);
std::variant<Event, BadEvent> decode_event(std::string_view json);

// Why something asked for cannot be done, in words for the person who asked.
struct Rejection {
  Message why;
};

}  // namespace xj::domain
