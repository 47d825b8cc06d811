#include "collector/ingest/epoch_turns.h"

#include <algorithm>
#include <functional>

#include "collector/domain/own_host.h"

namespace xj::collector {
namespace {

// Also when the clock was set.
bool within(Duration time, Timestamp earlier, Timestamp now) {
  return now - earlier <= time && earlier - now <= time;
}

}  // namespace

bool EpochTurns::several(Timestamp now) const {
  return told_ && within(Duration{domain::kOwnLasts}, *told_, now);
}

bool EpochTurns::see(std::string_view name, Timestamp now) {
  const auto epoch =
      std::max<std::uint32_t>(1, static_cast<std::uint32_t>(std::hash<std::string_view>{}(name)));
  const auto second = static_cast<std::uint32_t>(to_ms(now) / 1'000);
  const auto found =
      std::find_if(seen_.begin(), seen_.end(), [&](const Seen& seen) { return seen.epoch == epoch; });
  if (found == seen_.begin()) {
    found->second = second;
    return false;
  }
  const bool again = found != seen_.end() && within(kTurnWithin, found->when(), now);
  if (found != seen_.end())
    std::rotate(seen_.begin(), found, found + 1);
  else
    std::rotate(seen_.begin(), seen_.end() - 1, seen_.end());
  seen_.front() = {epoch, second};
  if (!again) return false;
  turns_ = within(kTurnWithin, turned_, now) ? std::min(turns_ + 1, kTurnsOfTwins) : 1;
  turned_ = now;
  if (turns_ < kTurnsOfTwins) return false;
  told_ = now;
  return true;
}

}  // namespace xj::collector
