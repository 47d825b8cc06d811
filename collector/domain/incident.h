#pragma once
// The incident machine: from a transition, or a person's act, to the events that follow. Pure: the caller
// commits the events, applies them to the book and routes them.
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "collector/domain/case_book.h"
#include "collector/domain/contract.h"
#include "collector/domain/evaluate.h"

namespace xj::domain {

// Events are numbered and complete, in order, those of one case after those of another; apply all before the
// next call.
using Outcome = std::variant<std::vector<Event>, Rejection>;

// A transition of an item in a system. Concerns the case in which it stands. A new problem joins the case of
// that system that is being handled, reopens one in its watch period, or opens a new one under
// `contract`, the revision in force, of the kind that checks open. Empty when nothing follows or checks open
// no case; never a Rejection: the number goes on above its pattern's digits. Events of an existing case are
// decided under the revision that case is bound to.
Outcome step(const CaseBook& book, const ContractPtr& contract, const ItemRef& item,
             const Transition& transition, Timestamp now);

enum class Verb : std::uint8_t {
  acknowledge,
  register_case,
  report,
  arrive,
  note,
  recover,
  reopen,
  close,
  false_alarm,
  grade,
  pause,
  resume,
  amend,
  request_close,
  verify,
  reject,
  confirm,
  merge,
  split,
  escalate,
  approve,
  disapprove,
  told,
  sign
};
inline constexpr int kVerbs = 24;
std::string_view to_text(Verb verb);                    // "acknowledge", "register", "report", ...
std::optional<Verb> parse_verb(std::string_view text);  // also "ack"

// What a person asks. Unused fields stay empty.
struct Act {
  Verb verb = Verb::note;
  std::string person;           // id in the contract
  std::string via;              // "api", "cli"
  std::optional<Timestamp> at;  // when it happened, if not now
  Duration within{0};  // `at`, or the amended time, is somewhere in this long from there: "16:30" a minute
  std::string text;
  std::string about;    // note: a word that a clock of the kind waits for
  std::string to;       // report: role or person told; told: role, empty for all of the rule
  std::string part;     // sign: role; empty: the one that the person has not signed for yet
  std::string rule;     // told: under `tell` of the kind
  std::string how;      // told: phone, mail, ...; empty: all ways that are still owed
  std::string grade;    // grade: the id; the present one confirms it
  std::string reason;   // pause: one the contract lists
  std::uint32_t n = 0;  // amend: which event; confirm: which closing condition; escalate, approve: which step
                        // (0: the next one, the one that waits)
  std::string into;     // merge: number of the case it goes on in
  std::vector<std::string> items;  // split: "CHECK", "CHECK@HOST", "CHECK@HOST:ITEM" or "@HOST", standing
  std::string field, value;        // amend: which field ("at"), its right value (ISO time with offset)
};
// A case that a person reports, without any check: by telephone, by a user.
struct Opening {
  std::string case_kind;  // empty: the kind that checks open, else the only one
  std::string system;
  std::string text;             // what is wrong
  std::string grade;            // confirms or changes what the machine proposes; empty: the proposal holds
  std::string person, via;      // as in Act
  std::optional<Timestamp> at;  // detection, if not now
};
// Its clocks start as those of any case of its kind. Problems of checks do not join it by themselves.
Outcome open_case(const CaseBook& book, const ContractPtr& contract, const Opening& what, Timestamp now);

// A person's `at` more than this before `known` is shown as entered later.
inline constexpr Duration kEnteredLater{5 * 60'000};
bool entered_later(const Event& event);

// Every verb that concerns one case alone.
Outcome act(const CaseState& state, const Contract& contract, const Act& what, Timestamp now);
// Every verb. `contract` is the revision the case is bound to.
//  merge: the case ends and goes on in another one of its kind that is being handled and did not begin later,
//  so that no deadline moves by it; standing problems go over, and the graver grade holds.
//  split: standing problems leave for a case of their own, under the same revision. It begins when the first
//  of them came to stand, so that no deadline moves by it either; that the old case was taken on, reported,
//  registered or reached since counts in the new one.
Outcome act(const CaseBook& book, const CaseState& state, const ContractPtr& contract, const Act& what,
            Timestamp now);

// Which of a case's standing problems nothing looks at any more, and which are looked at again: where the
// check, the host or the system has left the contract in force, its checks open no case of this kind any
// more, that contract itself is gone (`in_force` null), or the host's agent is among the revoked. Idempotent:
// said once. Nothing recovers by it and no clock stops: that nobody looks is no proof that it is well, and
// taking a check away must not end a deadline.
std::vector<Event> review_watch(const CaseState& state, const Contract& bound, const Contract* in_force,
                                const std::set<std::string>& revoked, Timestamp now);

// Moves a case to another revision of its contract, or says that its calendar's edition changed. Empty when
// nothing differs.
Outcome rebind(const CaseState& state, const Contract& to, std::string_view why, std::string_view actor,
               Timestamp now);

}  // namespace xj::domain
