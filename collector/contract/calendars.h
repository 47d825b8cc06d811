#pragma once
// Zones from the system's data, holidays from CSV, and the calendars every contract may name.
#include <optional>
#include <string>
#include <string_view>

#include "collector/domain/calendar.h"
#include "core/fault.h"

namespace xj::collector {

// The offsets of 1970 to 2100. Nothing when the system knows no such zone.
std::optional<domain::Zone> load_zone(const std::string& name);

// The CSV of holidays and moved working days; docs/contract.md describes it. Problems carry line and column.
domain::HolidayTable read_holidays(std::string_view csv, const std::string& file, Problems& problems);
domain::HolidayTable load_holidays(const std::string& path, Problems& problems);
// Later files win on a day both know; the edition is both names joined by "+".
void merge_holidays(domain::HolidayTable& into, const domain::HolidayTable& more);

// `now` with what `news` covers replaced by what it says, under its edition. Nothing when days between the
// two would be covered by neither.
std::optional<domain::HolidayTable> updated_holidays(const domain::HolidayTable& now,
                                                     const domain::HolidayTable& news);
// What read_holidays reads back.
std::string write_holidays(const domain::HolidayTable& table);

// 7x24, 7x8, 5x8 and workday; nothing for another name. Zone and holidays are the caller's to fill in.
std::optional<domain::WorkCalendar> builtin_calendar(std::string_view name);
std::vector<std::string> builtin_calendar_names();

// "2026-09-30"; nothing for anything else, impossible days among it.
std::optional<domain::Date> parse_date(std::string_view text);
std::string to_text(domain::Date date);
// "09:00-12:00"; up to 24:00, from before to.
std::optional<domain::DaySegment> parse_day_segment(std::string_view text);

}  // namespace xj::collector
