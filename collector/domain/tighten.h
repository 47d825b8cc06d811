#pragma once
// Checks that look closer while a key period lasts. Pure: from a contract and an instant to what is to be run
// then, and to the instant at which that changes.
#include <string>
#include <vector>

#include "collector/domain/contract.h"

namespace xj::domain {

// A check as it is to be run at an instant, where that is not what the contract says of it outside.
struct Tightened {
  std::string system, check;  // ids
  CheckSpec spec;             // interval, stale_after and params as they hold meanwhile, all else as ever
  struct By {
    std::string period;  // id
    Title title;
    Timestamp until;  // end of its last day, of the run of days in which the instant lies
    bool operator==(const By&) const = default;
  };
  std::vector<By> by;  // periods that changed something, in the order of the file
};

// Whether the tightening is about the check: of its tags one at least, or it names none.
bool concerns(const Tightening& tightening, const CheckSpec& check);
// The check under it: the shorter interval of the two holds, parameters that it gives replace those of the
// same name. Silence that the contract left to the interval follows the interval.
CheckSpec tightened(CheckSpec check, const Tightening& tightening);

// Every check that differs at `t`, in the order of the file. Periods and their entries apply in the file's
// order: of several intervals the shortest holds, of several values of a parameter the last.
std::vector<Tightened> tightened_at(const Contract& contract, Timestamp t);
// The first instant behind `t` at which tightened_at() may give something else: a midnight of the contract's
// zone. Timestamp::max() when there is none within two years.
Timestamp tightening_changes(const Contract& contract, Timestamp t);
// Beginning of the day of the contract's zone in which `t` lies.
Timestamp day_began(const Contract& contract, Timestamp t);

}  // namespace xj::domain
