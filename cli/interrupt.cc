#include "cli/interrupt.h"

#include <ctime>
#include <iterator>

namespace xj::cli {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};
std::atomic<bool> g_asked{false};
std::atomic<std::time_t> g_asked_at{0};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<std::time_t>::is_always_lock_free,
              "a handler may touch them");

// Who relays signals, such as timeout(1), sends each twice: that is one.
void ask(int signal) {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  if (!g_asked) {
    g_asked_at = now.tv_sec;
    g_asked = true;
  } else if (now.tv_sec > g_asked_at + 1) {
    ::signal(signal, SIG_DFL);
    ::raise(signal);
  }
}

}  // namespace

Interrupt::Interrupt() {
  g_asked = false;
  static_assert(std::size(kSignals) == sizeof before_ / sizeof before_[0]);
  for (std::size_t i = 0; i < std::size(kSignals); ++i) {
    ::sigaction(kSignals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler == SIG_IGN) continue;  // who started us wants it so, as nohup does
    struct sigaction action{};
    action.sa_handler = ask;
    action.sa_flags = SA_RESTART;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(kSignals[i], &action, nullptr);
  }
}

Interrupt::~Interrupt() {
  for (std::size_t i = 0; i < std::size(kSignals); ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
}

const std::atomic<bool>& Interrupt::asked() { return g_asked; }

}  // namespace xj::cli
