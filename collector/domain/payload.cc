#include "collector/domain/events.h"

namespace xj::domain {

Payload::Payload() = default;
Payload::Payload(const Payload&) = default;
Payload::Payload(Payload&&) noexcept = default;
Payload& Payload::operator=(const Payload&) = default;
Payload& Payload::operator=(Payload&&) noexcept = default;
Payload::~Payload() = default;
bool operator==(const Payload& a, const Payload& b) {
  return static_cast<const PayloadVariant&>(a) == static_cast<const PayloadVariant&>(b);
}
template <typename Kind>
  requires kIsOneOf<Kind, PayloadVariant>
Payload::Payload(Kind kind) : PayloadVariant(std::move(kind)) {}

// A kind that is missing here does not link.
template Payload::Payload(Detected);
template Payload::Payload(Joined);
template Payload::Payload(ProblemChanged);
template Payload::Payload(ProblemCleared);
template Payload::Payload(Graded);
template Payload::Payload(Registered);
template Payload::Payload(Acknowledged);
template Payload::Payload(Reported);
template Payload::Payload(Arrived);
template Payload::Payload(Noted);
template Payload::Payload(Recovered);
template Payload::Payload(Reopened);
template Payload::Payload(WatchEnded);
template Payload::Payload(Closed);
template Payload::Payload(FalseAlarm);
template Payload::Payload(ClockWarning);
template Payload::Payload(ClockBreached);
template Payload::Payload(Paused);
template Payload::Payload(Resumed);
template Payload::Payload(Amended);
template Payload::Payload(Rebound);
template Payload::Payload(CalendarChanged);
template Payload::Payload(ProblemUnwatched);
template Payload::Payload(ProblemWatched);
template Payload::Payload(Opened);
template Payload::Payload(CloseRequested);
template Payload::Payload(Verified);
template Payload::Payload(CloseRejected);
template Payload::Payload(ConditionConfirmed);
template Payload::Payload(Merged);
template Payload::Payload(Absorbed);
template Payload::Payload(SplitOff);
template Payload::Payload(ProblemMoved);
template Payload::Payload(EscalationDrafted);
template Payload::Payload(EscalationApproved);
template Payload::Payload(EscalationRejected);
template Payload::Payload(DependentHeld);
template Payload::Payload(DependentFreed);
template Payload::Payload(CauseFound);
template Payload::Payload(Told);
template Payload::Payload(SignedOff);

}  // namespace xj::domain
