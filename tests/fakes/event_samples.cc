#include "tests/fakes/event_samples.h"

#include <utility>

namespace xj::domain::samples {

const ItemRef kItem{"oa", "disk", "web1", "/data"};
const Timestamp kT0 = *parse_iso("2026-11-20T09:00:00+08:00");
Evidence evidence() {
  return {kT0 - std::chrono::minutes(2),
          3,
          {{"used_percent", Number(96.25)}, {"free_bytes", Number(std::int64_t{1} << 60)}}};
}
Message seen() { return {"checks.disk.full", {{"used", "96%"}, {"limit", "\"95%\""}}}; }

Detected sample(Detected*) { return {"incident", kItem, State::critical, seen(), evidence()}; }
Joined sample(Joined*) {
  return {{"oa", "http", "web2", ""}, State::unknown, Message::literal("连接超时"), evidence()};
}
ProblemChanged sample(ProblemChanged*) {
  return {kItem, State::critical, State::warning, seen(), evidence()};
}
ProblemCleared sample(ProblemCleared*) { return {kItem, Message::literal("ok")}; }
Graded sample(Graded*) { return {"", "II", GradeHow::machine, "why"}; }
Registered sample(Registered*) { return {"登记"}; }
Acknowledged sample(Acknowledged*) { return {"on it"}; }
Reported sample(Reported*) { return {"lead", "by telephone"}; }
Arrived sample(Arrived*) { return {"at the gate"}; }
Noted sample(Noted*) { return {"line one\nline \"two\"", "emergency-plan"}; }
Recovered sample(Recovered*) { return {"worked around", std::chrono::hours(336)}; }
Reopened sample(Reopened*) { return {2, "again"}; }
WatchEnded sample(WatchEnded*) { return {std::chrono::hours(336)}; }
Closed sample(Closed*) { return {"client agrees"}; }
FalseAlarm sample(FalseAlarm*) { return {"planned work"}; }
ClockWarning sample(ClockWarning*) {
  return {"report", 1, "50%", kT0 + std::chrono::minutes(15), kT0 + std::chrono::minutes(30)};
}
ClockBreached sample(ClockBreached*) { return {"report", 1, kT0 + std::chrono::milliseconds(1'800'001)}; }
Paused sample(Paused*) { return {"client", "no access"}; }
Resumed sample(Resumed*) { return {"door open"}; }
Amended sample(Amended*) { return {1, "at", "2026-11-20T01:00:00Z", "2026-11-20T00:50:00Z", "seen earlier"}; }
Rebound sample(Rebound*) { return {"rev-1", "rev-2", "supplement signed"}; }
CalendarChanged sample(CalendarChanged*) { return {"cn-2026-1", "cn-2026-2", "notice of the State Council"}; }

ProblemUnwatched sample(ProblemUnwatched*) { return {kItem}; }
ProblemWatched sample(ProblemWatched*) { return {kItem}; }
CloseRequested sample(CloseRequested*) { return {"14 days quiet"}; }
Verified sample(Verified*) { return {"item by item"}; }
CloseRejected sample(CloseRejected*) { return {"the report lacks its annex"}; }
ConditionConfirmed sample(ConditionConfirmed*) { return {"客户方同意关闭", "by telephone"}; }
Merged sample(Merged*) { return {"INC-261120-02", "one and the same"}; }
Absorbed sample(Absorbed*) { return {"INC-261120-03", "one and the same"}; }
SplitOff sample(SplitOff*) { return {"incident", "oa", "INC-261120-02", "another cause"}; }
ProblemMoved sample(ProblemMoved*) { return {kItem, "INC-261120-02", "another cause"}; }
EscalationDrafted sample(EscalationDrafted*) {
  return {1, "resolve", 1, "2026-11-20T03:00:00Z", "II", {"lead", "duty"}, "lead", "effects assessed"};
}
EscalationApproved sample(EscalationApproved*) { return {1, {"lead"}, "agreed"}; }
EscalationRejected sample(EscalationRejected*) { return {1, "nearly done"}; }
DependentHeld sample(DependentHeld*) { return {{"oa", "login", "web1", ""}, State::unknown, kItem}; }
DependentFreed sample(DependentFreed*) { return {{"oa", "login", "web1", ""}, "INC-261120-02"}; }
CauseFound sample(CauseFound*) { return {kItem, {"net", "gateway", "mon1", ""}, "INC-261120-02"}; }
SignedOff sample(SignedOff*) { return {"lead", "agreed"}; }
Told sample(Told*) { return {"found", 2, {"lead", "duty"}, {"phone"}, "wang", "mail", "by telephone"}; }
Opened sample(Opened*) { return {"incident", "oa", "用户电话：无法登录"}; }

namespace {

template <std::size_t... I>
void each(const std::function<void(const Payload&)>& f, std::index_sequence<I...>) {
  (f(sample(static_cast<std::variant_alternative_t<I, PayloadVariant>*>(nullptr))), ...);
}

}  // namespace

void walk(const std::function<void(const Payload&)>& f) { each(f, std::make_index_sequence<kEventKinds>{}); }

Event event(Payload payload, std::uint32_t n) {
  Event e;
  e.contract = "office-oa", e.number = "INC-261120-01", e.n = n;
  e.at = kT0, e.known = kT0 + std::chrono::milliseconds(1234);
  e.actor = "person:zhang", e.via = "api",
  e.reason = {"domain.why.hard", {{"state", "@core.state.critical"}, {"count", "3"}}};
  e.revision = "rev-1", e.calendar = "cn-2026-1";
  e.payload = std::move(payload);
  return e;
}

}  // namespace xj::domain::samples
