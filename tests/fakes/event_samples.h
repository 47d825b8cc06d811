#pragma once
// One full example of every payload. A kind without one does not link: walk() asks for each by type.
#include <functional>

#include "collector/domain/events.h"

namespace xj::domain::samples {

extern const ItemRef kItem;
extern const Timestamp kT0;
Evidence evidence();
Message seen();

Detected sample(Detected*);
Joined sample(Joined*);
ProblemChanged sample(ProblemChanged*);
ProblemCleared sample(ProblemCleared*);
Graded sample(Graded*);
Registered sample(Registered*);
Acknowledged sample(Acknowledged*);
Reported sample(Reported*);
Arrived sample(Arrived*);
Noted sample(Noted*);
Recovered sample(Recovered*);
Reopened sample(Reopened*);
WatchEnded sample(WatchEnded*);
Closed sample(Closed*);
FalseAlarm sample(FalseAlarm*);
ClockWarning sample(ClockWarning*);
ClockBreached sample(ClockBreached*);
Paused sample(Paused*);
Resumed sample(Resumed*);
Amended sample(Amended*);
Rebound sample(Rebound*);
CalendarChanged sample(CalendarChanged*);
ProblemUnwatched sample(ProblemUnwatched*);
ProblemWatched sample(ProblemWatched*);
CloseRequested sample(CloseRequested*);
Verified sample(Verified*);
CloseRejected sample(CloseRejected*);
ConditionConfirmed sample(ConditionConfirmed*);
Merged sample(Merged*);
Absorbed sample(Absorbed*);
SplitOff sample(SplitOff*);
ProblemMoved sample(ProblemMoved*);
EscalationDrafted sample(EscalationDrafted*);
EscalationApproved sample(EscalationApproved*);
EscalationRejected sample(EscalationRejected*);
DependentHeld sample(DependentHeld*);
DependentFreed sample(DependentFreed*);
CauseFound sample(CauseFound*);
Told sample(Told*);
SignedOff sample(SignedOff*);
Opened sample(Opened*);

// Calls f once for every kind, in order.
void walk(const std::function<void(const Payload&)>& f);

// The nth event of a case, with that payload.
Event event(Payload payload, std::uint32_t n = 1);

}  // namespace xj::domain::samples
