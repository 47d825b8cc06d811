#pragma once
// Printed numbers: "INC-{yymmdd}-{nn}" rendered in the contract's zone.
#include <string>
#include <string_view>
#include <variant>

#include "collector/domain/calendar.h"
#include "collector/domain/events.h"

namespace xj::domain {

// The pattern with its dates filled and its counter left out: numbers that share a stem share a counter.
// {yyyy} {yy} {mm} {dd} {yymmdd} and exactly one {nn} or {nnn}.
std::string number_stem(std::string_view pattern, const Zone& zone, Timestamp at);
// The number after `used` ones of the same stem; refused when the counter's digits are used up.
std::variant<std::string, Rejection> next_number(std::string_view pattern, const Zone& zone, Timestamp at,
                                                 int used);
// The same for what nobody can hold back: above its digits the counter goes on with one more (100, 101, …).
// Throws Fault on a pattern that check_number_pattern() refuses.
std::string next_number_going_on(std::string_view pattern, const Zone& zone, Timestamp at, int used);
// How many numbers of a stem the pattern has digits for; 0 for a pattern that is none.
int number_capacity(std::string_view pattern);
// What all numbers of the stem begin with: the pattern up to its counter.
std::string number_prefix(std::string_view pattern, const Zone& zone, Timestamp at);
// The counter of a number of that stem and pattern, with more digits where it went on; 0 when it is none.
int counter_of(std::string_view pattern, const Zone& zone, Timestamp at, std::string_view number);
// What is wrong with a pattern, for the loader; empty message when nothing.
Message check_number_pattern(std::string_view pattern);

}  // namespace xj::domain
