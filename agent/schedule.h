#pragma once
// When each check runs. Pure: told the time, answers what is due.
//
// Slots lie on a grid in wall time: offset + k × interval, the offset a hash of (host, check), so that
// neither the checks of a host nor the hosts of a site fire together, and restarts change nothing. Entries
// that ask for it share the host's own offset instead: what only reads numbers of the kernel is cheapest in
// one go, and its numbers then belong to one moment. The next slot is counted from the planned one, never
// from when the run ended: no drift. Waiting is done in monotonic time; when the two clocks part by more than
// kStep (somebody set the clock, the machine slept), every check waits for its next slot by the new clock:
// nothing fires at once because of a step, and what lay between is counted as missed. When only this process
// was late (both clocks agree), the latest passed slot runs and the earlier are missed. A check never
// overlaps itself: slots that pass while it runs are missed.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace xj::agent {

struct ScheduleEntry {
  std::string id;
  Duration interval{60'000};  // below kMinInterval counts as kMinInterval
  Duration retry{0};          // while not ok; zero or above interval: interval
  bool together = false;      // on the host's own offset, with all others that are
  bool operator==(const ScheduleEntry&) const = default;
};

struct Due {
  std::string id;
  Timestamp slot;
  bool ordered = false;  // by run_now(): somebody waits for it
};

class Schedule {
 public:
  static constexpr Duration kMinInterval{100};
  static constexpr Duration kStep{2'000};

  explicit Schedule(std::string host) : host_(std::move(host)) {}

  // Replaces the entries. One that was there goes on where it is (also when it runs just now); a new one is
  // due at once, with `now` for its slot: a change or a start shows within a moment, not within an interval.
  void set(const std::vector<ScheduleEntry>& entries, Timestamp now, MonoTime mono);
  // What should start now, in order of slots; each counts as running until finished().
  std::vector<Due> due(Timestamp now, MonoTime mono);
  void finished(std::string_view id, State state, Timestamp now);
  // Out of turn, with `now` for its slot; the grid stays. False: no such check. One that runs is left alone.
  bool run_now(std::string_view id, Timestamp now);
  void run_all_now(Timestamp now);
  // Until the next due(); empty when nothing waits for its time.
  std::optional<Duration> wait(Timestamp now) const;

  // Every interval is that many times longer: how the agent throttles itself. 1 is normal.
  void stretch(int factor, Timestamp now);

  std::size_t size() const { return checks_.size(); }
  std::uint64_t missed() const { return missed_; }  // slots, since start

 private:
  struct Planned {
    ScheduleEntry entry;
    std::uint64_t hash = 0;
    Timestamp next{};
    State last = State::ok;
    bool running = false;
    bool once = false;   // `next` is out of turn
    bool extra = false;  // what runs is: it stands for the first slot that comes meanwhile
    bool ordered = false;
  };
  std::uint64_t offset_hash(const ScheduleEntry& entry) const;
  Duration step_of(const Planned& p) const;
  Timestamp slot_after(const Planned& p, Timestamp t) const;  // the first strictly later
  Planned* find(std::string_view id);
  void plan_anew(Timestamp now);

  std::string host_;
  std::vector<Planned> checks_;  // by id
  std::uint64_t missed_ = 0;
  int stretch_ = 1;
  std::optional<Timestamp> last_now_;
  MonoTime last_mono_{};
};

}  // namespace xj::agent
