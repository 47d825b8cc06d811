#pragma once
#include <mutex>
#include <utility>

namespace xj {

// Data that cannot be touched without its lock. Keep what runs inside short and free of callbacks.
template <typename T>
class Guarded {
 public:
  template <typename... A>
  explicit Guarded(A&&... a) : value_(std::forward<A>(a)...) {}
  template <typename F>
  decltype(auto) with(F&& f) {
    std::lock_guard lock(mutex_);
    return std::forward<F>(f)(value_);
  }
  template <typename F>
  decltype(auto) with(F&& f) const {
    std::lock_guard lock(mutex_);
    return std::forward<F>(f)(value_);
  }

 private:
  mutable std::mutex mutex_;
  T value_;
};

}  // namespace xj
