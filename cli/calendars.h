#pragma once
// What the offline commands share: which holidays hold, which calendar is meant, how an answer is explained.
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/context.h"
#include "collector/contract/calendars.h"
#include "collector/domain/contract.h"

namespace xj::cli {

// Those of --holidays, else of the file `calendar import` writes, else the ones built into this program.
// Throws CommandFailed with every problem of the file.
struct Holidays {
  domain::HolidayTable table;
  std::string file;  // empty: built in
};
// The last of them.
domain::HolidayTable built_in_holidays(Problems& problems);
Holidays find_holidays(const Context& context, const Arguments& arguments);
Holidays read_holidays_file(const Context& context, const std::string& path);

// The one contract behind --contract, with these holidays; null when it is not given. Throws CommandFailed.
domain::ContractPtr find_contract(const Context& context, const Arguments& arguments,
                                  const Holidays& holidays);

// --calendar: a built-in one in Asia/Shanghai, or one of the contract's, in its zone.
domain::WorkCalendar find_calendar(const Context& context, const Arguments& arguments,
                                   const Holidays& holidays, std::string_view fallback = {});

// A time with its offset, of 1970 to 2199. Throws CommandFailed naming the option.
Timestamp time_of(const std::string& option, const std::string& given);

// "2026-09-30T16:30:00+08:00" in the zone.
std::string iso_in(const domain::Zone& zone, Timestamp t);
// Whole minutes as an integer, else with a fraction.
Json minutes_json(Duration d);

// "28h30m": of work no days are made, which would be read as working days.
std::string hours_text(Duration d);

// At most `limit` segments of [from, to], with how many were left out.
struct Segments {
  std::vector<domain::WorkSegment> shown;
  std::size_t left_out = 0;
};
Segments segments_of(const domain::WorkCalendar& calendar, Timestamp from, Timestamp to, std::size_t limit);
Json segments_json(const Segments& segments, const domain::Zone& zone);

// That an answer leans on days the holidays do not cover; empty when it does not.
Message cover_warning(const domain::WorkCalendar& calendar, Timestamp from, Timestamp to);
// Adds "warnings" to `json` with --json, prints them to the error stream without; each once.
void warn(const Context& context, std::vector<Message> warnings, Json& json);

}  // namespace xj::cli
