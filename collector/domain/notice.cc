#include "collector/domain/notice.h"

#include "collector/domain/clock.h"
#include "collector/domain/explain.h"

namespace xj::domain {

Notification telling_of(EventKind event, const CaseState& state, const Contract& contract,
                        const CaseKind& kind) {
  const System* system = contract.system(state.system);
  const Grade* grade = kind.grade(state.grade);
  Notification n;
  n.contract = state.contract, n.number = state.number;
  n.subject = {"domain.notify.subject",
               {{"number", state.number},
                {"grade", grade == nullptr ? "@domain.grade.none" : title_argument(grade->title, grade->id)},
                {"event", "@domain.event." + std::string(to_text(event))},
                {"system", system == nullptr ? state.system : title_argument(system->title, system->id)}}};
  return n;
}

void add_standing(std::vector<Message>& body, const CaseState& state, const Contract& contract, Timestamp now,
                  bool reported) {
  if (reported && !state.text.empty()) body.push_back(Message::literal(state.text));
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
}

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

}  // namespace xj::domain
