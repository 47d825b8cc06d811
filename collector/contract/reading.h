#pragma once
// Inside of the loader: one contract while it is read. References are looked at when everything is known, so
// the order of the file does not matter.
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "collector/contract/loader.h"
#include "collector/domain/papers.h"
#include "config/reader.h"

namespace xj::collector {

class ContractReading {
 public:
  ContractReading(config::ReadContext& context, const LoadOptions& options)
      : context_(context), options_(options) {}

  void read(config::MapReader& top);
  domain::Contract& contract() { return contract_; }

 private:
  using Value = config::Value;
  using Map = config::MapReader;
  using Names = std::function<std::vector<std::string>()>;

  // contract_head.cc: who, when, where.
  void read_head(const Value& head);
  void read_term(Map& head);
  void read_calendars(const Value& calendars);
  void read_calendar(const std::string& id, const Value& value);
  void read_people(const Value& people);
  void read_roles(const Value& roles);
  void read_roster_file(const Value& value, const std::string& name, domain::Role& role);
  void finish_calendars();

  // contract_systems.cc: what is watched.
  void read_systems(const Value& systems);
  void read_points(const Value& points, domain::System& system);
  void read_check(const std::string& id, const Value& value, domain::System& system);
  std::vector<std::string> hosts_for(const std::string& kind, const domain::System& system) const;
  static void prove_own(Map& m, const domain::CheckSpec& check);
  void read_rounds(const Value& rounds);
  void read_sign_off(Map& m, domain::RoundSpec& round);

  // contract_kinds.cc: what becomes of a problem.
  void read_kinds(const Value& kinds);
  void read_form(const Value& value, domain::PaperUse use, std::string& into);
  void read_papers(const Value& papers, domain::CaseKind& kind);
  void read_grade(const std::string& id, const Value& value, domain::CaseKind& kind, bool last);
  void read_rule(const Value& value, domain::Grade& grade, bool last_grade);
  void read_routes(const Value& routes);
  void read_repeat(const Value& repeat, domain::Route& route);
  void read_storm(const Value& storm);
  void prove_mail(const Value& via, const domain::Route& route);
  void prove_owed(const Value& value, const domain::Route& route);
  void prove_kind(const Value& value, const domain::CaseKind& kind);

  // contract_clocks.cc: within which time.
  void read_clock(const std::string& id, const Value& value, domain::CaseKind& kind);
  void read_limits(const Value& limit, domain::CaseKind& kind, std::map<std::string, Duration>& into,
                   Duration max, Duration min = std::chrono::seconds{1});
  bool known_grade(const Value& value, const domain::CaseKind& kind, const std::string& grade);
  std::optional<domain::DayRule> read_due(const Value& value);
  void read_clock_limits(const Value& limit, const domain::CaseKind& kind, domain::ClockSpec& clock);
  void prove_rules(const Value& limit, const Value& pause, const domain::ClockSpec& clock);
  // "2nd working day" says nothing where every day is worked.
  void prove_rest_days(const Value& value, const std::string& what, const std::string& calendar);
  std::optional<domain::WarnPoint> read_warn(const Value& value, const domain::ClockSpec& clock);
  void prove_watch(const Value& stop, const domain::CaseKind& kind, const domain::ClockSpec& clock);
  void read_closing(const Value& closing, domain::CaseKind& kind);
  void read_tell(const Value& tell, domain::CaseKind& kind);
  void prove_tell(const Value& value, const domain::TellRule& rule);
  void read_escalation(const Value& escalation, domain::CaseKind& kind);

  // contract_duties.cc: what is owed by calendar.
  void read_obligations(const Value& obligations);
  bool read_every(const Value& value, domain::Obligation& obligation);
  void read_months(const Value& value, std::vector<int>& into);
  void read_indicators(const Value& indicators);
  void read_key_periods(const Value& periods);
  void read_ranges(const Value& value, std::vector<domain::DateRange>& into);
  void prove_tightening(const Value& whole, const Value& tags, const Value& interval,
                        const domain::KeyPeriod& period, const domain::Tightening& tightening);

  // contract_maintenance.cc: when trouble is expected.
  void read_maintenance(const Value& maintenance);
  void read_window_days(const Value& on, domain::MaintenanceWindow& window);
  void prove_window(const Value& value, const Value& length, const domain::MaintenanceWindow& window);

  // contract_needs.cc: what leans on what.
  void read_dependencies(const Value& dependencies);
  void prove_needs(const std::vector<Value>& places);
  Names host_names();
  Names check_names();

  // contract_money.cc: what it costs.
  void read_value(const Value& value);
  void read_prices(const Value& prices);
  void read_payments(const Value& payments);
  void read_deductions(const Value& deductions);
  bool read_cents(const Value& value, std::int64_t& into);
  bool read_amount(const Value& value, domain::Amount& into);

  // loader.cc
  // At most one year: the longest limit anything may have.
  static constexpr std::chrono::hours kLongest{24 * 366};
  bool title(const Value& value, domain::Title& into);
  void number(const Value& value, std::string& into);
  std::vector<std::string> refs(Map& map);
  // The texts of a list, each of which must be one of `known` (asked at the end); `what` is a message id.
  std::vector<std::string> references(const Value& list, std::string_view what, Names known);
  // One of them; empty when absent.
  std::string reference(const Value& value, std::string_view what, Names known);
  static void unknown(const Value& value, const std::string& id, const std::string& what,
                      const std::vector<std::string>& names);
  void must_be_known(const Value& value, std::string id, std::string_view what, Names known);

  Names role_ids();
  Names calendar_ids();
  Names system_ids();
  Names round_ids();
  Names kind_ids();

  config::ReadContext& context_;
  const LoadOptions& options_;
  domain::Contract contract_;
  std::vector<std::function<void()>> later_;
};

// What a clock may lean on, by event kind.
struct EventTraits {
  std::string_view name;
  bool starts;  // a clock can begin with it
  bool stops;   // and end with it
  int rank;     // a case passes these upwards within a run; a stop below its start never comes
};
const EventTraits* event_traits(std::string_view name);
std::vector<std::string> event_names();
std::vector<std::string> starting_events();
std::vector<std::string> stopping_events();

}  // namespace xj::collector
