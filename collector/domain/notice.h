#pragma once
// What every message about a case is made of, whoever sends it: routing.cc, reminder.cc.
#include <string>
#include <vector>

#include "collector/domain/routing.h"

namespace xj::domain {

// To nobody yet: what all who are told of `event` are told.
Notification telling_of(EventKind event, const CaseState& state, const Contract& contract,
                        const CaseKind& kind);
// Adds what stands, and what is due next; `reported`: and what the person who opened the case reported.
void add_standing(std::vector<Message>& body, const CaseState& state, const Contract& contract, Timestamp now,
                  bool reported);
// Whom a role means now: with a roster the A person on duty, and B where it is late already; in a gap, and
// without a roster, all of its people. The roster is that of the contract in force: who is on duty is no
// matter of a case's revision.
std::vector<std::string> people_of(const Role& role, const Contract& contract, const Contract* in_force,
                                   Timestamp now, bool late);

}  // namespace xj::domain
