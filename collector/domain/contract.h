#pragma once
// A contract as the engine sees it: plain data, whole, immutable once loaded. collector/contract reads it
// from YAML and proves it complete; no grade, limit, name or role stands in C++. docs/contract.md describes
// the file.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collector/domain/brake.h"
#include "collector/domain/calendar.h"
#include "collector/domain/dependency.h"
#include "collector/domain/duties.h"
#include "collector/domain/duty.h"
#include "collector/domain/maintenance.h"
#include "core/params.h"
#include "core/result.h"
#include "core/time.h"

namespace xj::domain {

struct Person {
  std::string id, name, phone, mail, os_user;
};
struct Role {
  std::string id;
  Title title;
  std::vector<std::string> people;
  Roster roster{};  // says who of them is on; not part of the revision, so that a new one concerns no case
};
struct Party {
  std::string role;  // client, provider, supervisor
  std::string name;
};

// One thing looked at on a schedule, as the contract says it; becomes an AssignedCheck on each of its hosts.
struct CheckSpec {
  std::string id;
  Title title;
  std::string kind;
  std::vector<std::string> hosts;  // never empty after loading: those named, else all of the system
  std::string point;               // id of the function point it stands for, or empty
  std::vector<std::string> tags;   // for grading and routing: "security", "backup"
  Duration interval{60'000};
  Duration retry{0};
  Duration timeout{10'000};
  int attempts = 3;         // soft until this many in a row
  Duration stale_after{0};  // silence that becomes "no data"; loader fills 3 intervals + timeout
  ParamMap params;
  std::vector<std::string> refs;
};
struct FunctionPoint {
  std::string id;
  Title title;
  bool manual = false;  // only a person can say
};
struct System {
  std::string id;
  Title title;
  int weight = 1;  // for grading
  std::vector<std::string> hosts;
  std::vector<FunctionPoint> points;
  std::vector<CheckSpec> checks;
};

// All given conditions must hold; the first rule of the most severe grade that holds proposes it.
struct GradeRule {
  std::optional<State> state;          // this or worse
  std::vector<std::string> kinds;      // check kind is one of
  std::vector<std::string> tags;       // check has one of
  std::optional<int> weight;           // system weight at least
  std::optional<double> hosts_share;   // percent of the system's hosts with a hard problem, at least
  std::optional<double> points_share;  // percent of its function points down, at least
  Duration lasting{0};                 // since detection, at least
  std::string during;                  // only in the working time of this calendar, such as peak hours
  bool key_period = false;             // only while a key period lasts
  std::string text;                    // the contract's own words, shown as the reason
};
struct Grade {
  std::string id;
  Title title;
  std::vector<GradeRule> when;  // empty: only a person gives it, or it is the last and catches the rest
  std::vector<std::string> refs;
};

// A point before the due time: a share of the limit, or a time before due.
struct WarnPoint {
  std::optional<double> percent;
  std::optional<Duration> before;
};
struct ClockSpec {
  std::string name;  // respond, report, resolve, ...
  Title title;
  std::map<std::string, Limit> limit;  // by grade id; a grade without one has no such clock
  std::string calendar;                // id in Contract::calendars
  std::string start;                   // event kind that starts it
  std::string stop;                    // event kind that stops it
  std::string about;                   // of a note that stops it: "emergency-plan"; empty: anything
  std::string unless;                  // event kind after which it is no longer owed, or empty
  std::string to;                      // role that is told or answers for it
  std::vector<std::string> pause;      // reasons that may stop it for a while
  std::vector<WarnPoint> warn;
  std::vector<std::string> at_breach;  // roles told at the breach
  std::vector<std::string> refs;
};
// Who must be told of an event, how, and within which time; what a person does is held to it.
struct TellRule {
  std::string id;
  Title what;
  std::string on;                          // event kind
  std::vector<std::string> to;             // roles
  std::vector<std::string> how;            // phone, mail, sms, push, oral, written, form
  std::map<std::string, Duration> within;  // by grade; 0: at once
  std::optional<Duration> repeat;          // again and again until recovery
  std::vector<std::string> refs;
};
// One step up. Steps are in order.
struct EscalationStep {
  std::vector<std::string> grades;  // empty: all
  std::string clock;                // whose course sets it off
  std::optional<WarnPoint> before;  // absent: at its breach
  std::vector<std::string> to;      // roles
  std::string form;                 // drafted for it
  std::string approve;              // role that must approve, or empty
  std::vector<std::string> refs;
};
enum class ClosingProof : std::uint8_t { person, recovered, watch_over, approved, documents, signed_off };
struct ClosingCondition {
  Title text;
  ClosingProof proof = ClosingProof::person;
  std::string role;  // whose word it takes, or empty
  std::vector<std::string> refs;
};
struct Signature {
  Title title;
  std::string role;
};
// A paper of the kind beside its notice.
struct PaperSpec {
  std::string form;
  std::vector<std::string> on;  // events after which it is made by itself; empty: only on request
  std::vector<std::string> refs;
};
// That an entry of the knowledge base is drafted of every case of the kind when it is closed.
struct Learning {
  std::string approve;  // role whose word approves one; empty: any person of the contract
  std::vector<std::string> refs;
};

struct CaseKind {
  std::string id;  // incident
  Title title;
  bool from_checks = false;   // hard problems of checks open it; one kind of a contract at most
  std::string number;         // "INC-{yymmdd}-{nn}"; {yyyy} {yy} {mm} {dd} {yymmdd} {nn} {nnn}
  std::vector<Grade> grades;  // most severe first
  std::vector<ClockSpec> clocks;
  std::map<std::string, Duration> watch;  // by grade
  std::vector<ClosingCondition> closing;  // what must hold before it is closed
  std::vector<TellRule> tell;
  std::vector<EscalationStep> escalation;
  std::vector<Signature> signatures;  // on its papers, in the order of the boxes
  std::string notice;                 // form of the paper made when it is closed, or empty
  std::vector<PaperSpec> papers;
  std::optional<Learning> knowledge;
  std::vector<std::string> refs;
  const Grade* grade(std::string_view grade_id) const;
  const ClockSpec* clock(std::string_view clock_name) const;
};

// Who is told of what: evaluated for each event the engine commits, in order, all that match.
struct Route {
  std::string id;
  std::vector<std::string>
      on;  // event kinds: detected, graded, clock_warning, clock_breached, recovered, ...
  std::vector<std::string> grades;           // empty: all
  std::vector<std::string> to;               // roles
  std::vector<std::string> via;              // channel names of collector.yaml
  std::map<std::string, Duration> repeat{};  // by grade, "" for all: told again until somebody is on it
};

struct RoundSpec {
  std::string id;
  Title title;
  std::string form;                  // template folder: "software-inspection"
  std::string number;                // "{yymmdd}-{nn}"
  std::vector<std::string> systems;  // empty: all
  Duration freshness{0};             // a result older than this is missing
  std::string inspector;             // roles
  std::string recorder;
  std::string method;                   // 检查方式
  std::string reviewer;                 // role; empty: a sheet is not reviewed
  std::vector<std::string> signatures;  // roles that sign besides inspector and recorder
  bool proof_signed = false;            // a sheet proves its period once it is signed, not when it is made
  std::vector<std::string> refs;
};

// What the contract says without a figure a program could keep: shown, never computed with.
struct Note {
  Title text;
  std::vector<std::string> refs;
};

struct Contract {
  // Made, copied and ended in one place: all its parts' vectors and maps are much for every file to compile
  // anew.
  Contract();
  Contract(const Contract& other);
  Contract(Contract&& other) noexcept;
  Contract& operator=(const Contract& other);
  Contract& operator=(Contract&& other) noexcept;
  ~Contract();

  std::string id;
  std::string title;
  std::vector<Party> parties;
  Timestamp from, to;  // local midnight of the first day, of the day after the last
  Zone zone;
  std::map<std::string, WorkCalendar> calendars;
  std::string calendar_edition;  // names the holiday data: "cn-2026-1"
  std::map<std::string, Person> people;
  std::map<std::string, Role> roles;
  std::vector<System> systems;
  std::vector<CaseKind> kinds;
  std::vector<Route> routes;
  Brake storm;
  std::vector<RoundSpec> rounds;
  std::vector<Obligation> obligations;
  std::vector<Indicator> indicators;
  std::vector<KeyPeriod> key_periods;
  std::vector<MaintenanceWindow> maintenance;
  std::vector<Dependency> dependencies;
  std::optional<std::int64_t> value_cents;  // of the whole contract
  std::vector<Price> prices;
  std::vector<Payment> payments;
  std::vector<Deduction> deductions;
  std::vector<Note> notes;
  std::string tree;      // the whole file as canonical JSON; loading it again gives the same contract
  std::string revision;  // SHA-256 of tree, hex

  const System* system(std::string_view system_id) const;
  const CaseKind* kind(std::string_view kind_id) const;
  const CaseKind* kind_from_checks() const;  // null when checks open no case
};

// Held by everything that was decided under it, for as long as it is needed.
using ContractPtr = std::shared_ptr<const Contract>;

}  // namespace xj::domain
