#include "collector/self_watch.h"

#include <algorithm>

#include "checks/thresholds.h"
#include "collector/domain/own_host.h"

namespace xj::collector {
namespace {

constexpr Duration kFollow{10'000};  // contracts and key periods are looked up again

std::string size(std::uint64_t bytes) {
  return checks::format(static_cast<double>(bytes), checks::Unit::bytes);
}

Message words(const HistoryRoom& room) {
  if (room.exhausted)
    return {"collector.own.exhausted", {{"free", size(room.free)}, {"wanted", size(room.wanted)}}};
  if (room.days == 0)
    return {"collector.own.tight", {{"free", size(room.free)}, {"wanted", size(room.wanted)}}};
  return {"collector.own.removed",
          {{"count", std::to_string(room.days)},
           {"from", day_text(room.first_day)},
           {"to", day_text(room.last_day)},
           {"bytes", size(room.bytes)},
           {"free", size(room.free)},
           {"wanted", size(room.wanted)}}};
}

}  // namespace

std::optional<Item> disk_item(const HistoryRoom& room) {
  if (!room.looked) return std::nullopt;
  Item item;
  item.key = "disk";
  if (!room.watched) {
    item.state = State::unknown;
    item.msg = {room.wanted == 0 ? "collector.own.unwatched" : "collector.own.blind", {}};
    return item;
  }
  item.state = room.began ? State::critical : State::ok;
  item.msg = room.began ? words(room) : Message{"collector.own.room", {{"free", size(room.free)}}};
  const auto add = [&item](const char* name, std::uint64_t value) {
    item.metrics.push_back({name, static_cast<std::int64_t>(value)});
  };
  add("free_bytes", room.free);
  add("wanted_bytes", room.wanted);
  add("removed_days", room.days);
  add("removed_bytes", room.bytes);
  return item;
}

std::optional<Submission> SelfWatch::look(const Pipeline& pipeline, Timestamp now) {
  follow(pipeline, now);
  if (assignment_.checks.empty()) return std::nullopt;
  wire::Batch batch;
  for (const auto& check : assignment_.checks) {
    if (!due(check, now)) continue;
    const auto item = disk_item(pipeline.history().room());
    if (!item) return std::nullopt;
    Result result;
    result.n = ++n_;
    result.check = check.id;
    result.slot = now;
    result.state = item->state;
    result.items.push_back(*item);
    last_[check.id] = {now, item->state};
    batch.results.push_back(std::move(result));
  }
  if (batch.results.empty()) return std::nullopt;
  // A life of its own at each start: nobody remembers the numbers of the last.
  if (epoch_.empty()) epoch_ = "own-" + std::to_string(to_ms(now));
  batch.epoch = epoch_;
  batch.sent = now;
  batch.config = assignment_.revision;
  return make_submission(std::string(domain::kOwnHost), std::move(batch));
}

void SelfWatch::follow(const Pipeline& pipeline, Timestamp now) {
  if (asked_ && *asked_ <= now && now - *asked_ < kFollow) return;
  asked_ = now;
  const auto all = hosts(pipeline.contracts());
  const bool wanted = std::binary_search(all.begin(), all.end(), domain::kOwnHost);
  assignment_ = wanted ? pipeline.assignment(std::string(domain::kOwnHost)) : wire::Assignment{};
}

bool SelfWatch::due(const wire::AssignedCheck& check, Timestamp now) const {
  const auto last = last_.find(check.id);
  if (last == last_.end() || now < last->second.when) return true;
  const bool again = last->second.state != State::ok && check.retry > Duration{0};
  return now - last->second.when >= (again ? check.retry : check.interval);
}

}  // namespace xj::collector
