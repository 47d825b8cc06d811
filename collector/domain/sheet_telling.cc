#include "collector/domain/sheet_telling.h"

#include <algorithm>
#include <set>

#include "collector/domain/explain.h"
#include "collector/domain/notice.h"

namespace xj::domain {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// Where the sheet says who inspected, nobody else signs for that. Else it is for who is on duty; in a gap, or
// where it is not for him, for all of the role.
std::vector<std::string> named_of(const std::string& role, const std::string& named, const Contract& contract,
                                  Timestamp now, std::string_view not_for = {}) {
  const auto it = contract.roles.find(role);
  if (it == contract.roles.end()) return {};
  std::vector<std::string> out;
  for (const auto& id : it->second.people)
    if (const auto person = contract.people.find(id);
        person != contract.people.end() && person->second.name == named && !named.empty())
      out.push_back(id);
  if (!out.empty()) return out;
  out = people_of(it->second, contract, nullptr, now, false);
  std::erase(out, not_for);
  if (!out.empty()) return out;
  out = it->second.people;
  std::erase(out, not_for);
  return out;
}

bool hands_on(SheetEventKind kind) {
  switch (kind) {
    case SheetEventKind::submitted:
    case SheetEventKind::reviewed:
    case SheetEventKind::returned: return true;
    case SheetEventKind::filled:
    case SheetEventKind::signed_off: break;
  }
  return false;
}

}  // namespace

std::vector<SheetWait> waits_for(const SheetBase& base, const SheetState& state, const RoundSpec& round,
                                 const Contract& contract, Timestamp now) {
  std::vector<SheetWait> out;
  const auto step = next_step(state, round);
  if (step == "submit")
    out.push_back({"submit", "", round.inspector, named_of(round.inspector, base.inspector, contract, now)});
  if (step == "review") {
    // Nobody reviews what is his own.
    const auto own = state.submitted ? person_of(state.submitted->actor) : std::string_view{};
    out.push_back({"review", "", round.reviewer, named_of(round.reviewer, "", contract, now, own)});
  }
  if (step == "sign") {
    const auto open = unsigned_parts(state, round);
    for (const auto& part : parts(round)) {
      if (!contains(open, part.part)) continue;
      const auto& named = part.part == "inspector"  ? base.inspector
                          : part.part == "recorder" ? base.recorder
                                                    : std::string{};
      out.push_back({"sign", part.part, part.role, named_of(part.role, named, contract, now)});
    }
  }
  return out;
}

std::vector<Notification> tell_waiting(const SheetEvent& event, const SheetBase& base,
                                       const SheetState& after, const RoundSpec& round,
                                       const Contract& contract, Timestamp now) {
  std::vector<Notification> out;
  if (!hands_on(event.kind)) return out;
  const auto waits = waits_for(base, after, round, contract, now);
  if (waits.empty()) return out;
  std::set<Hearer> told;
  for (const auto& r : contract.routes) {
    if (!contains(r.on, kSheetWaits) || !r.grades.empty()) continue;
    const auto tell = [&](const std::string& role_id, const std::vector<std::string>& people,
                          std::string_view step) {
      const auto role = contract.roles.find(role_id);
      if (role == contract.roles.end()) return;
      for (const auto& person : people)
        for (const auto& channel : r.via) {
          if (!contract.people.contains(person) || !told.emplace(person, channel).second) continue;
          Notification n;
          n.contract = contract.id, n.number = base.number, n.n = event.n;
          n.route = r.id, n.role = role_id, n.person = person, n.channel = channel;
          n.key = contract.id + "/sheet/" + base.number + '/' + std::to_string(event.n) + '/' + r.id + '/' +
                  person + '/' + channel;
          n.subject = {"round.notify.subject",
                       {{"number", base.number},
                        {"title", title_argument(round.title, round.id)},
                        {"step", "@round.waits." + std::string(step)}}};
          n.body.push_back({"round.notify.waits",
                            {{"role", title_argument(role->second.title, role_id)},
                             {"step", "@round.waits." + std::string(step)}}});
          n.body.push_back(describe(event, base));
          n.body.push_back({"round.notify.made", {{"at", local_text(base.made, contract.zone)}}});
          n.reason = {"domain.why.notified",
                      {{"route", r.id},
                       {"role", title_argument(role->second.title, role_id)},
                       {"event", "@round.event.sheet_waits"}}};
          out.push_back(std::move(n));
        }
    };
    for (const auto& wait : waits) tell(wait.role, wait.people, wait.step);
    for (const auto& role : r.to)
      if (const auto it = contract.roles.find(role); it != contract.roles.end())
        tell(role, people_of(it->second, contract, nullptr, now, false), waits.front().step);
  }
  return out;
}

}  // namespace xj::domain
