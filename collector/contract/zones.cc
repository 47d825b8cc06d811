// The only user of the system's zone data; everything else gets offsets as values.
#include <date/tz.h>

#include "collector/contract/calendars.h"

namespace xj::collector {

std::optional<domain::Zone> load_zone(const std::string& name) {
  const date::time_zone* zone = nullptr;
  try {
    zone = date::locate_zone(name);
  } catch (const std::exception&) {
    return std::nullopt;  // the library's way to say it knows no such name
  }
  domain::Zone out;
  out.name = name;
  constexpr std::chrono::sys_seconds first = std::chrono::sys_days{std::chrono::year{1970} / 1 / 1};
  constexpr std::chrono::sys_seconds last = std::chrono::sys_days{std::chrono::year{2100} / 1 / 1};
  for (auto at = first; at < last;) {
    const auto info = zone->get_info(at);
    const auto offset = std::chrono::round<std::chrono::minutes>(info.offset);
    if (out.changes.empty() || out.changes.back().offset != offset)
      out.changes.push_back({Timestamp{at}, offset});
    if (info.end <= at) break;
    at = info.end;
  }
  return out;
}

}  // namespace xj::collector
