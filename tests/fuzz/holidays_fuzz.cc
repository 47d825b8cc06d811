// Any bytes as a holiday CSV, and working time over whatever table came out of them.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "collector/contract/calendars.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view csv(reinterpret_cast<const char*>(data), size);
  xj::Problems problems;
  auto table = xj::collector::read_holidays(csv, "h.csv", problems);
  (void)render(problems, xj::Lang::en);
  auto calendar = *xj::collector::builtin_calendar("5x8");
  if (!table.working.empty()) {
    const auto at = xj::Timestamp{table.working.begin()->first.time_since_epoch()};
    calendar.holidays = std::move(table);
    const auto due = calendar.add_working(at, std::chrono::hours{20});
    if (calendar.working_between(at, due) != std::chrono::hours{20}) std::abort();
  }
  return 0;
}
