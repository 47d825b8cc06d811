#include "collector/history/retention.h"

#include <algorithm>
#include <map>

namespace xj::collector {
namespace {

constexpr std::int64_t kDay = 24LL * 3600 * 1000;

}  // namespace

HistoryDays days_of(std::span<const HistoryFile> files) {
  std::map<std::int64_t, HistoryDay> by_day;
  for (const auto& file : files) {
    auto& day = by_day[file.day];
    if (day.files == 0) day.day = file.day, day.sealed = file.sealed;
    ++day.files;
    day.bytes += file.figures.bytes;
  }
  HistoryDays out;
  out.reserve(by_day.size());
  for (const auto& [number, day] : by_day) out.push_back(day);
  return out;
}

std::string day_text(std::int64_t day) { return to_iso(from_ms(day * kDay)).substr(0, 10); }

std::uint64_t bytes_of(const HistoryDays& days) {
  std::uint64_t sum = 0;
  for (const auto& day : days) sum += day.bytes;
  return sum;
}

HistoryDays too_old(const HistoryDays& days, Duration keep, Timestamp now) {
  const auto least = static_cast<std::size_t>((keep.count() + kDay - 1) / kDay);
  HistoryDays out;
  for (std::size_t i = 0; i + least < days.size(); ++i)
    if (from_ms((days[i].day + 1) * kDay) + keep <= now) out.push_back(days[i]);
  return out;
}

std::set<std::int64_t> summaries_too_old(const Manifest& manifest, Duration keep, Timestamp now) {
  std::set<std::int64_t> all, sampled;
  for (const auto& file : manifest.files) sampled.insert(file.day);
  for (const auto& summary : manifest.summaries) all.insert(summary.day);
  all.insert(sampled.begin(), sampled.end());
  HistoryDays days;
  for (const auto day : all) days.push_back({.day = day});
  std::set<std::int64_t> out;
  for (const auto& day : too_old(days, keep, now))
    if (sampled.count(day.day) == 0) out.insert(day.day);
  return out;
}

std::uint64_t wanted_free(const Retention& retention, const io::Space& space) {
  const auto share = static_cast<double>(space.total) * retention.min_free_percent / 100.0;
  if (retention.min_free_percent <= 0) return retention.min_free;
  const auto part = static_cast<std::uint64_t>(share);
  return retention.min_free == 0 ? part : std::min(retention.min_free, part);
}

HistoryDays in_the_way(const HistoryDays& days, std::uint64_t missing, std::size_t min_days, Timestamp now) {
  const auto yesterday = utc_day(now) - 1;
  HistoryDays out;
  std::uint64_t made = 0;
  for (std::size_t i = 0; i + min_days < days.size() && made < missing; ++i) {
    if (days[i].day >= yesterday) break;
    made += days[i].bytes;
    out.push_back(days[i]);
  }
  return out;
}

Prunable prunable(const HistoryDays& days, std::int64_t before, Timestamp now) {
  const auto today = utc_day(now);
  if (before > today) return {{}, Message{"safety.prune.not_over", {{"day", day_text(today)}}}};
  Prunable out;
  for (const auto& day : days) {
    if (day.day >= before) break;
    // A day that stays unsealed, for damage or for what came late to it, must not keep all others for ever.
    if (!day.sealed && day.day >= today - 1)
      return {{}, Message{"safety.prune.not_sealed", {{"day", day_text(day.day)}}}};
    out.days.push_back(day);
  }
  return out;
}

}  // namespace xj::collector
