#pragma once
// SIGINT, SIGTERM and SIGHUP while something is half written.
#include <atomic>
#include <csignal>

namespace xj::cli {

inline constexpr int kInterrupted = 130;  // exit code

// While it lives, the first of them asks to stop, so that what is half written can be taken away and said; a
// second one, more than a second later, ends the process as ever. One at a time in a process.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  static const std::atomic<bool>& asked();

 private:
  struct sigaction before_[3]{};
};

}  // namespace xj::cli
