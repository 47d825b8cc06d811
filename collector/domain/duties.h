#pragma once
// What a contract demands by calendar and what it costs to fail: obligations, indicators, key periods,
// prices, payments, deductions. Part of domain::Contract; plain data, proved by collector/contract.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/domain/calendar.h"
#include "collector/domain/limit.h"
#include "core/params.h"
#include "core/text.h"
#include "core/time.h"

namespace xj::domain {

// A title in the contract's language and, when given, in English.
struct Title {
  std::string zh;
  std::string en;  // empty: zh
  const std::string& in(Lang lang) const { return lang == Lang::en && !en.empty() ? en : zh; }
  bool operator==(const Title&) const = default;
};

enum class Every : std::uint8_t {
  interval,  // Obligation::interval
  day,
  working_day,
  week,
  fortnight,
  month,
  quarter,
  half_year,
  year,
  once,   // in the term
  event,  // each time Obligation::after happens
};

// Something owed again and again, with its evidence.
struct Obligation {
  std::string id;
  Title title;
  Every every = Every::month;
  Duration interval{0};              // of Every::interval
  int times = 1;                     // in each period
  std::vector<int> months;           // 1 to 12; only in these; empty: all
  std::string after;                 // a word of the contract's own: "release", "written_notice", "term_end"
  std::string calendar;              // id in Contract::calendars
  std::optional<DayRule> due;        // counted from the start of each instance; absent: its period's end
  std::optional<Duration> within;    // the same as an amount of time
  std::optional<Duration> lasting;   // how long one goes on, or may take
  std::string by;                    // role
  std::vector<std::string> systems;  // empty: all
  std::string round;                 // id in Contract::rounds, when it is one
  std::string period;                // id in Contract::key_periods, when owed only in it or for it
  std::vector<Title> evidence;       // what proves it done
  std::optional<std::vector<Duration>> warn;  // points before due at which it is said; absent: by its length
  int min_per_year = 0;
  std::vector<std::string> refs;
};

// A service figure measured over the term.
struct Indicator {
  std::string id;
  Title title;
  std::int64_t at_least_ppm = 0;  // 99.99 % is 999'900
  std::vector<std::string> refs;
};

struct DateRange {
  Date from, to;  // both inside
};
struct KeyRound {
  Duration every{0};
  std::string round;            // id in Contract::rounds, or empty
  std::vector<DateRange> only;  // empty: the whole period
  Title title;
};
// Checks with one of the tags run more often and judge more strictly while a key period lasts.
struct Tightening {
  std::vector<std::string> tags;  // empty: all
  std::optional<Duration> interval;
  ParamMap params;
};
struct KeyPeriod {
  std::string id;
  Title title;
  std::vector<DateRange> dates;
  std::vector<std::string> holidays;  // names in the holiday data; their days belong to it
  std::vector<int> months;            // whole months
  int days = 0;                       // length the contract names, in a year; 0: none
  std::string calendar;               // for the duty in it
  std::vector<std::string> systems;   // empty: all
  int persons = 0;                    // on duty at least, for each specialty
  bool pairs = false;                 // A and B persons
  bool onsite = false;
  std::vector<Title> tasks;
  std::vector<KeyRound> rounds;
  std::vector<Tightening> tighten;
  std::vector<std::string> refs;
};

// A sum in hundredths of a yuan, or a share.
struct Amount {
  std::optional<std::int64_t> cents;
  std::optional<std::int64_t> ppm;  // parts per million: 3 % is 30'000, 1 ‰ is 1'000
  bool operator==(const Amount&) const = default;
};
struct Price {
  std::string id;
  Title title;
  std::optional<std::int64_t> cents;  // absent: the contract does not print it
  std::vector<std::string> systems;
  std::vector<std::string> refs;
};
struct Payment {
  std::string id;
  Title title;
  Amount amount;
  std::string by;     // client, provider
  std::string after;  // what it waits for, a word of the contract's own
  std::optional<DayRule> due;
  std::vector<std::string> refs;
};
enum class Per : std::uint8_t { time, day, item };
struct Deduction {
  std::string id;
  Title title;
  std::string party;  // who pays: provider, client
  Amount amount;
  Per per = Per::time;
  std::string base;  // of a share: id in Contract::prices, or contract, item, system, overdue; "open" when
                     // the contract does not say
  std::optional<Amount> cap;
  std::optional<Duration> over, up_to;  // of the outage or delay: longer than, and at most
  int from_count = 1;                   // the first of them that costs
  bool losses = false;                  // and all losses
  bool major = false;                   // only with serious public opinion or the like: a person says so
  std::string kind, clock;              // the breach that sets it off, when one does
  std::vector<std::string> grades;
  int ends_after_count = 0;  // so many let the other side end the contract; 0: never
  std::optional<Duration> ends_after;
  std::optional<DayRule> due;  // time to correct after notice
  std::vector<std::string> refs;
};

struct Contract;
// Whether the day is one of the period's, the term left aside.
bool belongs(const KeyPeriod& period, const Contract& contract, Date day);
// The runs of its days inside [from, to], in order. A run that lies across either end is cut there.
std::vector<DateRange> occurrences(const KeyPeriod& period, const Contract& contract, Date from, Date to);
// Whether the day of the contract's zone in which `t` lies belongs to one that concerns the system.
bool in_key_period(const Contract& contract, std::string_view system, Timestamp t);

}  // namespace xj::domain
