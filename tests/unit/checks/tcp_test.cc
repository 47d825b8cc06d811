#include "checks/tcp.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "temp_host.h"
#include "tests/fakes/held_port.h"

namespace xj::checks {
namespace {

// A listener on a free port of 127.0.0.1 that says `greeting` to each peer, after reading `wait_for` bytes.
class Listener {
 public:
  explicit Listener(std::string greeting = {}, std::size_t wait_for = 0) {
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t n = sizeof a;
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&a), n), 0);
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&a), &n), 0);
    EXPECT_EQ(::listen(fd_, 64), 0);
    port_ = ntohs(a.sin_port);
    thread_ = std::thread([this, greeting = std::move(greeting), wait_for] {
      while (true) {
        const int peer = ::accept(fd_, nullptr, nullptr);
        if (peer < 0) return;
        char c = 0;
        for (std::size_t i = 0; i < wait_for; ++i)
          if (::recv(peer, &c, 1, 0) != 1) break;
        if (!greeting.empty()) {
          ::send(peer, greeting.data(), greeting.size(), MSG_NOSIGNAL);
          ::close(peer);
        } else {
          while (::recv(peer, &c, 1, 0) == 1) {
          }
          ::close(peer);
        }
      }
    });
  }
  ~Listener() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }
  std::string port() const { return std::to_string(port_); }

 private:
  int fd_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

CheckOutcome run(const ParamMap& values, Duration timeout = Duration{60'000}) {
  Problems problems;
  const auto params = builtin().read("tcp", values, {}, problems);
  if (!params) return unknown(Message::literal(render(problems, Lang::en)));
  const auto check = builtin().find("tcp")->make_nonblocking(*params, {});
  const SystemClock clock;
  return run_to_end(*check, clock, timeout);
}

TEST(TcpCheck, Connects) {
  Listener listener;
  const auto out = run(params_of({{"port", listener.port()}}));
  EXPECT_EQ(out.state, State::ok) << english(out.msg);
  EXPECT_NE(find_metric(out.metrics, "connect_ms"), nullptr);
}

TEST(TcpCheck, RefusedIsCriticalAndSaysWhy) {
  const test::HeldPort closed;
  const auto out = run(params_of({{"host", "localhost"}, {"port", closed.text()}}));
  EXPECT_EQ(out.state, State::critical);
  EXPECT_NE(english(out.msg).find("Connection refused"), std::string::npos) << english(out.msg);
}

TEST(TcpCheck, AClosedPortCanBeWhatIsWanted) {
  const test::HeldPort closed;
  EXPECT_EQ(run(params_of({{"port", closed.text()}, {"refused", "true"}})).state, State::ok);
  Listener listener;
  EXPECT_EQ(run(params_of({{"port", listener.port()}, {"refused", "true"}})).state, State::critical);
}

TEST(TcpCheck, BannerAndDialogue) {
  Listener ssh("SSH-2.0-OpenSSH_9.2\r\n");
  EXPECT_EQ(run(params_of({{"port", ssh.port()}, {"expect", "SSH-2.0"}})).state, State::ok);
  const auto wrong = run(params_of({{"port", ssh.port()}, {"expect", "220 "}}));
  EXPECT_EQ(wrong.state, State::critical);
  EXPECT_NE(english(wrong.msg).find("SSH-2.0-OpenSSH_9.2"), std::string::npos);
  Listener redis("+PONG\r\n", 6);
  EXPECT_EQ(run(params_of({{"port", redis.port()}, {"send", "PING\\r\\n"}, {"expect", "+PONG"}})).state,
            State::ok);
}

TEST(TcpCheck, SilenceEndsAtTheDeadline) {
  Listener silent;
  const auto started = std::chrono::steady_clock::now();
  const auto out = run(params_of({{"port", silent.port()}, {"expect", "x"}}), Duration{1'000});
  EXPECT_EQ(out.state, State::critical);
  EXPECT_EQ(out.msg.id, "checks.tcp.no_banner");
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(50));
}

TEST(TcpCheck, TheSameObjectRunsAgain) {
  Listener listener;
  Problems problems;
  const auto params = builtin().read("tcp", params_of({{"port", listener.port()}}), {}, problems);
  const auto check = builtin().find("tcp")->make_nonblocking(*params, {});
  const SystemClock clock;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(run_to_end(*check, clock, Duration{60'000}).state, State::ok);
}

TEST(TcpCheck, NamesGoToAWorkerAndAddressesDoNot) {
  Problems problems;
  const auto& type = *builtin().find("tcp");
  for (const auto& [host, where] : {std::pair{"10.0.0.1", Where::nonblocking},
                                    {"::1", Where::nonblocking},
                                    {"localhost", Where::nonblocking},
                                    {"db.example.com", Where::probe}}) {
    const auto params = builtin().read("tcp", params_of({{"host", host}, {"port", "80"}}), {}, problems);
    ASSERT_TRUE(params);
    EXPECT_EQ(where_of(type, *params), where) << host;
  }
}

TEST(TcpCheck, Escapes) {
  EXPECT_EQ(decode_escapes("a\\r\\n\\t\\\\\\x41\\q\\"), "a\r\n\t\\A\\q\\");
  EXPECT_EQ(decode_escapes("\\x4"), "\\x4");
}

}  // namespace
}  // namespace xj::checks
