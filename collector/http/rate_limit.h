#pragma once
#include <cstddef>
#include <map>
#include <mutex>
#include <string>

#include "core/time.h"

namespace xj::http {

// So many at once, then so many a minute, for each peer address; IPv6 counts by its /64. Any thread.
class RateLimit {
 public:
  RateLimit(double at_once, double per_minute, std::size_t max_addresses = 10'000)
      : at_once_(at_once), per_minute_(per_minute), max_addresses_(max_addresses) {}

  bool take(const std::string& address, MonoTime now);

 private:
  struct Bucket {
    double left;
    MonoTime at;
  };
  void forget_full(MonoTime now);
  const double at_once_, per_minute_;
  const std::size_t max_addresses_;
  std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;
};

// What counts as one peer: an IPv4 address, or the first 64 bits of an IPv6 one.
std::string rate_key(const std::string& address);

}  // namespace xj::http
