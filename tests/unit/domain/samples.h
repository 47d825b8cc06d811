#pragma once
// One full example of every payload. A kind without one does not compile: walk() asks for each by type.
#include <utility>

#include "collector/domain/events.h"

namespace xj::domain::samples {

inline const ItemRef kItem{"oa", "disk", "web1", "/data"};
inline const Timestamp kT0 = *parse_iso("2026-11-20T09:00:00+08:00");
inline Evidence evidence() {
  return {kT0 - std::chrono::minutes(2),
          3,
          {{"used_percent", Number(96.25)}, {"free_bytes", Number(std::int64_t{1} << 60)}}};
}
inline Message seen() { return {"checks.disk.full", {{"used", "96%"}, {"limit", "\"95%\""}}}; }

inline Detected sample(Detected*) { return {"incident", kItem, State::critical, seen(), evidence()}; }
inline Joined sample(Joined*) {
  return {{"oa", "http", "web2", ""}, State::unknown, Message::literal("连接超时"), evidence()};
}
inline ProblemChanged sample(ProblemChanged*) {
  return {kItem, State::critical, State::warning, seen(), evidence()};
}
inline ProblemCleared sample(ProblemCleared*) { return {kItem, Message::literal("ok")}; }
inline Graded sample(Graded*) { return {"", "II", GradeHow::machine, "why"}; }
inline Registered sample(Registered*) { return {"登记"}; }
inline Acknowledged sample(Acknowledged*) { return {"on it"}; }
inline Reported sample(Reported*) { return {"lead", "by telephone"}; }
inline Arrived sample(Arrived*) { return {"at the gate"}; }
inline Noted sample(Noted*) { return {"line one\nline \"two\"", "emergency-plan"}; }
inline Recovered sample(Recovered*) { return {"worked around", std::chrono::hours(336)}; }
inline Reopened sample(Reopened*) { return {2, "again"}; }
inline WatchEnded sample(WatchEnded*) { return {std::chrono::hours(336)}; }
inline Closed sample(Closed*) { return {"client agrees"}; }
inline FalseAlarm sample(FalseAlarm*) { return {"planned work"}; }
inline ClockWarning sample(ClockWarning*) {
  return {"report", 1, "50%", kT0 + std::chrono::minutes(15), kT0 + std::chrono::minutes(30)};
}
inline ClockBreached sample(ClockBreached*) {
  return {"report", 1, kT0 + std::chrono::milliseconds(1'800'001)};
}
inline Paused sample(Paused*) { return {"client", "no access"}; }
inline Resumed sample(Resumed*) { return {"door open"}; }
inline Amended sample(Amended*) {
  return {1, "at", "2026-11-20T01:00:00Z", "2026-11-20T00:50:00Z", "seen earlier"};
}
inline Rebound sample(Rebound*) { return {"rev-1", "rev-2", "supplement signed"}; }
inline CalendarChanged sample(CalendarChanged*) {
  return {"cn-2026-1", "cn-2026-2", "notice of the State Council"};
}

inline ProblemUnwatched sample(ProblemUnwatched*) { return {kItem}; }
inline ProblemWatched sample(ProblemWatched*) { return {kItem}; }
inline CloseRequested sample(CloseRequested*) { return {"14 days quiet"}; }
inline Verified sample(Verified*) { return {"item by item"}; }
inline CloseRejected sample(CloseRejected*) { return {"the report lacks its annex"}; }
inline ConditionConfirmed sample(ConditionConfirmed*) { return {"客户方同意关闭", "by telephone"}; }
inline Merged sample(Merged*) { return {"INC-261120-02", "one and the same"}; }
inline Absorbed sample(Absorbed*) { return {"INC-261120-03", "one and the same"}; }
inline SplitOff sample(SplitOff*) { return {"incident", "oa", "INC-261120-02", "another cause"}; }
inline ProblemMoved sample(ProblemMoved*) { return {kItem, "INC-261120-02", "another cause"}; }
inline EscalationDrafted sample(EscalationDrafted*) {
  return {1, "resolve", 1, "2026-11-20T03:00:00Z", "II", {"lead", "duty"}, "lead", "effects assessed"};
}
inline EscalationApproved sample(EscalationApproved*) { return {1, {"lead"}, "agreed"}; }
inline EscalationRejected sample(EscalationRejected*) { return {1, "nearly done"}; }
inline DependentHeld sample(DependentHeld*) { return {{"oa", "login", "web1", ""}, State::unknown, kItem}; }
inline DependentFreed sample(DependentFreed*) { return {{"oa", "login", "web1", ""}, "INC-261120-02"}; }
inline CauseFound sample(CauseFound*) { return {kItem, {"net", "gateway", "mon1", ""}, "INC-261120-02"}; }
inline Told sample(Told*) {
  return {"found", 2, {"lead", "duty"}, {"phone"}, "wang", "mail", "by telephone"};
}
inline Opened sample(Opened*) { return {"incident", "oa", "用户电话：无法登录"}; }

template <typename F, std::size_t... I>
void walk(F&& f, std::index_sequence<I...>) {
  (f(Payload(std::in_place_index<I>, sample(static_cast<std::variant_alternative_t<I, Payload>*>(nullptr)))),
   ...);
}
// Calls f(Payload) once for every kind, in order.
template <typename F>
void walk(F&& f) {
  walk(std::forward<F>(f), std::make_index_sequence<kEventKinds>{});
}

inline Event event(Payload payload, std::uint32_t n = 1) {
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
