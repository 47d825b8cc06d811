#include "collector/domain/tighten.h"

#include <algorithm>

namespace xj::domain {
namespace {

using std::chrono::days;

// Nothing is looked for further ahead; who asks again then finds it.
constexpr int kLookAhead = 2 * 366;

Date day_of(const Contract& contract, Timestamp t) {
  return std::chrono::floor<days>(contract.zone.to_local(t));
}
Timestamp beginning(const Contract& contract, Date day) {
  return contract.zone.to_utc(std::chrono::local_time<Duration>{day.time_since_epoch()});
}

// First instant behind the run of days that `day` is in.
Timestamp end_of_run(const KeyPeriod& period, const Contract& contract, Date day) {
  auto last = day;
  while (last - day < days{kLookAhead} && belongs(period, contract, last + days{1})) last += days{1};
  return beginning(contract, last + days{1});
}

bool concerns_system(const KeyPeriod& period, const std::string& system) {
  return period.systems.empty() ||
         std::find(period.systems.begin(), period.systems.end(), system) != period.systems.end();
}

bool differs(const CheckSpec& a, const CheckSpec& b) {
  return a.interval != b.interval || a.params != b.params;
}

}  // namespace

bool concerns(const Tightening& tightening, const CheckSpec& check) {
  return tightening.tags.empty() ||
         std::any_of(tightening.tags.begin(), tightening.tags.end(), [&](const std::string& tag) {
           return std::find(check.tags.begin(), check.tags.end(), tag) != check.tags.end();
         });
}

CheckSpec tightened(CheckSpec check, const Tightening& tightening) {
  if (tightening.interval && *tightening.interval < check.interval) {
    if (check.stale_after == 3 * check.interval + check.timeout)
      check.stale_after = 3 * *tightening.interval + check.timeout;
    check.interval = *tightening.interval;
  }
  for (const auto& [name, value] : tightening.params) check.params.insert_or_assign(name, value);
  return check;
}

std::vector<Tightened> tightened_at(const Contract& contract, Timestamp t) {
  const auto day = day_of(contract, t);
  std::vector<const KeyPeriod*> on;
  for (const auto& period : contract.key_periods)
    if (!period.tighten.empty() && belongs(period, contract, day)) on.push_back(&period);
  std::vector<Tightened> out;
  if (on.empty()) return out;
  for (const auto& system : contract.systems)
    for (const auto& check : system.checks) {
      Tightened one{system.id, check.id, check, {}};
      for (const auto* period : on) {
        if (!concerns_system(*period, system.id)) continue;
        auto under = one.spec;
        for (const auto& each : period->tighten)
          if (concerns(each, check)) under = tightened(std::move(under), each);
        if (!differs(under, one.spec)) continue;
        one.spec = std::move(under);
        one.by.push_back({period->id, period->title, end_of_run(*period, contract, day)});
      }
      if (differs(one.spec, check)) out.push_back(std::move(one));
    }
  return out;
}

Timestamp tightening_changes(const Contract& contract, Timestamp t) {
  const auto today = day_of(contract, t);
  auto next = Timestamp::max();
  for (const auto& period : contract.key_periods) {
    if (period.tighten.empty()) continue;
    const bool on = belongs(period, contract, today);
    for (auto day = today + days{1}; day - today <= days{kLookAhead}; day += days{1}) {
      const auto at = beginning(contract, day);
      if (at >= next) break;
      if (at > t && belongs(period, contract, day) != on) next = at;
    }
  }
  return next;
}

Timestamp day_began(const Contract& contract, Timestamp t) {
  return beginning(contract, day_of(contract, t));
}

}  // namespace xj::domain
