#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <map>
#include <string>

#include "checks/probe/curl.h"
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

const ProbeType* find_type(const std::string& kind) {
  const auto types = probe_types();
  const auto type =
      std::find_if(types.begin(), types.end(), [&](const ProbeType& t) { return t.name == kind; });
  return type == types.end() ? nullptr : &*type;
}

CheckOutcome bad_request(std::string error) {
  return unknown({"checks.probe.bad_request", {{"error", std::move(error)}}});
}

// Reads the parameters and hands them to `go`; what is wrong with them is the outcome.
template <typename Go>
CheckOutcome with_params(const ProbeType& type, const ProbeRequest& request, const Go& go) {
  Problems problems;
  if (!type.params.empty()) {
    Params own(type.params, request.params, Place{}, problems);
    if (!has_errors(problems)) return go(std::move(own));
  } else if (auto params = builtin().read(request.kind, request.params, {}, problems)) {
    return go(std::move(*params));
  }
  return bad_request(problems.empty() ? request.kind : render(problems.front().what, Lang::en));
}

// One transfer and all it stands on.
struct Exchange {
  Exchange(const ProbeRequest& request, const Clock& clock)
      : id(request.id), context{clock, request.timeout, memory, /*own_group=*/false} {
    memory.restore(request.memory);
  }
  std::uint64_t id;
  ThresholdMemory memory;
  ProbeContext context;
  std::optional<Params> params;
  std::unique_ptr<Transfer> transfer;
};

class Worker {
 public:
  Worker(int in, int out, const Clock& clock) : in_(in), out_(out), clock_(clock) {}
  ~Worker() {
    for (const auto& [handle, exchange] : exchanges_) ::curl_multi_remove_handle(multi_.get(), handle);
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  int run() {
    while (true) {
      if (!take_lines() || !drive()) return 1;
      const bool room = exchanges_.size() < kMaxTransfers;
      if (room && pending_.find('\n') != std::string::npos) continue;
      if (ended_ && exchanges_.empty()) return pending_.empty() && !failed_ ? 0 : 1;
      if (pending_.size() > kMaxProbeLine) return 1;
      wait(room && !ended_);
    }
  }

 private:
  // False: what came is no request, or nobody hears the answers.
  bool take_lines() {
    while (exchanges_.size() < kMaxTransfers) {
      const auto newline = pending_.find('\n');
      if (newline == std::string::npos) return true;
      const auto request = decode_request(std::string_view(pending_).substr(0, newline));
      pending_.erase(0, newline + 1);
      if (const auto* wrong = std::get_if<std::string>(&request)) {
        write_all(2, "xunjian-agent-probe: " + *wrong + "\n");
        return false;
      }
      if (!begin(std::get<ProbeRequest>(request))) return false;
    }
    return true;
  }

  bool begin(const ProbeRequest& asked) {
    const auto* type = find_type(asked.kind);
    if (type != nullptr && type->transfer != nullptr) {
      auto exchange = std::make_unique<Exchange>(asked, clock_);
      try {
        auto outcome = with_params(*type, asked, [&](Params params) {
          exchange->params.emplace(std::move(params));
          exchange->transfer = type->transfer(*exchange->params, exchange->context);
          return CheckOutcome{};
        });
        if (exchange->transfer != nullptr) return add(exchange);
        if (!exchange->params) return say(*exchange, std::move(outcome));
      } catch (const std::exception& fault) {
        return say(*exchange, unknown({"checks.probe.fault", {{"error", fault.what()}}}));
      }
    }
    // What blocks, blocks this worker: the agent gives such requests a worker of their own.
    ThresholdMemory memory;
    ProbeContext context{clock_, asked.timeout, memory, /*own_group=*/false};
    auto done = answer(asked, context);
    done.id = asked.id;
    if (!write_all(out_, encode(done) + "\n")) return false;
    if (context.end_worker) ::kill(0, SIGKILL);
    return true;
  }

  bool add(std::unique_ptr<Exchange>& exchange) {  // taken over, unless it throws
    if (multi_ == nullptr) {
      multi_.reset(::curl_multi_init());
      if (multi_ == nullptr) throw Fault("libcurl has no multi handle");
      // Each measures a connection of its own.
      ::curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
    }
    auto* handle = exchange->transfer->handle();
    if (const auto code = ::curl_multi_add_handle(multi_.get(), handle); code != CURLM_OK)
      throw Fault(::curl_multi_strerror(code));
    exchanges_.emplace(handle, std::move(exchange));
    return true;
  }

  // Moves every transfer as far as it goes; answers those that are over.
  bool drive() {
    if (exchanges_.empty()) return true;
    int running = 0;
    // Out of memory, or a fault of its own: those under way are asked again elsewhere.
    if (::curl_multi_perform(multi_.get(), &running) != CURLM_OK) return false;
    int left = 0;
    while (const auto* message = ::curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      auto* handle = message->easy_handle;
      const auto code = message->data.result;  // the message does not outlive the removal
      ::curl_multi_remove_handle(multi_.get(), handle);
      const auto it = exchanges_.find(handle);
      if (it == exchanges_.end()) continue;
      const auto exchange = std::move(it->second);
      exchanges_.erase(it);
      CheckOutcome outcome;
      try {
        outcome = exchange->transfer->finish(code);
      } catch (const std::exception& fault) {
        outcome = unknown({"checks.probe.fault", {{"error", fault.what()}}});
      }
      if (!say(*exchange, std::move(outcome))) return false;
    }
    return true;
  }

  bool say(const Exchange& exchange, CheckOutcome outcome) {
    ProbeAnswer out;
    out.id = exchange.id;
    out.outcome = std::move(outcome);
    out.memory = exchange.memory.entries();
    return write_all(out_, encode(out) + "\n");
  }

  void wait(bool for_requests) {
    if (!exchanges_.empty()) {
      curl_waitfd more{in_, CURL_WAIT_POLLIN, 0};
      ::curl_multi_poll(multi_.get(), &more, for_requests ? 1 : 0, 1000, nullptr);
      // Asked again, for libcurl does not tell of a hang-up.
      pollfd p{in_, POLLIN, 0};
      if (!for_requests || ::poll(&p, 1, 0) <= 0) return;
    }
    std::array<char, 16384> buffer;
    const auto n = ::read(in_, buffer.data(), buffer.size());
    if (n > 0) pending_.append(buffer.data(), static_cast<std::size_t>(n));
    if (n < 0 && errno == EINTR) return;
    ended_ = n <= 0;
    failed_ = n < 0;
  }

  struct MultiDelete {
    void operator()(CURLM* multi) const { ::curl_multi_cleanup(multi); }
  };
  int in_, out_;
  const Clock& clock_;
  std::unique_ptr<CURLM, MultiDelete> multi_;
  std::map<CURL*, std::unique_ptr<Exchange>> exchanges_;
  std::string pending_;
  bool ended_ = false, failed_ = false;
};

}  // namespace

ProbeAnswer answer(const ProbeRequest& request, ProbeContext& context) {
  context.memory.restore(request.memory);
  ProbeAnswer out;
  const auto* type = find_type(request.kind);
  if (type == nullptr) {
    out.outcome = bad_request("kind " + request.kind);
  } else {
    try {
      out.outcome =
          with_params(*type, request, [&](const Params& params) { return type->run(params, context); });
    } catch (const std::exception& fault) {
      out.outcome = unknown({"checks.probe.fault", {{"error", fault.what()}}});
    }
  }
  out.memory = context.memory.entries();
  return out;
}

int serve(int in, int out, const Clock& clock) { return Worker(in, out, clock).run(); }

}  // namespace xj::checks
