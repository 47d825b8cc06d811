// Whom the agents' door lets in, and for how long.
#include "tests/integration/http_server_fixture.h"

namespace xj::http {
namespace {

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

}  // namespace
}  // namespace xj::http
