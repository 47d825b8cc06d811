#include "collector/safety/prune.h"

#include "collector/history/history.h"
#include "collector/history/manifest_file.h"
#include "collector/safety/backup.h"

namespace xj::collector {

std::optional<std::int64_t> parse_day(std::string_view text) {
  if (text.size() != 10) return std::nullopt;
  const auto at = parse_iso(std::string(text) + "T00:00:00Z");
  if (!at || to_iso(*at).substr(0, 10) != text) return std::nullopt;
  return utc_day(*at);
}

Json prune_report(const HistoryDays& days, std::int64_t before, bool dry) {
  Json list{Json::Array{}}, json;
  std::size_t files = 0;
  for (const auto& day : days) {
    Json one;
    list.push(one.set("day", day_text(day.day)).set("files", day.files).set("bytes", day.bytes));
    files += day.files;
  }
  json.set("before", day_text(before)).set("dry_run", dry).set("days", std::move(list));
  return json.set("files", files).set("bytes", bytes_of(days));
}

Manifest manifest_to_prune(io::FileSystem& fs, const std::string& dir) {
  require_startable(fs, dir);
  auto manifest = ManifestFile(fs, dir + "/history").read();
  if (!manifest) throw Fault(dir + " has no history", "name the folder of a collector that has run");
  return std::move(*manifest);
}

Prunable prune_folder(io::FileSystem& fs, const std::string& dir, std::int64_t before, Timestamp now,
                      bool dry) {
  const auto manifest = manifest_to_prune(fs, dir);
  if (dry) return prunable(days_of(manifest.files), before, now);
  return History(fs, dir + "/history").prune(before, now, false);
}

}  // namespace xj::collector
