#include "collector/api/case_views.h"

#include <algorithm>

#include "collector/domain/clock.h"
#include "collector/domain/closing.h"
#include "collector/domain/explain.h"
#include "collector/domain/numbering.h"
#include "collector/domain/telling.h"

namespace xj::collector {
namespace {

constexpr std::size_t kMaxWarnings = 50;

// The boxes of the kind's papers: who signed in this run, and whom the others wait for.
Json signatures_json(const domain::CaseState& state, const domain::Contract& contract) {
  Json out{Json::Array{}};
  const auto* kind = contract.kind(state.case_kind);
  if (kind == nullptr) return out;
  const bool waits = state.status != domain::Status::false_alarm && state.status != domain::Status::merged;
  for (const auto& box : kind->signatures) {
    auto one = title_json(box.title);
    one.set("role", box.role);
    Json people{Json::Array{}};
    if (const auto* given = state.signature(box.role)) {
      const auto& mark = state.marks[given->n - 1];
      one.set("by", domain::person_of(mark.actor))
          .set("by_name", domain::actor_argument(mark.actor, contract));
      one.set("at", local_iso(mark.at, contract.zone)).set("n", std::int64_t{given->n});
    } else if (const auto role = contract.roles.find(box.role); role != contract.roles.end() && waits) {
      for (const auto& id : role->second.people)
        if (const auto person = contract.people.find(id); person != contract.people.end())
          people.push(Json().set("id", id).set("name", person->second.name));
    }
    one.set("people", std::move(people));
    out.push(std::move(one));
  }
  return out;
}

Json clock_json(const domain::ClockView& clock, const domain::Zone& zone) {
  Json json;
  json.set("name", clock.name).set("title", title_json(clock.title)).set("run", clock.run);
  json.set("status", domain::to_text(clock.status))
      .set("grade", clock.grade)
      .set("limit", domain::to_text(clock.limit));
  json.set("calendar", clock.calendar).set("to", clock.to);
  if (clock.start) json.set("start", local_iso(*clock.start, zone));
  if (clock.stop) json.set("stop", local_iso(*clock.stop, zone));
  if (clock.due) json.set("due", local_iso(*clock.due, zone));
  if (clock.paused > Duration{0}) json.set("paused", xj::to_text(clock.paused));
  if (clock.leaves_cover) json.set("leaves_cover", true);
  json.set("why", messages_json(clock.why));
  return json;
}

Json telling_json(const domain::TellView& telling, const domain::Contract& contract,
                  const domain::CaseState& state) {
  const auto& zone = contract.zone;
  Json json;
  json.set("rule", telling.rule).set("what", title_json(telling.what)).set("run", telling.run);
  json.set("turn", telling.turn).set("status", domain::to_text(telling.status)).set("grade", telling.grade);
  json.set("on", domain::to_text(state.marks[telling.on - 1].kind))
      .set("since", local_iso(telling.since, zone));
  if (telling.due) json.set("due", local_iso(*telling.due, zone));
  if (telling.told) json.set("told", local_iso(*telling.told, zone));
  Json parts{Json::Array{}};
  for (const auto& part : telling.parts) {
    Json one;
    one.set("to", part.to).set("how", part.how);
    if (const auto role = contract.roles.find(part.to); role != contract.roles.end())
      one.set("to_title", title_json(role->second.title));
    if (part.at) one.set("told", local_iso(*part.at, zone)).set("n", static_cast<std::int64_t>(part.n));
    parts.push(std::move(one));
  }
  json.set("parts", std::move(parts)).set("why", messages_json(telling.why));
  return json;
}

// The clock of the present run that is due next: running, or breached and not stopped.
const domain::ClockView* nearest(const std::vector<domain::ClockView>& clocks, int run) {
  const domain::ClockView* best = nullptr;
  for (const auto& clock : clocks) {
    const bool waits = clock.status == domain::ClockStatus::running ||
                       (clock.status == domain::ClockStatus::breached && !clock.stop);
    if (clock.run != run || !waits || !clock.due) continue;
    if (best == nullptr || *clock.due < *best->due) best = &clock;
  }
  return best;
}

Json due_json(const domain::ClockView& clock, const domain::Zone& zone) {
  Json json;
  json.set("clock", clock.name).set("title", title_json(clock.title));
  json.set("status", domain::to_text(clock.status)).set("due", local_iso(*clock.due, zone));
  return json;
}

void set_titles(Json& json, const domain::Contract& contract, const std::string& kind_id,
                const std::string& system_id, const std::string& grade_id) {
  if (const auto* system = contract.system(system_id)) json.set("system_title", title_json(system->title));
  const auto* kind = contract.kind(kind_id);
  if (kind == nullptr) return;
  json.set("kind_title", title_json(kind->title));
  if (const auto* grade = kind->grade(grade_id)) json.set("grade_title", title_json(grade->title));
}

Json event_json(const domain::Event& event, const domain::Contract& contract, const std::string& kind) {
  auto json = domain::to_json(event);
  json.set("at", local_iso(event.at, contract.zone)).set("known", local_iso(event.known, contract.zone));
  json.set("says", message_json(domain::describe(event, contract, kind)));
  if (domain::entered_later(event)) json.set("entered_later", true);
  return json;
}

Json problem_json(const domain::CaseProblem& problem, const domain::Contract& contract) {
  Json json;
  json.set("host", problem.item.host).set("check", problem.item.check).set("item", problem.item.item);
  json.set("state", to_text(problem.state)).set("cleared", problem.cleared);
  if (problem.unwatched) json.set("unwatched", true);
  if (!problem.moved_to.empty()) json.set("moved_to", problem.moved_to);
  json.set("says", message_json(domain::describe(problem, contract)));
  if (!problem.message.empty()) json.set("message", message_json(problem.message));
  json.set("since", local_iso(problem.evidence.since, contract.zone))
      .set("attempts", problem.evidence.attempts);
  json.set("metrics", metrics_json(problem.evidence.metrics));
  return json;
}

}  // namespace

Json next_due_view(Pipeline& pipeline, Timestamp now, std::size_t limit) {
  std::vector<std::pair<Timestamp, Json>> all;
  for (const auto& [ref, open] : pipeline.book().cases()) {
    const auto clocks = domain::clocks(open.state, *open.contract, now);
    const auto* clock = nearest(clocks, open.state.run);
    if (clock == nullptr) continue;
    auto json = due_json(*clock, open.contract->zone);
    json.set("contract", ref.contract).set("number", ref.number);
    all.emplace_back(*clock->due, std::move(json));
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  Json list{Json::Array{}};
  for (std::size_t i = 0; i < all.size() && i < limit; ++i) list.push(std::move(all[i].second));
  return list;
}

Json warnings_view(Pipeline& pipeline, Timestamp now) {
  std::vector<Message> warnings;
  for (const auto& contract : pipeline.contracts())
    for (const auto& kind : contract->kinds) {
      const auto used = pipeline.book().used(contract->id, kind.number, contract->zone, now);
      if (used > domain::number_capacity(kind.number))
        warnings.push_back(
            {"collector.warn.numbers",
             {{"contract", contract->id}, {"pattern", kind.number}, {"used", std::to_string(used)}}});
    }
  for (const auto& [ref, open] : pipeline.book().cases()) {
    const auto& problems = open.state.problems;
    const auto unwatched = std::count_if(problems.begin(), problems.end(), [](const domain::CaseProblem& p) {
      return !p.cleared && p.unwatched;
    });
    if (unwatched == 0 || !domain::is_handling(open.state.status) || warnings.size() >= kMaxWarnings)
      continue;
    warnings.push_back(
        {"collector.warn.unwatched",
         {{"contract", ref.contract}, {"number", ref.number}, {"count", std::to_string(unwatched)}}});
  }
  return messages_json(warnings);
}

Json cases_view(Pipeline& pipeline, const CaseFilter& filter, Timestamp now) {
  Json list{Json::Array{}};
  for (const auto& row : pipeline.cases().list(filter)) {
    const auto* open = pipeline.book().find({row.contract, row.number});
    const auto contract = open != nullptr ? open->contract : pipeline.contract(row.contract);
    const auto zone = contract == nullptr ? domain::Zone{} : contract->zone;
    Json json;
    json.set("contract", row.contract)
        .set("number", row.number)
        .set("kind", row.kind)
        .set("system", row.system);
    json.set("status", row.status).set("grade", row.grade).set("run", row.run);
    json.set("opened", local_iso(row.opened, zone)).set("last", local_iso(row.last_at, zone));
    if (contract != nullptr) set_titles(json, *contract, row.kind, row.system, row.grade);
    if (open != nullptr) {
      const auto clocks = domain::clocks(open->state, *open->contract, now);
      if (const auto* clock = nearest(clocks, open->state.run)) json.set("next", due_json(*clock, zone));
      for (const auto& problem : open->state.problems)
        if (!problem.cleared) {
          json.set("problem", message_json(domain::describe(problem, *open->contract)));
          break;
        }
      if (json["problem"].is_null() && !open->state.text.empty())
        json.set("problem", message_json(Message::literal(open->state.text)));
    }
    list.push(std::move(json));
  }
  return Json(Json::Object{{"cases", std::move(list)}});
}

Json case_view(Pipeline& pipeline, const domain::CaseRef& which, Timestamp now) {
  const auto found = pipeline.find_case(which);
  if (!found || found->contract == nullptr) return {};
  const auto& state = found->state;
  const auto& contract = *found->contract;
  Json json;
  json.set("contract", state.contract).set("number", state.number).set("kind", state.case_kind);
  json.set("system", state.system).set("status", domain::to_text(state.status)).set("grade", state.grade);
  json.set("run", state.run).set("revision", state.revision).set("calendar", state.calendar);
  if (!state.text.empty()) json.set("text", state.text);
  if (!state.from.empty()) json.set("split_from", state.from);
  if (!state.into.empty()) json.set("merged_into", state.into);
  set_titles(json, contract, state.case_kind, state.system, state.grade);
  if (!state.marks.empty()) json.set("opened", local_iso(state.marks.front().at, contract.zone));
  Json problems{Json::Array{}}, clocks{Json::Array{}}, events{Json::Array{}}, closing{Json::Array{}};
  for (const auto& problem : state.problems) problems.push(problem_json(problem, contract));
  for (const auto& clock : domain::clocks(state, contract, now))
    clocks.push(clock_json(clock, contract.zone));
  for (const auto& event : found->events) events.push(event_json(event, contract, found->state.case_kind));
  for (const auto& condition : domain::closing_conditions(state, contract, now)) {
    auto one = title_json(condition.text);
    one.set("n", static_cast<std::int64_t>(condition.index)).set("proof", domain::to_text(condition.proof));
    one.set("role", condition.role).set("met", condition.met).set("by", condition.by);
    one.set("why", message_json(condition.why));
    closing.push(std::move(one));
  }
  Json owed{Json::Array{}};
  for (const auto& telling : domain::tellings(state, contract, now))
    owed.push(telling_json(telling, contract, state));
  json.set("tellings", std::move(owed));
  json.set("problems", std::move(problems)).set("clocks", std::move(clocks)).set("events", std::move(events));
  Json escalations{Json::Array{}};
  for (const auto& step : state.escalations) {
    Json one;
    one.set("step", step.step).set("run", step.run).set("approve", step.approve);
    one.set("state", step.approve.empty()  ? "told"
                     : step.decided_n == 0 ? "drafted"
                     : step.approved       ? "approved"
                                           : "rejected");
    one.set("n", static_cast<std::int64_t>(step.drafted_n));
    escalations.push(std::move(one));
  }
  json.set("escalations", std::move(escalations));
  Json dependents{Json::Array{}};
  for (const auto& one : state.dependents) {
    if (one.freed_n != 0) continue;
    Json held;
    held.set("system", one.item.system).set("host", one.item.host).set("check", one.item.check);
    held.set("item", one.item.item).set("state", to_text(one.state));
    held.set("says", message_json({"domain.problem",
                                   {{"item", domain::item_argument(one.item, contract)},
                                    {"state", "@core.state." + std::string(to_text(one.state))}}}));
    dependents.push(std::move(held));
  }
  json.set("dependents", std::move(dependents));
  json.set("closing", std::move(closing));
  json.set("signatures", signatures_json(state, contract));
  json.set("explain", messages_json(domain::explain(found->events, contract, now)));
  return json;
}

}  // namespace xj::collector
