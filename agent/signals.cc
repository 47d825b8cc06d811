#include "agent/signals.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <sys/eventfd.h>
#include <csignal>
#include <cstdint>
#include <initializer_list>

namespace xj::agent {
namespace {

// What a handler may touch: no more than these.
volatile std::sig_atomic_t stop_asked = 0, reload_asked = 0;
volatile int wake_fd = -1;

void wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_fd, &one, sizeof one);
}

void on_stop(int) {
  if (stop_asked != 0) ::_exit(130);
  stop_asked = 1;
  wake();
}

void on_reload(int) {
  reload_asked = 1;
  wake();
}

void install(int signal, void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

Signals::Signals() {
  stop_asked = 0;
  reload_asked = 0;
  wake_fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  install(SIGTERM, on_stop);
  install(SIGINT, on_stop);
  install(SIGHUP, on_reload);
}

Signals::~Signals() {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) install(signal, SIG_DFL);
  ::close(wake_fd);
  wake_fd = -1;
}

int Signals::fd() const { return wake_fd; }
bool Signals::stop() const { return stop_asked != 0; }

bool Signals::take_reload() {
  // Asked after every wait, and nearly always for nothing. The handler sets this before it wakes anybody.
  if (reload_asked == 0) return false;
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(wake_fd, &count, sizeof count);
  const bool out = reload_asked != 0;
  reload_asked = 0;
  return out;
}

}  // namespace xj::agent
