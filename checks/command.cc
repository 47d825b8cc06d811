// The command kind as configuration knows it; checks/probe/command.cc does it.
#include "checks/thresholds.h"

namespace xj::checks {
namespace {

constexpr ParamSpec kParams[] = {
    {"argv", ParamType::text_list, "", "checks.param.argv", true},
    {"max_output", ParamType::bytes, "64KiB", "checks.param.max_output"},
};

void validate(const Params& params, const Place& place, Problems& problems) {
  const auto argv = params.text_list("argv");
  check_absolute("argv", argv.empty() ? std::string{} : argv.front(), place, problems);
  check_size(params, "max_output", 1024, 256 << 10, place, problems);
}

}  // namespace

CheckType command_check();
CheckType command_check() {
  return {.name = "command",
          .help_id = "checks.command.help",
          .params = kParams,
          .where = Where::probe,
          .validate = validate};
}

}  // namespace xj::checks
