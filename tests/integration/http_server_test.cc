#include <gtest/gtest.h>
#include <sys/wait.h>

#include <atomic>
#include <future>
#include <set>
#include <thread>

#include "collector/http/server.h"
#include "core/guarded.h"
#include "core/io/log.h"
#include "core/wire.h"
#include "tests/fakes/patience.h"
#include "tests/integration/http_peer.h"

namespace xj::http {
namespace {

using test::eventually;
using test::RawPeer;

std::string get(const std::string& path, const std::string& headers = {}) {
  return "GET " + path + " HTTP/1.1\r\nHost: c\r\n" + headers + "\r\n";
}
std::string post(const std::string& path, const std::string& body, const std::string& headers = {}) {
  return "POST " + path + " HTTP/1.1\r\nHost: c\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// The real time, and later days for the server's own look at a certificate; OpenSSL keeps to the real one.
class LaterClock final : public Clock {
 public:
  Timestamp now() const override { return system_.now() + days_.load() * std::chrono::hours{24}; }
  MonoTime mono() const override { return system_.mono(); }
  void days_later(int days) { days_ = days; }

 private:
  SystemClock system_;
  std::atomic<int> days_{0};
};

struct HttpServer : testing::Test {
  test::TestPki pki;
  LaterClock clock;
  Guarded<std::set<std::string>> revoked;
  Guarded<std::vector<Done>> waiting;
  std::unique_ptr<Server> server;
  std::string socket = pki.dir / "s.sock";
  std::optional<uid_t> owner;
  test::Identity web = test::agent_identity(pki.ca, "web-01", pki.life());

  // One of them short, so that no other ends what the test waits for.
  static Limits with(Duration Limits::* limit, Duration value) {
    Limits l;
    l.*limit = value;
    return l;
  }

  void start(Limits limits = {}, int threads = 1, const std::string& token = {}) {
    ServerConfig config;
    config.agents = config.people = "127.0.0.1:0";
    config.socket = socket;
    config.tls = pki.files();
    config.threads = threads;
    config.limits = limits;
    config.people_token = token;
    if (owner) config.owner = *owner;
    config.is_revoked = [this](const std::string& agent, const std::string&) {
      return revoked.with([&](const auto& r) { return r.contains(agent); });
    };
    const auto echo = [](Request r, const Done& done) {
      Response response;
      response.content_type = "text/plain";
      response.body = r.peer.agent + '|' + r.peer.os_user + '|' + r.body;
      done(std::move(response));
    };
    std::vector<Route> routes{
        {Access::agent, "POST", "/v1/results", echo, 1000},
        {Access::agent, "POST", "/v1/raw",
         [](const Request& r, const Done& done) {
           done({200, "text/plain", r.headers.contains("content-encoding") ? "packed" : "plain", {}});
         },
         1000, false},
        {Access::open, "GET", "/healthz", echo},
        {Access::open, "POST", "/v1/enroll", echo, 1000},
        {Access::people, "GET", "/api/v1/hosts", echo},
        {Access::people, "POST", "/api/v1/rounds", echo},
        {Access::open, "GET", "/slow",
         [this](Request, Done done) { waiting.with([&](auto& w) { w.push_back(std::move(done)); }); }},
        {Access::open, "GET", "/dropped", [](Request, const Done&) {}},
        {Access::open, "GET", "/throws", [](Request, const Done&) { throw Fault("broken"); }},
        {Access::open, "GET", "/big",
         [](Request, const Done& done) { done({200, "text/plain", std::string(3'000'000, 'x'), {}}); }},
    };
    server = std::make_unique<Server>(std::move(config), std::move(routes), clock);
    server->start();
  }
  void TearDown() override {
    if (server) server->stop(Duration{0});
    log::set_level(log::Level::info);
  }
  void SetUp() override { log::set_level(log::Level::error); }

  RawPeer agent(const test::Identity& who) {
    RawPeer p(server->agents_address());
    EXPECT_TRUE(p.tls(&who));
    return p;
  }
  RawPeer person() {
    RawPeer p(server->people_address());
    EXPECT_TRUE(p.tls());
    return p;
  }
};

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

// ---- bad input ----

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

TEST_F(HttpServer, AgentsNeedACertificateOfOurAuthority) {
  start();
  const auto refused = [&](const test::Identity* who) {
    RawPeer p(server->agents_address());
    // TLS 1.3: the client learns of it on its first read.
    p.tls(who);
    p.send(post("/v1/results", "x"));
    EXPECT_EQ(p.answer().status, 0);
    return p.last_error();
  };
  EXPECT_NE(refused(nullptr).find("certificate required"), std::string::npos);

  test::TestPki other;
  const auto strange = test::agent_identity(other.ca, "web-01", other.life());
  EXPECT_NE(refused(&strange).find("unknown ca"), std::string::npos);

  const auto expired = test::agent_identity(
      pki.ca, "web-01", {pki.now - std::chrono::hours{48}, pki.now - std::chrono::hours{1}});
  EXPECT_NE(refused(&expired).find("expired"), std::string::npos);

  const auto early = test::agent_identity(pki.ca, "web-01",
                                          {pki.now + std::chrono::hours{1}, pki.now + std::chrono::hours{2}});
  EXPECT_FALSE(refused(&early).empty());

  // A server's certificate of the right authority is no agent's.
  const auto key = io::make_key();
  const test::Identity server_cert{pki.ca.sign_server(io::make_request(key, ""), {"web-01"}, pki.life()),
                                   key};
  EXPECT_FALSE(refused(&server_cert).empty());

  EXPECT_EQ(server->stats().requests, 0u);
  EXPECT_TRUE(eventually([&] { return server->stats().tls_failures == 5; }))
      << "counted after the alert went out";
  EXPECT_EQ(agent(web).ask(post("/v1/results", "x")).status, 200);
}

TEST_F(HttpServer, AgentsSpeakTls13Only) {
  start();
  RawPeer p(server->agents_address());
  EXPECT_FALSE(p.tls(&web, TLS1_2_VERSION));
  RawPeer q(server->people_address());
  EXPECT_TRUE(q.tls(nullptr, TLS1_2_VERSION));
  RawPeer r(server->people_address());
  EXPECT_FALSE(r.tls(nullptr, TLS1_1_VERSION));
}

TEST_F(HttpServer, CertificateThatEndsDuringItsSession) {
  start();
  auto p = agent(web);  // good for a day
  ASSERT_EQ(p.ask(post("/v1/results", "x")).status, 200);
  clock.days_later(2);
  const auto a = p.ask(post("/v1/results", "x"));
  EXPECT_EQ(a.status, 403);
  EXPECT_NE(a.body.find("certificate_expired"), std::string::npos) << a.body;
  EXPECT_TRUE(p.at_end());
}

TEST_F(HttpServer, RevokedAgentIsToldAndItsSessionEnds) {
  start();
  auto p = agent(web);
  const auto other = test::agent_identity(pki.ca, "web-02", pki.life());
  auto q = agent(other);
  ASSERT_EQ(p.ask(post("/v1/results", "x")).status, 200);
  ASSERT_EQ(q.ask(post("/v1/results", "x")).status, 200);
  revoked.with([](auto& r) { r.insert("web-01"); });
  const auto a = p.ask(post("/v1/results", "x"));
  EXPECT_EQ(a.status, 403);
  EXPECT_NE(a.body.find("\"certificate_revoked\""), std::string::npos);
  EXPECT_TRUE(p.at_end());
  EXPECT_EQ(server->stats().requests, 2u) << "the handler never saw it";
  EXPECT_EQ(q.ask(post("/v1/results", "x")).status, 200);
  // A new session of it is answered the same.
  EXPECT_EQ(agent(web).ask(post("/v1/results", "x")).status, 403);
}

TEST_F(HttpServer, IdleSessionsOfARevokedAgentAreEnded) {
  start();
  auto p = agent(web);
  ASSERT_EQ(p.ask(post("/v1/results", "x")).status, 200);
  revoked.with([](auto& r) { r.insert("web-01"); });
  server->drop_revoked();
  EXPECT_TRUE(p.at_end());
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
