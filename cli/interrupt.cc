#include "cli/interrupt.h"

namespace xj::cli {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM};
std::atomic<bool> g_asked{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a handler may touch it");

void ask(int) { g_asked = true; }

}  // namespace

Interrupt::Interrupt() {
  g_asked = false;
  for (int i = 0; i < 2; ++i) {
    ::sigaction(kSignals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler == SIG_IGN) continue;  // who started us wants it so, as nohup does
    struct sigaction action{};
    action.sa_handler = ask;
    action.sa_flags = SA_RESTART | SA_RESETHAND;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(kSignals[i], &action, nullptr);
  }
}

Interrupt::~Interrupt() {
  for (int i = 0; i < 2; ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
}

const std::atomic<bool>& Interrupt::asked() { return g_asked; }

}  // namespace xj::cli
