#include "collector/domain/grading.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "collector/domain/explain.h"

namespace xj::domain {
namespace {

bool contains(const std::vector<std::string>& in, std::string_view what) {
  return std::find(in.begin(), in.end(), what) != in.end();
}

const CheckSpec* check_of(const System& system, std::string_view id) {
  for (const auto& c : system.checks)
    if (c.id == id) return &c;
  return nullptr;
}

bool matches(const GradeRule& rule, const GradingFacts::Problem& p) {
  if (rule.state && (p.state == State::ok || worse(p.state, *rule.state) != p.state)) return false;
  if (!rule.kinds.empty() && !contains(rule.kinds, p.kind)) return false;
  if (rule.tags.empty()) return true;
  return std::any_of(p.tags.begin(), p.tags.end(), [&](const auto& tag) { return contains(rule.tags, tag); });
}

bool holds(const GradeRule& rule, const GradingFacts& facts) {
  const bool about_problems = rule.state || !rule.kinds.empty() || !rule.tags.empty();
  if (about_problems && std::none_of(facts.problems.begin(), facts.problems.end(),
                                     [&](const auto& p) { return matches(rule, p); }))
    return false;
  if (rule.weight && facts.weight < *rule.weight) return false;
  if (rule.hosts_share && facts.hosts_share < *rule.hosts_share) return false;
  if (rule.points_share && facts.points_share < *rule.points_share) return false;
  if (rule.key_period && !facts.key_period) return false;
  if (rule.during.empty()) return facts.lasting >= rule.lasting;
  const auto during = facts.during.find(rule.during);
  if (during == facts.during.end()) return false;
  return rule.lasting > Duration{0} ? during->second.lasting >= rule.lasting : during->second.now;
}

bool works_at(const WorkCalendar& calendar, Timestamp t) {
  return calendar.working_between(t, t + Duration{1}) > Duration{0};
}

std::string number_text(double d) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", d);
  return text;
}

// The rule's conditions in neutral words, for a rule without a text of its own.
std::string conditions(const GradeRule& rule) {
  std::string out;
  const auto add = [&](const std::string& s) { out += (out.empty() ? "" : ", ") + s; };
  const auto list = [](const std::vector<std::string>& in) {
    std::string s;
    for (const auto& one : in) s += (s.empty() ? "" : "|") + one;
    return s;
  };
  if (rule.state) add("state >= " + std::string(to_text(*rule.state)));
  if (!rule.kinds.empty()) add("kind " + list(rule.kinds));
  if (!rule.tags.empty()) add("tag " + list(rule.tags));
  if (rule.weight) add("weight >= " + std::to_string(*rule.weight));
  if (rule.hosts_share) add("hosts >= " + number_text(*rule.hosts_share) + '%');
  if (rule.points_share) add("points >= " + number_text(*rule.points_share) + '%');
  if (rule.lasting > Duration{0}) add("lasting >= " + to_text(rule.lasting));
  if (!rule.during.empty()) add("during " + rule.during);
  if (rule.key_period) add("in a key period");
  return out;
}

// 0 is the most severe; a grade the contract does not know is milder than all.
std::size_t rank(const CaseKind& kind, std::string_view grade) {
  for (std::size_t i = 0; i < kind.grades.size(); ++i)
    if (kind.grades[i].id == grade) return i;
  return kind.grades.size();
}

// What the machine itself proposed in this run: facts no worse than those do not make it speak again.
std::size_t machine_best(const CaseKind& kind, const CaseState& state) {
  std::size_t best = kind.grades.size();
  for (const auto& step : state.grades)
    if (step.how == GradeHow::machine && step.run == state.run) best = std::min(best, rank(kind, step.grade));
  return best;
}

}  // namespace

GradingFacts grading_facts(const CaseState& state, const Contract& contract, Timestamp now) {
  GradingFacts facts;
  const System* system = contract.system(state.system);
  std::set<std::string_view> bad_hosts, down_points;
  for (const auto& p : state.problems) {
    if (p.cleared) continue;
    GradingFacts::Problem fact{p.state, "agent", {}};
    // A case into which another was merged has problems of other systems too; shares are of its own.
    const System* of = p.item.system == state.system ? system : contract.system(p.item.system);
    const CheckSpec* check = of == nullptr || p.item.check.empty() ? nullptr : check_of(*of, p.item.check);
    if (check != nullptr) {
      fact.kind = check->kind, fact.tags = check->tags;
      if (of == system && !check->point.empty() && p.state != State::warning)
        down_points.insert(check->point);
    }
    if (of == system) bad_hosts.insert(p.item.host);
    facts.problems.push_back(std::move(fact));
  }
  if (system != nullptr) {
    facts.weight = system->weight;
    const auto hosts = std::count_if(system->hosts.begin(), system->hosts.end(),
                                     [&](const auto& h) { return bad_hosts.contains(h); });
    if (!system->hosts.empty())
      facts.hosts_share = 100.0 * static_cast<double>(hosts) / static_cast<double>(system->hosts.size());
    std::size_t points = 0, down = 0;
    for (const auto& point : system->points) {
      if (point.manual) continue;
      ++points;
      if (down_points.contains(point.id)) ++down;
    }
    if (points != 0) facts.points_share = 100.0 * static_cast<double>(down) / static_cast<double>(points);
  }
  const auto start = state.start_of(state.run);
  if (start != 0) facts.lasting = std::max(Duration{0}, now - state.at(start));
  facts.key_period = in_key_period(contract, state.system, now);
  if (const auto* kind = contract.kind(state.case_kind))
    for (const auto& grade : kind->grades)
      for (const auto& rule : grade.when)
        if (const auto calendar = contract.calendars.find(rule.during);
            calendar != contract.calendars.end()) {
          GradingFacts::During during;
          if (start != 0 && state.at(start) < now)
            during.lasting = calendar->second.working_between(state.at(start), now);
          during.now = works_at(calendar->second, now);
          facts.during.insert_or_assign(rule.during, during);
        }
  return facts;
}

std::optional<GradeProposal> propose_grade(const CaseKind& kind, const GradingFacts& facts) {
  for (const auto& grade : kind.grades)
    for (const auto& rule : grade.when)
      if (holds(rule, facts)) {
        const auto name = title_argument(grade.title, grade.id);
        if (!rule.text.empty())
          return GradeProposal{grade.id, {"domain.grade.rule", {{"grade", name}, {"rule", rule.text}}}};
        return GradeProposal{grade.id,
                             {"domain.grade.conditions", {{"grade", name}, {"rule", conditions(rule)}}}};
      }
  if (kind.grades.empty()) return std::nullopt;
  const auto& last = kind.grades.back();
  return GradeProposal{last.id, {"domain.grade.rest", {{"grade", title_argument(last.title, last.id)}}}};
}

std::optional<GradeProposal> regrade(const CaseState& state, const Contract& contract, Timestamp now) {
  const CaseKind* kind = contract.kind(state.case_kind);
  if (kind == nullptr || !is_handling(state.status)) return std::nullopt;
  auto proposal = propose_grade(*kind, grading_facts(state, contract, now));
  if (!proposal || state.grade.empty()) return proposal;
  const auto proposed = rank(*kind, proposal->grade);
  if (proposed >= rank(*kind, state.grade) || proposed >= machine_best(*kind, state)) return std::nullopt;
  return proposal;
}

std::optional<Timestamp> next_grading(const CaseState& state, const Contract& contract, Timestamp now) {
  const CaseKind* kind = contract.kind(state.case_kind);
  const auto start = state.start_of(state.run);
  if (kind == nullptr || start == 0 || !is_handling(state.status)) return std::nullopt;
  std::optional<Timestamp> next;
  for (const auto& grade : kind->grades) {
    if (grade.id == state.grade) break;  // milder ones are never proposed
    for (const auto& rule : grade.when) {
      Timestamp at = state.at(start) + rule.lasting;
      if (const auto calendar = contract.calendars.find(rule.during); calendar != contract.calendars.end()) {
        // The end of an amount of working time, or the next beginning of it.
        if (rule.lasting > Duration{0})
          at = calendar->second.add_working(state.at(start), rule.lasting);
        else if (!works_at(calendar->second, now))
          at = std::max(at, calendar->second.add_working(now, Duration{1}));
      }
      // A key period begins with a day.
      if (rule.key_period && at <= now && !in_key_period(contract, state.system, now))
        at = contract.zone.to_utc(std::chrono::floor<std::chrono::days>(contract.zone.to_local(now)) +
                                  std::chrono::days{1});
      if (at > now && at != Timestamp::max() && (!next || at < *next)) next = at;
    }
  }
  return next;
}

}  // namespace xj::domain
