#include "collector/domain/duties.h"

#include <algorithm>

#include "collector/domain/contract.h"

namespace xj::domain {

bool belongs(const KeyPeriod& period, const Contract& contract, Date day) {
  if (std::any_of(period.dates.begin(), period.dates.end(),
                  [&](const DateRange& range) { return range.from <= day && day <= range.to; }))
    return true;
  const auto month = static_cast<int>(static_cast<unsigned>(std::chrono::year_month_day{day}.month()));
  if (std::find(period.months.begin(), period.months.end(), month) != period.months.end()) return true;
  if (period.holidays.empty()) return false;
  // Every calendar of a contract has the same table.
  for (const auto& [unused, calendar] : contract.calendars) {
    const auto& table = calendar.holidays;
    const auto works = table.working.find(day);
    const auto name = table.names.find(day);
    // A weekend day that is worked instead bears the holiday's name, and is none.
    if (works == table.working.end() || works->second || name == table.names.end()) continue;
    if (std::find(period.holidays.begin(), period.holidays.end(), name->second) != period.holidays.end())
      return true;
  }
  return false;
}

std::vector<DateRange> occurrences(const KeyPeriod& period, const Contract& contract, Date from, Date to) {
  std::vector<DateRange> out;
  for (auto day = from; day <= to; day += std::chrono::days{1}) {
    if (!belongs(period, contract, day)) continue;
    if (!out.empty() && out.back().to + std::chrono::days{1} == day)
      out.back().to = day;
    else
      out.push_back({day, day});
  }
  return out;
}

bool in_key_period(const Contract& contract, std::string_view system, Timestamp t) {
  if (contract.key_periods.empty()) return false;
  const auto day = std::chrono::floor<std::chrono::days>(contract.zone.to_local(t));
  return std::any_of(contract.key_periods.begin(), contract.key_periods.end(), [&](const KeyPeriod& period) {
    const auto& systems = period.systems;
    return (systems.empty() || std::find(systems.begin(), systems.end(), system) != systems.end()) &&
           belongs(period, contract, day);
  });
}

}  // namespace xj::domain
