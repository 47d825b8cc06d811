#include "collector/history/kept.h"

#include <algorithm>

namespace xj::collector {

bool touches(std::int64_t day, Timestamp from, Timestamp to) {
  constexpr std::int64_t kDay = 24LL * 3600 * 1000;
  return from_ms(day * kDay) < to && from_ms((day + 1) * kDay) > from;
}

bool is_alone(const HistorySummary& summary, const FilesByDay& files) {
  const auto of_day = files.find(summary.day);
  return of_day == files.end() ||
         std::find(of_day->second.begin(), of_day->second.end(), summary.of) == of_day->second.end();
}

Kept kept_of(const Manifest& manifest, const FilesByDay& files, std::optional<std::int64_t> first_open,
             const ScanAsk& ask) {
  Kept kept;
  kept.first = first_open;
  for (const auto& file : manifest.files) kept.first = std::min(kept.first.value_or(file.day), file.day);
  std::optional<std::int64_t> last_told;
  for (const auto& summary : manifest.summaries) {
    last_told = std::max(last_told.value_or(summary.day), summary.day);
    if (touches(summary.day, ask.from, ask.to) && is_alone(summary, files)) kept.told.push_back(summary.day);
  }
  if (!kept.first && last_told) kept.first = *last_told + 1;
  std::sort(kept.told.begin(), kept.told.end());
  return kept;
}

}  // namespace xj::collector
