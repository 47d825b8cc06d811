// Any bytes as a roster: what is taken lies in order without overlap, and at each instant somebody or nobody
// is on.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "collector/contract/roster.h"
#include "core/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xj;
  const std::string_view csv(reinterpret_cast<const char*>(data), size);
  Problems problems;
  const auto roster = collector::read_roster(csv, "r.csv", domain::Zone{}, {"wang", "li", "zhao"}, problems);
  (void)render(problems, Lang::zh);
  if (has_errors(problems) && !roster.shifts.empty()) std::abort();
  Timestamp before = Timestamp::min();
  for (const auto& shift : roster.shifts) {
    if (shift.from < before || shift.to <= shift.from || shift.a == shift.b) std::abort();
    before = shift.to;
    const auto* on = domain::on_duty(roster, shift.from);
    if (on == nullptr || on->a != shift.a) std::abort();
  }
  return 0;
}
