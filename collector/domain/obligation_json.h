#pragma once
// Obligations as the API and `xunjian obligations --json` say them. Times in the contract's zone.
#include <span>

#include "collector/domain/obligation.h"
#include "core/json.h"

namespace xj::domain {

// {name, title, period, opens, due, calendar, by, by_title, times, ...}; with `recorded` also the state and
// what proves it. `due` is null where nobody said by when.
Json to_json(const DutyStanding& standing, const Contract& contract, bool recorded);
// {name, title, from, to, least, owed, done}
Json to_json(const YearCount& year, const Contract& contract);

}  // namespace xj::domain
