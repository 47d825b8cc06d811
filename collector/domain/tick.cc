#include "collector/domain/tick.h"

#include <algorithm>

#include "collector/domain/clock.h"
#include "collector/domain/draft.h"
#include "collector/domain/explain.h"
#include "collector/domain/grading.h"
#include "collector/domain/routing.h"
#include "collector/domain/telling.h"

namespace xj::domain {
namespace {

constexpr const char* kVia = "tick";

// A breach is said once; again only when a milder grade gave a later due time that is then missed too.
bool breach_said(const CaseState& s, const ClockView& view) {
  return std::any_of(s.said.begin(), s.said.end(), [&](const ClockSaid& said) {
    return said.breach && said.clock == view.name && said.run == view.run && said.instant >= *view.due;
  });
}
bool warning_said(const CaseState& s, const ClockView& view, Timestamp instant) {
  return std::any_of(s.said.begin(), s.said.end(), [&](const ClockSaid& said) {
    return !said.breach && said.clock == view.name && said.run == view.run && said.instant >= instant;
  });
}

void tick_clocks(Draft& draft, Timestamp now) {
  for (const auto& view : clocks(draft.state(), draft.contract(), now)) {
    const auto name = title_argument(view.title, view.name);
    if (view.status == ClockStatus::breached) {
      if (!breach_said(draft.state(), view))
        draft.add(ClockBreached{view.name, view.run, *view.due}, *view.due, "system:clock", kVia,
                  {"domain.why.breached",
                   {{"clock", name},
                    {"due", local_text(*view.due, draft.contract().zone)},
                    {"limit", limit_argument(view.limit)}}});
      continue;
    }
    // After a long absence several points may have passed: the nearest to the due time says it all.
    const WarnInstant* latest = nullptr;
    for (const auto& w : view.warns)
      if (w.at <= now) latest = &w;
    if (latest != nullptr && !warning_said(draft.state(), view, latest->at))
      draft.add(ClockWarning{view.name, view.run, latest->point, latest->at, *view.due}, latest->at,
                "system:clock", kVia,
                {"domain.why.warning",
                 {{"clock", name},
                  {"point", latest->point},
                  {"due", local_text(*view.due, draft.contract().zone)}}});
  }
}

// What was to be told is warned of and missed as a clock is. After a long absence the last of the turns that
// were missed says it for all.
void tick_tellings(Draft& draft, Timestamp now) {
  const auto all = tellings(draft.state(), draft.contract(), now);
  for (const auto& view : all) {
    if (is_over(draft.state().status) && !is_behind_end(draft.state(), view)) continue;
    const auto later = [&](const TellView& other) {
      return other.rule == view.rule && other.run == view.run && other.turn > view.turn && missed(other);
    };
    const auto& zone = draft.contract().zone;
    const auto name = tell_argument(view.what, view.rule);
    if (missed(view)) {
      if (std::any_of(all.begin(), all.end(), later)) continue;
      if (!is_said(draft.state(), view, true, *view.due))
        draft.add(ClockBreached{tell_clock(view.rule), view.run, *view.due}, *view.due, "system:clock", kVia,
                  {"domain.why.tell_missed", {{"what", name}, {"due", local_text(*view.due, zone)}}});
    } else if (view.warn && *view.warn <= now && !is_said(draft.state(), view, false, *view.warn)) {
      draft.add(
          ClockWarning{tell_clock(view.rule), view.run, std::string(kTellWarnPoint), *view.warn, *view.due},
          *view.warn, "system:clock", kVia,
          {"domain.why.tell_warning", {{"what", name}, {"due", local_text(*view.due, zone)}}});
    }
  }
}

// Steps up, each once a run; after a long absence all that fell due, in the contract's order.
void tick_steps(Draft& draft, Timestamp now) {
  std::vector<StepInstant> due;
  for (const auto& view : clocks(draft.state(), draft.contract(), now))
    for (const auto& step : view.steps)
      if (step.at <= now && draft.state().escalation(step.step) == nullptr) due.push_back(step);
  std::stable_sort(due.begin(), due.end(),
                   [](const StepInstant& a, const StepInstant& b) { return a.step < b.step; });
  for (const auto& step : due) {
    auto facts = draft_step(draft.state(), draft.contract(), step.step, now);
    const auto* clock = draft.contract().kind(draft.state().case_kind)->clock(facts.clock);
    const auto at = parse_iso(facts.due);
    Message why{at && step.at > *at ? "domain.why.escalated_late" : "domain.why.escalated_before",
                {{"clock", title_argument(clock->title, clock->name)},
                 {"due", at ? local_text(*at, draft.contract().zone) : ""}}};
    draft.add(std::move(facts), step.at, "system:escalation", kVia, std::move(why));
  }
}

}  // namespace

std::vector<Event> tick(const CaseState& state, const Contract& contract, Timestamp now) {
  if (state.status == Status::none || (is_over(state.status) && !owes_behind_end(state, contract))) return {};
  Draft draft(state, contract, now);
  if (is_over(state.status)) {
    tick_tellings(draft, now);
    return draft.take();
  }
  if (auto proposal = regrade(state, contract, now)) draft.grade(std::move(*proposal), now, kVia);
  // Before the clocks: one that stops with the watch period must see its end when a tick comes late.
  if (const auto end = watch_end(draft.state(), contract); end && now >= *end) {
    const auto recovered = draft.state().at(draft.state().first(EventKind::recovered, draft.state().run));
    const auto watch = *end - recovered;
    draft.add(WatchEnded{watch}, *end, "system:watch", kVia,
              {"domain.why.watch_ended", {{"watch", to_text(watch)}}});
  }
  tick_clocks(draft, now);
  tick_tellings(draft, now);
  tick_steps(draft, now);
  return draft.take();
}

std::optional<Timestamp> watch_end(const CaseState& state, const Contract& contract) {
  if (state.status != Status::watching) return std::nullopt;
  const auto recovered = state.at(state.first(EventKind::recovered, state.run));
  return recovered + watch_of(contract, state.case_kind, state.grade);
}

std::optional<Timestamp> next_deadline(const CaseState& state, const Contract& contract, Timestamp now) {
  if (state.status == Status::none || (is_over(state.status) && !owes_behind_end(state, contract)))
    return std::nullopt;
  if (!tick(state, contract, now).empty()) return now;
  if (is_over(state.status)) return next_telling_instant(state, contract, now);
  auto next = next_clock_instant(state, contract, now);
  const auto consider = [&](std::optional<Timestamp> t) {
    if (t && (!next || *t < *next)) next = t;
  };
  consider(next_telling_instant(state, contract, now));
  consider(next_reminder(state, contract, now));
  consider(next_grading(state, contract, now));
  consider(watch_end(state, contract));
  return next;
}

}  // namespace xj::domain
