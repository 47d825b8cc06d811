#include "collector/self_watch.h"

#include <algorithm>

#include "checks/thresholds.h"
#include "collector/domain/own_host.h"

namespace xj::collector {
namespace {

constexpr Duration kFollow{10'000};    // contracts and key periods are looked up again
constexpr std::size_t kNamed = 5;      // agents in a message
constexpr const char* kSeen = "seen";  // argument of a message: when what it says was seen last

std::string size(std::uint64_t bytes) {
  return checks::format(static_cast<double>(bytes), checks::Unit::bytes);
}

// Of what was carried on before: its hour does not begin anew with each restart.
std::optional<Timestamp> seen_at(const Item& item) {
  for (const auto& [name, value] : item.msg.args)
    if (name == kSeen) return parse_iso(value);
  return std::nullopt;
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

Item certificates_item(const std::vector<std::string>& shared) {
  Item item;
  item.key = "certificates";
  item.metrics.push_back({"shared", static_cast<std::int64_t>(shared.size())});
  if (shared.empty()) return item;
  std::string names;
  for (std::size_t i = 0; i < std::min(shared.size(), kNamed); ++i) names += (i == 0 ? "" : ", ") + shared[i];
  if (shared.size() > kNamed) names += ", …";
  item.state = State::warning;
  item.msg = {"collector.own.shared", {{"names", names}, {"count", std::to_string(shared.size())}}};
  return item;
}

Item carried_on(const Result& before, Item fresh, Timestamp now) {
  if (fresh.state != State::ok) return fresh;
  for (const auto& item : before.items) {
    if (item.key != fresh.key || (item.state != State::critical && item.state != State::warning)) continue;
    const auto seen = seen_at(item).value_or(before.slot);
    if (now < seen || now - seen >= Duration{domain::kOwnLasts}) continue;
    fresh.state = item.state, fresh.msg = item.msg;
    if (!seen_at(item)) fresh.msg.args.emplace_back(kSeen, to_iso(seen));
  }
  return fresh;
}

std::vector<Item> SelfWatch::items(Pipeline& pipeline, const std::string& check, Timestamp now) {
  const auto disk = disk_item(pipeline.history().room());
  if (!disk) return {};
  std::vector<Item> out{*disk, certificates_item(pipeline.shared_certificates(now))};
  const auto known = before_.find(check);
  if (known == before_.end()) {
    const auto view = pipeline.check(domain::kOwnHost, check);
    before_[check] = view ? std::optional(view->latest) : std::nullopt;
  }
  if (const auto& before = before_[check])
    for (auto& item : out) item = carried_on(*before, std::move(item), now);
  return out;
}

std::optional<Submission> SelfWatch::look(Pipeline& pipeline, Timestamp now) {
  follow(pipeline, now);
  if (assignment_.checks.empty()) return std::nullopt;
  wire::Batch batch;
  for (const auto& check : assignment_.checks) {
    if (!due(check, now)) continue;
    checks::CheckOutcome seen;
    seen.items = items(pipeline, check.id, now);
    if (seen.items.empty()) return std::nullopt;
    checks::summarize_items(seen);
    Result result;
    result.n = ++n_;
    result.check = check.id;
    result.slot = now;
    result.state = seen.state;
    result.items = std::move(seen.items);
    last_[check.id] = {now, result.state};
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
