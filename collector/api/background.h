#pragma once
// One thread for work that takes long and touches no state: setting documents, reading
// history through a view.
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace xj::collector {

class Background {
 public:
  explicit Background(std::size_t max_waiting = 64);
  ~Background();  // finishes the work in hand, drops what waits
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  // Any thread. False, and not run, when too much waits. A work that throws is logged.
  bool post(std::function<void()> work);

 private:
  void loop();
  const std::size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> works_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace xj::collector
