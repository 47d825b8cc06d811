#pragma once
// What a key period asks of the duty in it, held against the rosters. Pure.
#include <span>
#include <string>
#include <vector>

#include "collector/domain/contract.h"
#include "collector/domain/duty_record.h"

namespace xj::domain {

// A stretch of a period in which a role has fewer on duty than the contract asks for.
struct DutyShort {
  std::string role;  // empty: no role has a roster at all
  Timestamp from, to;
  int persons = 0;  // on duty in it
  bool operator==(const DutyShort&) const = default;
};
struct DutyPeriod {
  const KeyPeriod* period = nullptr;  // of the contract
  DateRange days;                     // this run of its days
  Timestamp from, to;                 // local midnights
  std::vector<std::string> roles;     // whose rosters count
  std::vector<DutyShort> missing;     // by role, then time; stretches outside the period's calendar left out
};

// Those that say anything of the duty and whose run of days touches [from, to); by time.
std::vector<DutyPeriod> duty_periods(const Contract& contract, Timestamp from, Timestamp to);
// Whether the period wants persons or pairs on duty, which rosters can prove.
bool wants_duty(const KeyPeriod& period);
// Who is on duty: every role with a roster, a specialty each.
std::vector<std::string> duty_roles(const Contract& contract);

// The names of what a period makes owed, beside its rounds "PERIOD:n": its nth task, from 1, "PERIOD:taskN",
// and that the duty in it is arranged, "PERIOD:duty".
std::string key_round_id(const KeyPeriod& period, std::size_t n);
std::string key_task_id(const KeyPeriod& period, std::size_t n);
std::string key_duty_id(const KeyPeriod& period);
// That the duty of a period is arranged, where the rosters leave nothing missing: proof of what is owed by
// its beginning. `contract` has the rosters of its files, `records`, all of the contract's, are put on top:
// the first after which nothing was missing says since when, a roster's file has no time.
std::vector<Fulfilment> duty_arranged(const Contract& contract, std::span<const DutyRecord> records);
// Of one run of the period's days.
std::vector<DutyShort> duty_missing(const KeyPeriod& period, const Contract& contract, Timestamp from,
                                    Timestamp to);

}  // namespace xj::domain
