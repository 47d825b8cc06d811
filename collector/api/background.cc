#include "collector/api/background.h"

#include <exception>

#include "core/io/log.h"

namespace xj::collector {

Background::Background(std::size_t max_waiting) : max_waiting_(max_waiting), thread_([this] { loop(); }) {}

Background::~Background() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool Background::post(std::function<void()> work) {
  {
    std::lock_guard lock(mutex_);
    if (stop_ || works_.size() >= max_waiting_) return false;
    works_.push_back(std::move(work));
  }
  changed_.notify_one();
  return true;
}

void Background::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stop_ || !works_.empty(); });
    if (stop_) return;
    auto work = std::move(works_.front());
    works_.pop_front();
    lock.unlock();
    try {
      work();
    } catch (const std::exception& e) {
      log::error("background work: {}", e.what());
    }
    work = nullptr;
    lock.lock();
  }
}

}  // namespace xj::collector
