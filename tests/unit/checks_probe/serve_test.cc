// The worker's loop with real sockets on loopback: what is slow delays nobody.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <map>
#include <thread>

#include "probe_fixture.h"

namespace xj::checks {
namespace {

using std::chrono::milliseconds;

// Listens on loopback. Quick: answers each connection in its own thread's loop. Slow: the kernel takes the
// connection, and nobody ever says a word.
class Site {
 public:
  explicit Site(bool quick) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t n = sizeof a;
    if (::bind(fd_, reinterpret_cast<sockaddr*>(&a), n) != 0 || ::listen(fd_, 128) != 0) std::abort();
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&a), &n);
    port_ = ntohs(a.sin_port);
    if (quick) thread_ = std::thread([this] { serve_all(); });
  }
  ~Site() {
    stop_ = true;
    ::shutdown(fd_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    ::close(fd_);
  }
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }

 private:
  void serve_all() const {
    while (!stop_) {
      const int peer = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
      if (peer < 0) continue;
      char head[2048];
      [[maybe_unused]] const auto got = ::read(peer, head, sizeof head);
      constexpr std::string_view kAnswer =
          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
      [[maybe_unused]] const auto put = ::send(peer, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
      ::close(peer);
    }
  }
  int fd_ = -1, port_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

// serve() on a thread of its own; the test holds the other ends, as the agent does.
class ServeTest : public ::testing::Test {
 protected:
  ServeTest() {
    int in[2], out[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) != 0 || ::pipe2(out, O_CLOEXEC) != 0)
      std::abort();
    to_ = in[0], worker_in_ = in[1], from_ = out[0], worker_out_ = out[1];
    thread_ = std::thread([this] {
      const SystemClock clock;
      code_ = serve(worker_in_, worker_out_, clock);
      ::close(worker_out_);
    });
  }
  ~ServeTest() override {
    end_requests();
    if (thread_.joinable()) thread_.join();
    for (const int fd : {from_, worker_in_}) ::close(fd);
  }
  void end_requests() {
    if (to_ >= 0) ::close(to_);
    to_ = -1;
  }
  int join() {
    thread_.join();
    return code_;
  }

  void ask(std::uint64_t id, const std::string& url, Duration timeout, const std::string& kind = "http") {
    ProbeRequest request;
    request.kind = kind;
    request.params = params_of({{"url", url}});
    request.timeout = timeout;
    request.id = id;
    const auto line = encode(request) + "\n";
    ASSERT_EQ(::send(to_, line.data(), line.size(), MSG_NOSIGNAL), static_cast<ssize_t>(line.size()));
  }
  // The next answer and when it came, after the start of the test.
  std::optional<ProbeAnswer> hear(milliseconds limit = milliseconds{60'000}) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (true) {
      if (const auto newline = pending_.find('\n'); newline != std::string::npos) {
        auto answer = decode_answer(std::string_view(pending_).substr(0, newline));
        pending_.erase(0, newline + 1);
        if (auto* good = std::get_if<ProbeAnswer>(&answer)) return std::move(*good);
        ADD_FAILURE() << std::get<std::string>(answer);
        return std::nullopt;
      }
      const auto left = std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
      pollfd p{from_, POLLIN, 0};
      if (left.count() <= 0 || ::poll(&p, 1, static_cast<int>(left.count())) <= 0) return std::nullopt;
      char buffer[4096];
      const auto n = ::read(from_, buffer, sizeof buffer);
      if (n <= 0) return std::nullopt;
      pending_.append(buffer, static_cast<std::size_t>(n));
    }
  }

  int to_, from_, worker_in_, worker_out_, code_ = -1;
  std::string pending_;
  std::thread thread_;
};

TEST_F(ServeTest, ASlowSiteDelaysNoOther) {
  const Site slow(false), quick(true);
  for (std::uint64_t id = 1; id <= 10; ++id) ask(id, slow.url(), Duration{5'000});
  for (std::uint64_t id = 11; id <= 20; ++id) ask(id, quick.url(), Duration{60'000});
  const auto started = std::chrono::steady_clock::now();
  for (int i = 0; i < 10; ++i) {
    const auto answer = hear();
    ASSERT_TRUE(answer);
    EXPECT_GT(answer->id, 10U) << "the slow ones are still under way";
    EXPECT_EQ(answer->outcome.state, State::ok) << english(answer->outcome.msg);
  }
  for (int i = 0; i < 10; ++i) {
    const auto answer = hear();
    ASSERT_TRUE(answer);
    EXPECT_LE(answer->id, 10U);
    EXPECT_EQ(answer->outcome.msg.id, "checks.http.timed_out");
  }
  EXPECT_LT(std::chrono::steady_clock::now() - started, milliseconds{40'000}) << "beside each other";
  end_requests();
  EXPECT_EQ(join(), 0);
}

TEST_F(ServeTest, EachHasItsOwnDeadline) {
  const Site slow(false);
  ask(1, slow.url(), Duration{4'200});
  ask(2, slow.url(), Duration{200});
  ask(3, slow.url(), Duration{2'200});
  for (const std::uint64_t id : {2, 3, 1}) {
    const auto answer = hear();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->id, id);
    EXPECT_EQ(answer->outcome.msg.id, "checks.http.timed_out");
  }
}

TEST_F(ServeTest, MoreThanItMayDriveWaitAndAllAreAnswered) {
  const Site slow(false);
  constexpr std::uint64_t kAsked = kMaxTransfers + 10;
  for (std::uint64_t id = 1; id <= kAsked; ++id) ask(id, slow.url(), Duration{300});
  end_requests();  // what was asked is answered all the same
  std::map<std::uint64_t, int> times;
  while (const auto answer = hear()) ++times[answer->id];
  EXPECT_EQ(times.size(), kAsked);
  for (const auto& [id, count] : times) EXPECT_EQ(count, 1) << id;
  EXPECT_EQ(join(), 0);
}

TEST_F(ServeTest, BadRequestsAreAnsweredAndNonsenseEndsIt) {
  ask(1, "ftp://example.invalid/", Duration{1'000});
  ask(2, "http://127.0.0.1:1/", Duration{1'000}, "no-such-kind");
  for (int i = 0; i < 2; ++i) {
    const auto answer = hear();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->outcome.msg.id, "checks.probe.bad_request") << answer->id;
  }
  ASSERT_EQ(::send(to_, "nonsense\n", 9, MSG_NOSIGNAL), 9);
  EXPECT_EQ(join(), 1);
}

}  // namespace
}  // namespace xj::checks
