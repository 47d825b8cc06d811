// Requests and answers, and the life of the server around them.
#include <atomic>
#include <filesystem>
#include <future>
#include <thread>

#include "core/wire.h"
#include "tests/integration/http_server_fixture.h"

namespace xj::http {
namespace {

TEST_F(HttpServer, AgentIsNamedByItsCertificateAndKeptAlive) {
  start();
  auto p = agent(web);
  for (int i = 0; i < 3; ++i) {
    const auto a = p.ask(post("/v1/results", "hello " + std::to_string(i), "X-Agent: root\r\n"));
    EXPECT_EQ(a.status, 200);
    EXPECT_EQ(a.body, "web-01||hello " + std::to_string(i));
    EXPECT_FALSE(a.closes());
  }
  EXPECT_EQ(server->stats().sessions, 1u);
  EXPECT_EQ(server->stats().requests, 3u);
}

TEST_F(HttpServer, UnixSocketNamesTheOsUser) {
  start();
  RawPeer p(socket);
  const auto a = p.ask(post("/api/v1/rounds", "x"));
  EXPECT_EQ(a.status, 200);
  EXPECT_NE(a.body, "||x") << "no OS user";
  EXPECT_TRUE(a.body.ends_with("|x"));
}

TEST_F(HttpServer, PeopleOverTcpReadWithTheTokenAndWriteNever) {
  start({}, 1, "0123456789abcdef0123456789abcdef");
  auto p = person();
  EXPECT_EQ(p.ask(get("/healthz")).status, 200);
  EXPECT_EQ(p.ask(get("/api/v1/hosts")).status, 401);
  EXPECT_EQ(p.ask(get("/api/v1/hosts", "Authorization: Bearer x\r\n")).status, 401);
  EXPECT_EQ(p.ask(get("/api/v1/hosts", "Authorization: Bearer 0123456789abcdef0123456789abcdef\r\n")).status,
            200);
  EXPECT_EQ(p.ask(get("/v1/results")).status, 404);
  const auto a =
      p.ask(post("/api/v1/rounds", "x", "Authorization: Bearer 0123456789abcdef0123456789abcdef\r\n"));
  EXPECT_EQ(a.status, 403);
  EXPECT_TRUE(a.closes()) << "its body was never read";
}

TEST_F(HttpServer, WithoutTokenOnlyOpenRoutes) {
  start();
  auto p = person();
  EXPECT_EQ(p.ask(get("/api/v1/hosts", "Authorization: Bearer \r\n")).status, 403);
  EXPECT_EQ(p.ask(get("/healthz")).status, 200);
}

TEST_F(HttpServer, PipelinedRequestsAreAnsweredInOrder) {
  start();
  auto p = agent(web);
  std::string all;
  for (int i = 0; i < 100; ++i) all += post("/v1/results", std::to_string(i));
  ASSERT_TRUE(p.send(all));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(p.answer().body, "web-01||" + std::to_string(i));
}

TEST_F(HttpServer, ManyPipelinedRefusalsDoNotNest) {
  start();
  auto p = person();
  std::string all;
  for (int i = 0; i < 1500; ++i) all += "GET /x HTTP/1.1\r\n\r\n";
  std::thread writer([&] { p.send(all); });
  writer.join();
  for (int i = 0; i < 1500; ++i) ASSERT_EQ(p.answer().status, 404) << i;
}

TEST_F(HttpServer, LargeResponseAndHead) {
  start();
  auto p = person();
  EXPECT_EQ(p.ask(get("/big")).body.size(), 3'000'000u);
  ASSERT_TRUE(p.send("HEAD /big HTTP/1.1\r\n\r\n"));
  const auto head = p.answer(true);
  EXPECT_NE(head.head.find("Content-Length: 3000000"), std::string::npos);
  EXPECT_EQ(p.ask(get("/healthz")).status, 200) << "bytes of a body after HEAD";
}

TEST_F(HttpServer, CompressedBodies) {
  start();
  auto p = agent(web);
  const auto packed = wire::deflate(std::string(900, 'a'));
  const auto a = p.ask(post("/v1/results", packed, "Content-Encoding: zstd\r\n"));
  EXPECT_EQ(a.body, "web-01||" + std::string(900, 'a'));
  EXPECT_EQ(p.ask(post("/v1/raw", packed, "Content-Encoding: zstd\r\n")).body, "packed");
  EXPECT_EQ(p.ask(post("/v1/results", wire::deflate(std::string(100'000, 'a')), "Content-Encoding: zstd\r\n"))
                .status,
            413)
      << "a bomb";
  EXPECT_EQ(p.ask(post("/v1/results", "no frame", "Content-Encoding: zstd\r\n")).status, 400);
  EXPECT_EQ(p.ask(post("/v1/results", "x", "Content-Encoding: gzip\r\n")).status, 415);
}

TEST_F(HttpServer, ExpectContinueIsAnswered) {
  start();
  auto p = agent(web);
  ASSERT_TRUE(p.send("POST /v1/results HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
  EXPECT_EQ(p.answer(true).status, 100);
  EXPECT_EQ(p.ask("hi").body, "web-01||hi");
}

TEST_F(HttpServer, DoneFromAnotherThread) {
  start({}, 2);
  auto p = person();
  ASSERT_TRUE(p.send(get("/slow")));
  ASSERT_TRUE(eventually([&] { return waiting.with([](auto& w) { return w.size() == 1; }); }));
  std::thread([&] {
    waiting.with([](auto& w) {
      w[0]({200, "text/plain", "late", {}});
      w[0]({200, "text/plain", "twice", {}});
    });
  }).join();
  EXPECT_EQ(p.answer().body, "late");
  EXPECT_EQ(p.ask(get("/healthz")).status, 200);
}

TEST_F(HttpServer, HandlersThatFailAreAnswered) {
  start();
  auto p = person();
  EXPECT_EQ(p.ask(get("/throws")).status, 500);
  EXPECT_EQ(p.ask(get("/dropped")).status, 500);
  EXPECT_EQ(p.ask(get("/healthz")).status, 200);
}

// ---- life ----

TEST_F(HttpServer, GracefulStopAnswersWhatIsUnderWay) {
  start({}, 2);
  auto idle = person();
  ASSERT_EQ(idle.ask(get("/healthz")).status, 200);
  auto busy = person();
  ASSERT_TRUE(busy.send(get("/slow")));
  ASSERT_TRUE(eventually([&] { return waiting.with([](auto& w) { return w.size() == 1; }); }));
  auto stopped = std::async(std::launch::async, [&] { server->stop(Duration{60'000}); });
  EXPECT_TRUE(idle.at_end());
  EXPECT_FALSE(RawPeer(server->people_address()).connected() &&
               stopped.wait_for(std::chrono::seconds{0}) == std::future_status::ready);
  waiting.with([](auto& w) { w[0]({200, "text/plain", "done", {}}); });
  const auto a = busy.answer();
  EXPECT_EQ(a.body, "done");
  EXPECT_TRUE(a.closes());
  // Both directions closed: the server need not wait for its patience to end.
  {
    const auto gone = std::move(busy);
  }
  EXPECT_EQ(stopped.wait_for(std::chrono::seconds{50}), std::future_status::ready);
  EXPECT_FALSE(std::filesystem::exists(socket));
}

TEST_F(HttpServer, StopCutsWhatDoesNotEnd) {
  start();
  auto busy = person();
  ASSERT_TRUE(busy.send(get("/slow")));
  ASSERT_TRUE(eventually([&] { return waiting.with([](auto& w) { return w.size() == 1; }); }));
  server->stop(Duration{50});
  EXPECT_TRUE(busy.at_end());
  server.reset();
  // The handler still holds its Done; using it now must be harmless.
  waiting.with([](auto& w) {
    w[0]({200, "text/plain", "late", {}});
    w.clear();
  });
}

TEST_F(HttpServer, ReloadTakesTheNewCertificateAndRefusesABadOne) {
  start();
  auto old = person();
  const auto key = io::make_key();
  io::write_secret(pki.dir / "server.key", key);
  EXPECT_THROW(server->reload_tls(), Fault) << "key and certificate differ";
  EXPECT_EQ(person().ask(get("/healthz")).status, 200);
  io::write_secret(pki.dir / "server.pem",
                   pki.ca.sign_server(io::make_request(key, ""), {"localhost"}, pki.life()));
  server->reload_tls();
  EXPECT_EQ(person().ask(get("/healthz")).status, 200);
  EXPECT_EQ(old.ask(get("/healthz")).status, 200);
}

TEST_F(HttpServer, BadConfigurationIsSaid) {
  ServerConfig config;
  config.people = "127.0.0.1:0";
  config.tls = {"/nonexistent/ca", "/nonexistent/cert", "/nonexistent/key"};
  EXPECT_THROW(Server(config, {}, clock), Fault);
  start();
  ServerConfig taken;
  taken.people = server->people_address();
  taken.tls = pki.files();
  Server second(taken, {}, clock);
  EXPECT_THROW(second.start(), Fault);
  ServerConfig same_socket;
  same_socket.socket = socket;
  Server third(same_socket, {}, clock);
  EXPECT_THROW(third.start(), Fault);
  RawPeer p(socket);
  EXPECT_EQ(p.ask(get("/healthz")).status, 200) << "the running server's socket was left alone";
}

TEST_F(HttpServer, ASocketLeftByACrashIsReplaced) {
  start();
  server->stop(Duration{0});
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un a{};
  a.sun_family = AF_UNIX;
  std::strncpy(a.sun_path, socket.c_str(), sizeof a.sun_path - 1);
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&a), sizeof a), 0);
  ::close(fd);
  start();
  EXPECT_EQ(RawPeer(socket).ask(get("/healthz")).status, 200);
}

TEST_F(HttpServer, ManyPeersManyThreads) {
  start({}, 2);
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        RawPeer p(server->agents_address());
        if (!p.tls(&web)) continue;
        for (int j = 0; j < 10; ++j) {
          const auto body = std::to_string(t) + "/" + std::to_string(i) + "/" + std::to_string(j);
          if (p.ask(post("/v1/results", body)).body == "web-01||" + body) good++;
        }
      }
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(good, 400);
}

}  // namespace
}  // namespace xj::http
