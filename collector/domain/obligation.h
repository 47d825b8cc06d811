#pragma once
// What a contract demands by calendar, as single things with a due time, and how each of them stands. Pure: a
// function of the contract, its calendars, what was recorded, and now. No state is stored anywhere.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/domain/contract.h"

namespace xj::domain {

// What sets off an obligation of Every::event: "release", "written_notice". `term_start` and `term_end` come
// by themselves and are never recorded.
struct Happening {
  std::string word;
  Timestamp at;     // may be ahead of `known`: what is planned
  Timestamp known;  // when the collector learned it
};
// A person's word that it was done.
struct Fulfilment {
  std::string obligation, period;
  Timestamp at;
  std::string evidence;  // in words, or the number of a document
  std::string person;
};
// A sheet the program made: proves the obligations that name its round.
struct Sheet {
  std::string round;
  std::string number;
  Timestamp at;                          // when it was made: says which period it belongs to
  std::optional<Timestamp> proved = {};  // from when on it counts; absent: as soon as it was made
};
// All that was recorded for one contract. Order does not matter.
struct DutyRecords {
  std::vector<Happening> happenings;
  std::vector<Fulfilment> done;
  std::vector<Sheet> sheets;
};

// One thing owed. A period is named by what a person says: "2026-10-01" (a day, or a quarter, half-year or
// year of the contract that begins there), "2026-W40", "2026-10", "2026-Q4", "2026-H2", "2026",
// "2026-10-01T09:00" (an interval or a happening), "once". Names are unique within an obligation.
struct Instance {
  std::string id;  // the obligation's; of the nth round of a key period "PERIOD:n"
  Title title;
  std::string period;
  std::string by;        // role that owes it; empty: a key period's round without a form
  std::string round;     // id in Contract::rounds, or empty
  std::string calendar;  // by which it was reckoned
  std::vector<Title> evidence;
  std::vector<Duration> warn;  // points before due at which it is said
  int times = 1;               // so often, all by `due`
  Timestamp start;             // of the period, or what sets it off
  Timestamp opens;             // from when on it can be done; before `start` when it is owed before it
  std::optional<Timestamp> due;
  Timestamp until;            // a sheet made in [opens, until) belongs to it
  Timestamp looked_to;        // last instant of the calendar that decided it
  bool leaves_cover = false;  // decided by days beyond the holiday data
};

// Those due after `from` and at or before `to`, and those without a due time that open by `to`; by due time,
// then as in the file. A period no day of which is worked in its calendar owes nothing.
//
//   days, weeks (from Monday) and months are those of the calendar, cut at the ends of the term
//   quarters, half-years and years count from the first day of the term
std::vector<Instance> instances(const Contract& contract, const std::vector<Happening>& happenings,
                                Timestamp from, Timestamp to);

// The same of one alone, by its name.
std::vector<Instance> instances_of(std::string_view name, const Contract& contract,
                                   const std::vector<Happening>& happenings, Timestamp from, Timestamp to);

enum class DutyState : std::uint8_t {
  upcoming,  // not open yet
  due,       // open, not done
  done,      // in time
  late,      // done after its due time
  missed     // not done, and the due time has passed; a later record makes it late
};
std::string_view to_text(DutyState state);

struct Proof {
  Timestamp at;
  std::string evidence;  // words, or a document's number
  std::string person;    // empty: the program saw it
};
struct DutyStanding {
  Instance what;
  DutyState state = DutyState::upcoming;
  std::vector<Proof> proofs;        // by time, at or before now
  std::optional<Timestamp> done;    // when the last that was owed was proved
  std::optional<Duration> overdue;  // late: by how much; missed: so far
};
DutyStanding standing(const Instance& instance, const DutyRecords& records, Timestamp now);
// Of instances(): the same order.
std::vector<DutyStanding> standings(const Contract& contract, const DutyRecords& records, Timestamp from,
                                    Timestamp to, Timestamp now);

// A yearly minimum against what was proved. Years count from the first day of the term.
struct YearCount {
  std::string id;
  Title title;
  Timestamp from, to;  // the last may be less than a year: then the figure says less
  int least = 0;
  int owed = 0;  // by its periods, in this year
  int done = 0;
};
// Of the years that began at or before now; of every obligation with a minimum.
std::vector<YearCount> year_counts(const Contract& contract, const DutyRecords& records, Timestamp now);

// Words of Obligation::after that a person may record.
std::vector<std::string> happening_words(const Contract& contract);
// Whether some key period is known by its holidays' names, so that beyond the holiday data it has no days.
bool leans_on_holiday_names(const Contract& contract);

}  // namespace xj::domain
