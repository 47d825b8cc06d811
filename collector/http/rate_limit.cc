#include "collector/http/rate_limit.h"

#include <arpa/inet.h>

#include <algorithm>

namespace xj::http {

std::string rate_key(const std::string& address) {
  in6_addr v6{};
  if (::inet_pton(AF_INET6, address.c_str(), &v6) != 1) return address;
  if (IN6_IS_ADDR_V4MAPPED(&v6)) return address.substr(address.rfind(':') + 1);
  std::fill(v6.s6_addr + 8, v6.s6_addr + 16, std::uint8_t{0});
  char text[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(AF_INET6, &v6, text, sizeof text);
  return text;
}

bool RateLimit::take(const std::string& address, MonoTime now) {
  std::lock_guard lock(mutex_);
  const auto key = rate_key(address);
  auto it = buckets_.find(key);
  if (it == buckets_.end()) {
    if (buckets_.size() >= max_addresses_) forget_full(now);
    // Still no room: somebody has that many addresses. Strangers wait; the table does not grow.
    if (buckets_.size() >= max_addresses_) return false;
    it = buckets_.emplace(key, Bucket{at_once_, now}).first;
  }
  auto& bucket = it->second;
  const auto minutes = std::chrono::duration<double, std::ratio<60>>(now - bucket.at).count();
  bucket.left = std::min(at_once_, bucket.left + minutes * per_minute_);
  bucket.at = now;
  if (bucket.left < 1) return false;
  bucket.left -= 1;
  return true;
}

void RateLimit::forget_full(MonoTime now) {
  std::erase_if(buckets_, [&](const auto& entry) {
    const auto minutes = std::chrono::duration<double, std::ratio<60>>(now - entry.second.at).count();
    return entry.second.left + minutes * per_minute_ >= at_once_;
  });
}

}  // namespace xj::http
