#pragma once
// Deadlines as a pure function of (events, contract revision, calendar edition, now).
#include <optional>
#include <string>
#include <vector>

#include "collector/domain/case_state.h"
#include "collector/domain/contract.h"
#include "collector/domain/limit.h"

namespace xj::domain {

// `ended`: its run or case ended before the due time without the stop event; neither met nor breached.
enum class ClockStatus : std::uint8_t { not_started, running, paused, met, breached, ended };
std::string_view to_text(ClockStatus status);

struct WarnInstant {
  std::string point;  // "50%", "5m"
  Timestamp at;
};
// When a step of the kind's escalation falls due by this clock.
struct StepInstant {
  int step = 1;  // in the contract's list, from 1
  Timestamp at;
};
struct ClockView {
  std::string name;
  Title title;
  int run = 1;
  ClockStatus status = ClockStatus::not_started;
  std::string grade;
  Limit limit;
  std::string calendar;
  std::string to;
  std::optional<Timestamp> start, stop;
  std::optional<Timestamp> end;        // of its run, or when what makes it needless came
  std::optional<Timestamp> due;        // none before the start, while a pause stands, and where the
                                       // calendar has no such time
  Duration paused{0};                  // working time that pauses have taken out so far
  std::vector<WarnInstant> warns;      // ascending, before due; empty while paused
  std::vector<StepInstant> steps;      // while it runs or is breached and not stopped, in its run
  std::optional<Timestamp> looked_to;  // how far the calendar was looked at to find `due`
  bool leaves_cover = false;           // leans on dates the holiday table does not cover
  std::vector<Message> why;
};

// Every clock of every run for which the grade has a limit, in the contract's order.
//  met: stop.at <= due. breached: stop.at > due, or no stop and now > due.
//  A regrade keeps the start and takes the new limit; a clock that has stopped keeps the limit it stopped
//  under. A reopening ends the clocks of the run before and starts them anew: where the clock starts at
//  `detected`, the reopening is that instant. A pause whose reason the clock lists adds the working time
//  paused to the due time.
std::vector<ClockView> clocks(const CaseState& state, const Contract& contract, Timestamp now);

// The event that ended a run: its case's end, or the reopening that began the next. 0: it has not ended.
std::uint32_t end_of(const CaseState& state, int run);
// When that was.
std::optional<Timestamp> run_end(const CaseState& state, int run);
// The earliest event of that name in a run, 0 when there is none; `detected` is what the run began with.
std::uint32_t event_of(const CaseState& state, const std::string& kind_name, int run);

// The next instant after `now` at which a clock warns or is breached; tick one millisecond after a due time.
std::optional<Timestamp> next_clock_instant(const CaseState& state, const Contract& contract, Timestamp now);

}  // namespace xj::domain
