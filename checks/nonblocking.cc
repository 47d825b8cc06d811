#include "checks/nonblocking.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>

namespace xj::checks {

CheckOutcome run_to_end(NonblockingCheck& check, const Clock& clock, Duration timeout) {
  const auto context = [&] { return RunContext{clock.now(), clock.mono(), timeout}; };
  const auto deadline = clock.mono() + timeout;
  auto step = check.start(context());
  while (!step.done) {
    const auto left = (deadline - clock.mono()).count();
    if (left <= 0) return check.on_timeout(context());
    pollfd p{step.fd, static_cast<short>((step.want_read ? POLLIN : 0) | (step.want_write ? POLLOUT : 0)), 0};
    const int ready = ::poll(&p, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
    if (ready > 0) step = check.on_ready(context());
  }
  return std::move(*step.done);
}

}  // namespace xj::checks
