#pragma once
// Who is told of an event: the contract's routes, in order, all that match.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "collector/domain/case_state.h"
#include "collector/domain/contract.h"
#include "collector/domain/obligation.h"

namespace xj::domain {

struct Notification {
  std::string key;  // "contract/number/n/route/person/channel": unique, so a crash between two steps sends
                    // nothing twice
  std::string contract, number;
  std::uint32_t n = 0;
  std::string route, role, person, channel;
  Message subject;
  std::vector<Message> body;  // a line each
  Message reason;             // why this person: route and role
  int again = 0;              // of a route that repeats: the how manyth time it is said again
  std::optional<Told> tells;  // what of the kind's `tell` it fulfils when it arrives
};

// `state` is the case after the event. A person reached by several routes or roles over one channel is told
// once. An escalation goes to the roles it names, over every channel of the contract's routes where none of
// them names its kind. Clock events also go to the clock's own roles: `to`, and at a breach `at_breach`.
// A role with a roster means its A person on duty at `now`, and at a breach B too; in a gap all its people.
// Rosters are those of `in_force`, when it is given: a case's own revision does not know who is on today.
std::vector<Notification> route(const Event& event, const CaseState& state, const Contract& contract,
                                Timestamp now, const Contract* in_force = nullptr);
// Of events that follow each other at once; `after` is the case behind the last. A case that begins is graded
// in the same breath: whoever hears that it was detected hears the grade with it, not again.
std::vector<Notification> route(const std::vector<Event>& events, const CaseState& after,
                                const Contract& contract, Timestamp now, const Contract* in_force = nullptr);

// Channels of the collector by name; true: e-mail, which carries `mail`, else `push`.
using ChannelKinds = std::map<std::string, bool>;

// What the kind's `tell` makes owed and the program can do itself: of each rule the present turn, to those
// its roles mean now, over the first channel of the contract's routes that carries the way (any, where the
// rule names none) and reaches the person. Where no channels are known, as in the simulator, any carries any
// way. Not what was told already. `events` are those just committed, empty between them; asking again gives
// the same keys.
std::vector<Notification> tell(const std::vector<Event>& events, const CaseState& state,
                               const Contract& contract, Timestamp now, const Contract* in_force,
                               const ChannelKinds& channels);
// Those and what the routes say, of one commit: who is told of an event because the contract wants it told is
// not told of it by a route too, over the same channel.
std::vector<Notification> together(std::vector<Notification> routed, std::vector<Notification> owed);

// A case that nobody takes on is told again by the routes that say so: each `repeat` of its grade after the
// first event of the run that the route told of, and after another grade that has an interval of its own,
// until it is acknowledged, recovers or is over; kReminders times at most. Not while a maintenance window of
// the contract in force covers all that stands, nor what fell into one. Of those that passed unsaid only the
// last is said; its key is its own, and asking again gives the same.
inline constexpr int kReminders = 96;
std::vector<Notification> remind(const CaseState& state, const Contract& contract, Timestamp now,
                                 const Contract* in_force = nullptr);
std::optional<Timestamp> next_reminder(const CaseState& state, const Contract& contract, Timestamp now);

// A person, and a channel over which a case has reached them.
using Hearer = std::pair<std::string, std::string>;

// Whether `kind` ends the trouble: it recovered, was none, or goes on under another number.
bool ends_trouble(EventKind kind);
// Whoever heard of the trouble hears of its end, whatever the routes say and whoever is on duty by then:
// those of `heard` whom `told` leaves out and the contract still knows. Nothing for any other event.
std::vector<Notification> tell_the_end(const Event& event, const CaseState& state, const Contract& contract,
                                       Timestamp now, const std::set<Hearer>& heard,
                                       const std::vector<Notification>& told);

// What routes know of obligations, beside the kinds of events.
inline constexpr std::string_view kObligationDue = "obligation_due", kObligationMissed = "obligation_missed";

// `word` is one of the two; `what` makes the keys unique within the instance: "missed", "due 2h". Those of
// the route are told, and the role that owes it. A route for grades is not for these. `together`: so many of
// the same obligation were missed, of which this is the last.
std::vector<Notification> route(const DutyStanding& standing, std::string_view word, std::string_view what,
                                std::size_t together, const Contract& contract, Timestamp now);

}  // namespace xj::domain
