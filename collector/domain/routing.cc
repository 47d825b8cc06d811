#include "collector/domain/routing.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "collector/domain/clock.h"
#include "collector/domain/explain.h"

namespace xj::domain {
namespace {

bool contains(const std::vector<std::string>& in, std::string_view what) {
  return std::find(in.begin(), in.end(), what) != in.end();
}

// Roles the clock itself names, beyond those of the route.
std::vector<std::string> clock_roles(const Event& event, const CaseKind& kind) {
  std::vector<std::string> out;
  const ClockSpec* spec = nullptr;
  bool breach = false;
  if (const auto* w = std::get_if<ClockWarning>(&event.payload)) spec = kind.clock(w->clock);
  if (const auto* b = std::get_if<ClockBreached>(&event.payload)) spec = kind.clock(b->clock), breach = true;
  if (spec == nullptr) return out;
  if (!spec->to.empty()) out.push_back(spec->to);
  if (breach) out.insert(out.end(), spec->at_breach.begin(), spec->at_breach.end());
  return out;
}

// Roles an escalation itself names: who must approve it, then who is told of it.
std::optional<std::vector<std::string>> escalation_roles(const Event& event, const CaseKind& kind) {
  if (const auto* d = std::get_if<EscalationDrafted>(&event.payload))
    return d->approve.empty() ? d->to : std::vector{d->approve};
  if (const auto* a = std::get_if<EscalationApproved>(&event.payload)) return a->to;
  if (const auto* r = std::get_if<EscalationRejected>(&event.payload)) {
    const auto step = static_cast<std::size_t>(r->step);
    const auto* clock = step > kind.escalation.size() ? nullptr : kind.clock(kind.escalation[step - 1].clock);
    return clock == nullptr ? std::vector<std::string>{} : std::vector{clock->to};
  }
  return std::nullopt;
}

// An escalation reaches whom it names also where no route speaks of it: over every channel there is.
Route any_way(const Contract& contract) {
  Route out;
  out.id = "escalation";
  for (const auto& r : contract.routes)
    for (const auto& channel : r.via)
      if (!contains(out.via, channel)) out.via.push_back(channel);
  return out;
}

// What people did so far, for somebody who has not been in it.
void add_course(std::vector<Message>& body, const CaseState& state, const Contract& contract) {
  constexpr std::size_t most = 20;
  std::vector<Message> lines;
  for (const auto& mark : state.marks)
    if (begins(mark.kind) || mark.kind == EventKind::clock_breached || !person_of(mark.actor).empty())
      lines.push_back({"domain.notify.course",
                       {{"at", local_text(mark.at, contract.zone)},
                        {"who", actor_argument(mark.actor, contract)},
                        {"event", "@domain.event." + std::string(to_text(mark.kind))}}});
  const auto from = lines.size() > most ? lines.size() - most : 0;
  body.insert(body.end(), lines.begin() + static_cast<std::ptrdiff_t>(from), lines.end());
}

std::vector<Message> body_of(const Event& event, const CaseState& state, const Contract& contract,
                             Timestamp now) {
  std::vector<Message> body{describe(event, contract, state.case_kind)};
  if (!state.text.empty() && !begins(event.kind())) body.push_back(Message::literal(state.text));
  if (event.kind() == EventKind::escalation_drafted) {
    if (!event.reason.empty()) body.push_back(event.reason);
    add_course(body, state, contract);
  }
  for (const auto& p : state.problems)
    if (!p.cleared) {
      body.push_back(describe(p, contract));
      if (!p.message.empty()) body.push_back(p.message);
    }
  for (const auto& view : clocks(state, contract, now))
    if (view.run == state.run && view.status == ClockStatus::running && view.due)
      body.push_back({"domain.notify.due",
                      {{"clock", title_argument(view.title, view.name)},
                       {"due", local_text(*view.due, contract.zone)}}});
  return body;
}

std::vector<Message> body_of(const DutyStanding& standing, std::string_view word, std::size_t together,
                             const Contract& contract) {
  const auto& what = standing.what;
  const auto due = what.due ? local_text(*what.due, contract.zone) : std::string{};
  std::vector<Message> body;
  if (together > 1)
    body.push_back({"duty.notify.together", {{"count", std::to_string(together)}, {"due", due}}});
  else
    body.push_back({word == kObligationDue ? "duty.notify.due" : "duty.notify.missed",
                    {{"period", what.period}, {"due", due}}});
  if (what.times > 1)
    body.push_back(
        {"duty.notify.times",
         {{"done", std::to_string(standing.proofs.size())}, {"times", std::to_string(what.times)}}});
  for (const auto& one : what.evidence)
    body.push_back({"duty.notify.evidence", {{"what", title_argument(one, one.zh)}}});
  if (what.leaves_cover) body.push_back({"duty.notify.leaves_cover", {}});
  body.push_back(what.round.empty() ? Message{"duty.notify.how", {{"name", what.id}, {"period", what.period}}}
                                    : Message{"duty.notify.how_round", {{"round", what.round}}});
  return body;
}

constexpr std::string_view kHeard = "heard";  // stands where a route's id does

// To nobody yet: what all who are told of `event` are told.
Notification telling_of(const Event& event, const CaseState& state, const Contract& contract,
                        const CaseKind& kind) {
  const System* system = contract.system(state.system);
  const Grade* grade = kind.grade(state.grade);
  Notification n;
  n.contract = event.contract, n.number = event.number, n.n = event.n;
  n.subject = {"domain.notify.subject",
               {{"number", event.number},
                {"grade", grade == nullptr ? "@domain.grade.none" : title_argument(grade->title, grade->id)},
                {"event", "@domain.event." + std::string(to_text(event.kind()))},
                {"system", system == nullptr ? state.system : title_argument(system->title, system->id)}}};
  return n;
}

std::string key_of(const Event& event, std::string_view route, const Hearer& to) {
  return event.contract + '/' + event.number + '/' + std::to_string(event.n) + '/' + std::string(route) +
         '/' + to.first + '/' + to.second;
}

// Whom a role means now: with a roster the A person on duty, and B where it is late already; in a gap, and
// without a roster, all of its people. The roster is that of the contract in force: who is on duty is no
// matter of a case's revision.
std::vector<std::string> people_of(const Role& role, const Contract& contract, const Contract* in_force,
                                   Timestamp now, bool late) {
  const Role* current = &role;
  if (in_force != nullptr)
    if (const auto it = in_force->roles.find(role.id); it != in_force->roles.end()) current = &it->second;
  std::vector<std::string> out;
  if (const auto* shift = on_duty(current->roster, now)) {
    if (contract.people.contains(shift->a)) out.push_back(shift->a);
    if ((late || out.empty()) && !shift->b.empty() && contract.people.contains(shift->b))
      out.push_back(shift->b);
  }
  return out.empty() ? role.people : out;
}

}  // namespace

std::vector<Notification> route(const DutyStanding& standing, std::string_view word, std::string_view what,
                                std::size_t together, const Contract& contract, Timestamp now) {
  std::vector<Notification> out;
  std::set<Hearer> told;
  const auto& one = standing.what;
  for (const auto& r : contract.routes) {
    if (!contains(r.on, word) || !r.grades.empty()) continue;
    auto roles = r.to;
    if (!one.by.empty() && !contains(roles, one.by)) roles.push_back(one.by);
    for (const auto& role_id : roles) {
      const auto role = contract.roles.find(role_id);
      if (role == contract.roles.end()) continue;
      for (const auto& person : people_of(role->second, contract, nullptr, now, word == kObligationMissed))
        for (const auto& channel : r.via) {
          if (!told.emplace(person, channel).second) continue;
          Notification n;
          n.contract = contract.id, n.number = one.id;
          n.route = r.id, n.role = role_id, n.person = person, n.channel = channel;
          n.key = contract.id + "/obligation/" + one.id + '/' + one.period + '/' + std::string(what) + '/' +
                  r.id + '/' + person + '/' + channel;
          n.subject = {word == kObligationDue ? "duty.notify.subject_due" : "duty.notify.subject_missed",
                       {{"title", title_argument(one.title, one.id)}, {"period", one.period}}};
          n.body = body_of(standing, word, together, contract);
          n.reason = {"domain.why.notified",
                      {{"route", r.id},
                       {"role", title_argument(role->second.title, role_id)},
                       {"event", "@duty.event." + std::string(word)}}};
          out.push_back(std::move(n));
        }
    }
  }
  return out;
}

std::vector<Notification> route(const Event& event, const CaseState& state, const Contract& contract,
                                Timestamp now, const Contract* in_force) {
  std::vector<Notification> out;
  const CaseKind* kind = contract.kind(state.case_kind);
  if (kind == nullptr) return out;
  const auto kind_name = to_text(event.kind());
  auto extra = clock_roles(event, *kind);
  auto routes = contract.routes;
  if (auto named = escalation_roles(event, *kind)) {
    extra = std::move(*named);
    if (std::none_of(routes.begin(), routes.end(),
                     [&](const Route& r) { return contains(r.on, kind_name); })) {
      routes.push_back(any_way(contract));
      routes.back().on = {std::string(kind_name)};
    }
  }
  auto what = telling_of(event, state, contract, *kind);
  std::set<Hearer> told;
  for (const auto& r : routes) {
    // A route on `detected` is told of every new case, however it began.
    // And whoever waits to hear that it recovered hears that it went on under another number.
    const bool meant = contains(r.on, kind_name) ||
                       (begins(event.kind()) && contains(r.on, to_text(EventKind::detected))) ||
                       (event.kind() == EventKind::merged && contains(r.on, to_text(EventKind::recovered)));
    if (!meant || (!r.grades.empty() && !contains(r.grades, state.grade))) continue;
    auto roles = r.to;
    for (const auto& role : extra)
      if (!contains(roles, role)) roles.push_back(role);
    for (const auto& role_id : roles) {
      const auto role = contract.roles.find(role_id);
      if (role == contract.roles.end()) continue;
      for (const auto& person :
           people_of(role->second, contract, in_force, now, event.kind() == EventKind::clock_breached))
        for (const auto& channel : r.via) {
          if (!told.emplace(person, channel).second) continue;
          if (what.body.empty()) what.body = body_of(event, state, contract, now);
          auto n = what;
          n.route = r.id, n.role = role_id, n.person = person, n.channel = channel;
          n.key = key_of(event, r.id, {person, channel});
          n.reason = {"domain.why.notified",
                      {{"route", r.id},
                       {"role", title_argument(role->second.title, role_id)},
                       {"event", "@domain.event." + std::string(kind_name)}}};
          out.push_back(std::move(n));
        }
    }
  }
  return out;
}

std::vector<Notification> route(const std::vector<Event>& events, const CaseState& after,
                                const Contract& contract, Timestamp now, const Contract* in_force) {
  const Event* first_grade = nullptr;
  for (const auto& event : events)
    if (const auto* graded = std::get_if<Graded>(&event.payload); graded != nullptr && graded->from.empty())
      first_grade = &event;
  std::vector<Notification> out;
  std::set<Hearer> heard;  // of a detection with its grade
  for (const auto& event : events) {
    for (auto& told : route(event, after, contract, now, in_force)) {
      if (first_grade != nullptr && begins(event.kind())) {
        heard.emplace(told.person, told.channel);
        told.body.insert(told.body.begin() + 1, describe(*first_grade, contract, after.case_kind));
      }
      if (&event == first_grade && heard.contains({told.person, told.channel})) continue;
      out.push_back(std::move(told));
    }
  }
  return out;
}

bool ends_trouble(EventKind kind) {
  return kind == EventKind::recovered || kind == EventKind::false_alarm || kind == EventKind::merged;
}

std::vector<Notification> tell_the_end(const Event& event, const CaseState& state, const Contract& contract,
                                       Timestamp now, const std::set<Hearer>& heard,
                                       const std::vector<Notification>& told) {
  std::vector<Notification> out;
  const CaseKind* kind = contract.kind(state.case_kind);
  if (kind == nullptr || !ends_trouble(event.kind())) return out;
  auto left = heard;
  for (const auto& n : told)
    if (n.n == event.n && n.number == event.number) left.erase({n.person, n.channel});
  auto what = telling_of(event, state, contract, *kind);
  for (const auto& one : left) {
    if (!contract.people.contains(one.first)) continue;
    if (what.body.empty()) what.body = body_of(event, state, contract, now);
    auto n = what;
    n.route = kHeard, n.person = one.first, n.channel = one.second;
    n.key = key_of(event, kHeard, one);
    n.reason = {"domain.why.heard", {{"number", event.number}}};
    out.push_back(std::move(n));
  }
  return out;
}

}  // namespace xj::domain
