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
// The counter of a number of that stem and pattern, 0 when it is none.
int counter_of(std::string_view pattern, const Zone& zone, Timestamp at, std::string_view number);
// What is wrong with a pattern, for the loader; empty message when nothing.
Message check_number_pattern(std::string_view pattern);

}  // namespace xj::domain
