#include "collector/domain/clock.h"

#include <algorithm>
#include <array>

#include "collector/domain/explain.h"

namespace xj::domain {
namespace {

constexpr std::array<std::string_view, 6> kStatus{"not_started", "running",  "paused",
                                                  "met",         "breached", "ended"};

struct Interval {
  Timestamp from, to;
  bool open = false;
  std::string reason;
};

// Pauses of a run for the reasons this clock lists, in order, not reaching past `end`.
std::vector<Interval> pauses_of(const CaseState& state, const ClockSpec& spec, int run,
                                std::optional<Timestamp> end) {
  std::vector<Interval> out;
  for (const auto& p : state.pauses) {
    if (p.run != run || std::find(spec.pause.begin(), spec.pause.end(), p.reason) == spec.pause.end())
      continue;
    Interval i{state.at(p.from_n), {}, p.to_n == 0, p.reason};
    if (end && i.from >= *end) continue;
    if (!i.open) i.to = state.at(p.to_n);
    if (end && (i.open || i.to > *end)) i.to = *end, i.open = false;
    if (i.open || i.to > i.from) out.push_back(std::move(i));
  }
  std::sort(out.begin(), out.end(), [](const Interval& a, const Interval& b) { return a.from < b.from; });
  return out;
}

// The instant at which `amount` of working time outside the pauses is used up; nothing while a pause that
// began before it still stands.
std::optional<Timestamp> used_up(const WorkCalendar& calendar, Timestamp start, Duration amount,
                                 const std::vector<Interval>& pauses) {
  Timestamp t = start;
  Duration left = amount;
  for (const auto& p : pauses) {
    if (p.from > t) {
      const Duration used = calendar.working_between(t, p.from);
      if (used >= left) break;
      left -= used;
      t = p.from;
    }
    if (p.open) return std::nullopt;
    t = std::max(t, p.to);
  }
  return calendar.add_working(t, left);
}

std::string percent_text(double percent) {
  auto text = std::to_string(percent);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text + '%';
}

class Builder {
 public:
  Builder(const CaseState& state, const Contract& contract, const ClockSpec& spec, int run, Timestamp now)
      : s_(state), c_(contract), spec_(spec), now_(now) {
    v_.name = spec.name, v_.title = spec.title, v_.run = run, v_.calendar = spec.calendar, v_.to = spec.to;
  }

  std::optional<ClockView> build() {
    const auto stop_n =
        spec_.about.empty() ? event_of(s_, spec_.stop, v_.run) : s_.first_note(spec_.about, v_.run);
    v_.grade = s_.grade_in(v_.run, stop_n);
    const auto limit = spec_.limit.find(v_.grade);
    const auto calendar = c_.calendars.find(spec_.calendar);
    if (limit == spec_.limit.end() || calendar == c_.calendars.end()) return std::nullopt;
    v_.limit = limit->second;
    calendar_ = &calendar->second;
    end_ = run_end(s_, v_.run);
    // What makes it needless ends it, as the end of the case does.
    if (const auto n = spec_.unless.empty() ? 0 : event_of(s_, spec_.unless, v_.run); n != 0) {
      needless_ = !end_ || s_.at(n) < *end_;
      if (needless_) end_ = s_.at(n);
    }
    v_.end = end_;

    const auto start_n = event_of(s_, spec_.start, v_.run);
    if (start_n == 0) {
      v_.status = end_ ? ClockStatus::ended : ClockStatus::not_started;
      say("domain.clock.not_started", {{"event", event_name(spec_.start)}});
      return std::move(v_);
    }
    v_.start = s_.at(start_n);
    if (stop_n != 0 && !(needless_ && s_.at(stop_n) > *end_)) v_.stop = s_.at(stop_n);
    pauses_ = pauses_of(s_, spec_, v_.run, v_.stop ? v_.stop : end_);
    if (v_.limit.rule) {
      // A day stays that day: the loader lets no pause move it.
      const auto due = due_under(*calendar_, *v_.start, v_.limit);
      v_.due = due.at, v_.looked_to = due.looked_to;
    } else {
      v_.due = used_up(*calendar_, *v_.start, v_.limit.time, pauses_);
      v_.looked_to = v_.due;
    }
    // A calendar without that much working time: never due, and said so, rather than a date far away.
    never_ = v_.due == Timestamp::max();
    if (never_) v_.due.reset(), v_.looked_to.reset();
    judge();
    count_pauses();
    if (v_.status == ClockStatus::running && v_.due) find_warnings();
    if (v_.run == s_.run && v_.due && !v_.stop && !end_) find_steps();
    v_.leaves_cover = calendar_->leaves_cover(*v_.start, v_.looked_to.value_or(now_));
    explain_it();
    return std::move(v_);
  }

 private:
  void judge() {
    if (never_)
      v_.status = v_.stop ? ClockStatus::met : end_ ? ClockStatus::ended : ClockStatus::running;
    else if (v_.stop)
      v_.status = *v_.stop <= *v_.due ? ClockStatus::met : ClockStatus::breached;
    else if (!v_.due)
      v_.status = ClockStatus::paused;
    else if (end_)
      v_.status = *end_ > *v_.due ? ClockStatus::breached : ClockStatus::ended;
    else
      v_.status = now_ > *v_.due ? ClockStatus::breached : ClockStatus::running;
  }
  void count_pauses() {
    Timestamp covered = *v_.start;
    for (const auto& p : pauses_) {
      if (v_.due && p.from >= *v_.due) break;
      const Timestamp from = std::max(p.from, covered), to = p.open ? now_ : p.to;
      if (to > from) v_.paused += calendar_->working_between(from, to), covered = to;
    }
  }
  // Nothing where it would not lie between start and due.
  std::optional<Timestamp> instant_of(const WarnPoint& w) const {
    std::optional<Timestamp> at;
    if (w.percent) {
      const auto all = v_.limit.rule ? calendar_->working_between(*v_.start, *v_.due) : v_.limit.time;
      at = used_up(*calendar_, *v_.start,
                   Duration{static_cast<std::int64_t>(static_cast<double>(all.count()) * *w.percent / 100.0)},
                   pauses_);
    } else if (w.before) {
      at = *v_.due - *w.before;
    }
    return at && *at > *v_.start && *at < *v_.due ? at : std::nullopt;
  }
  void find_steps() {
    const auto* kind = c_.kind(s_.case_kind);
    for (std::size_t i = 0; kind != nullptr && i < kind->escalation.size(); ++i) {
      const auto& step = kind->escalation[i];
      if (step.clock != spec_.name ||
          (!step.grades.empty() &&
           std::find(step.grades.begin(), step.grades.end(), v_.grade) == step.grades.end()))
        continue;
      // A point that does not lie before the due time is the breach itself.
      const auto at = step.before ? instant_of(*step.before) : std::nullopt;
      v_.steps.push_back({static_cast<int>(i + 1), at.value_or(*v_.due + Duration{1})});
    }
  }
  void find_warnings() {
    for (const auto& w : spec_.warn)
      if (const auto at = instant_of(w))
        v_.warns.push_back({w.percent ? percent_text(*w.percent) : to_text(*w.before), *at});
    std::sort(v_.warns.begin(), v_.warns.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  }

  std::string local(Timestamp t) const { return local_text(t, c_.zone); }
  static std::string event_name(const std::string& kind) { return "@domain.event." + kind; }
  void say(const char* id, Message::Args args) {
    args.insert(args.begin(), {"clock", title_argument(spec_.title, spec_.name)});
    v_.why.push_back({id, std::move(args)});
  }
  void explain_it() {
    const auto* kind = c_.kind(s_.case_kind);
    const auto* grade = kind == nullptr ? nullptr : kind->grade(v_.grade);
    const bool again = v_.run > 1 && spec_.start == to_text(EventKind::detected);
    say("domain.clock.started",
        {{"at", local(*v_.start)},
         {"event", event_name(again ? std::string(to_text(EventKind::reopened)) : spec_.start)},
         {"limit", limit_argument(v_.limit)},
         {"grade", grade == nullptr ? v_.grade : title_argument(grade->title, grade->id)},
         {"calendar", v_.calendar}});
    for (const auto& p : pauses_) {
      if (v_.due && p.from >= *v_.due) break;
      if (p.open)
        say("domain.clock.pause_open", {{"reason", p.reason}, {"from", local(p.from)}});
      else
        say("domain.clock.pause",
            {{"reason", p.reason},
             {"from", local(p.from)},
             {"to", local(p.to)},
             {"time", to_text(calendar_->working_between(std::max(p.from, *v_.start), p.to))}});
    }
    if (v_.due) say("domain.clock.due", {{"due", local(*v_.due)}, {"event", event_name(spec_.stop)}});
    if (never_) {
      say("domain.clock.never", {{"calendar", v_.calendar}, {"limit", limit_argument(v_.limit)}});
      return;
    }
    switch (v_.status) {
      case ClockStatus::not_started: break;
      case ClockStatus::running:
        say("domain.clock.running", {{"left", to_text(whole(*v_.due - now_))}});
        break;
      case ClockStatus::paused: say("domain.clock.is_paused", {}); break;
      case ClockStatus::met:
        say("domain.clock.met", {{"at", local(*v_.stop)}, {"spare", to_text(whole(*v_.due - *v_.stop))}});
        break;
      case ClockStatus::breached:
        if (v_.stop)
          say("domain.clock.late", {{"at", local(*v_.stop)}, {"over", to_text(whole(*v_.stop - *v_.due))}});
        else
          say("domain.clock.breached", {{"over", to_text(whole((end_ ? *end_ : now_) - *v_.due))}});
        break;
      case ClockStatus::ended:
        if (!needless_ && v_.run == s_.run && s_.status == Status::merged)
          say("domain.clock.merged", {{"at", local(*end_)}, {"into", s_.into}});
        else
          say(needless_ ? "domain.clock.needless" : "domain.clock.ended",
              {{"at", local(*end_)}, {"event", event_name(spec_.unless)}});
        break;
    }
    if (v_.leaves_cover) say("domain.clock.leaves_cover", {{"edition", s_.calendar}});
  }
  // Whole seconds, rounded away from zero so that "over by 0s" is never said of a breach.
  static Duration whole(Duration d) { return std::chrono::ceil<std::chrono::seconds>(d); }

  const CaseState& s_;
  const Contract& c_;
  const ClockSpec& spec_;
  const Timestamp now_;
  const WorkCalendar* calendar_ = nullptr;
  std::optional<Timestamp> end_;
  std::vector<Interval> pauses_;
  bool never_ = false;
  bool needless_ = false;  // end_ is what `unless` names
  ClockView v_;
};

}  // namespace

std::uint32_t end_of(const CaseState& state, int run) {
  if (run < state.run) return state.start_of(run + 1);
  if (!is_over(state.status)) return 0;
  const auto kind = state.status == Status::closed   ? EventKind::closed
                    : state.status == Status::merged ? EventKind::merged
                                                     : EventKind::false_alarm;
  return state.first(kind, run);
}

std::optional<Timestamp> run_end(const CaseState& state, int run) {
  const auto n = end_of(state, run);
  return n == 0 ? std::nullopt : std::optional(state.at(n));
}

std::uint32_t event_of(const CaseState& state, const std::string& kind_name, int run) {
  const auto kind = parse_event_kind(kind_name);
  if (!kind) return 0;
  return *kind == EventKind::detected ? state.start_of(run) : state.first(*kind, run);
}

std::string_view to_text(ClockStatus status) { return kStatus[static_cast<std::size_t>(status)]; }

std::vector<ClockView> clocks(const CaseState& state, const Contract& contract, Timestamp now) {
  std::vector<ClockView> out;
  const CaseKind* kind = contract.kind(state.case_kind);
  if (kind == nullptr || state.status == Status::none) return out;
  for (int run = 1; run <= state.run; ++run)
    for (const auto& spec : kind->clocks)
      if (auto view = Builder(state, contract, spec, run, now).build()) out.push_back(std::move(*view));
  return out;
}

std::optional<Timestamp> next_clock_instant(const CaseState& state, const Contract& contract, Timestamp now) {
  std::optional<Timestamp> next;
  const auto consider = [&](Timestamp t) {
    if (t > now && (!next || t < *next)) next = t;
  };
  for (const auto& view : clocks(state, contract, now)) {
    if (view.status != ClockStatus::running || !view.due) continue;
    for (const auto& w : view.warns) consider(w.at);
    for (const auto& s : view.steps) consider(s.at);
    consider(*view.due + Duration{1});  // breached only after it
  }
  return next;
}

}  // namespace xj::domain
