#include "checks/tcp.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "checks/measure.h"
#include "checks/thresholds.h"

namespace xj::checks {

bool is_numeric_host(std::string_view host) {
  const std::string text(host);
  in_addr four{};
  in6_addr six{};
  return text == "localhost" || ::inet_pton(AF_INET, text.c_str(), &four) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), &six) == 1;
}

std::string decode_escapes(std::string_view text) {
  std::string out;
  const auto hex = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[i + 1];
    if (c == 'r' || c == 'n' || c == 't' || c == '\\') {
      out += c == 'r' ? '\r' : c == 'n' ? '\n' : c == 't' ? '\t' : '\\';
      ++i;
    } else if (c == 'x' && i + 3 < text.size() && hex(text[i + 2]) >= 0 && hex(text[i + 3]) >= 0) {
      out += static_cast<char>(hex(text[i + 2]) * 16 + hex(text[i + 3]));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

namespace {

constexpr std::size_t kMaxBanner = 4096;

constexpr ParamSpec kParams[] = {
    {"host", ParamType::text, "127.0.0.1", "checks.param.host"},
    {"port", ParamType::integer, "", "checks.param.port", true},
    {"send", ParamType::text, "", "checks.param.tcp_send"},
    {"expect", ParamType::text, "", "checks.param.tcp_expect"},
    {"warn", ParamType::duration, "1s", "checks.param.time_warn"},
    {"crit", ParamType::duration, "", "checks.param.time_crit"},
    {"refused", ParamType::flag, "false", "checks.param.tcp_refused"},
};

Threshold limits(const Params& p) {
  auto t = duration_threshold(p, "warn", "crit", "checks.what.connect_time", Unit::ms);
  if (t.warn) t.clear = *t.warn / 10;
  return t;
}

class Tcp final : public NonblockingCheck {
 public:
  explicit Tcp(const Params& params)
      : host_(params.text("host")),
        port_(static_cast<std::uint16_t>(params.integer("port"))),
        send_(decode_escapes(params.has("send") ? params.text("send") : std::string{})),
        expect_(decode_escapes(params.has("expect") ? params.text("expect") : std::string{})),
        refused_(params.flag("refused")),
        limit_(limits(params)) {
    peer_ = (host_.find(':') == std::string::npos ? host_ : "[" + host_ + "]") + ":" + std::to_string(port_);
  }
  ~Tcp() override { close(); }

  Step start(const RunContext& context) override {
    close();
    banner_.clear();
    unsent_ = send_;
    started_ = context.mono;
    connected_ = false;
    sockaddr_storage address{};
    const auto length = fill_address(address);
    if (length == 0) return done(unknown({"checks.tcp.bad_host", {{"host", host_}}}));
    fd_ = ::socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) return done(unknown({"checks.tcp.no_socket", {{"error", errno_text(errno)}}}));
    const int one = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    int rc = 0;
    do rc = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), length);
    while (rc != 0 && errno == EINTR);
    if (rc == 0) return on_connected(context);
    if (errno != EINPROGRESS) return done(not_connected(errno));
    return {fd_, false, true, {}};
  }

  Step on_ready(const RunContext& context) override {
    if (fd_ < 0) return done(unknown({"checks.tcp.bad_host", {{"host", host_}}}));
    if (!connected_) {
      int error = 0;
      socklen_t length = sizeof error;
      ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &length);
      if (error != 0) return done(not_connected(error));
      return on_connected(context);
    }
    if (!unsent_.empty()) return talk(context);
    return listen_for_banner(context);
  }

  CheckOutcome on_timeout(const RunContext& context) override {
    close();
    CheckOutcome out;
    const auto limit = to_text(context.timeout);
    out.state = refused_ && !connected_ ? State::ok : State::critical;
    if (out.state == State::ok)
      out.msg = {"checks.tcp.closed_as_wanted", {{"peer", peer_}}};
    else if (!connected_)
      out.msg = {"checks.tcp.timed_out", {{"peer", peer_}, {"value", limit}, {"limit", limit}}};
    else
      out.msg = {"checks.tcp.no_banner",
                 {{"peer", peer_}, {"value", printable(banner_)}, {"limit", printable(expect_)}}};
    return out;
  }

  ThresholdMemory* memory() override { return &memory_; }

 private:
  socklen_t fill_address(sockaddr_storage& into) const {
    const auto host = host_ == "localhost" ? std::string("127.0.0.1") : host_;
    auto* four = reinterpret_cast<sockaddr_in*>(&into);
    if (::inet_pton(AF_INET, host.c_str(), &four->sin_addr) == 1) {
      four->sin_family = AF_INET;
      four->sin_port = htons(port_);
      return sizeof *four;
    }
    auto* six = reinterpret_cast<sockaddr_in6*>(&into);
    if (::inet_pton(AF_INET6, host.c_str(), &six->sin6_addr) == 1) {
      six->sin6_family = AF_INET6;
      six->sin6_port = htons(port_);
      return sizeof *six;
    }
    return 0;
  }

  Step on_connected(const RunContext& context) {
    connected_ = true;
    took_ = context.mono - started_;
    if (refused_) {
      CheckOutcome out;
      out.state = State::critical;
      out.msg = {"checks.tcp.open_unwanted", {{"peer", peer_}, {"value", "open"}, {"limit", "closed"}}};
      return done(std::move(out));
    }
    return talk(context);
  }

  Step talk(const RunContext& context) {
    while (!unsent_.empty()) {
      const auto n = ::send(fd_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return {fd_, false, true, {}};
      if (n < 0) return done(not_connected(errno));
      unsent_.remove_prefix(static_cast<std::size_t>(n));
    }
    if (expect_.empty()) return done(good(context));
    return {fd_, true, false, {}};
  }

  Step listen_for_banner(const RunContext& context) {
    std::array<char, 1024> buffer;
    while (banner_.size() < kMaxBanner) {
      const auto n = ::recv(fd_, buffer.data(), buffer.size(), 0);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return {fd_, true, false, {}};
      if (n <= 0) break;
      banner_.append(buffer.data(), static_cast<std::size_t>(n));
      if (banner_.find(expect_) != std::string::npos) return done(good(context));
    }
    CheckOutcome out;
    out.state = State::critical;
    out.msg = {"checks.tcp.no_banner",
               {{"peer", peer_}, {"value", printable(banner_)}, {"limit", printable(expect_)}}};
    return done(std::move(out));
  }

  CheckOutcome good(const RunContext& context) {
    CheckOutcome out;
    const auto ms = static_cast<double>(took_.count());
    add(out.metrics, "connect_ms", static_cast<std::uint64_t>(took_.count()));
    if (!expect_.empty())
      add(out.metrics, "answer_ms", static_cast<std::uint64_t>((context.mono - started_).count()));
    apply(limit_, ms, memory_, "", out.state, out.msg);
    if (out.msg.empty()) out.msg = {"checks.tcp.ok", {{"peer", peer_}, {"value", format(ms, Unit::ms)}}};
    return out;
  }

  CheckOutcome not_connected(int error) const {
    CheckOutcome out;
    if (refused_) {
      out.msg = {"checks.tcp.closed_as_wanted", {{"peer", peer_}}};
      return out;
    }
    out.state = State::critical;
    out.msg = {"checks.tcp.not_connected",
               {{"peer", peer_}, {"value", errno_text(error)}, {"limit", "open"}}};
    return out;
  }

  // What a stranger sent, fit for a message: one line, short, no control bytes.
  static std::string printable(std::string_view text) {
    std::string out;
    for (const char c : text.substr(0, 80)) {
      if (c == '\n' || c == '\r') {
        if (!out.empty()) break;
      } else {
        out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '.' : c;
      }
    }
    while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0x80) != 0 && text.size() > 80)
      out.pop_back();
    return out;
  }

  Step done(CheckOutcome outcome) {
    close();
    return {-1, false, false, std::move(outcome)};
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  std::string host_;
  std::uint16_t port_;
  std::string send_, expect_, peer_;
  bool refused_;
  Threshold limit_;
  int fd_ = -1;
  bool connected_ = false;
  std::string_view unsent_;  // of send_
  std::string banner_;
  MonoTime started_{};
  Duration took_{0};
  ThresholdMemory memory_;
};

void validate(const Params& params, const Place& place, Problems& problems) {
  check_order(limits(params), "warn", "crit", place, problems);
  check_range(params, "port", 1, 65535, place, problems);
}

}  // namespace

CheckType tcp_check();
CheckType tcp_check() {
  return {.name = "tcp",
          .help_id = "checks.tcp.help",
          .params = kParams,
          .where = Where::nonblocking,
          .make_nonblocking = [](const Params& p, const Environment&) -> std::unique_ptr<NonblockingCheck> {
            return std::make_unique<Tcp>(p);
          },
          .validate = validate,
          .where_with =
              [](const Params& p) {
                return is_numeric_host(p.text("host")) ? Where::nonblocking : Where::probe;
              }};
}

}  // namespace xj::checks
