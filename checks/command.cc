// The command kind as configuration knows it; checks/probe/command.cc does it.
#include "checks/check.h"

namespace xj::checks {
namespace {

constexpr ParamSpec kParams[] = {
    {"argv", ParamType::text_list, "", "checks.param.argv", true},
    {"max_output", ParamType::bytes, "64KiB", "checks.param.max_output"},
};

void validate(const Params& params, const Place& place, Problems& problems) {
  const auto argv = params.text_list("argv");
  if (argv.empty() || !argv.front().starts_with('/'))
    problems.push_back(
        {place,
         {"checks.one_of",
          {{"name", "argv"}, {"value", argv.empty() ? "" : argv.front()}, {"known", "/usr/lib/…"}}}});
  if (const auto most = params.bytes("max_output"); most < 1024 || most > (256 << 10))
    problems.push_back(
        {place,
         {"checks.one_of",
          {{"name", "max_output"}, {"value", std::to_string(most)}, {"known", "1KiB - 256KiB"}}}});
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
