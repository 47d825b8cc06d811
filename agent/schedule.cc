#include "agent/schedule.h"

#include <algorithm>
#include <utility>

namespace xj::agent {
namespace {

// FNV-1a, then a finaliser: without it, ids that differ in the last letter get neighbouring offsets.
std::uint64_t hash_of(std::string_view host, std::string_view id) {
  std::uint64_t h = 14695981039346656037ULL;
  const auto mix = [&h](std::string_view text) {
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    h = (h ^ 0xFF) * 1099511628211ULL;
  };
  mix(host);
  mix(id);
  h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9ULL;
  h = (h ^ (h >> 27)) * 0x94D049BB133111EBULL;
  return h ^ (h >> 31);
}

}  // namespace

Duration Schedule::step_of(const Planned& p) const {
  auto step = p.entry.interval;
  if (p.last != State::ok && p.entry.retry > Duration{0} && p.entry.retry < step) step = p.entry.retry;
  return std::max(step, kMinInterval) * stretch_;
}

// No id is empty, so this one is nobody's.
std::uint64_t Schedule::offset_hash(const ScheduleEntry& entry) const {
  return hash_of(host_, entry.together ? std::string_view{} : std::string_view(entry.id));
}

Timestamp Schedule::slot_after(const Planned& p, Timestamp t) const {
  const std::int64_t step = step_of(p).count();
  const std::int64_t offset = static_cast<std::int64_t>(p.hash % static_cast<std::uint64_t>(step));
  const std::int64_t since = to_ms(t) - offset;
  std::int64_t k = since / step;
  if (since < 0 && since % step != 0) --k;
  return from_ms(offset + (k + 1) * step);
}

Schedule::Planned* Schedule::find(std::string_view id) {
  const auto it = std::lower_bound(checks_.begin(), checks_.end(), id,
                                   [](const Planned& p, std::string_view name) { return p.entry.id < name; });
  return it == checks_.end() || it->entry.id != id ? nullptr : &*it;
}

void Schedule::set(const std::vector<ScheduleEntry>& entries, Timestamp now, MonoTime mono) {
  if (!last_now_) last_now_ = now, last_mono_ = mono;
  std::vector<Planned> next;
  next.reserve(entries.size());
  for (const auto& entry : entries) {
    Planned p;
    if (const auto* known = find(entry.id)) {
      p = *known;
      const bool same = p.entry == entry;
      p.entry = entry;
      if (!same) p.hash = offset_hash(entry);
      if (!same && !p.running && !p.once) p.next = slot_after(p, now);
    } else {
      p.entry = entry;
      p.hash = offset_hash(entry);
      p.next = now;
      p.once = true;
    }
    next.push_back(std::move(p));
  }
  std::sort(next.begin(), next.end(),
            [](const Planned& a, const Planned& b) { return a.entry.id < b.entry.id; });
  checks_ = std::move(next);
}

void Schedule::plan_anew(Timestamp now) {
  for (auto& p : checks_) {
    if (p.running || p.once) continue;
    if (p.next <= now) missed_ += static_cast<std::uint64_t>((now - p.next) / step_of(p)) + 1;
    p.next = slot_after(p, now);
  }
}

std::vector<Due> Schedule::due(Timestamp now, MonoTime mono) {
  if (last_now_) {
    const auto parted = (now - *last_now_) - (mono - last_mono_);
    if (parted > kStep || parted < -kStep) plan_anew(now);
  }
  last_now_ = now;
  last_mono_ = mono;
  std::vector<Due> out;
  for (auto& p : checks_) {
    if (p.running || p.next > now) continue;
    if (!p.once) {
      const auto passed = (now - p.next) / step_of(p);
      missed_ += static_cast<std::uint64_t>(passed);
      p.next += step_of(p) * passed;
    }
    p.running = true;
    p.extra = std::exchange(p.once, false);
    out.push_back({p.entry.id, p.next, std::exchange(p.ordered, false)});
  }
  std::stable_sort(out.begin(), out.end(), [](const Due& a, const Due& b) { return a.slot < b.slot; });
  return out;
}

void Schedule::finished(std::string_view id, State state, Timestamp now) {
  auto* p = find(id);
  if (p == nullptr || !p->running) return;  // taken out of the schedule while it ran
  p->running = false;
  p->last = state;
  // From the planned slot; after a step back of the clock that lies ahead, and the present is what counts.
  p->next = slot_after(*p, std::min(p->next, now));
  if (p->next <= now) {
    missed_ += static_cast<std::uint64_t>((now - p->next) / step_of(*p)) + (p->extra ? 0 : 1);
    p->next = slot_after(*p, now);
  }
}

bool Schedule::run_now(std::string_view id, Timestamp now) {
  auto* p = find(id);
  if (p == nullptr) return false;
  if (!p->running) p->next = now, p->once = p->ordered = true;
  return true;
}

void Schedule::run_all_now(Timestamp now) {
  for (auto& p : checks_)
    if (!p.running) p.next = now, p.once = p.ordered = true;
}

std::optional<Duration> Schedule::wait(Timestamp now) const {
  std::optional<Duration> out;
  for (const auto& p : checks_)
    if (!p.running && (!out || p.next - now < *out)) out = p.next - now;
  return out ? std::optional(std::max(*out, Duration{0})) : out;
}

void Schedule::stretch(int factor, Timestamp now) {
  if (factor == stretch_) return;
  stretch_ = factor;
  for (auto& p : checks_)
    if (!p.running && !p.once) p.next = slot_after(p, now);
}

}  // namespace xj::agent
