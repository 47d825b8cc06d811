#pragma once
// `xunjian-agent check KIND key=value ... [--json] [--timeout 10s]`, `check --list`, `check KIND --help`.
#include <iosfwd>
#include <span>
#include <string>

#include "checks/check.h"
#include "core/text.h"
#include "core/time.h"

namespace xj::agent {

inline constexpr int kCheckUsage = 3;  // as a Nagios plugin: unknown

struct CheckCommand {
  std::ostream& out;
  std::ostream& err;
  const Clock& clock;
  Lang lang;
  checks::Environment environment;
};

// Runs one check once (rates: two samples a second apart) and prints it. `args` is what follows "check".
// Returns the exit code: the state, 0 to 3.
int check_command(std::span<const std::string> args, const CheckCommand& command);

// The worker program beside the running executable; empty when there is none.
std::string find_probe_program();

}  // namespace xj::agent
