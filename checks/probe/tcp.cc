// tcp to a name: resolving may block, so it happens here; then it is the agent's own tcp check.
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <vector>

#include "checks/nonblocking.h"
#include "checks/probe/probe.h"
#include "checks/registry.h"

namespace xj::checks {
namespace {

constexpr std::size_t kMaxAddresses = 4;

ParamMap with_host(const Params& params, const CheckType& type, const std::string& host) {
  ParamMap out;
  for (const auto& spec : type.params) {
    if (!params.has(spec.name)) continue;
    auto& value = out[std::string(spec.name)];
    switch (spec.type) {
      case ParamType::integer: value.texts = {std::to_string(params.integer(spec.name))}; break;
      case ParamType::duration: value.texts = {to_text(params.duration(spec.name))}; break;
      case ParamType::flag: value.texts = {params.flag(spec.name) ? "true" : "false"}; break;
      case ParamType::text: value.texts = {spec.name == "host" ? host : params.text(spec.name)}; break;
      case ParamType::number:
      case ParamType::percent:
      case ParamType::bytes:
      case ParamType::text_list:
      case ParamType::integer_list: break;  // tcp has none
    }
  }
  return out;
}

CheckOutcome run(const Params& params, ProbeContext& context) {
  const auto name = params.text("host");
  const auto deadline = context.clock.mono() + context.timeout;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(name.c_str(), nullptr, &hints, &found); error != 0) {
    CheckOutcome out;
    out.state = State::critical;
    out.msg = {"checks.tcp.no_name", {{"host", name}, {"value", ::gai_strerror(error)}, {"limit", "open"}}};
    return out;
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  std::vector<std::string> addresses;
  for (const auto* a = found; a != nullptr && addresses.size() < kMaxAddresses; a = a->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(a->ai_addr, a->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0)
      addresses.emplace_back(text.data());
  }
  const auto& type = *builtin().find("tcp");
  CheckOutcome out;
  // As a client would: the next address when one does not answer.
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    Problems problems;
    const auto numeric = with_host(params, type, addresses[i]);
    const Params one(type.params, numeric, {}, problems);
    const auto check = type.make_nonblocking(one, {});
    check->memory()->restore(context.memory.entries());
    const auto left = std::max(deadline - context.clock.mono(), Duration{1});
    out = run_to_end(*check, context.clock, left / static_cast<int>(addresses.size() - i));
    if (out.state == State::critical && i + 1 < addresses.size()) continue;
    context.memory.restore(check->memory()->entries());
    break;
  }
  return out;
}

}  // namespace

ProbeType tcp_probe();
ProbeType tcp_probe() { return {"tcp", run}; }

}  // namespace xj::checks
