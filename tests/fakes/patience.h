#pragma once
// How long a test waits for what another process or thread does. A minute is no measure of how fast that
// should be: it only ends a test that waits for something that never comes.
#include <poll.h>

#include <chrono>
#include <functional>

namespace xj::test {

class Patience {
 public:
  explicit Patience(std::chrono::milliseconds limit = std::chrono::seconds{60})
      : end_(std::chrono::steady_clock::now() + limit) {}
  bool left() const { return std::chrono::steady_clock::now() < end_; }

 private:
  std::chrono::steady_clock::time_point end_;
};

// Asks again every 10 ms until it is so; false when that took longer than `limit`.
inline bool eventually(const std::function<bool()>& so,
                       std::chrono::milliseconds limit = std::chrono::seconds{60}) {
  const Patience patience(limit);
  while (!so()) {
    if (!patience.left()) return so();
    ::poll(nullptr, 0, 10);
  }
  return true;
}

}  // namespace xj::test
