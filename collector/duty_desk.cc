#include "collector/duty_desk.h"

#include <algorithm>
#include <map>

#include "collector/domain/key_duty.h"
#include "collector/domain/routing.h"
#include "collector/domain/sheet.h"
#include "collector/outbox_row.h"
#include "core/io/log.h"
#include "core/json.h"

namespace xj::collector {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr days kBack{35};           // what was missed longer ago is no news
constexpr days kAhead{32};          // the longest a warning comes before its due time, and a day
constexpr hours kLongestRest{12};   // looks at least so often
constexpr std::size_t kSingly = 3;  // so many missed of one obligation are said one by one

Json about(const domain::DutyStanding& one, std::string_view kind, const domain::Contract& contract) {
  Json json;
  json.set("contract", contract.id).set("obligation", one.what.id).set("period", one.what.period);
  json.set("kind", kind).set("due", one.what.due ? Json(to_iso(*one.what.due)) : Json());
  return json;
}

}  // namespace

domain::DutyRecords DutyDesk::known(const domain::Contract& contract) {
  const auto kept = store_.records(contract.id);
  auto all = domain::fold(kept);
  // Since when the rosters are complete is seen from those of the files.
  const auto given = as_given_.find(contract.id);
  const bool same = given != as_given_.end() && given->second->revision == contract.revision;
  for (auto& arranged : domain::duty_arranged(same ? *given->second : contract, kept))
    all.done.push_back(std::move(arranged));
  for (auto& sheet : store_.sheets(contract.id, contract.from)) {
    const auto* round = domain::round_of(contract, sheet.round);
    const bool signatures = round != nullptr && round->proof_signed;
    if (signatures && !sheet.proved) continue;
    if (!signatures) sheet.proved.reset();
    all.sheets.push_back(std::move(sheet));
  }
  return all;
}

std::variant<domain::DutyRecord, domain::Rejection> DutyDesk::record(const domain::Contract& contract,
                                                                     domain::DutyRecord draft,
                                                                     Timestamp now) {
  io::Transaction transaction(db_);
  auto outcome = domain::accept(std::move(draft), contract, store_.records(contract.id), now);
  if (const auto* kept = std::get_if<domain::DutyRecord>(&outcome)) {
    store_.append(*kept);
    transaction.commit();
    look_again();
  }
  return outcome;
}

domain::ContractPtr DutyDesk::with_duty(const domain::ContractPtr& contract) {
  as_given_.insert_or_assign(contract->id, contract);
  std::vector<domain::DutyRecord> kept;
  try {
    kept = store_.records(contract->id);
  } catch (const io::DbFault&) {
    throw;
  } catch (const Fault& damaged) {  // no reason to take no results
    log::error("duty of {}: {}; its rosters hold as in their files", contract->id, damaged.what());
  }
  std::erase_if(kept, [](const domain::DutyRecord& r) { return r.shifts.empty(); });
  if (kept.empty()) return contract;
  auto out = std::make_shared<domain::Contract>(*contract);
  for (auto& [id, role] : out->roles) role.roster = domain::with_changes(std::move(role.roster), id, kept);
  return out;
}

std::uint64_t DutyDesk::tick(std::span<const domain::ContractPtr> contracts,
                             const std::map<std::string, bool>& channels, Timestamp now) {
  // A clock set back looks anew; what was said stays said.
  if (now < next_look_ && now >= looked_) return 0;
  looked_ = now;
  next_look_ = now + kLongestRest;
  std::uint64_t added = 0;
  for (const auto& contract : contracts) {
    if (contract->obligations.empty() && contract->key_periods.empty()) continue;
    try {
      added += look(*contract, channels, now);
    } catch (const io::DbFault&) {
      look_again();
      throw;
    } catch (const Fault& damaged) {  // no reason to take no results
      log::error("obligations of {}: {}", contract->id, damaged.what());
    }
  }
  return added;
}

std::uint64_t DutyDesk::look(const domain::Contract& contract, const std::map<std::string, bool>& channels,
                             Timestamp now) {
  const auto since = store_.known_since(contract.id).value_or(now);
  const auto records = known(contract);
  const auto all = domain::standings(contract, records, std::max(since, now - kBack), now + kAhead, now);
  struct Say {
    const domain::DutyStanding* one;
    std::string what;  // "missed", "due 2h"
  };
  std::map<std::string, std::vector<Say>> missed;
  std::vector<Say> soon;
  const auto wake = [&](Timestamp at) { next_look_ = std::min(next_look_, std::max(at, now + Duration{1})); };
  for (const auto& one : all) {
    if (!one.what.due) continue;
    const auto due = *one.what.due;
    if (one.state == domain::DutyState::missed) {
      if (!store_.told(contract.id, one.what.id, one.what.period, "missed"))
        missed[one.what.id].push_back({&one, "missed"});
      continue;
    }
    if (due < now || one.state == domain::DutyState::done || one.state == domain::DutyState::late) continue;
    wake(due + Duration{1});
    // Of several points that passed while nobody looked the last one is said.
    std::optional<Duration> point;
    for (const auto before : one.what.warn) {
      const auto at = std::max(due - before, one.what.opens);
      if (at > now)
        wake(at);
      else if (!point || before < *point)
        point = before;
    }
    if (point && now < due) {
      const auto what = "due " + xj::to_text(*point);
      if (!store_.told(contract.id, one.what.id, one.what.period, what)) soon.push_back({&one, what});
    }
  }
  if (missed.empty() && soon.empty()) return 0;

  io::Transaction transaction(db_);
  Outbox outbox(db_);
  std::uint64_t added = 0;
  // Whether it reached anybody, or no route is about it. What could be said to nobody is said once a roster
  // names who owes it.
  const auto say = [&](const Say& each, std::string_view kind, std::size_t together) {
    auto notices = domain::route(*each.one, kind, each.what, together, contract, now);
    for (auto& told : notices)
      if (outbox.add(outbox_row(std::move(told), about(*each.one, kind, contract), contract, channels, now)))
        ++added;
    return !notices.empty() ||
           std::none_of(contract.routes.begin(), contract.routes.end(), [&](const domain::Route& r) {
             return r.grades.empty() && std::find(r.on.begin(), r.on.end(), kind) != r.on.end();
           });
  };
  const auto keep = [&](const Say& each) {
    store_.tell(contract.id, each.one->what.id, each.one->what.period, each.what, now);
  };
  for (const auto& each : soon)
    if (say(each, domain::kObligationDue, 1)) keep(each);
  for (const auto& [unused, list] : missed) {
    if (list.size() <= kSingly) {
      for (const auto& each : list)
        if (say(each, domain::kObligationMissed, 1)) keep(each);
    } else if (say(list.back(), domain::kObligationMissed, list.size())) {  // after days without a collector:
      for (const auto& each : list) keep(each);                             // one sentence, of the last
    }
  }
  transaction.commit();
  return added;
}

}  // namespace xj::collector
