#pragma once
// The agent looks at itself: the result "local/agent", and the factor by which it slows down when it takes
// more of the host than its file allows.
#include <cstdint>
#include <optional>

#include "agent/spool.h"
#include "agent/uplink.h"
#include "core/result.h"

namespace xj::agent {

// What the process used, read by the app and given in.
struct Usage {
  std::int64_t rss_bytes = 0;
  Duration cpu{0};  // user and system since start
};
Usage usage_now();
void give_back_code();  // unmaps code pages not used again; the host may give them to others

struct SelfLimits {
  std::int64_t memory = 0;  // bytes, 0: none
  double cpu = 0;           // percent of one processor, 0: none
};

struct SelfNumbers {
  SpoolStatus spool;
  UplinkStatus uplink;
  std::uint64_t missed = 0;  // slots since start
  std::size_t checks = 0, queued = 0;
  std::optional<Duration> certificate_left;
};

class SelfWatch {
 public:
  static constexpr int kMaxStretch = 8;

  // Each run of another check: how late it began.
  void ran(Duration late);
  // The outcome of one interval; times and id are the caller's to fill in.
  Result look(const SelfNumbers& numbers, const SelfLimits& limits, const Usage& usage, MonoTime mono);
  int stretch() const { return stretch_; }  // 1 unless throttled

 private:
  std::optional<MonoTime> last_;
  Duration last_cpu_{0};
  std::uint64_t last_dropped_ = 0, last_missed_ = 0, last_refused_ = 0, last_future_ = 0;
  std::int64_t runs_ = 0, late_max_ms_ = 0;
  int stretch_ = 1;
};

}  // namespace xj::agent
