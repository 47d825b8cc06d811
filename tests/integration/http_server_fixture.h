#pragma once
// A server of collector/http on loopback with routes that tell what they were given, and its peers.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "collector/http/server.h"
#include "core/guarded.h"
#include "core/io/log.h"
#include "tests/fakes/patience.h"
#include "tests/integration/http_peer.h"

namespace xj::http {

using test::eventually;
using test::RawPeer;

inline std::string get(const std::string& path, const std::string& headers = {}) {
  return "GET " + path + " HTTP/1.1\r\nHost: c\r\n" + headers + "\r\n";
}
inline std::string post(const std::string& path, const std::string& body, const std::string& headers = {}) {
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

}  // namespace xj::http
