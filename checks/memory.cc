#include "checks/memory.h"

#include <array>
#include <limits>
#include <utility>

#include "checks/measure.h"
#include "checks/scan.h"
#include "checks/thresholds.h"

namespace xj::checks {

std::optional<MemInfo> parse_meminfo(std::string_view text) {
  MemInfo m;
  bool total = false, available = false;
  const std::array<std::pair<std::string_view, std::uint64_t*>, 13> fields{{{"MemTotal:", &m.total},
                                                                            {"MemFree:", &m.free},
                                                                            {"MemAvailable:", &m.available},
                                                                            {"Buffers:", &m.buffers},
                                                                            {"Cached:", &m.cached},
                                                                            {"SwapCached:", &m.swap_cached},
                                                                            {"SwapTotal:", &m.swap_total},
                                                                            {"SwapFree:", &m.swap_free},
                                                                            {"Dirty:", &m.dirty},
                                                                            {"Shmem:", &m.shared},
                                                                            {"Slab:", &m.slab},
                                                                            {"SReclaimable:", &m.reclaimable},
                                                                            {"Committed_AS:", &m.committed}}};
  Scanner s(text);
  for (; !s.done(); s.next_line()) {
    const auto name = s.word();
    for (const auto& [known, field] : fields) {
      if (name != known) continue;
      std::uint64_t kib = 0;
      if (s.number(kib)) {
        *field = kib > std::numeric_limits<std::uint64_t>::max() / 1024 ? 0 : kib * 1024;
        total = total || field == &m.total;
        available = available || field == &m.available;
      }
      break;
    }
  }
  if (!total || m.total == 0) return std::nullopt;
  if (!available) {
    const auto sum = m.free + m.buffers + m.cached + m.reclaimable;
    m.available = sum > m.shared ? sum - m.shared : 0;
  }
  if (m.available > m.total) m.available = m.total;  // seen in containers
  return m;
}

namespace {

constexpr ParamSpec kParams[] = {
    {"warn", ParamType::percent, "90%", "checks.param.warn"},
    {"crit", ParamType::percent, "95%", "checks.param.crit"},
    {"clear", ParamType::percent, "2%", "checks.param.clear"},
    {"available_warn", ParamType::bytes, "", "checks.param.available_warn"},
    {"available_crit", ParamType::bytes, "", "checks.param.available_crit"},
};

struct Limits {
  explicit Limits(const Params& p)
      : used(percent_threshold(p, "warn", "crit", "clear", "checks.what.memory")),
        available(
            bytes_threshold(p, "available_warn", "available_crit", "checks.what.available", Unit::bytes)) {
    available.above = false;
  }
  Threshold used, available;
};

class Memory final : public Check {
 public:
  Memory(const Params& params, const Environment& environment)
      : limits_(params), file_(environment.host.proc("meminfo")) {}

  CheckOutcome run(const RunContext&) override {
    const auto text = file_.read();
    if (!text) return unreadable(file_.path(), file_.error_number());
    const auto m = parse_meminfo(*text);
    if (!m) return not_understood(file_.path());
    CheckOutcome out;
    const auto used = m->total - m->available;
    const double percent = share(static_cast<double>(used), static_cast<double>(m->total));
    add(out.metrics, "used_percent", percent);
    add(out.metrics, "used_bytes", used);
    add(out.metrics, "available_bytes", m->available);
    add(out.metrics, "total_bytes", m->total);
    add(out.metrics, "free_bytes", m->free);
    add(out.metrics, "cached_bytes", m->cached + m->buffers);
    add(out.metrics, "shared_bytes", m->shared);
    add(out.metrics, "slab_bytes", m->slab);
    add(out.metrics, "dirty_bytes", m->dirty);
    add(out.metrics, "committed_bytes", m->committed);
    apply(limits_.used, percent, memory_, "", out.state, out.msg);
    apply(limits_.available, static_cast<double>(m->available), memory_, "", out.state, out.msg);
    if (out.msg.empty())
      out.msg = {"checks.memory.ok",
                 {{"value", format(percent, Unit::percent)},
                  {"available", format(static_cast<double>(m->available), Unit::bytes)}}};
    return out;
  }

 private:
  Limits limits_;
  HostFile file_;
  ThresholdMemory memory_;
};

void validate(const Params& params, const Place& place, Problems& problems) {
  const Limits limits(params);
  check_order(limits.used, "warn", "crit", place, problems);
  check_order(limits.available, "available_warn", "available_crit", place, problems);
}

}  // namespace

CheckType memory_check();
CheckType memory_check() {
  return {.name = "memory",
          .help_id = "checks.memory.help",
          .params = kParams,
          .make = [](const Params& p, const Environment& e) -> std::unique_ptr<Check> {
            return std::make_unique<Memory>(p, e);
          },
          .validate = validate};
}

}  // namespace xj::checks
