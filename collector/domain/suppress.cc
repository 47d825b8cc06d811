#include "collector/domain/suppress.h"

#include <algorithm>

#include "collector/domain/explain.h"
#include "collector/domain/maintenance.h"

namespace xj::domain {
namespace {

// How far back the end of a window is looked for, after a long absence.
constexpr std::chrono::days kLookBack{62};

}  // namespace

bool held_back(const Contract& contract, const ItemRef& item, const Transition& transition, bool held,
               const Footings& footings) {
  if (!transition.after.problem) return false;
  if (held) return true;
  if (!is_news(transition)) return false;
  return (!contract.maintenance.empty() && maintenance_at(contract, item, transition.at).has_value()) ||
         cause_of(contract, place_of(item), footings).has_value();
}

std::optional<Announcement> announced(const Contract& contract, const ItemRef& item, Timestamp since,
                                      Timestamp now, const Footings& footings) {
  const auto place = place_of(item);
  if (maintenance_at(contract, item, now) || cause_of(contract, place, footings)) return std::nullopt;
  const auto window = maintenance_ended(contract, item, std::max(since, now - kLookBack), now);
  const auto well = well_since(contract, place, footings);
  const auto mend = well && well->at > since && well->at <= now ? well : std::nullopt;
  if (mend && (!window || mend->at > window->until))
    return Announcement{mend->at,
                        {"domain.why.needs_over",
                         {{"needs", title_argument(mend->dependency->title, mend->dependency->id)},
                          {"since", local_text(mend->at, contract.zone)}}},
                        true};
  if (window)
    return Announcement{window->until,
                        {"domain.why.maintenance_over",
                         {{"window", title_argument(window->window->title, window->window->id)},
                          {"until", local_text(window->until, contract.zone)}}},
                        false};
  return Announcement{now, {"domain.why.held_no_more", {}}, false};
}

}  // namespace xj::domain
