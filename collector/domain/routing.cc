#include "collector/domain/routing.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "collector/domain/clock.h"
#include "collector/domain/explain.h"
#include "collector/domain/notice.h"
#include "collector/domain/telling.h"

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
  add_standing(body, state, contract, now, false);
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

std::string key_of(const Event& event, std::string_view route, const Hearer& to) {
  return event.contract + '/' + event.number + '/' + std::to_string(event.n) + '/' + std::string(route) +
         '/' + to.first + '/' + to.second;
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
  auto what = telling_of(event.kind(), state, contract, *kind);
  what.n = event.n;
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

namespace {

// The first channel that carries the way and reaches the person; empty when none does.
std::string channel_for(const std::string& how, const Person& person, const Contract& contract,
                        const ChannelKinds& channels) {
  for (const auto& r : contract.routes)
    for (const auto& channel : r.via) {
      if (channels.empty() && (how.empty() || how == "mail" || how == "push")) return channel;
      const auto known = channels.find(channel);
      if (known == channels.end() || (known->second && person.mail.empty())) continue;
      if (how.empty() || how == (known->second ? "mail" : "push")) return channel;
    }
  return {};
}

std::vector<Message> tell_body(const TellView& view, const Event* event, const CaseState& state,
                               const Contract& contract, Timestamp now) {
  std::vector<Message> body{
      {"domain.notify.tell",
       {{"what", title_argument(view.what, view.rule)},
        {"event", "@domain.event." + std::string(to_text(state.marks[view.on - 1].kind))},
        {"at", local_text(view.since, contract.zone)}}}};
  if (event != nullptr) body.push_back(describe(*event, contract, state.case_kind));
  add_standing(body, state, contract, now, event == nullptr || !begins(event->kind()));
  return body;
}

void tell(std::vector<Notification>& out, const TellView& view, const Event* event, const CaseState& state,
          const Contract& contract, const CaseKind& kind, Timestamp now, const Contract* in_force,
          const ChannelKinds& channels) {
  std::map<Hearer, Notification> by_hearer;
  for (const auto& part : parts_left(view)) {
    const auto role = contract.roles.find(part.to);
    if (role == contract.roles.end()) continue;
    for (const auto& id : people_of(role->second, contract, in_force, now, missed(view))) {
      const auto person = contract.people.find(id);
      if (person == contract.people.end()) continue;
      const auto channel = channel_for(part.how, person->second, contract, channels);
      if (channel.empty()) continue;
      auto& n = by_hearer[{id, channel}];
      if (!n.tells) {
        n = telling_of(state.marks[view.on - 1].kind, state, contract, kind);
        n.n = view.on;
        n.route = tell_clock(view.rule), n.role = part.to, n.person = id, n.channel = channel;
        n.key = state.contract + '/' + state.number + '/' + std::to_string(view.on) + '/' + n.route + ':' +
                std::to_string(view.turn) + '/' + id + '/' + channel;
        n.body = tell_body(view, event, state, contract, now);
        n.reason = {"domain.why.tell", {{"role", title_argument(role->second.title, part.to)}}};
        n.tells = Told{view.rule, view.turn, {}, {}, id, channel, {}};
      }
      if (!contains(n.tells->to, part.to)) n.tells->to.push_back(part.to);
      if (!part.how.empty() && !contains(n.tells->how, part.how)) n.tells->how.push_back(part.how);
    }
  }
  for (auto& [hearer, n] : by_hearer) out.push_back(std::move(n));
}

}  // namespace

std::vector<Notification> tell(const std::vector<Event>& events, const CaseState& state,
                               const Contract& contract, Timestamp now, const Contract* in_force,
                               const ChannelKinds& channels) {
  std::vector<Notification> out;
  const CaseKind* kind = contract.kind(state.case_kind);
  if (kind == nullptr || kind->tell.empty()) return out;
  const auto all = tellings(state, contract, now);
  for (const auto& view : all) {
    if (view.run != state.run || view.told || view.status == TellStatus::ended) continue;
    const bool passed = std::any_of(all.begin(), all.end(), [&](const TellView& other) {
      return other.rule == view.rule && other.run == view.run && other.turn > view.turn;
    });
    if (passed) continue;
    const Event* event = nullptr;
    for (const auto& one : events)
      if (one.n == view.on) event = &one;
    tell(out, view, event, state, contract, *kind, now, in_force, channels);
  }
  return out;
}

std::vector<Notification> together(std::vector<Notification> routed, std::vector<Notification> owed) {
  std::erase_if(routed, [&](const Notification& r) {
    return std::any_of(owed.begin(), owed.end(), [&](const Notification& o) {
      return o.n == r.n && o.person == r.person && o.channel == r.channel;
    });
  });
  for (auto& n : owed) routed.push_back(std::move(n));
  return routed;
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
  auto what = telling_of(event.kind(), state, contract, *kind);
  what.n = event.n;
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
