#pragma once
// What a clock allows: working time, or a day and an hour ("by 18:00", "2nd working day").
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "collector/domain/calendar.h"

namespace xj::domain {

enum class Period : std::uint8_t { week, month, quarter, year };  // a week begins on Monday

// A due time that is a day of the calendar, whatever amount of time lies before it.
struct DayRule {
  enum class Form : std::uint8_t {
    by,                // on the first working day on which the hour is still to come
    working_day,       // the nth working day after the day of the start, which itself does not count
    last_working_day,  // of the period of the start; of the next one when its hour has passed
    day                // the nth day before the day of the start
  };
  Form form = Form::by;
  int nth = 1;                             // working_day: 1 to 999; below 0, as always with `day`: before
  Period period = Period::month;           // last_working_day
  std::optional<std::chrono::minutes> at;  // from local midnight, up to 24:00; none: when the hours end
  bool operator==(const DayRule&) const = default;
};

struct Limit {
  Duration time{0};  // of work, when there is no rule
  std::optional<DayRule> rule;

  Limit() = default;
  template <typename Rep, typename Ratio>
  Limit(std::chrono::duration<Rep, Ratio> t) : time(t) {}
  Limit(DayRule r) : rule(r) {}
  bool operator==(const Limit&) const = default;
};

// "by 18:00", "same day", "next working day", "2nd working day", "10 working days", "last working day of the
// month", "2 working days before", "3 days before", each but the first two also with an hour behind it: "2nd
// working day 12:00". Nothing for anything else.
std::optional<DayRule> parse_day_rule(std::string_view text);
// A duration or a day rule that does not look back.
std::optional<Limit> parse_limit(std::string_view text);
// What the parsers read back: "4h", "2nd working day 12:00".
std::string to_text(const DayRule& rule);
std::string to_text(const Limit& limit);
// As an argument of a Message: in the reader's language.
std::string limit_argument(const Limit& limit);

// Whether the rule asks for days that are not worked; in 7x24 and 7x8 there are none, so it says nothing
// there.
bool needs_rest_days(const DayRule& rule);

// Whether its day lies before the start, as "3 days before" does; a clock has no such limit.
bool looks_back(const DayRule& rule);

struct Due {
  Timestamp at;         // Timestamp::max() when there is no such time before the year 2200
  Timestamp looked_to;  // the last instant of the calendar that decided it, at least `at` and the start
};
// The earliest instant at which the limit that began at `start` is used up. A rule's is later than `start`,
// unless it looks back.
Due due_under(const WorkCalendar& calendar, Timestamp start, const Limit& limit);

// In 7x24 and 7x8 every day is worked.
bool is_working_day(const WorkCalendar& calendar, Date day);
// The nth working day after `day`, or before it when n is negative; `day` itself for 0. Nothing when the
// calendar has no such day within fifty years.
std::optional<Date> working_day_after(const WorkCalendar& calendar, Date day, int n);
// Of the period in which `day` lies; nothing when none of it is worked.
std::optional<Date> last_working_day(const WorkCalendar& calendar, Date day, Period period);
// The first day of the period after that of `day`.
Date next_period(Date day, Period period);

}  // namespace xj::domain
