#pragma once
// The fold: what a case is, from nothing but its events.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "collector/domain/events.h"

namespace xj::domain {

// `watching` is recovered with a watch period running; `recovered` waits to be closed, `closing` for somebody
// to verify that it may be, `verified` for the closing itself.
enum class Status : std::uint8_t {
  none,
  open,
  acknowledged,
  watching,
  recovered,
  closed,
  false_alarm,
  closing,
  verified,
  merged
};
inline constexpr int kStatuses = 10;
std::string_view to_text(Status status);
bool is_over(Status status);      // closed, false alarm or merged
bool is_handling(Status status);  // open or acknowledged: the fault stands

// One event as the clocks need it; `at` is the amended one. marks[n - 1] is event n.
struct Mark {
  EventKind kind = EventKind::detected;
  int run = 1;
  Timestamp at, known;
  std::string actor;
  bool amended = false;
  std::string about;  // of a note
};
struct GradeStep {
  std::uint32_t n = 0;
  int run = 1;
  std::string grade;
  GradeHow how = GradeHow::machine;
};
struct CaseProblem {
  ItemRef item;
  State state = State::critical;
  bool cleared = false;        // no longer stands here: it is over, or it moved
  std::string moved_to;        // number of the case in which it stands on; empty: it is over
  bool unwatched = false;      // it stands, but no result can say so or otherwise
  std::uint32_t joined_n = 0;  // detected or joined
  std::uint32_t stands_n = 0;  // detected or joined, since which it stands without a break
  std::uint32_t last_n = 0;    // the event that gave the present state
  Message message;
  Evidence evidence;
};
struct Pause {
  std::string reason;
  int run = 1;
  std::uint32_t from_n = 0;
  std::uint32_t to_n = 0;  // 0: still paused
};
// Clock events already said, so that none is said twice.
struct ClockSaid {
  std::string clock;
  int run = 1;
  bool breach = false;
  Timestamp instant;  // of the warning point, or the due time breached
};

// A closing condition that a person confirmed.
struct Confirmation {
  std::string condition;  // its text
  int run = 1;
  std::uint32_t n = 0;
};

// A step of the contract's escalation, as far as it has come.
struct Escalation {
  int step = 1;
  int run = 1;
  std::uint32_t drafted_n = 0;
  std::uint32_t decided_n = 0;  // approved or rejected
  bool approved = false;
  std::vector<std::string> to;
  std::string approve;  // empty: nobody must
  bool waits() const { return !approve.empty() && decided_n == 0; }
};

// Held back because a problem of this case is failing.
struct Dependent {
  ItemRef item;
  ItemRef cause;
  State state = State::critical;
  std::uint32_t held_n = 0;
  std::uint32_t freed_n = 0;  // 0: still held back
};
struct FoundCause {
  ItemRef item;
  std::string number;  // of the case in which what it needs is failing
  int run = 1;
};
// Who was told by which rule of the contract; see Told.
struct TellingDone {
  std::string rule;
  int run = 1, turn = 1;
  std::vector<std::string> to, how;
  std::uint32_t n = 0;
};

// A signature that was given.
struct SignatureGiven {
  std::string role;
  int run = 1;
  std::uint32_t n = 0;
};

struct CaseState {
  std::string contract, number, case_kind, system;
  std::string text;                // what the person who opened it reported; empty for the machine's
  std::string from, into;          // number it was split off from, it was merged into
  std::string revision, calendar;  // what the case is bound to
  Status status = Status::none;
  int run = 0;
  std::uint32_t last_n = 0;
  std::string grade;  // empty until graded
  std::vector<Mark> marks;
  std::vector<GradeStep> grades;
  std::vector<CaseProblem> problems;  // in the order they joined; cleared ones stay
  std::vector<Pause> pauses;
  std::vector<ClockSaid> said;
  std::vector<Confirmation> confirmations;
  std::vector<Escalation> escalations;
  std::vector<Dependent> dependents;  // in the order they were held back; those freed stay
  std::vector<FoundCause> causes;
  std::vector<TellingDone> told;
  std::vector<SignatureGiven> signatures;

  Timestamp at(std::uint32_t n) const { return marks.at(n - 1).at; }
  const CaseProblem* problem(const ItemRef& item) const;
  std::size_t standing_problems() const;                  // not cleared
  const Dependent* dependent(const ItemRef& item) const;  // still held back under it; null when not
  bool found_cause(const ItemRef& item, std::string_view in) const;  // said in the present run
  bool paused() const { return !pauses.empty() && pauses.back().to_n == 0; }
  // The last draft of a step in the present run; of any that waits for approval with step 0. Null: none.
  const Escalation* escalation(int step) const;
  // Of the present run; null: not signed.
  const SignatureGiven* signature(std::string_view role) const;
  // The earliest event of a kind in a run by its (amended) time, 0 when there is none.
  std::uint32_t first(EventKind kind, int in_run) const;
  // The one that was written down last, 0 when there is none.
  std::uint32_t last(EventKind kind, int in_run) const;
  // The earliest among the notes that are about something.
  std::uint32_t first_note(std::string_view about, int in_run) const;
  // The event a run began with: the case's first, or reopened.
  std::uint32_t start_of(int in_run) const;
  // The grade that held in a run, at event `before_n` when given; empty before the first.
  std::string grade_in(int in_run, std::uint32_t before_n = 0) const;
  // Person who acknowledged the present run, empty when nobody has.
  std::string acknowledged_by() const;
};

// Whether the event can follow; nothing when it can. One table for machine and people alike, tested over
// every status × kind.
std::optional<Rejection> refuse(const CaseState& state, const Payload& payload);

// Throws Fault on an event that is not the next of this case: the store is then damaged. Does not ask
// refuse(): what was committed under older rules stays true.
void apply(CaseState& state, const Event& event);
CaseState fold(std::span<const Event> events);

}  // namespace xj::domain
