// What peers do that they should not: malformed, oversized and slow requests, crowds, strangers.
#include <sys/wait.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "tests/integration/http_server_fixture.h"

namespace xj::http {
namespace {

TEST_F(HttpServer, MalformedRequests) {
  start();
  for (const std::string bad :
       {"GARBAGE\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /a%zz HTTP/1.1\r\n\r\n",
        "GET /healthz?a=%zz HTTP/1.1\r\n\r\n", "POST /v1/enroll HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "POST /v1/enroll HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"}) {
    auto p = person();
    const auto a = p.ask(bad);
    EXPECT_EQ(a.status, 400) << bad;
    EXPECT_NE(a.body.find("\"malformed_request\""), std::string::npos);
  }
  auto p = person();
  EXPECT_EQ(p.ask(get("/healthz")).status, 200);
}

TEST_F(HttpServer, OversizedRequests) {
  start();
  {
    auto p = agent(web);
    const auto a = p.ask("POST /v1/results HTTP/1.1\r\nContent-Length: 1001\r\n\r\n");
    EXPECT_EQ(a.status, 413) << "known before the body";
    EXPECT_TRUE(a.closes());
    EXPECT_TRUE(p.at_end());
  }
  {
    auto p = agent(web);
    // The peer goes on sending after the refusal and must still be able to read it.
    ASSERT_TRUE(p.send("POST /v1/results HTTP/1.1\r\nContent-Length: 5000000\r\n\r\n"));
    for (int i = 0; i < 50; ++i) p.send(std::string(16'000, 'x'));
    EXPECT_EQ(p.answer().status, 413);
  }
  {
    auto p = agent(web);
    std::string chunks;
    for (int i = 0; i < 11; ++i) chunks += "64\r\n" + std::string(100, 'x') + "\r\n";
    EXPECT_EQ(p.ask("POST /v1/results HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks).status, 413);
  }
  {
    auto p = person();
    EXPECT_EQ(p.ask("GET /healthz HTTP/1.1\r\nX: " + std::string(20'000, 'x')).status, 431);
  }
  {
    auto p = person();
    EXPECT_EQ(p.ask("GET /" + std::string(20'000, 'x')).status, 431);
  }
  {
    auto p = person();
    p.send("POST /v1/enroll HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
    EXPECT_EQ(p.ask("1;" + std::string(40'000, 'x')).status, 431) << "an endless chunk extension";
  }
}

TEST_F(HttpServer, SlowRequestGets408) {
  start(with(&Limits::request, Duration{400}));
  auto p = person();
  ASSERT_TRUE(p.send("GET /healthz HTTP/1.1\r\n"));
  std::atomic<bool> stop{false};
  std::thread drip([&] {
    while (!stop) {
      p.send("X: y\r\n");  // a byte now and then must not buy more time: it would never end
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
  });
  EXPECT_TRUE(eventually([&] { return server->stats().timeouts == 1; }));
  stop = true;
  drip.join();
  EXPECT_EQ(p.answer().status, 408);
}

TEST_F(HttpServer, SlowBodyGets408) {
  start(with(&Limits::request, Duration{400}));
  auto p = agent(web);
  EXPECT_EQ(p.ask("POST /v1/results HTTP/1.1\r\nContent-Length: 10\r\n\r\n12345").status, 408);
}

TEST_F(HttpServer, SlowHandlerGets503AndItsLateAnswerIsDropped) {
  start(with(&Limits::handler, Duration{600}));
  auto p = person();
  const auto a = p.ask(get("/slow"));
  EXPECT_EQ(a.status, 503);
  EXPECT_TRUE(a.closes());
  waiting.with([](auto& w) { w.at(0)({200, "text/plain", "late", {}}); });
  auto again = person();
  EXPECT_EQ(again.ask(get("/healthz")).status, 200);
}

TEST_F(HttpServer, IdleSessionsEnd) {
  start(with(&Limits::idle_people, Duration{3'000}));
  auto idle = person();
  EXPECT_EQ(idle.ask(get("/healthz")).status, 200);
  EXPECT_TRUE(idle.at_end());
  EXPECT_TRUE(eventually([&] { return server->stats().sessions == 0; }));
}

TEST_F(HttpServer, HalfOpenSessionsEnd) {
  start(with(&Limits::handshake, Duration{400}));
  RawPeer half(server->people_address());
  EXPECT_TRUE(half.at_end());
  EXPECT_TRUE(eventually([&] { return server->stats().sessions == 0; }));
}

TEST_F(HttpServer, PlainHttpOnTheTlsPortIsToldSo) {
  start();
  for (const auto& address : {server->people_address(), server->agents_address()}) {
    RawPeer p(address);
    const auto a = p.ask(get("/healthz"));
    EXPECT_EQ(a.status, 400);
    EXPECT_NE(a.body.find("HTTPS"), std::string::npos);
    EXPECT_EQ(a.body.back(), '\n');
  }
}

TEST_F(HttpServer, RubbishInsteadOfTls) {
  start();
  RawPeer p(server->agents_address());
  p.send(std::string(1000, '\x7f'));
  EXPECT_TRUE(eventually([&] { return server->stats().tls_failures == 1; }));
}

TEST_F(HttpServer, ThousandsOfHalfOpenConnectionsAreBoundedAndHarmless) {
  Limits limits;
  limits.half_open = 50;
  start(limits, 2);
  std::vector<RawPeer> crowd;
  for (int i = 0; i < 2'000; ++i) {
    crowd.emplace_back(server->agents_address());
    if (i > 500) crowd.erase(crowd.begin());  // bounds our own descriptors
  }
  ASSERT_TRUE(eventually([&] { return server->stats().accepted >= 2'000; }));
  EXPECT_LE(server->stats().half_open, 50u + 2);
  EXPECT_GT(server->stats().displaced, 0u);
  EXPECT_EQ(agent(web).ask(post("/v1/results", "x")).status, 200);
}

TEST_F(HttpServer, SessionsAreBoundedTheIdleMakeRoom) {
  Limits limits;
  limits.people_sessions = 5;
  start(limits);
  std::vector<RawPeer> crowd;
  for (int i = 0; i < 20; ++i) {
    crowd.push_back(person());
    EXPECT_EQ(crowd.back().ask(get("/healthz")).status, 200) << i;
  }
  EXPECT_LE(server->stats().sessions, 5u);
  EXPECT_TRUE(crowd.front().at_end());
  EXPECT_EQ(crowd.back().ask(get("/healthz")).status, 200);
  // Agents have room of their own.
  EXPECT_EQ(agent(web).ask(post("/v1/results", "x")).status, 200);
}

TEST_F(HttpServer, StrangersOnTheSocketAreToldSo) {
  // Root can speak as somebody else; anybody else can give the collector to somebody else.
  const bool root = ::geteuid() == 0;
  if (!root) owner = ::geteuid() + 1;
  start();
  int report[2];
  ASSERT_EQ(::pipe(report), 0);
  std::filesystem::permissions(pki.dir.path(), std::filesystem::perms::all);
  const auto child = ::fork();
  if (child == 0) {
    if (root && ::setuid(65534) != 0) ::_exit(1);
    RawPeer p(socket);
    const auto a = p.ask(post("/api/v1/rounds", "x"));
    const char good = a.status == 403 && a.body.find("not_operator") != std::string::npos ? 'y' : 'n';
    (void)!::write(report[1], &good, 1);
    ::_exit(0);
  }
  ::close(report[1]);
  char good = '?';
  EXPECT_EQ(::read(report[0], &good, 1), 1);
  EXPECT_EQ(good, 'y');
  ::waitpid(child, nullptr, 0);
  ::close(report[0]);
}

}  // namespace
}  // namespace xj::http
