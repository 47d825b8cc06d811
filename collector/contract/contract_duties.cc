#include <algorithm>

#include "collector/contract/calendars.h"
#include "collector/contract/reading.h"
#include "collector/domain/tighten.h"

namespace xj::collector {
namespace {

using domain::Every;

// How many instances a year has at least; 0 where that depends on what happens.
double yearly(const domain::Obligation& o) {
  double periods = 0;
  switch (o.every) {
    case Every::interval:
    case Every::once:
    case Every::event: return 0;
    case Every::day: periods = 366; break;
    case Every::working_day: periods = 262; break;
    case Every::week: periods = 53; break;
    case Every::fortnight: periods = 27; break;
    case Every::month: periods = 12; break;
    case Every::quarter: periods = 4; break;
    case Every::half_year: periods = 2; break;
    case Every::year: periods = 1; break;
  }
  if (!o.months.empty()) periods = periods * static_cast<double>(o.months.size()) / 12;
  return std::max(periods, o.months.empty() ? 0.0 : static_cast<double>(o.months.size())) * o.times;
}

}  // namespace

bool ContractReading::read_every(const Value& value, domain::Obligation& obligation) {
  static constexpr std::pair<std::string_view, Every> words[]{{"day", Every::day},
                                                              {"working_day", Every::working_day},
                                                              {"week", Every::week},
                                                              {"fortnight", Every::fortnight},
                                                              {"month", Every::month},
                                                              {"quarter", Every::quarter},
                                                              {"half_year", Every::half_year},
                                                              {"year", Every::year},
                                                              {"once", Every::once},
                                                              {"event", Every::event}};
  std::string text;
  if (!value.text(text)) return false;
  for (const auto& [word, every] : words)
    if (word == text) {
      obligation.every = every;
      return true;
    }
  if (const auto interval = parse_duration(text); interval && *interval >= std::chrono::minutes{1}) {
    obligation.every = Every::interval;
    obligation.interval = *interval;
    return true;
  }
  std::vector<std::string> known;
  for (const auto& [word, every] : words) known.emplace_back(word);
  if (const auto near = did_you_mean(text, known); !near.empty())
    value.problem(
        {"config.contract.unknown_near",
         {{"name", value.name()}, {"value", text}, {"what", "@config.contract.every"}, {"near", near}}});
  else
    value.wrong("config.contract.accepts.every");
  return false;
}

void ContractReading::read_months(const Value& value, std::vector<int>& into) {
  value.list([&](const Value& v) {
    int month = 0;
    if (!v.integer(month, 1, 12)) return;
    if (std::find(into.begin(), into.end(), month) != into.end())
      v.problem({"config.repeated", {{"name", v.name()}, {"value", std::to_string(month)}}});
    else
      into.push_back(month);
  });
}

void ContractReading::read_obligations(const Value& obligations) {
  obligations.each([&](const std::string& id, const Value& v) {
    v.map([&](Map& m) {
      domain::Obligation o;
      o.id = id;
      o.title.zh = id;
      title(m["title"], o.title);
      const auto every = m["every"];
      const bool recurs = read_every(every.required(), o);
      m["times"].integer(o.times, 1, 100'000);
      read_months(m["months"], o.months);
      const auto after = m["after"];
      after.text(o.after);
      if (o.every == Every::event) after.required();
      o.calendar = reference(m["calendar"].required(), "config.contract.calendar", calendar_ids());
      const auto due = m["due"];
      o.due = read_due(due);
      if (o.due && domain::needs_rest_days(*o.due)) prove_rest_days(due, id, o.calendar);
      const auto within = m["within"];
      if (Duration time{0}; within.duration(time, std::chrono::seconds{1}, kLongest)) o.within = time;
      if (o.within && o.due) within.problem({"config.contract.within_and_due", {{"obligation", id}}});
      if (Duration time{0}; m["lasting"].duration(time, std::chrono::minutes{1}, kLongest)) o.lasting = time;
      o.by = reference(m["by"].required(), "config.contract.role", role_ids());
      o.systems = references(m["systems"], "config.contract.system", system_ids());
      o.round = reference(m["round"], "config.contract.round", round_ids());
      const auto periods = [this] {
        std::vector<std::string> out;
        for (const auto& period : contract_.key_periods) out.push_back(period.id);
        return out;
      };
      o.period = reference(m["period"], "config.contract.key_period", periods);
      m["evidence"].list([&](const Value& one) {
        domain::Title text;
        if (title(one, text)) o.evidence.push_back(std::move(text));
      });
      if (const auto warn = m["warn"]; warn.given()) {
        o.warn.emplace();
        warn.list([&](const Value& one) {
          if (Duration before{0}; one.duration(before, std::chrono::minutes{1}, std::chrono::hours{24 * 31}))
            o.warn->push_back(before);
        });
      }
      const auto least = m["min_per_year"];
      least.integer(o.min_per_year, 1, 10'000'000);
      if (const double most = yearly(o); recurs && o.min_per_year > 0 && most > 0 && most < o.min_per_year)
        least.problem({"config.contract.never_enough",
                       {{"obligation", id},
                        {"most", std::to_string(static_cast<int>(most))},
                        {"least", std::to_string(o.min_per_year)}}});
      o.refs = refs(m);
      contract_.obligations.push_back(std::move(o));
    });
  });
}

void ContractReading::read_indicators(const Value& indicators) {
  indicators.each([&](const std::string& id, const Value& v) {
    v.map([&](Map& m) {
      domain::Indicator indicator;
      indicator.id = id;
      indicator.title.zh = id;
      title(m["title"], indicator.title);
      const auto least = m["at_least"];
      domain::Amount amount;
      if (read_amount(least.required(), amount)) {
        if (amount.ppm)
          indicator.at_least_ppm = *amount.ppm;
        else
          least.wrong("config.contract.accepts.share");
      }
      indicator.refs = refs(m);
      contract_.indicators.push_back(std::move(indicator));
    });
  });
}

// "2026-10-01" is one day, {from, to} several.
void ContractReading::read_ranges(const Value& value, std::vector<domain::DateRange>& into) {
  const auto day = [](const Value& v, domain::Date& date) {
    std::string text;
    if (!v.text(text)) return false;
    const auto parsed = parse_date(text);
    if (!parsed) v.wrong("config.contract.accepts.date");
    if (parsed) date = *parsed;
    return parsed.has_value();
  };
  value.list([&](const Value& v) {
    domain::DateRange range{};
    if (v.node()->kind != config::Node::Kind::map) {
      if (day(v, range.from)) into.push_back({range.from, range.from});
      return;
    }
    v.map([&](Map& m) {
      const auto to = m["to"];
      const bool first = day(m["from"].required(), range.from), last = day(to.required(), range.to);
      if (!first || !last) return;
      if (range.to < range.from)
        to.problem({"config.contract.range_backwards", {}});
      else
        into.push_back(range);
    });
  });
}

// Once the systems are known. What nobody would run is no tightening: a tag that no check has, an interval
// that none would shorten, parameters that the kind of a check it concerns does not know.
void ContractReading::prove_tightening(const Value& whole, const Value& tags, const Value& interval,
                                       const domain::KeyPeriod& period,
                                       const domain::Tightening& tightening) {
  later_.push_back([this, whole, tags, interval, period, tightening] {
    std::vector<const domain::CheckSpec*> checks;
    for (const auto& system : contract_.systems)
      if (period.systems.empty() ||
          std::find(period.systems.begin(), period.systems.end(), system.id) != period.systems.end())
        for (const auto& check : system.checks) checks.push_back(&check);
    std::vector<std::string> known;
    for (const auto* check : checks) known.insert(known.end(), check->tags.begin(), check->tags.end());
    std::sort(known.begin(), known.end());
    known.erase(std::unique(known.begin(), known.end()), known.end());
    bool all_known = true;
    tags.list([&](const Value& v) {
      std::string tag;
      if (!v.text(tag) || std::binary_search(known.begin(), known.end(), tag)) return;
      all_known = false;
      unknown(v, tag, "@config.contract.tag", known);
    });
    if (!all_known) return;
    std::erase_if(checks, [&](const auto* check) { return !domain::concerns(tightening, *check); });
    if (checks.empty()) return whole.problem({"config.contract.tightens_none", {{"period", period.id}}});
    Duration longest{0};
    for (const auto* check : checks) longest = std::max(longest, check->interval);
    if (tightening.interval && *tightening.interval >= longest)
      interval.problem({"config.contract.tightens_no_interval",
                        {{"period", period.id},
                         {"value", xj::to_text(*tightening.interval)},
                         {"longest", xj::to_text(longest)}}});
    if (!options_.kinds || tightening.params.empty()) return;
    for (const auto* check : checks) {
      Problems before, after;
      options_.kinds(check->kind, check->params, whole.place(), before);
      if (has_errors(before)) continue;  // told at its own place
      options_.kinds(check->kind, domain::tightened(*check, tightening).params, whole.place(), after);
      for (auto& found : after) {
        const auto same = [&](const Problem& p) { return p.place == found.place && p.what == found.what; };
        if (std::none_of(context_.problems.begin(), context_.problems.end(), same))
          context_.problems.push_back(std::move(found));
      }
    }
  });
}

void ContractReading::read_key_periods(const Value& periods) {
  periods.each([&](const std::string& id, const Value& v) {
    v.map([&](Map& m) {
      domain::KeyPeriod period;
      period.id = id;
      period.title.zh = id;
      title(m["title"], period.title);
      const auto dates = m["dates"], holidays = m["holidays"], months = m["months"];
      read_ranges(dates, period.dates);
      holidays.texts(period.holidays);
      read_months(months, period.months);
      if (!dates.given() && !holidays.given() && !months.given())
        m.problem({"config.contract.period_never", {{"period", id}}});
      m["days"].integer(period.days, 1, 366);
      period.calendar = "7x24";
      if (const auto calendar = m["calendar"]; calendar.given())
        period.calendar = reference(calendar, "config.contract.calendar", calendar_ids());
      period.systems = references(m["systems"], "config.contract.system", system_ids());
      m["persons"].integer(period.persons, 1, 1000);
      m["pairs"].flag(period.pairs);
      m["onsite"].flag(period.onsite);
      m["tasks"].list([&](const Value& one) {
        domain::Title task;
        if (title(one, task)) period.tasks.push_back(std::move(task));
      });
      m["rounds"].list([&](const Value& one) {
        one.map([&](Map& r) {
          domain::KeyRound round;
          r["every"].required().duration(round.every, std::chrono::minutes{1}, std::chrono::hours{24 * 31});
          round.round = reference(r["round"], "config.contract.round", round_ids());
          title(r["title"], round.title);
          read_ranges(r["dates"], round.only);
          period.rounds.push_back(std::move(round));
        });
      });
      m["tighten"].list([&](const Value& one) {
        one.map([&](Map& t) {
          domain::Tightening tightening;
          t["tags"].texts(tightening.tags);
          if (Duration interval{0};
              t["interval"].duration(interval, std::chrono::seconds{1}, std::chrono::hours{24}))
            tightening.interval = interval;
          t["params"].params(tightening.params);
          if (!tightening.interval && tightening.params.empty() && !t["interval"].given())
            t.problem({"config.contract.tightens_nothing", {{"period", id}}});
          prove_tightening(one, t["tags"], t["interval"], period, tightening);
          period.tighten.push_back(std::move(tightening));
        });
      });
      period.refs = refs(m);
      contract_.key_periods.push_back(std::move(period));
    });
  });
}

}  // namespace xj::collector
