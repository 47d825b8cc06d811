// xunjian-agent-probe: runs what can block, crash or is heavy, for the agent that started it. See
// checks/probe_protocol.h for what the two say to each other.
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "checks/probe/probe.h"

int main(int argc, char** argv) {
  if (argc > 1) {
    const bool version = std::strcmp(argv[1], "--version") == 0;
    std::puts(version
                  ? "xunjian-agent-probe " XJ_VERSION
                  : "xunjian-agent-probe is started by xunjian-agent: requests on stdin, answers on stdout.");
    return version || std::strcmp(argv[1], "--help") == 0 ? 0 : 3;
  }
  // Everything it starts is in its group, and goes when the agent goes or kills the group.
  ::setpgid(0, 0);
  struct sigaction end{};
  end.sa_handler = [](int) { ::kill(0, SIGKILL); };
  ::sigaction(SIGTERM, &end, nullptr);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  struct sigaction ignore{};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, nullptr);
  const xj::SystemClock clock;
  return xj::checks::serve(0, 1, clock);
}
