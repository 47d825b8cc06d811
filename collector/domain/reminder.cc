// Routes that say it again while nobody takes a case on.
#include <algorithm>
#include <set>
#include <utility>

#include "collector/domain/explain.h"
#include "collector/domain/maintenance.h"
#include "collector/domain/notice.h"

namespace xj::domain {
namespace {

bool contains(const std::vector<std::string>& in, std::string_view what) {
  return std::find(in.begin(), in.end(), what) != in.end();
}

struct Reminder {
  std::uint32_t on = 0;    // what the route told of first in this run; 0: nothing to remind of
  std::uint32_t from = 0;  // from which it counts: that, or the grade whose interval it is
  Duration every{0};
  int times = 0;  // that have come by now
  Timestamp at;   // the last of them
};

// That under which an event was told: the grade that held, or was given in the same breath.
std::string grade_told(const CaseState& state, std::uint32_t n) {
  std::string out;
  for (const auto& step : state.grades)
    if (out.empty() || step.n <= n || state.marks[step.n - 1].known == state.marks[n - 1].known)
      out = step.grade;
  return out;
}

Reminder reminder(const Route& route, const CaseState& state, Timestamp now) {
  Reminder out;
  const auto meant = [&](const std::string& grade) {
    return route.grades.empty() || contains(route.grades, grade);
  };
  if (state.status != Status::open || !meant(state.grade)) return out;
  auto every = route.repeat.find(state.grade);
  if (every == route.repeat.end()) every = route.repeat.find("");
  if (every == route.repeat.end()) return out;
  for (std::uint32_t n = 1; n <= state.marks.size() && out.on == 0; ++n) {
    const auto& mark = state.marks[n - 1];
    if (mark.run == state.run &&
        (contains(route.on, to_text(mark.kind)) ||
         (begins(mark.kind) && contains(route.on, to_text(EventKind::detected)))) &&
        meant(grade_told(state, n)))
      out.on = n;
  }
  if (out.on == 0) return out;
  out.from = out.on, out.every = every->second;
  auto since = state.marks[out.on - 1].known;
  // Another grade counts anew: what it brings would else have passed already.
  if (!every->first.empty() || !route.grades.empty()) {
    std::string before;
    for (const auto& step : state.grades) {
      const auto known = state.marks[step.n - 1].known;
      if (step.run == state.run && step.grade != before && known > since) out.from = step.n, since = known;
      before = step.grade;
    }
  }
  if (now > since)
    out.times = static_cast<int>(std::min<std::int64_t>((now - since) / out.every, kReminders));
  out.at = since + out.times * out.every;
  return out;
}

// Trouble that is expected is not said again.
bool expected(const CaseState& state, const Contract& in_force, Timestamp now) {
  bool any = false;
  for (const auto& problem : state.problems) {
    if (problem.cleared) continue;
    if (!maintenance_at(in_force, problem.item, now)) return false;
    any = true;
  }
  return any;
}

}  // namespace

std::optional<Timestamp> next_reminder(const CaseState& state, const Contract& contract, Timestamp now) {
  std::optional<Timestamp> next;
  for (const auto& r : contract.routes) {
    const auto again = reminder(r, state, now);
    if (again.on == 0 || again.times >= kReminders) continue;
    const auto at = again.at + again.every;
    if (!next || at < *next) next = at;
  }
  return next;
}

std::vector<Notification> remind(const CaseState& state, const Contract& contract, Timestamp now,
                                 const Contract* in_force) {
  std::vector<Notification> out;
  const CaseKind* kind = contract.kind(state.case_kind);
  if (kind == nullptr || state.status != Status::open) return out;
  std::vector<std::pair<Reminder, const Route*>> due;
  for (const auto& r : contract.routes) {
    const auto again = reminder(r, state, now);
    // The last is not said for ever: the outbox forgets.
    if (again.times == 0 || now >= again.at + again.every) continue;
    if (in_force != nullptr && (expected(state, *in_force, now) || expected(state, *in_force, again.at)))
      continue;
    due.emplace_back(again, &r);
  }
  // Who is in several hears the latest: one that was said long ago, and is due until its next, says nothing.
  std::stable_sort(due.begin(), due.end(),
                   [](const auto& a, const auto& b) { return a.first.at > b.first.at; });
  std::set<Hearer> told;
  for (const auto& [again, route] : due) {
    const auto& r = *route;
    const auto& first = state.marks[again.on - 1];
    auto what = telling_of(first.kind, state, contract, *kind);
    for (auto& [name, value] : what.subject.args)
      if (name == "event") value = "@domain.event_again";
    what.n = again.from, what.again = again.times;
    what.body = {
        {"domain.notify.again",
         {{"at", local_text(first.known, contract.zone)},
          {"time", to_text(Duration{std::chrono::floor<std::chrono::seconds>(again.at - first.known)})}}}};
    if (again.times == kReminders) what.body.push_back({"domain.notify.again_last", {}});
    add_standing(what.body, state, contract, now, true);
    for (const auto& role_id : r.to) {
      const auto role = contract.roles.find(role_id);
      if (role == contract.roles.end()) continue;
      for (const auto& person : people_of(role->second, contract, in_force, now, false))
        for (const auto& channel : r.via) {
          if (!told.emplace(person, channel).second) continue;
          auto n = what;
          n.route = r.id, n.role = role_id, n.person = person, n.channel = channel;
          n.key = state.contract + '/' + state.number + '/' + std::to_string(again.from) + '/' + r.id +
                  ":again:" + std::to_string(again.times) + '/' + person + '/' + channel;
          n.reason = {"domain.why.again",
                      {{"route", r.id},
                       {"role", title_argument(role->second.title, role_id)},
                       {"every", to_text(again.every)}}};
          out.push_back(std::move(n));
        }
    }
  }
  return out;
}

}  // namespace xj::domain
