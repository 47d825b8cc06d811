#pragma once
// Who must be told of what happens to a case, over which ways and within which time: the contract's `tell`
// rules as a pure function of (events, contract revision, now), like its clocks. Times count in 7x24; no
// pause moves them.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/domain/case_state.h"
#include "collector/domain/contract.h"

namespace xj::domain {

// A limit of nothing means at once. Nobody tells in no time, and people say times to the minute: it is due
// this long after the collector knew of the event.
inline constexpr Duration kAtOnce{60'000};
// A limit shorter than this is not warned of. Others are, when half of it is used.
inline constexpr Duration kTellWarnFrom{2 * 60'000};
inline constexpr std::string_view kTellWarnPoint = "50%";
// Of a rule that repeats so many turns are looked at, the last ones.
inline constexpr int kTellTurns = 100;

// phone, mail, sms, push, oral, written, form.
const std::vector<std::string>& ways();
bool is_way(std::string_view way);

// `late`: all of it told, but after the due time. `overdue`: not all told, and the due time is over, or was
// when the run ended. `ended`: its run ended, or what repeats until recovery had it, before the due time.
enum class TellStatus : std::uint8_t { owed, told, late, overdue, ended };
std::string_view to_text(TellStatus status);

// One role by one way. It is done with the first word or delivery to anybody of the role.
struct TellPart {
  std::string to, how;          // how is empty where the contract names no way: any will do
  std::optional<Timestamp> at;  // when it was told
  std::uint32_t n = 0;          // by which event
};
struct TellView {
  std::string rule;
  Title what;
  int run = 1, turn = 1;
  TellStatus status = TellStatus::owed;
  std::string grade;
  std::uint32_t on = 0;           // the event that made it owed
  Timestamp since;                // from when
  std::optional<Timestamp> due;   // none where the contract gives no time
  std::optional<Timestamp> warn;  // while it is owed
  std::optional<Timestamp> told;  // the last part, when all are
  std::vector<TellPart> parts;
  std::vector<Message> why;
};

// Every telling of every run whose event has happened, in the contract's order. A rule is owed once a run,
// for the first event of its kind (a reopening is the detection of its run); one with limits by grade not to
// a grade without one. A regrade keeps the start and takes the new limit; what was told keeps the limit it
// was told under. A rule that repeats is owed again each `repeat` after its event until recovery; without a
// limit each turn is due when the next one begins.
std::vector<TellView> tellings(const CaseState& state, const Contract& contract, Timestamp now);
bool missed(const TellView& view);  // late or overdue
// Made owed by the end of the case, and so still owed behind it.
bool is_behind_end(const CaseState& state, const TellView& view);
// Whether that is still to be told in time, or to be said missed. Follows from the events alone, whatever the
// time: a breach that was said settles it as a word in time does.
bool owes_behind_end(const CaseState& state, const Contract& contract);
// Whether a breach of it with this due time, or its warning at this instant, was said.
bool is_said(const CaseState& state, const TellView& view, bool breach, Timestamp instant);
// What is not told yet, of a role and a way where these are given.
std::vector<TellPart> parts_left(const TellView& view, std::string_view to = {}, std::string_view how = {});

// The next instant after `now` at which one is warned of, missed, or owed again.
std::optional<Timestamp> next_telling_instant(const CaseState& state, const Contract& contract,
                                              Timestamp now);

// Under this name clock_warning and clock_breached speak of a rule. No clock of a contract can be called so.
std::string tell_clock(std::string_view rule);
bool is_tell_clock(std::string_view clock);

std::string tell_argument(const Title& what, std::string_view rule);  // "tell: ..." as an argument
std::string ways_argument(const std::vector<std::string>& how);       // " (telephone, e-mail)" or nothing

// The event by which a message of the machine that arrived fulfils its part; empty when that is done already.
std::vector<Event> delivered(const CaseState& state, const Contract& contract, const Told& what, Timestamp at,
                             Timestamp now);

}  // namespace xj::domain
