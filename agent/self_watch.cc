#include "agent/self_watch.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>

namespace xj::agent {

Usage usage_now() {
  Usage out;
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto ms = [](const timeval& t) { return Duration{t.tv_sec * 1000 + t.tv_usec / 1000}; };
  out.cpu = ms(used.ru_utime) + ms(used.ru_stime);
  if (std::FILE* file = std::fopen("/proc/self/statm", "re")) {
    long total = 0, resident = 0;
    if (std::fscanf(file, "%ld %ld", &total, &resident) == 2)
      out.rss_bytes = resident * ::sysconf(_SC_PAGESIZE);
    std::fclose(file);
  }
  return out;
}

// Code that only the start or a handshake needed stays mapped until somebody wants the memory. Executable
// mappings are never written, so dropping their pages loses nothing: what is used comes back from the page
// cache.
void give_back_code() {
  std::FILE* file = std::fopen("/proc/self/maps", "re");
  if (file == nullptr) return;
  char line[512];
  while (std::fgets(line, sizeof line, file) != nullptr) {
    unsigned long from = 0, to = 0;
    char mode[8] = "";
    if (std::sscanf(line, "%lx-%lx %7s", &from, &to, mode) == 3 && std::string_view(mode) == "r-xp" &&
        std::strchr(line, '/') != nullptr)
      ::madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
  }
  std::fclose(file);
}

void SelfWatch::ran(Duration late) {
  ++runs_;
  late_max_ms_ = std::max(late_max_ms_, late.count());
}

Result SelfWatch::look(const SelfNumbers& numbers, const SelfLimits& limits, const Usage& usage,
                       MonoTime mono) {
  const auto span = last_ ? mono - *last_ : Duration{0};
  const double cpu = span.count() > 0 ? 100.0 * static_cast<double>((usage.cpu - last_cpu_).count()) /
                                            static_cast<double>(span.count())
                                      : 0.0;
  const auto dropped = numbers.spool.dropped - last_dropped_;
  const auto missed = numbers.missed - last_missed_;
  const auto future = numbers.spool.future - last_future_;
  const auto refused = numbers.spool.refused - last_refused_ - future;

  const bool over_memory = limits.memory > 0 && usage.rss_bytes > limits.memory;
  const bool over_cpu = limits.cpu > 0 && cpu > limits.cpu;
  stretch_ = over_memory || over_cpu ? std::min(stretch_ * 2, kMaxStretch) : std::max(1, stretch_ / 2);

  Result out;
  const auto whole = [&out](std::string name, std::uint64_t value) {
    out.metrics.push_back({std::move(name), static_cast<std::int64_t>(value)});
  };
  whole("spool.held", numbers.spool.held);
  whole("spool.bytes", numbers.spool.bytes);
  whole("spool.dropped", numbers.spool.dropped);
  whole("spool.refused", numbers.spool.refused);
  whole("spool.future", numbers.spool.future);
  whole("slots.missed", numbers.missed);
  whole("uplink.requests", numbers.uplink.requests);
  whole("uplink.failures", numbers.uplink.failures);
  out.metrics.push_back({"rss.bytes", usage.rss_bytes});
  if (last_) out.metrics.push_back({"cpu.percent", std::round(cpu * 1000) / 1000});
  out.metrics.push_back({"checks", static_cast<std::int64_t>(numbers.checks)});
  out.metrics.push_back({"runs", runs_});
  out.metrics.push_back({"late.max_ms", late_max_ms_});
  out.metrics.push_back({"queued", static_cast<std::int64_t>(numbers.queued)});
  out.metrics.push_back({"stretch", std::int64_t{stretch_}});
  if (numbers.uplink.offset) out.metrics.push_back({"clock.offset_ms", numbers.uplink.offset->count()});
  if (numbers.certificate_left)
    out.metrics.push_back({"certificate.left_s", numbers.certificate_left->count() / 1000});

  const auto say = [&out](State state, Message message) {
    if (worse(out.state, state) != out.state || out.msg.empty()) out.msg = std::move(message);
    out.state = worse(out.state, state);
  };
  if (!numbers.spool.trouble.empty()) say(State::critical, numbers.spool.trouble);
  if (numbers.certificate_left && *numbers.certificate_left < std::chrono::hours{24 * 7})
    say(State::warning, {"agent.self.certificate",
                         {{"left", to_text(std::chrono::floor<std::chrono::minutes>(
                                       std::max(Duration{0}, *numbers.certificate_left)))}}});
  if (dropped > 0)
    say(State::warning, {"agent.self.dropped",
                         {{"count", std::to_string(dropped)}, {"held", std::to_string(numbers.spool.held)}}});
  if (future > 0) say(State::warning, {"agent.self.future", {{"count", std::to_string(future)}}});
  if (refused > 0) say(State::warning, {"agent.self.refused", {{"count", std::to_string(refused)}}});
  if (over_memory)
    say(State::warning, {"agent.self.memory",
                         {{"value", std::to_string(usage.rss_bytes >> 20)},
                          {"limit", std::to_string(limits.memory >> 20)},
                          {"factor", std::to_string(stretch_)}}});
  if (over_cpu) {
    char value[32], limit[32];
    std::snprintf(value, sizeof value, "%.1f", cpu);
    std::snprintf(limit, sizeof limit, "%.1f", limits.cpu);
    say(State::warning,
        {"agent.self.cpu", {{"value", value}, {"limit", limit}, {"factor", std::to_string(stretch_)}}});
  }
  if (missed > 0) say(State::warning, {"agent.self.missed", {{"count", std::to_string(missed)}}});

  last_ = mono;
  last_cpu_ = usage.cpu;
  last_dropped_ = numbers.spool.dropped;
  last_missed_ = numbers.missed;
  last_refused_ = numbers.spool.refused;
  last_future_ = numbers.spool.future;
  runs_ = late_max_ms_ = 0;
  return out;
}

}  // namespace xj::agent
