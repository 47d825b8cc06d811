#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <string>

#include "checks/probe/probe.h"
#include "checks/registry.h"

namespace xj::checks {
namespace {

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

CheckOutcome run(const ProbeType& type, const ProbeRequest& request, ProbeContext& context) {
  Problems problems;
  const auto bad = [&](const Problems& found) {
    return unknown({"checks.probe.bad_request",
                    {{"error", found.empty() ? request.kind : render(found.front().what, Lang::en)}}});
  };
  if (!type.params.empty()) {
    const Params own(type.params, request.params, Place{}, problems);
    return has_errors(problems) ? bad(problems) : type.run(own, context);
  }
  const auto params = builtin().read(request.kind, request.params, {}, problems);
  return params ? type.run(*params, context) : bad(problems);
}

}  // namespace

ProbeAnswer answer(const ProbeRequest& request, ProbeContext& context) {
  context.memory.restore(request.memory);
  const auto types = probe_types();
  const auto type =
      std::find_if(types.begin(), types.end(), [&](const ProbeType& t) { return t.name == request.kind; });
  ProbeAnswer out;
  if (type == types.end()) {
    out.outcome = unknown({"checks.probe.bad_request", {{"error", "kind " + request.kind}}});
  } else {
    try {
      out.outcome = run(*type, request, context);
    } catch (const std::exception& fault) {
      out.outcome = unknown({"checks.probe.fault", {{"error", fault.what()}}});
    }
  }
  out.memory = context.memory.entries();
  return out;
}

int serve(int in, int out, const Clock& clock) {
  std::string pending;
  std::array<char, 16384> buffer;
  while (true) {
    const auto newline = pending.find('\n');
    if (newline == std::string::npos) {
      if (pending.size() > kMaxProbeLine) return 1;
      const auto n = ::read(in, buffer.data(), buffer.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return pending.empty() && n == 0 ? 0 : 1;
      pending.append(buffer.data(), static_cast<std::size_t>(n));
      continue;
    }
    const auto request = decode_request(std::string_view(pending).substr(0, newline));
    pending.erase(0, newline + 1);
    if (const auto* wrong = std::get_if<std::string>(&request)) {
      write_all(2, "xunjian-agent-probe: " + *wrong + "\n");
      return 1;
    }
    const auto& asked = std::get<ProbeRequest>(request);
    ThresholdMemory memory;
    ProbeContext context{clock, asked.timeout, memory, /*own_group=*/false};
    if (!write_all(out, encode(answer(asked, context)) + "\n")) return 1;
    if (context.end_worker) ::kill(0, SIGKILL);
  }
}

}  // namespace xj::checks
