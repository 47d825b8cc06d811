#pragma once
// The few lines of systemd's notify protocol both daemons need: a datagram to $NOTIFY_SOCKET. Without it
// nothing happens.
#include <string_view>

#include "core/time.h"

namespace xj::io {

// "READY=1", "RELOADING=1", "STOPPING=1", "WATCHDOG=1", "STATUS=..."; lines joined by '\n'. Any thread. Never
// fails: a service manager that does not listen is no reason to stop.
void sd_notify(std::string_view state);

// How often to say WATCHDOG=1: half of what systemd asks for ($WATCHDOG_USEC, when meant for this process).
// Zero: it asks for nothing.
Duration sd_watchdog_interval();

}  // namespace xj::io
