#include "collector/domain/key_duty.h"

#include <algorithm>
#include <optional>

#include "collector/domain/explain.h"

namespace xj::domain {
namespace {

using std::chrono::days;
using std::chrono::floor;

constexpr days kLongest{366};  // a run that lies across the asked time is shown whole up to so far

int persons_of(const Shift* shift) {
  if (shift == nullptr) return 0;
  return (shift->a.empty() ? 0 : 1) + (shift->b.empty() || shift->b == shift->a ? 0 : 1);
}

}  // namespace

bool wants_duty(const KeyPeriod& period) { return period.persons > 0 || period.pairs; }

std::vector<std::string> duty_roles(const Contract& contract) {
  std::vector<std::string> out;
  for (const auto& [id, role] : contract.roles)
    if (!role.roster.shifts.empty()) out.push_back(id);
  return out;
}

std::string key_round_id(const KeyPeriod& period, std::size_t n) {
  return period.id + ':' + std::to_string(n);
}
std::string key_task_id(const KeyPeriod& period, std::size_t n) {
  return period.id + ":task" + std::to_string(n);
}
std::string key_duty_id(const KeyPeriod& period) { return period.id + ":duty"; }

std::vector<DutyShort> duty_missing(const KeyPeriod& period, const Contract& contract, Timestamp from,
                                    Timestamp to) {
  std::vector<DutyShort> out;
  const auto calendar = contract.calendars.find(period.calendar);
  if (!wants_duty(period) || calendar == contract.calendars.end()) return out;
  const int wanted = std::max(period.persons, period.pairs ? 2 : 1);
  const auto roles = duty_roles(contract);
  if (roles.empty()) out.push_back({"", from, to, 0});
  for (const auto& id : roles) {
    const auto role = contract.roles.find(id);
    if (role == contract.roles.end()) continue;
    const auto& shifts = role->second.roster.shifts;
    for (auto at = from; at < to;) {
      const auto* shift = on_duty(role->second.roster, at);
      auto until = to;
      if (shift != nullptr) {
        until = std::min(until, shift->to);
      } else {
        const auto next =
            std::find_if(shifts.begin(), shifts.end(), [&](const Shift& s) { return s.from > at; });
        if (next != shifts.end()) until = std::min(until, next->from);
      }
      const int persons = persons_of(shift);
      if (persons < wanted && calendar->second.working_between(at, until) > Duration{0}) {
        if (!out.empty() && out.back().role == id && out.back().to == at && out.back().persons == persons)
          out.back().to = until;
        else
          out.push_back({id, at, until, persons});
      }
      at = until;
    }
  }
  return out;
}

std::vector<Fulfilment> duty_arranged(const Contract& contract, std::span<const DutyRecord> records) {
  std::vector<Fulfilment> out;
  if (std::none_of(contract.key_periods.begin(), contract.key_periods.end(), wants_duty)) return out;
  Contract with = contract;
  const auto change = [&](std::span<const DutyRecord> by) {
    for (auto& [id, role] : with.roles) role.roster = with_changes(contract.roles.at(id).roster, id, by);
  };
  const auto first = floor<days>(contract.zone.to_local(contract.from));
  const auto last = floor<days>(contract.zone.to_local(contract.to - Duration{1}));
  for (const auto& period : contract.key_periods) {
    if (!wants_duty(period)) continue;
    for (const auto& run : occurrences(period, contract, first, last)) {
      const auto from = contract.zone.to_utc(run.from), to = contract.zone.to_utc(run.to + days{1});
      const auto complete = [&] {
        return !duty_roles(with).empty() && duty_missing(period, with, from, to).empty();
      };
      change(records);
      if (!complete()) continue;
      std::string names;
      for (const auto& role : duty_roles(with)) names += (names.empty() ? "" : ", ") + role;
      std::vector<DutyRecord> touching;
      for (const auto& record : records)
        if (!record.shifts.empty() && record.shifts.front().from < to && record.shifts.back().to > from)
          touching.push_back(record);
      // It was arranged before somebody swapped; a gap that a record made in it once it ran is no matter of
      // what was owed by its beginning, one made before is.
      std::optional<Timestamp> since;
      for (std::size_t n = 0; n <= touching.size(); ++n) {
        const auto at = n == 0 ? contract.from : touching[n - 1].known;
        change(std::span(touching).first(n));
        if (!complete()) {
          if (at <= from) since.reset();
        } else if (!since) {
          since = at;
        }
      }
      out.push_back({key_duty_id(period), local_text(from, contract.zone).substr(0, 10),
                     since.value_or(contract.from), names, ""});
    }
  }
  return out;
}

std::vector<DutyPeriod> duty_periods(const Contract& contract, Timestamp from, Timestamp to) {
  std::vector<DutyPeriod> out;
  if (from >= to) return out;
  const auto day = [&](Timestamp t) { return floor<days>(contract.zone.to_local(t)); };
  const auto term_from = day(contract.from), term_to = day(contract.to - Duration{1});
  const auto first = std::max(term_from, day(from) - kLongest), last = std::min(term_to, day(to) + kLongest);
  for (const auto& period : contract.key_periods) {
    if (!wants_duty(period) && !period.onsite) continue;
    for (const auto& run : occurrences(period, contract, first, last)) {
      DutyPeriod one{&period, run, contract.zone.to_utc(run.from), contract.zone.to_utc(run.to + days{1}),
                     {},      {}};
      if (one.to <= from || one.from >= to) continue;
      one.roles = duty_roles(contract);
      one.missing = duty_missing(period, contract, one.from, one.to);
      out.push_back(std::move(one));
    }
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const DutyPeriod& a, const DutyPeriod& b) { return a.from < b.from; });
  return out;
}

}  // namespace xj::domain
